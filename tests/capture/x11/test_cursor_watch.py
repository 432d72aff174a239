"""The cursor apart from the pictures of a real X server, and back in them."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from samescreen.capture.cursor import CursorImage, CursorSeen
from samescreen.capture.hiding import Hidden
from samescreen.capture.x11.cursor_watch import seen_at
from samescreen.capture.x11.screen import X11Region, X11Screen
from samescreen.clock import clock_us
from samescreen.media import OnDesktop, Pixels, Region
from tests.capture.x11.x_tools import LONG_US, SHORT_US, change, move_pointer, settle
from tests.conftest import StartXServer
from tests.fakes import PATIENCE_S
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display


@pytest.fixture
def server(x_server: StartXServer) -> XServer:
    server = x_server(320, 200)
    move_pointer(server, 160, 100)
    return server


@pytest.fixture
def source(server: XServer) -> Iterator[X11Screen]:
    with closing(X11Screen(display=server.display)) as source:
        source.open()
        yield source
    source.dispose()


def await_place(reports: queue.SimpleQueue[CursorSeen], x: int, y: int) -> CursorSeen:
    """The report that the cursor is there."""
    while True:
        seen = reports.get(timeout=PATIENCE_S)
        if (seen.x, seen.y) == (x, y):
            return seen


def shows_cursor(pixels: Pixels) -> bool:
    """Whether anything is on the empty desktop."""
    return bool((pixels[:, :, :3] != pixels[0, 0, :3]).any())


def test_apart_it_is_reported_and_no_picture_shows_it(server: XServer, source: X11Screen) -> None:
    reports: queue.SimpleQueue[CursorSeen] = queue.SimpleQueue()
    assert shows_cursor(change(source).pixels)
    source.part_cursor(reports.put)
    taken = source.grab(clock_us() + LONG_US)
    assert taken is not None
    assert not shows_cursor(taken.pixels)
    first = reports.get(timeout=PATIENCE_S)
    assert first.image is not None
    assert first.image.bgra[:, :, 3].any()
    move_pointer(server, 40, 30)
    await_place(reports, 40, 30)
    settle(source)
    move_pointer(server, 80, 30)
    await_place(reports, 80, 30)
    assert source.grab(clock_us() + SHORT_US) is None, "motion makes no picture"


def test_back_in_the_picture_it_is_in_the_very_next_one(source: X11Screen) -> None:
    reports: queue.SimpleQueue[CursorSeen] = queue.SimpleQueue()
    source.part_cursor(reports.put)
    assert not shows_cursor(change(source).pixels)
    for _ in range(3):
        source.part_cursor(None)
        taken = source.grab(clock_us() + LONG_US)
        assert taken is not None
        assert shows_cursor(taken.pixels)
        source.part_cursor(reports.put)
        taken = source.grab(clock_us() + LONG_US)
        assert taken is not None
        assert not shows_cursor(taken.pixels)


def test_nothing_is_reported_once_it_is_drawn_again(server: XServer, source: X11Screen) -> None:
    reports: queue.SimpleQueue[CursorSeen] = queue.SimpleQueue()
    source.part_cursor(reports.put)
    reports.get(timeout=PATIENCE_S)
    source.part_cursor(None)
    move_pointer(server, 9, 9)
    change(source)
    while not reports.empty():
        assert (reports.get().x, reports.get().y) != (9, 9)


def test_a_source_that_hides_something_keeps_it_in_the_picture(server: XServer) -> None:
    """A mask covers the cursor there. Apart, its image could tell what a hidden window does."""
    open_one, hiding_one = X11Screen(display=server.display), X11Screen(display=server.display)
    hiding_one.hide(Hidden(regions=(Region(0, 0, 10, 10),)))
    assert [each.can_part_cursor for each in (open_one, hiding_one)] == [True, False]
    for each in (open_one, hiding_one):
        each.dispose()


def test_a_region_reports_its_own_pixels(server: XServer) -> None:
    reports: queue.SimpleQueue[CursorSeen] = queue.SimpleQueue()
    with closing(X11Region(Region(100, 50, 100, 100), server.display)) as source:
        source.open()
        source.part_cursor(reports.put)
        await_place(reports, 60, 50)
        move_pointer(server, 10, 10)
        assert await_place(reports, 0, 0).image is None, "it is elsewhere"
    source.dispose()


@pytest.mark.parametrize(
    ("at", "expected"),
    [((5, 5), None), ((10, 20), (0, 0)), ((39, 49), (29, 29)), ((40, 49), None), ((-1, 30), None)],
)
def test_only_a_pointer_over_the_picture_is_seen(
    at: tuple[int, int], expected: tuple[int, int] | None
) -> None:
    image = CursorImage(np.zeros((4, 4, 4), np.uint8), 0, 0)
    seen = seen_at(OnDesktop(":0", 0, Region(10, 20, 30, 30)), image, *at)
    assert seen == (CursorSeen() if expected is None else CursorSeen(image, *expected))
