"""Drawing the cursor: blended, clipped at every edge, and in the right place."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture.cursor import CursorImage, draw_cursor
from samescreen.capture.x11.display import Display
from samescreen.capture.x11.pointer import PointerWatch, fetch_cursor
from samescreen.media import Region
from tests.conftest import StartXServer
from tests.fakes import flat, union_mask


def cursor(width: int = 5, height: int = 7, *, alpha: int = 255, hot: int = 2) -> CursorImage:
    bgra = np.zeros((height, width, 4), dtype=np.uint8)
    bgra[:] = (40 * alpha // 255, 80 * alpha // 255, 120 * alpha // 255, alpha)
    return CursorImage(bgra, hot, hot)


@given(st.integers(-12, 32), st.integers(-12, 32))
def test_it_covers_its_place_and_nothing_else(x: int, y: int) -> None:
    pixels = flat(20, 20, (9, 9, 9))
    covered = draw_cursor(pixels, cursor(), x, y)
    expected = Region(x - 2, y - 2, 5, 7).intersection(Region(0, 0, 20, 20))
    assert covered == (expected if expected else Region(0, 0, 0, 0))
    changed = (pixels[:, :, :3] != 9).any(axis=2)
    assert (changed == union_mask(20, 20, [covered])).all()


@pytest.mark.parametrize(
    ("alpha", "expected"), [(255, (40, 80, 120)), (0, (200, 200, 200)), (128, (120, 140, 160))]
)
def test_it_is_blended(alpha: int, expected: tuple[int, int, int]) -> None:
    pixels = flat(20, 20, (200, 200, 200))
    draw_cursor(pixels, cursor(alpha=alpha), 10, 10)
    assert np.abs(pixels[10, 10, :3].astype(int) - expected).max() <= 1
    assert (pixels[0, 0, :3] == 200).all()


def test_broken_premultiplication_does_not_overflow() -> None:
    image = CursorImage(np.full((4, 4, 4), (255, 255, 255, 10), dtype=np.uint8), 0, 0)
    pixels = flat(8, 8, (255, 255, 255))
    draw_cursor(pixels, image, 2, 2)
    assert (pixels[:, :, :3] == 255).all()


def test_the_last_row_shows_the_right_part() -> None:
    image = CursorImage(np.zeros((4, 4, 4), dtype=np.uint8), 0, 0)
    image.bgra[:, :, 3] = 255
    image.bgra[:, :, 0] = np.arange(1, 17).reshape(4, 4)
    pixels = flat(6, 6)
    draw_cursor(pixels, image, -2, -3)
    assert pixels[0, :2, 0].tolist() == [15, 16]
    pixels = flat(6, 6)
    draw_cursor(pixels, image, 4, 5)
    assert pixels[5, 4:, 0].tolist() == [1, 2]


def asked_in(watch: PointerWatch, from_us: int, until_us: int, at: tuple[int, int]) -> int:
    """How often the source polls a pointer that does not move."""
    asked, now_us = 0, from_us
    while (now_us := max(now_us, watch.due_us)) < until_us:
        watch.found(at, now_us)
        asked += 1
    return asked


def test_a_still_pointer_is_polled_rarely() -> None:
    watch = PointerWatch()
    watch.noted((5, 5), 0)
    assert asked_in(watch, 0, 10_000_000, (5, 5)) == 39
    assert asked_in(watch, 100_000_000, 110_000_000, (5, 5)) == 20


def test_pictures_replace_polling_the_pointer() -> None:
    watch = PointerWatch()
    for now_us in range(0, 10_000_000, 16_667):
        assert now_us < watch.due_us or not now_us
        watch.noted((now_us, 5), now_us)


def test_a_pointer_found_elsewhere_is_followed_closely_for_a_second() -> None:
    watch = PointerWatch()
    watch.noted((5, 5), 0)
    assert watch.found((9, 9), 300_000)
    assert not watch.found((9, 9), 330_000)
    assert 30 <= asked_in(watch, 330_000, 1_300_000, (9, 9)) <= 34
    assert asked_in(watch, 1_400_000, 2_400_000, (9, 9)) <= 5


@pytest.mark.display
def test_the_cursor_is_fetched_from_the_server(x_server: StartXServer) -> None:
    with closing(Display(x_server(320, 200).display)) as display:
        display.subscribe()
        image = fetch_cursor(display)
    height, width = image.bgra.shape[:2]
    assert height > 4
    assert width > 4
    assert image.bgra[:, :, 3].any(), "something is visible"
    assert 0 <= image.hot_x < width
    assert 0 <= image.hot_y < height
