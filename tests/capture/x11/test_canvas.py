"""Pixel memory: shared and copied canvases hold the same picture, and free everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from samescreen.capture.x11.canvas import Canvas, CopiedCanvas, SharedCanvas
from samescreen.capture.x11.display import Display
from samescreen.errors import CaptureError, SourceLost
from samescreen.media import Region
from tests.conftest import PaintWindow, StartXServer
from tests.stage.census import nothing_leaks
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display

KINDS = pytest.mark.parametrize("kind", [SharedCanvas, CopiedCanvas])


@pytest.fixture
def server(x_server: StartXServer, painted_window: PaintWindow) -> XServer:
    server = x_server(331, 203)
    painted_window(server.display).count(12_345)
    return server


@pytest.fixture
def display(server: XServer) -> Iterator[Display]:
    with closing(Display(server.display)) as opened:
        yield opened


@KINDS
@pytest.mark.parametrize("region", [Region(0, 0, 331, 203), Region(17, 31, 101, 59)])
def test_a_canvas_holds_its_region(
    server: XServer, display: Display, kind: type[Canvas], region: Region
) -> None:
    with closing(kind(display, region)) as canvas:
        canvas.read((0, region.height))
        expected = server.picture()[region.y : region.bottom, region.x : region.right]
        assert canvas.pixels.shape == (region.height, region.width, 4)
        assert (canvas.pixels[:, :, 2::-1] == expected).all()


@KINDS
def test_only_the_rows_asked_for_are_written(
    server: XServer, display: Display, kind: type[Canvas]
) -> None:
    with closing(kind(display, Region(0, 0, 331, 203))) as canvas:
        canvas.pixels[:] = 99
        canvas.read((20, 50))
        assert (canvas.pixels[:20] == 99).all()
        assert (canvas.pixels[50:] == 99).all()
        assert (canvas.pixels[20:50, :, 2::-1] == server.picture()[20:50]).all()


def test_a_new_canvas_is_stale_all_over(display: Display) -> None:
    with closing(CopiedCanvas(display, Region(5, 5, 20, 30))) as canvas:
        assert canvas.stale == [(0, 30)]
        assert not canvas.drawn


@KINDS
def test_a_region_off_the_screen_is_a_lost_source(display: Display, kind: type[Canvas]) -> None:
    with closing(kind(display, Region(300, 0, 100, 100))) as canvas, pytest.raises(SourceLost):
        canvas.read((0, 100))


def test_closing_a_canvas_frees_its_segment(display: Display) -> None:
    with nothing_leaks() as before:
        for _ in range(5):
            with closing(SharedCanvas(display, Region(0, 0, 300, 200))) as canvas:
                canvas.read((0, 200))
        assert before.segments == 0


def test_segments_vanish_with_the_server(x_server: StartXServer) -> None:
    server = x_server(320, 200)
    display = Display(server.display)
    with nothing_leaks():
        canvas = SharedCanvas(display, Region(0, 0, 320, 200))
        server.kill()
        with pytest.raises(SourceLost):
            canvas.read((0, 200))
        canvas.close()
    display.close()


def test_memory_the_server_cannot_reach_is_a_capture_error(x_server: StartXServer) -> None:
    display = Display(x_server(320, 200, without=("MIT-SHM",)).display)
    with (
        closing(display),
        nothing_leaks(),
        pytest.raises(CaptureError),
    ):
        SharedCanvas(display, Region(0, 0, 320, 200))


def test_too_much_memory_is_a_capture_error(display: Display) -> None:
    with nothing_leaks(), pytest.raises(CaptureError, match="no shared memory"):
        SharedCanvas(display, Region(0, 0, 2**31, 2**31))


def test_pixels_can_be_drawn_into(display: Display) -> None:
    with closing(SharedCanvas(display, Region(0, 0, 8, 8))) as canvas:
        canvas.pixels[:] = np.arange(8, dtype=np.uint8)[:, None, None]
        assert canvas.pixels[7, 7, 0] == 7
