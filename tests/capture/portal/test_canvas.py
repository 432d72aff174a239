"""What differs between two pictures with a cursor over them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from samescreen.capture.cursor import CursorImage, CursorSeen, draw_cursor
from samescreen.capture.portal.canvas import Canvas
from samescreen.media import Pixels, Region

ARROW = CursorImage(np.full((6, 5, 4), 255, np.uint8), 1, 2)
HAND = CursorImage(np.full((4, 4, 4), 128, np.uint8), 0, 0)
cursors = st.builds(
    CursorSeen, st.sampled_from([None, ARROW, HAND]), st.integers(-8, 100), st.integers(-8, 80)
)
steps = st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 2)), cursors), max_size=8)


def picture(number: int) -> Pixels:
    width, height = [(90, 70), (90, 70), (40, 33)][number]
    return np.full((height, width, 4), 10 + number, np.uint8)


def drawn(pixels: Pixels, seen: CursorSeen) -> Pixels:
    made = pixels.copy()
    if seen.image is not None:
        draw_cursor(made, seen.image, seen.x, seen.y)
    return made


@settings(max_examples=60)
@given(steps)
def test_what_is_shown_is_right_and_damage_covers_all_that_changed(
    given_steps: list[tuple[int | None, CursorSeen]],
) -> None:
    canvas, clean = Canvas(), None
    before: Pixels | None = None
    for number, seen in given_steps:
        pixels = None if number is None else picture(number)
        clean = pixels.copy() if pixels is not None else clean
        damage = canvas.show(pixels, seen)
        if clean is None:
            assert canvas.pixels is None
            continue
        assert canvas.pixels is not None
        assert np.array_equal(canvas.pixels, drawn(clean, seen))
        shown = canvas.pixels.copy()
        bounds = Region(0, 0, shown.shape[1], shown.shape[0])
        if before is None or before.shape != shown.shape:
            assert damage.regions == (bounds,)
        else:
            for part in damage.within(bounds):
                before[part.y : part.bottom, part.x : part.right] = shown[
                    part.y : part.bottom, part.x : part.right
                ]
            assert np.array_equal(before, shown)
        before = shown


def test_a_still_picture_and_a_still_cursor_are_no_change() -> None:
    canvas, seen = Canvas(), CursorSeen(ARROW, 20, 20)
    assert canvas.show(picture(0), seen).regions == (Region(0, 0, 90, 70),)
    assert not canvas.show(picture(0), seen)
    assert not canvas.show(None, seen)
    moved = canvas.show(None, CursorSeen(ARROW, 60, 40))
    assert set(moved.regions) == {Region(19, 18, 5, 6), Region(59, 38, 5, 6)}
