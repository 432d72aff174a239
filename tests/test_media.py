"""Regions, their hull and their bound: arithmetic against sets of pixels."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.media import MAX_REGIONS, NOTHING, Frame, Region, bounded, hull
from tests.fakes import flat

regions = st.builds(
    Region, st.integers(-20, 20), st.integers(-20, 20), st.integers(-3, 20), st.integers(-3, 20)
)


def pixels_of(region: Region) -> set[tuple[int, int]]:
    return {
        (x, y) for x in range(region.x, region.right) for y in range(region.y, region.bottom)
    }


@given(regions, regions)
def test_an_intersection_is_what_both_cover(one: Region, other: Region) -> None:
    both = one.intersection(other)
    assert pixels_of(both) == pixels_of(one) & pixels_of(other)
    assert bool(both) is bool(pixels_of(both))
    assert both.area == len(pixels_of(both))


@given(st.lists(regions, max_size=5))
def test_a_hull_is_the_smallest_cover(several: list[Region]) -> None:
    covered = set().union(*(pixels_of(region) for region in several))
    found = hull(several)
    assert bool(found) is bool(covered)
    if covered:
        xs, ys = [x for x, _ in covered], [y for _, y in covered]
        assert (found.x, found.right) == (min(xs), max(xs) + 1)
        assert (found.y, found.bottom) == (min(ys), max(ys) + 1)


@given(st.lists(regions, max_size=2 * MAX_REGIONS))
def test_bounded_loses_no_pixel_and_holds_its_bound(several: list[Region]) -> None:
    found = bounded(several)
    assert len(found) <= MAX_REGIONS
    assert all(found)
    solid = list(dict.fromkeys(region for region in several if region))
    assert found == (tuple(solid) if len(solid) <= MAX_REGIONS else (hull(solid),))


@given(regions, st.integers(-9, 9), st.integers(-9, 9))
def test_moved_keeps_the_size(region: Region, dx: int, dy: int) -> None:
    moved = region.moved(dx, dy)
    assert (moved.width, moved.height) == (region.width, region.height)
    assert moved.moved(-dx, -dy) == region


def test_nothing_is_one_empty_rectangle() -> None:
    assert len(NOTHING) == 1
    assert not NOTHING[0]


def test_a_frame_knows_its_size() -> None:
    taken = Frame(flat(7, 5), 0, (Region(0, 0, 1, 1),))
    assert (taken.width, taken.height) == (7, 5)
    assert taken.bounds == Region(0, 0, 7, 5)
