"""The reader against pictures drawn here, and its refusals."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from samescreen.media import Pixels, Region
from tests.stage.scene import (
    BACKGROUND,
    BLACK,
    COUNTS,
    PATCH_COLOURS,
    WHITE,
    Colour,
    Layout,
    barcode,
    furthest,
    read_count,
    read_patches,
)

sizes = st.tuples(st.integers(160, 2560), st.integers(100, 1440))
counts = st.integers(0, COUNTS - 1)


def draw(count: int, size: tuple[int, int]) -> Pixels:
    layout = Layout(*size)
    picture: Pixels = np.full((size[1], size[0], 3), BACKGROUND, np.uint8)

    def fill(region: Region, colour: Colour) -> None:
        picture[region.y : region.bottom, region.x : region.right] = colour

    for index, colour in enumerate(PATCH_COLOURS):
        fill(layout.patch(index), colour)
    for cell, white in zip(layout.cells(), barcode(count), strict=True):
        fill(cell, WHITE if white else BLACK)
    return picture


@given(counts, sizes)
def test_reads_what_was_drawn(count: int, size: tuple[int, int]) -> None:
    picture = draw(count, size)
    assert read_count(picture) == count
    assert furthest(read_patches(picture)) == 0


def test_reads_rgba() -> None:
    picture = draw(77, (640, 360))
    rgba = np.dstack([picture, np.zeros(picture.shape[:2], np.uint8)])
    assert read_count(rgba) == 77
    assert furthest(read_patches(rgba)) == 0


@given(counts, st.integers(0, 22))
def test_one_wrong_cell_is_refused(count: int, index: int) -> None:
    picture = draw(count, (320, 200))
    cell = Layout(320, 200).cells()[index]
    seen = picture[cell.y : cell.bottom, cell.x : cell.right]
    seen[:] = 255 - seen
    assert read_count(picture) is None


@given(counts, st.integers(3, 22))
def test_a_picture_torn_between_neighbours_is_refused_or_one_of_them(count: int, cut: int) -> None:
    after = (count + 1) % COUNTS
    picture = draw(count, (320, 200))
    edge = Layout(320, 200).cells()[cut].x
    picture[:, edge:] = draw(after, (320, 200))[:, edge:]
    assert read_count(picture) in {count, after, None}


def test_no_barcode_is_none() -> None:
    assert read_count(np.full((200, 320, 3), 128, np.uint8)) is None
    assert read_count(np.zeros((200, 320, 3), np.uint8)) is None
    assert read_count(np.full((200, 320, 3), 255, np.uint8)) is None


def test_furthest_names_the_worst_channel() -> None:
    seen = list(PATCH_COLOURS)
    seen[3] = (40, 173, 61)
    assert furthest(seen) == 7


def test_nothing_lies_under_the_pointer_in_the_middle() -> None:
    layout = Layout(1280, 720)
    pointer = Region(640 - 32, 360 - 32, 64, 64)
    regions = [*layout.cells(), *(layout.patch(i) for i in range(len(PATCH_COLOURS)))]
    assert not any(region.intersection(pointer) for region in regions)
