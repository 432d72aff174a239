"""mss on a real X server: whole pictures, compared, and clear errors."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator

import pytest

from samescreen.capture.polled import PolledScreen, list_monitors
from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import Damage, Frame, OnDesktop, Region
from tests.conftest import PaintWindow, StartXServer
from tests.stage.census import nothing_leaks
from tests.stage.timing import MS
from tests.stage.x_server import XServer

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(sys.platform != "linux", reason="needs Xvfb"),
    pytest.mark.filterwarnings("ignore:mss.mss is deprecated:DeprecationWarning"),
]

LONG_US = int(5e9 * MS)
SHORT_US = int(30e6 * MS)


@pytest.fixture
def server(x_server: StartXServer, monkeypatch: pytest.MonkeyPatch) -> XServer:
    started = x_server(333, 217)
    monkeypatch.setenv("DISPLAY", started.display)
    return started


@pytest.fixture
def source(server: XServer) -> Iterator[PolledScreen]:
    polled = PolledScreen()
    polled.open()
    yield polled
    polled.dispose()


def grab(source: PolledScreen) -> Frame:
    taken = source.grab(clock_us() + LONG_US)
    assert taken is not None
    return taken


def test_the_first_picture_is_whole_and_right(
    server: XServer, painted_window: PaintWindow, source: PolledScreen
) -> None:
    painted_window(server.display)
    first = grab(source)
    assert first.damage == Damage.of(Region(0, 0, 333, 217))
    assert (first.pixels[:60, :, 2::-1] == server.picture()[:60]).all()
    assert source.label == "screen 1 333×217"
    assert "mss" in source.backend
    assert len(source.notes) == 1


@pytest.mark.parametrize("takes_input", [True, False])
def test_where_pixels_are_the_pointers_viewers_can_act(
    server: XServer, monkeypatch: pytest.MonkeyPatch, takes_input: bool
) -> None:
    """As on Windows, and elsewhere."""
    monkeypatch.setattr(PolledScreen, "takes_input", takes_input)
    source = PolledScreen(None, Region(100, 50, 60, 40))
    source.open()
    place = OnDesktop("", 0, Region(100, 50, 60, 40))
    assert source.place == (place if takes_input else None)
    source.dispose()
    assert source.place is None


def test_a_change_is_found_by_comparing(
    server: XServer, painted_window: PaintWindow, source: PolledScreen
) -> None:
    window = painted_window(server.display)
    grab(source)
    assert source.grab(clock_us() + SHORT_US) is None
    window.rect(Region(40, 70, 9, 9), (10, 20, 30))
    taken = grab(source)
    assert taken.damage == Damage.of(Region(32, 64, 32, 32))
    assert (taken.pixels[70:79, 40:49, :3] == (30, 20, 10)).all()


def test_a_wake_ends_the_wait(source: PolledScreen) -> None:
    grab(source)
    source.wake()
    began_us = clock_us()
    assert source.grab(began_us + LONG_US) is None
    assert clock_us() - began_us < LONG_US // 2


def test_monitors_are_listed(server: XServer) -> None:
    assert list_monitors() == ["333×217"]


def test_a_monitor_that_is_not_there(server: XServer) -> None:
    source = PolledScreen(2)
    with pytest.raises(SourceUnavailable, match="no screen 2.*has 1.*samescreen sources"):
        source.open()
    source.dispose()


def test_a_region_is_clipped_to_the_desktop(
    server: XServer, painted_window: PaintWindow
) -> None:
    painted_window(server.display)
    source = PolledScreen(region=Region(300, 20, 100, 30))
    source.open()
    first = grab(source)
    assert source.label == "region 300,20 33×30"
    assert (first.pixels[:, :, 2::-1] == server.picture()[20:50, 300:]).all()
    source.dispose()


def test_a_region_outside_the_desktop(server: XServer) -> None:
    source = PolledScreen(region=Region(333, 0, 10, 10))
    with pytest.raises(SourceUnavailable, match="outside the desktop, which is 0,0,333,217"):
        source.open()
    source.dispose()


def test_without_a_display_it_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    source = PolledScreen()
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        source.open()
    source.dispose()
    assert list_monitors() == []


def test_a_resized_screen_is_lost_and_opens_again(server: XServer, source: PolledScreen) -> None:
    grab(source)
    server.resize(160, 100)
    with pytest.raises(SourceLost, match="the screen went away"):
        grab(source)
    source.close()
    source.open()
    assert grab(source).pixels.shape == (100, 160, 4)


def test_a_server_that_goes_away_is_a_lost_source(server: XServer) -> None:
    source = PolledScreen()
    try:
        source.open()
        grab(source)
        server.kill()
        with pytest.raises(SourceLost):
            grab(source)
        source.dispose()
    finally:
        source._waker.close()  # as long as dispose does not come to it


def test_the_reason_is_one_line(server: XServer, source: PolledScreen) -> None:
    grab(source)
    server.resize(160, 100)
    with pytest.raises(SourceLost) as lost:
        grab(source)
    assert "\n" not in str(lost.value)


def test_it_opens_without_a_warning(server: XServer) -> None:
    source = PolledScreen()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            source.open()
    finally:
        source.dispose()


def test_closed_it_leaves_nothing_behind(server: XServer) -> None:
    with nothing_leaks():
        source = PolledScreen()
        source.close()
        for _ in range(2):
            source.open()
            grab(source)
            source.close()
            source.close()
        source.dispose()
