"""A region of the desktop as a source: its edges, and what a change of the screen does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from samescreen.capture.x11.screen import X11Region
from samescreen.clock import clock_us
from samescreen.errors import SourceUnavailable
from samescreen.media import Damage, Region
from tests.capture.x11.x_tools import SHORT_US, change, move_pointer, set_monitor, settle
from tests.conftest import PaintWindow, StartXServer
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display

OpenRegion = Callable[[XServer, Region], X11Region]


@pytest.fixture
def share() -> Iterator[OpenRegion]:
    with ExitStack() as stack:

        def start(server: XServer, region: Region) -> X11Region:
            source = X11Region(region, server.display)
            stack.callback(source.dispose)
            source.open()
            return source

        yield start


def test_it_shows_its_part_and_only_changes_there(
    x_server: StartXServer, painted_window: PaintWindow, share: OpenRegion
) -> None:
    server = x_server(640, 360)
    window = painted_window(server.display)
    set_monitor(server, "left", "320/80x360/90+0+0", "screen")
    set_monitor(server, "right", "320/80x360/90+320+0", "none")
    move_pointer(server, 0, 0)
    source = share(server, Region(301, 41, 99, 57))
    first = change(source)
    assert source.label == "region 301,41 99×57"
    assert first.damage == Damage.of(Region(0, 0, 99, 57))
    assert (first.pixels[:, :, 2::-1] == server.picture()[41:98, 301:400]).all()
    window.rect(Region(310, 50, 4, 4), (1, 2, 3))
    assert change(source).damage == Damage.of(Region(0, 0, 32, 32))
    window.rect(Region(0, 0, 301, 360), (1, 2, 3))
    window.rect(Region(301, 98, 99, 100), (1, 2, 3))
    assert source.grab(clock_us() + SHORT_US) is None, "it is beside the region"


@pytest.mark.parametrize(
    ("region", "shown"),
    [
        (Region(-10, -20, 50, 50), Region(0, 0, 40, 30)),
        (Region(300, 190, 100, 100), Region(300, 190, 20, 10)),
        (Region(319, 199, 1, 1), Region(319, 199, 1, 1)),
        (Region(-5, -5, 9999, 9999), Region(0, 0, 320, 200)),
    ],
)
def test_a_part_outside_the_desktop_is_left_out(
    x_server: StartXServer,
    painted_window: PaintWindow,
    share: OpenRegion,
    region: Region,
    shown: Region,
) -> None:
    server = x_server(320, 200)
    painted_window(server.display)
    move_pointer(server, 160, 150)
    source = share(server, region)
    first = change(source)
    assert first.pixels.shape == (shown.height, shown.width, 4)
    part = server.picture()[shown.y : shown.bottom, shown.x : shown.right]
    assert (first.pixels[:100, :, 2::-1] == part[:100]).all()
    assert source.label == f"region {shown.x},{shown.y} {shown.width}×{shown.height}"


@pytest.mark.parametrize("region", [Region(320, 0, 10, 10), Region(-10, 0, 10, 10)])
def test_outside_the_desktop_it_is_refused(
    x_server: StartXServer, share: OpenRegion, region: Region
) -> None:
    server = x_server(320, 200)
    with pytest.raises(SourceUnavailable, match="outside the desktop, which is 0,0,320,200"):
        share(server, region)


def test_it_follows_the_size_of_the_desktop(
    x_server: StartXServer, painted_window: PaintWindow, share: OpenRegion
) -> None:
    server = x_server(640, 360)
    painted_window(server.display)
    source = share(server, Region(200, 100, 200, 100))
    settle(source)
    server.resize(300, 180)
    taken = change(source)
    assert taken.pixels.shape == (80, 100, 4)
    assert taken.damage == Damage.of(Region(0, 0, 100, 80))
    settle(source)
    server.resize(160, 90)
    with pytest.raises(SourceUnavailable, match="outside the desktop, which is 0,0,160,90"):
        settle(source)
    source.close()
    server.resize(640, 360)
    source.open()
    assert change(source).pixels.shape == (100, 200, 4)


def test_an_unwatched_region_that_no_longer_fits_is_noticed(
    x_server: StartXServer, share: OpenRegion
) -> None:
    server = x_server(640, 360)
    source = share(server, Region(200, 100, 200, 100))
    settle(source)
    source.rest()
    server.resize(160, 90)
    with pytest.raises(SourceUnavailable, match="outside the desktop"):
        source.rest()
