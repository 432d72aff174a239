"""An X server's screen as a source: its pictures, its requests, and its recovery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest
import xcffib

from samescreen.capture.x11.screen import X11Screen
from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import Damage, Frame, Pixels, Region
from tests.capture.x11.x_tools import LONG_US, SHORT_US, change, move_pointer, set_monitor, settle
from tests.conftest import PaintWindow, StartXServer
from tests.fakes import union_mask
from tests.stage.census import nothing_leaks
from tests.stage.scene import Layout
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display

OpenScreen = Callable[..., X11Screen]
QUERY_POINTER = 38  # core opcode


@pytest.fixture
def screen() -> Iterator[OpenScreen]:
    """Opens sources: `screen(server)` or `screen(server, 2)`."""
    with ExitStack() as stack:

        def start(server: XServer, number: int | None = None) -> X11Screen:
            source = X11Screen(number, server.display)
            stack.callback(source.dispose)
            source.open()
            return source

        yield start


def rgb(taken: Frame) -> Pixels:
    return taken.pixels[:, :, 2::-1]


def where_different(one: Pixels, other: Pixels) -> Region:
    rows, columns = np.nonzero((one != other).any(axis=2))
    if not rows.size:
        return Region(0, 0, 0, 0)
    x, y = int(columns.min()), int(rows.min())
    return Region(x, y, int(columns.max()) + 1 - x, int(rows.max()) + 1 - y)


def test_the_first_grab_is_the_whole_picture(
    x_server: StartXServer, painted_window: PaintWindow, screen: OpenScreen
) -> None:
    server = x_server(640, 361)
    painted_window(server.display)
    move_pointer(server, 639, 360)
    source = screen(server)
    first = change(source)
    assert first.damage == Damage.of(Region(0, 0, 640, 361))
    assert source.label == "screen 1 640×361"
    assert source.notes == ()
    cursor = where_different(rgb(first), server.picture())
    assert cursor.x >= 624
    assert cursor.y >= 345


def test_a_change_has_tight_damage_and_the_right_pixels(
    x_server: StartXServer, painted_window: PaintWindow, screen: OpenScreen
) -> None:
    server = x_server(640, 360)
    window = painted_window(server.display)
    source = screen(server)
    settle(source)
    began_us = clock_us()
    window.rect(Region(70, 100, 20, 10), (9, 8, 7))
    taken = change(source)
    assert taken.damage == Damage.of(Region(64, 96, 32, 32))
    assert (taken.pixels[100:110, 70:90, :3] == (7, 8, 9)).all()
    assert began_us <= taken.pts_us <= clock_us()


def test_painting_equal_pixels_gives_no_picture(
    x_server: StartXServer, painted_window: PaintWindow, screen: OpenScreen
) -> None:
    server = x_server(320, 200)
    window = painted_window(server.display)
    window.rect(Region(10, 10, 50, 50), (1, 2, 3))
    source = screen(server)
    settle(source)
    window.rect(Region(10, 10, 50, 50), (1, 2, 3))
    assert source.grab(clock_us() + LONG_US) is None, "the report woke it, the pixels are equal"
    window.rect(Region(0, 0, 40, 40), (3, 2, 1))
    assert change(source).damage


def test_an_idle_source_polls_only_the_pointer_and_rarely(
    x_server: StartXServer,
    painted_window: PaintWindow,
    screen: OpenScreen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = x_server(320, 200)
    painted_window(server.display)
    source = screen(server)
    settle(source)
    sent: list[int] = []
    send_request = xcffib.Extension.send_request

    def counted(extension: xcffib.Extension, opcode: int, *args: object, **more: object) -> object:
        sent.append(opcode)
        return send_request(extension, opcode, *args, **more)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(xcffib.Extension, "send_request", counted)
    began_us = clock_us()
    while clock_us() < began_us + 600_000:  # like a host, which grabs repeatedly
        assert source.grab(clock_us() + 10_000) is None
    assert set(sent) == {QUERY_POINTER}
    assert 1 <= len(sent) <= 3


def test_an_unwatched_source_sends_no_requests(
    x_server: StartXServer, screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = screen(x_server(320, 200))
    settle(source)
    sent: list[object] = []
    monkeypatch.setattr(xcffib.Extension, "send_request", lambda *a, **k: sent.append(a))
    source.rest()
    assert sent == []


def test_a_wake_ends_the_wait(x_server: StartXServer, screen: OpenScreen) -> None:
    source = screen(x_server(320, 200))
    settle(source)
    source.wake()
    began_us = clock_us()
    assert source.grab(began_us + LONG_US) is None
    assert clock_us() - began_us < LONG_US // 2


def test_the_damage_adds_up_to_the_picture(
    x_server: StartXServer, painted_window: PaintWindow, screen: OpenScreen
) -> None:
    server = x_server(317, 211)
    window = painted_window(server.display)
    source = screen(server)
    random = np.random.default_rng(7)
    shown = change(source).pixels.copy()
    for step in range(40):
        x, y = int(random.integers(0, 310)), int(random.integers(0, 205))
        w, h = (int(n) for n in random.integers(1, 120, 2))
        window.rect(Region(x, y, w, h), (step * 5, 255 - step, x % 256))
        if step % 3 == 0:
            move_pointer(server, int(random.integers(0, 317)), int(random.integers(0, 211)))
        if step % 5 == 4:
            continue  # two changes in one picture
        taken = change(source)
        touched = union_mask(211, 317, taken.damage.regions)
        shown[touched] = taken.pixels[touched]
        assert (shown[:, :, :3] == taken.pixels[:, :, :3]).all(), f"at step {step}"
    move_pointer(server, 0, 0)
    settle(source)


def test_the_pointer_is_in_the_picture_and_leaves_no_trace(
    x_server: StartXServer, painted_window: PaintWindow, screen: OpenScreen
) -> None:
    server = x_server(640, 360)
    painted_window(server.display)
    source = screen(server)
    for x, y in [(100, 80), (400, 300), (630, 20)]:
        settle(source)
        move_pointer(server, x, y)
        taken = change(source)
        cursor = where_different(rgb(taken), server.picture())
        assert cursor, "a cursor is drawn"
        assert cursor.intersection(Region(x - 24, y - 24, 48, 48)) == cursor
        touched = union_mask(360, 640, taken.damage.regions)
        assert touched[cursor.y : cursor.bottom, cursor.x : cursor.right].all()


def test_a_pointer_moved_by_a_program_is_seen(
    x_server: StartXServer, painted_window: PaintWindow, screen: OpenScreen
) -> None:
    server = x_server(640, 360)
    window = painted_window(server.display)
    source = screen(server)
    for x, y in [(100, 80), (400, 300)]:
        settle(source)
        window.pointer(x, y)  # XWarpPointer, as xdotool and keynav do: X does not report it
        taken = source.grab(clock_us() + LONG_US)
        assert taken is not None
        cursor = where_different(rgb(taken), server.picture())
        assert cursor.intersection(Region(x - 24, y - 24, 48, 48)) == cursor


def test_monitors_are_shared_one_by_one(
    x_server: StartXServer, painted_window: PaintWindow, screen: OpenScreen
) -> None:
    server = x_server(640, 360)
    window = painted_window(server.display)
    set_monitor(server, "left", "400/100x360/90+0+0", "screen")
    set_monitor(server, "right", "240/60x360/90+400+0", "none")
    window.rect(Region(410, 40, 30, 20), (200, 100, 50))
    left, right = screen(server), screen(server, 2)
    assert (left.label, right.label) == ("screen 1 400×360", "screen 2 240×360")
    assert change(left).pixels.shape == (360, 400, 4)
    first = change(right)
    assert first.pixels.shape == (360, 240, 4)
    assert (first.pixels[40:60, 10:40, :3] == (50, 100, 200)).all()
    settle(left)
    settle(right)
    window.rect(Region(410, 40, 30, 20), (0, 0, 255))
    assert change(right).damage == Damage.of(Region(0, 32, 64, 32))
    assert left.grab(clock_us() + SHORT_US) is None, "it is not on this monitor"


def test_a_monitor_that_is_not_there(x_server: StartXServer, screen: OpenScreen) -> None:
    server = x_server(320, 200)
    with pytest.raises(SourceUnavailable, match="no screen 3.*has 1.*samescreen sources"):
        screen(server, 3)


def test_a_resized_screen_is_a_whole_new_picture(
    x_server: StartXServer, painted_window: PaintWindow, screen: OpenScreen
) -> None:
    server = x_server(640, 360)
    window = painted_window(server.display)
    source = screen(server)
    settle(source)
    for width, height in [(320, 200), (500, 300), (640, 360)]:
        server.resize(width, height)
        taken = change(source)
        while taken.pixels.shape != (height, width, 4):
            taken = change(source)
        assert taken.damage == Damage.of(Region(0, 0, width, height))
        assert source.label == f"screen 1 {width}×{height}"
        window.fit(Layout(width, height))
        move_pointer(server, width - 1, height - 1)
        settle(source)
        window.rect(Region(20, 20, 8, 8), (1, 2, 3))
        assert (change(source).pixels[20:28, 20:28, :3] == (3, 2, 1)).all()


def test_a_picture_stays_as_it_is_during_the_next_grab_also_of_another_size(
    x_server: StartXServer, painted_window: PaintWindow, screen: OpenScreen
) -> None:
    server = x_server(640, 360)
    window = painted_window(server.display)
    source = screen(server)
    settle(source)
    window.rect(Region(20, 20, 8, 8), (1, 2, 3))
    held = change(source)
    for number in range(2, 5):
        window.rect(Region(20, 20, 8, 8), (number, 2, 3))
        before, newer = held.pixels.copy(), change(source)
        assert (held.pixels == before).all()
        held = newer
    server.resize(320, 200)
    while held.size != (320, 200):
        before, newer = held.pixels.copy(), change(source)
        assert (held.pixels == before).all()
        held = newer


def test_a_server_that_goes_away_and_comes_back(
    x_server: StartXServer, screen: OpenScreen
) -> None:
    server = x_server(320, 200)
    source = screen(server)
    change(source)
    server.kill()
    with pytest.raises(SourceLost, match="the X server went away"):
        change(source)
    source.close()
    with pytest.raises(SourceLost, match="does not answer; check DISPLAY"):
        source.open()
    server.start()
    source.open()
    assert change(source).damage == Damage.of(Region(0, 0, 320, 200))


def test_without_shared_memory_it_says_so(x_server: StartXServer, screen: OpenScreen) -> None:
    source = screen(x_server(333, 217, without=("MIT-SHM",)))
    (note,) = source.notes
    assert "slower" in note
    assert "MIT-SHM" in note
    assert "no shared memory" in source.backend
    assert change(source).damage == Damage.of(Region(0, 0, 333, 217))


def test_without_shared_memory_the_pixels_are_right(
    x_server: StartXServer, painted_window: PaintWindow, screen: OpenScreen
) -> None:
    server = x_server(333, 217, without=("MIT-SHM",))
    window = painted_window(server.display)
    move_pointer(server, 332, 216)
    source = screen(server)
    first = change(source)
    assert (rgb(first)[:180, :300] == server.picture()[:180, :300]).all()
    window.rect(Region(40, 70, 9, 9), (10, 20, 30))
    taken = change(source)
    assert taken.damage == Damage.of(Region(32, 64, 32, 32))
    assert (taken.pixels[70:79, 40:49, :3] == (30, 20, 10)).all()


def test_closed_at_any_moment_it_leaves_nothing_behind(x_server: StartXServer) -> None:
    server = x_server(320, 200)
    with nothing_leaks() as before:
        source = X11Screen(display=server.display)
        source.close()
        source.open()
        change(source)
        source.close()
        source.close()
        source.open()
        source.dispose()
        source.dispose()
        lost = X11Screen(display=server.display)
        lost.open()
        server.kill()
        lost.dispose()
        unavailable = X11Screen(9, server.start().display)
        with pytest.raises(SourceUnavailable):
            unavailable.open()
        unavailable.dispose()
    assert before.segments == 0
