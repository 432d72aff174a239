"""The comparison of pictures: exact inside the hints, silent outside, bounded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescreen.capture.damage import TILE_PX, changed_regions
from samescreen.media import MAX_REGIONS, Damage, Pixels, Region, hull
from tests.fakes import flat, union_mask

SIZES = st.tuples(st.integers(1, 200), st.integers(1, 200))


def whole(pixels: Pixels) -> Region:
    return Region(0, 0, pixels.shape[1], pixels.shape[0])


def tiles_of(width: int, height: int, regions: list[Region]) -> np.ndarray[Any, Any]:
    """A mask of the pixels in tiles that one of the regions touches."""
    bounds = Region(0, 0, width, height)
    clipped = [r for region in regions if (r := region.intersection(bounds))]
    grown = []
    for r in clipped:
        x, y = r.x // TILE_PX * TILE_PX, r.y // TILE_PX * TILE_PX
        right, bottom = -(-r.right // TILE_PX) * TILE_PX, -(-r.bottom // TILE_PX) * TILE_PX
        grown.append(Region(x, y, right - x, bottom - y))
    return union_mask(height, width, grown)


@st.composite
def changes(draw: st.DrawFn) -> tuple[Pixels, Pixels, list[Region]]:
    """Two pictures that differ in a few dots and boxes, and hints anywhere."""
    width, height = draw(SIZES)
    before = flat(width, height, (7, 7, 7))
    after = before.copy()
    for _ in range(draw(st.integers(0, 8))):
        x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        side = draw(st.sampled_from([1, 1, 1, 5, 40]))
        after[y : y + side, x : x + side, draw(st.integers(0, 2))] ^= 0x55
    box = st.builds(
        Region,
        st.integers(-20, width),
        st.integers(-20, height),
        st.integers(-1, 2 * width),
        st.integers(-1, 2 * height),
    )
    hints = draw(st.one_of(st.just([Region(0, 0, width, height)]), st.lists(box, max_size=4)))
    return before, after, hints


@given(changes())
@settings(max_examples=200)
def test_every_change_inside_the_hints_and_nothing_outside(
    change: tuple[Pixels, Pixels, list[Region]],
) -> None:
    before, after, hints = change
    height, width = before.shape[:2]
    found = changed_regions(before, after, hints).regions
    covered = union_mask(height, width, found)
    differing = (before != after).any(axis=2)
    hinted = union_mask(height, width, hints)
    assert not (differing & hinted & ~covered).any(), "a change was missed"
    bounds = Region(0, 0, width, height)
    assert all(region and region.intersection(bounds) == region for region in found)
    assert sum(region.area for region in found) == covered.sum(), "rectangles overlap"
    if len(found) != 1:  # one may be the hull of many
        assert not (covered & ~tiles_of(width, height, hints)).any(), "outside the hints' tiles"


@given(changes())
def test_a_rectangle_holds_a_change_in_each_of_its_tiles(
    change: tuple[Pixels, Pixels, list[Region]],
) -> None:
    before, after, hints = change
    differing = (before != after).any(axis=2)
    found = changed_regions(before, after, hints).regions
    if len(found) == 1:
        return  # possibly a hull
    for region in found:
        for y in range(region.y, region.bottom, TILE_PX):
            for x in range(region.x, region.right, TILE_PX):
                assert differing[y : y + TILE_PX, x : x + TILE_PX].any()


def test_identical_pictures_have_no_damage() -> None:
    before = np.random.default_rng(1).integers(0, 256, (97, 131, 4), dtype=np.uint8)
    assert changed_regions(before, before.copy(), (whole(before),)) == Damage.NONE


def test_without_hints_nothing_is_compared() -> None:
    assert changed_regions(flat(64, 64), flat(64, 64, (1, 1, 1)), ()) == Damage.NONE


@pytest.mark.parametrize(("width", "height"), [(1, 1), (33, 31), (64, 64), (65, 97), (1279, 719)])
def test_a_pixel_in_each_corner_is_found(width: int, height: int) -> None:
    for x in {0, width - 1}:
        for y in {0, height - 1}:
            before, after = flat(width, height), flat(width, height)
            after[y, x, 1] = 1
            (region,) = changed_regions(before, after, (whole(before),)).regions
            assert region.intersection(Region(x, y, 1, 1))
            assert region.width <= TILE_PX
            assert region.height <= TILE_PX


@pytest.mark.parametrize("row", range(32))
def test_a_change_of_one_row_is_found_in_every_row_of_a_tile(row: int) -> None:
    before, after = flat(96, 96), flat(96, 96)
    after[32 + row, 40] = 9
    assert changed_regions(before, after, (whole(before),)) == Damage.of(Region(32, 32, 32, 32))


def test_neighbouring_tiles_become_one_rectangle() -> None:
    before, after = flat(320, 320), flat(320, 320)
    after[64:128, 64:160] = 9
    assert changed_regions(before, after, (whole(before),)) == Damage.of(Region(64, 64, 96, 64))


def test_more_than_the_bound_becomes_the_hull() -> None:
    before, after = flat(640, 640), flat(640, 640)
    after[::64, ::64] = 9
    dots = [Region(x, y, 1, 1) for x in range(0, 640, 64) for y in range(0, 640, 64)]
    (found,) = changed_regions(before, after, (whole(before),)).regions
    cover = hull(dots)
    assert found.intersection(cover) == cover
    assert found.right - cover.right < TILE_PX
    assert found.bottom - cover.bottom < TILE_PX


def test_at_the_bound_each_keeps_its_rectangle() -> None:
    before, after = flat(64 * MAX_REGIONS, 32), flat(64 * MAX_REGIONS, 32)
    after[0, ::64] = 9
    assert len(changed_regions(before, after, (whole(before),)).regions) == MAX_REGIONS


def test_overlapping_hints_count_once() -> None:
    before, after = flat(128, 128), flat(128, 128)
    after[70, 70] = 9
    hints = (Region(60, 60, 30, 30), Region(64, 64, 64, 64), whole(before))
    assert changed_regions(before, after, hints) == Damage.of(Region(64, 64, 32, 32))
