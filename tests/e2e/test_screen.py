"""What an eye sees: the pixels of the X screen on which a headed Chromium shows the page.

A canvas can hold the right pixels and never be shown. Measured on such a screen, all patches are
within 1 of sRGB on every path: what Chromium without a GPU adds when it draws a VideoFrame itself
((40, 69, 212) for (40, 70, 220), 37 for orange's 30) is its coarse BT.709, and the page's own
conversion takes its place there. So the tolerance is that of the canvas.
"""

from __future__ import annotations

import pytest

from samescreen.media import Pixels
from tests.conftest import HeadedPage, PaintWindow, ShareHost, StartXServer
from tests.e2e.watching import (
    MOTION_FPS,
    assert_moves,
    await_patches,
    await_right,
    dataset,
    turned,
    watch,
)
from tests.stage.scene import PATCH_COLOURS, read_count
from tests.stage.timing import eventually
from tests.stage.x_server import XServer

pytestmark = [pytest.mark.e2e, pytest.mark.display]
SIZE = (1280, 720)


def whole_picture(eye: XServer) -> Pixels:
    """The screen's picture; one torn because the browser was just painting is taken again."""
    for _ in range(5):
        seen = eye.picture()
        if read_count(seen) is not None:
            break
    return seen


def await_shown(eye: XServer, count: int) -> None:
    eventually(lambda: read_count(eye.picture()) == count, what=f"count {count} on the screen")


def test_the_window_is_on_the_viewers_screen(
    x_server: StartXServer,
    painted_window: PaintWindow,
    headed_page: HeadedPage,
    host_process: ShareHost,
) -> None:
    screen, eye = x_server(*SIZE), x_server(*SIZE)
    window = painted_window(screen.display)
    host = host_process("screen", "--allow-host", "lan.test", env={"DISPLAY": screen.display})
    page = headed_page(eye.display, SIZE)
    for name, path in [("localhost", "webcodecs"), ("lan.test", "wasm")]:
        window.motion(MOTION_FPS)
        watch(page, host.url(name=name))
        eventually(lambda: read_count(eye.picture()) is not None, what="a barcode on the screen")
        assert_moves(lambda: whole_picture(eye), window)
        last = window.still()
        await_shown(eye, last.count)
        await_right(eye.picture)
        window.patches(turned(3))
        await_patches(eye.picture, turned(3))
        window.patches(PATCH_COLOURS)
        await_patches(eye.picture, PATCH_COLOURS)
        assert dataset(page, "path") == path
        page.goto("about:blank")
