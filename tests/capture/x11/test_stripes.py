"""Pictures read in stripes: each from one moment, and every part is reported as it ends up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from samescreen.capture.hiding import Hidden
from samescreen.capture.x11 import source as x11_source
from samescreen.capture.x11.canvas import Canvas, CopiedCanvas, SharedCanvas, stripes
from samescreen.capture.x11.display import Display
from samescreen.capture.x11.screen import X11Screen
from samescreen.errors import SourceLost
from samescreen.media import Pixels, Region
from tests.capture.x11.x_tools import change, move_pointer, settle
from tests.conftest import PaintWindow, StartXServer
from tests.stage.painted_window import PaintedWindow
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display

WIDTH, HEIGHT = 317, 211
WHOLE = Region(0, 0, WIDTH, HEIGHT)


@pytest.fixture
def server(x_server: StartXServer) -> XServer:
    return x_server(WIDTH, HEIGHT)


@pytest.fixture
def window(server: XServer, painted_window: PaintWindow) -> PaintedWindow:
    return painted_window(server.display)


@pytest.fixture
def display(server: XServer) -> Iterator[Display]:
    with closing(Display(server.display)) as opened:
        yield opened


@pytest.fixture
def screen(server: XServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[X11Screen]:
    """A screen that is read in stripes of 32 rows."""
    monkeypatch.setattr(x11_source, "_STRIPE_PX", 32 * WIDTH)
    source = X11Screen(None, server.display)
    yield source
    source.dispose()


def test_stripes_end_at_multiples_and_cover_the_rows() -> None:
    assert stripes((0, 64), 32) == [(0, 32), (32, 64)]
    assert stripes((5, 70), 32) == [(5, 32), (32, 64), (64, 70)]
    assert stripes((40, 50), 32) == [(40, 50)]


@pytest.mark.parametrize("kind", [SharedCanvas, CopiedCanvas])
def test_all_stripes_together_are_the_picture(
    server: XServer, window: PaintedWindow, display: Display, kind: type[Canvas]
) -> None:
    window.count(12_345)
    with closing(kind(display, WHOLE)) as canvas:
        read = list(canvas.read_in_stripes((10, HEIGHT), 32))
        assert read[0][0] == 10
        assert read[-1][1] == HEIGHT
        assert (canvas.pixels[10:, :, 2::-1] == server.picture()[10:]).all()


def test_what_is_painted_after_the_first_stripe_is_in_none(
    window: PaintedWindow, display: Display
) -> None:
    window.rect(WHOLE, (1, 1, 1))
    with closing(SharedCanvas(display, WHOLE)) as canvas:
        for _ in canvas.read_in_stripes((0, HEIGHT), 32):
            window.rect(WHOLE, (2, 2, 2))
        assert (canvas.pixels[:, :, :3] == 1).all()


def test_the_server_serves_others_after_a_stripe_that_it_refuses(
    server: XServer, window: PaintedWindow, display: Display
) -> None:
    outside = Region(0, 0, WIDTH, HEIGHT + 64)
    with closing(SharedCanvas(display, outside)) as canvas:
        with pytest.raises(SourceLost):
            list(canvas.read_in_stripes((0, outside.height), 32))
        window.rect(WHOLE, (3, 3, 3))
        assert (server.picture() == 3).all()


def test_the_last_report_of_each_part_is_what_the_picture_has(
    server: XServer, window: PaintedWindow, screen: X11Screen
) -> None:
    shown = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    reported: list[Region] = []

    def ready(pixels: Pixels, part: Region) -> None:
        rows, columns = slice(part.y, part.bottom), slice(part.x, part.right)
        shown[rows, columns] = pixels[rows, columns]
        reported.append(part)

    screen.open()
    settle(screen)
    screen.part_ready = ready
    random = np.random.default_rng(3)
    in_stripes = 0
    for step in range(24):
        reported.clear()
        if step % 4 == 3:
            move_pointer(server, int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT)))
        elif step % 8 == 5:
            window.rect(Region(int(random.integers(0, 300)), 90, 9, 9), (step, 0, 0))
        else:
            window.rect(Region(0, step % 3 * 9, WIDTH, 190), (step * 9, 255 - step, 7))
        taken = change(screen)
        in_stripes += len(reported) > 3
        for part in reported:
            part = part.intersection(WHOLE)
            rows, columns = slice(part.y, part.bottom), slice(part.x, part.right)
            assert (shown[rows, columns] == taken.pixels[rows, columns]).all()
    assert in_stripes >= 10


def test_nothing_is_reported_before_a_mask_is_painted(
    window: PaintedWindow, screen: X11Screen
) -> None:
    reported: list[Region] = []
    screen.hide(Hidden.of([], ["10,10,50,50"]))
    screen.open()
    screen.part_ready = lambda pixels, part: reported.append(part)
    for step in range(6):
        window.rect(WHOLE, (step * 20, 1, 1))
        change(screen)
    assert reported == []
