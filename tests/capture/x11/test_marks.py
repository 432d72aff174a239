"""Marks on the desktop: seen there, clicked through, and gone with their connection."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator

import pytest
import xcffib.xproto as x
import xcffib.xtest

from samescreen.capture.desktop_ink import Drawer, Growth, Point, Tool
from samescreen.capture.hiding import MASK_BGRX, Hidden
from samescreen.capture.systems import open_marks
from samescreen.capture.x11.click_through import AGAIN_US, MARKS, ClickThrough
from samescreen.capture.x11.display import Display
from samescreen.capture.x11.marks import Marks
from samescreen.capture.x11.screen import X11Screen
from samescreen.capture.x11.toplevels import list_toplevels
from samescreen.errors import SourceUnavailable
from samescreen.media import Pixels, Region
from tests.capture.x11.client_window import BACK, Clients
from tests.capture.x11.x_tools import change, move_pointer
from tests.stage.timing import MS, eventually
from tests.stage.x_client import connected
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display

RED = (0xE5, 0x24, 0x3B)
ANNA = Drawer(0xE5243B, "Anna")


@pytest.fixture
def marks(server: XServer) -> Iterator[Marks]:
    shown = Marks(server.display)
    yield shown
    shown.close()


def draw(marks: Marks, tool: Tool, *points: Point, is_end: bool = True) -> None:
    marks.replace("a", {1: ANNA}, {(1, 7)})
    marks.add(Growth("a", 1, 7, tool, points, is_end, 5.0))


def count(picture: Pixels) -> int:
    return int((picture == RED).all(axis=2).sum())


def test_a_line_is_where_it_was_drawn_and_everything_else_stays(
    server: XServer, clients: Clients, marks: Marks
) -> None:
    clients.open("below", Region(0, 0, 640, 360))
    eventually(lambda: tuple(server.picture()[200, 100]) == BACK, what="the window below")
    before = server.picture()
    draw(marks, "pen", (100, 200), (300, 200))
    eventually(lambda: count(server.picture()) >= 200 * 5, what="the line")
    after = server.picture()
    changed = (after != before).any(axis=2)
    assert tuple(after[200, 200]) == RED
    assert not changed[:190].any()
    assert not changed[210:].any()
    marks.replace("a", {1: ANNA}, set())
    eventually(lambda: not count(server.picture()), what="no line")


def test_a_pointer_has_a_dot_and_a_name_and_goes_by_itself(
    server: XServer, marks: Marks
) -> None:
    draw(marks, "laser", (200, 100), is_end=False)
    eventually(lambda: count(server.picture()) > 300, what="dot and label")
    picture = server.picture()
    assert tuple(picture[100, 200]) == RED
    label = picture[115:140, 215:260]
    assert count(label) > 200
    assert (label == 255).all(axis=2).any(), "a name in white"
    eventually(lambda: not count(server.picture()), what="nothing after a second")


def test_clicks_reach_what_is_below(server: XServer, marks: Marks) -> None:
    with connected(server.display) as client:
        window = client.connection.generate_id()
        client.core.CreateWindow(
            *(0, window, client.root, 0, 0, 640, 360, 0, x.WindowClass.InputOutput, 0),
            x.CW.BackPixel | x.CW.EventMask,
            [0, x.EventMask.ButtonPress],
        )
        client.core.MapWindow(window)
        client.settle()
        draw(marks, "pen", (100, 200), (300, 200))
        eventually(lambda: count(server.picture()) > 0, what="the line")
        assert tuple(server.picture()[200, 200]) == RED
        move_pointer(server, 200, 200)
        assert client.core.QueryPointer(client.root).reply().child == window
        xtest = client.connection(xcffib.xtest.key)
        for kind in (4, 5):  # ButtonPress, ButtonRelease
            xtest.FakeInput(kind, 1, 0, client.root, 0, 0, 0)
        client.settle()

        def clicked() -> bool:
            event = client.connection.poll_for_event()
            return isinstance(event, x.ButtonPressEvent) and (event.event_x, event.event_y) == (
                200,
                200,
            )

        eventually(clicked, what="the click")


def test_they_stay_above_other_windows(server: XServer, clients: Clients, marks: Marks) -> None:
    draw(marks, "pen", (100, 200), (300, 200))
    eventually(lambda: count(server.picture()) > 0, what="the line")
    clients.open("above", Region(0, 0, 640, 360))
    eventually(lambda: count(server.picture()) > 0, what="the line, raised")


def test_they_are_in_the_picture_and_hide_nothing_of_it(server: XServer, marks: Marks) -> None:
    source = X11Screen(None, server.display)
    source.hide(Hidden(windows=("samescreen",)))
    source.open()
    try:
        change(source)
        draw(marks, "pen", (100, 200), (300, 200))
        eventually(lambda: count(change(source).pixels[:, :, 2::-1]) > 0, what="the line")
        assert not (change_or_last(source, marks) == MASK_BGRX).all(axis=2).any()
    finally:
        source.dispose()


def change_or_last(source: X11Screen, marks: Marks) -> Pixels:
    """A picture with another line."""
    marks.add(Growth("a", 1, 7, "pen", ((300, 300),), True, 5.0))
    return change(source).pixels


def test_their_window_is_nothing_to_share(server: XServer, marks: Marks) -> None:
    draw(marks, "pen", (100, 200), (300, 200))
    eventually(lambda: count(server.picture()) > 0, what="the line")
    display = Display(server.display)
    try:
        assert list_toplevels(display) == []
    finally:
        display.close()


def test_nothing_is_left_behind(server: XServer) -> None:
    with connected(server.display) as client:
        before = list(client.core.QueryTree(client.root).reply().children)
        shown = Marks(server.display)
        draw(shown, "pen", (100, 200), (300, 200))
        eventually(lambda: count(server.picture()) > 0, what="the line")
        shown.close()
        assert not shown.is_running
        eventually(lambda: not count(server.picture()), what="no line")
        assert list(client.core.QueryTree(client.root).reply().children) == before


def test_they_come_back_with_their_server(server: XServer, marks: Marks) -> None:
    draw(marks, "pen", (100, 200), (300, 200))
    eventually(lambda: count(server.picture()) > 0, what="the line")
    server.kill()
    server.start()
    eventually(lambda: count(server.picture()) > 0, what="the line again")


def test_they_end_while_their_server_is_gone(server: XServer, marks: Marks) -> None:
    draw(marks, "pen", (100, 200), (300, 200))
    server.kill()
    marks.close()
    assert not marks.is_running


def test_a_server_that_cannot_cut_windows_is_refused(
    server: XServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Display, "has", lambda self, extension: False)
    with pytest.raises(SourceUnavailable, match="--show-marks needs .* SHAPE"):
        Marks(server.display)


def test_other_systems_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SourceUnavailable, match="X11 desktops only"):
        open_marks()


def test_no_display_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(SourceUnavailable, match="needs an X11 desktop"):
        open_marks()


def test_two_windows_that_want_to_be_above_come_to_rest(server: XServer) -> None:
    displays = [Display(server.display) for _ in range(2)]
    tops: list[int] = []
    try:
        both = [ClickThrough(each, MARKS, 0, []) for each in displays]
        for window in both:
            window.put(0, 0, 99, 99)
            window.show()
        for now_us in range(0, 600_000_000, AGAIN_US):
            for each in displays:
                children = each.connection.core.QueryTree(each.root).reply().children
            tops.append(children[-1])
            for window in both:
                window.look(now_us)
    finally:
        for each in displays:
            each.close()
    changes = [at for at, pair in enumerate(itertools.pairwise(tops)) if len(set(pair)) > 1]
    assert len(changes) > 3
    assert changes[-1] - changes[-2] > 60, "half a minute, by half seconds"


def test_a_hundred_lines_hold_up_nobody(server: XServer, marks: Marks) -> None:
    """Drawn through the window's own shape, they would take the server seconds."""
    marks.replace("a", {1: ANNA}, {(1, stroke) for stroke in range(100)})
    for stroke in range(100):
        left, top = stroke * 5, stroke * 3
        points = tuple((left + at * 2, top + at % 7 * 9) for at in range(60))
        marks.add(Growth("a", 1, stroke, "pen", points, True, 7.0))
    began_s = time.monotonic()
    eventually(lambda: count(server.picture()[330:]) > 0, what="the last line")
    assert time.monotonic() - began_s < 2000 * MS


def test_they_follow_a_desktop_that_changes_its_size(server: XServer, marks: Marks) -> None:
    server.resize(320, 180)
    draw(marks, "pen", (10, 100), (310, 100))
    eventually(lambda: count(server.picture()) > 0, what="the line")
    server.resize(640, 360)
    marks.add(Growth("a", 1, 7, "pen", ((600, 300),), True, 5.0))
    eventually(lambda: count(server.picture()[200:, 400:]) > 0, what="the line's new part")
