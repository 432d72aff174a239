"""Regions and damage: their arithmetic against sets of pixels."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.media import MAX_REGIONS, Damage, Frame, Region, hull
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
def test_damage_loses_no_pixel_and_stays_bounded(several: list[Region]) -> None:
    damage = Damage.of(*several)
    found = damage.regions
    assert not damage.is_all
    assert bool(damage) is any(several)
    assert len(found) <= MAX_REGIONS
    assert all(found)
    solid = list(dict.fromkeys(region for region in several if region))
    assert found == (tuple(solid) if len(solid) <= MAX_REGIONS else (hull(solid),))


@given(regions, st.integers(-9, 9), st.integers(-9, 9))
def test_moved_keeps_the_size(region: Region, dx: int, dy: int) -> None:
    moved = region.moved(dx, dy)
    assert (moved.width, moved.height) == (region.width, region.height)
    assert moved.moved(-dx, -dy) == region


A, B = Region(0, 0, 4, 4), Region(8, 8, 4, 4)
damages = st.one_of(
    st.just(Damage.ALL),
    st.lists(regions, max_size=2 * MAX_REGIONS).map(lambda boxes: Damage.of(*boxes)),
)


def test_the_union_of_damages() -> None:
    one, other = Damage.of(A), Damage.of(B)
    assert (one | other).regions == (A, B)
    assert one | Damage.ALL == Damage.ALL | other == Damage.ALL
    assert one | Damage.NONE == Damage.NONE | one == one
    assert not Damage.NONE | Damage.NONE
    assert Damage.of(*[A] * MAX_REGIONS) | other == Damage.of(A, B), "each once"
    many = tuple(Region(x, 0, 1, 1) for x in range(MAX_REGIONS))
    assert Damage.of(*many) | other == Damage.of(hull((*many, B)))


@given(damages, damages)
def test_a_union_covers_both_and_stays_bounded(one: Damage, other: Damage) -> None:
    both, bounds = one | other, Region(-50, -50, 100, 100)
    covered = set().union(*map(pixels_of, both.within(bounds)))
    for part in (one, other):
        assert covered >= set().union(*map(pixels_of, part.within(bounds)))
    assert len(both.regions) <= MAX_REGIONS
    assert both.is_all is (one.is_all or other.is_all)
    assert bool(both) is bool(one or other)
    assert both | one == both or len(both.regions) == 1


@given(damages, regions)
def test_the_parts_within_bounds_are_inside_them(damage: Damage, bounds: Region) -> None:
    parts = damage.within(bounds)
    covered = set().union(*map(pixels_of, parts))
    if damage.is_all:
        assert parts == (bounds,)
    else:
        named = set().union(*map(pixels_of, damage.regions))
        assert all(parts)
        assert covered == named & pixels_of(bounds)

def test_a_frame_knows_its_size() -> None:
    taken = Frame(flat(7, 5), 0, Damage.of(Region(0, 0, 1, 1)))
    assert (taken.width, taken.height) == (7, 5)
    assert taken.bounds == Region(0, 0, 7, 5)
