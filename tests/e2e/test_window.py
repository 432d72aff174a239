"""A single window, watched in a browser through all that happens to windows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page

from samescreen.media import Region
from tests.capture.x11.client_window import BLUE, RED, clients_on
from tests.conftest import ShareHost, StartXServer
from tests.e2e.watching import COLOUR_TOLERANCE, PacketWatch, await_state, picture, watch
from tests.stage.scene import Colour
from tests.stage.timing import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.display]


def shows(page: Page, width: int, height: int, colour: Colour) -> Callable[[], bool]:
    """Whether the page's picture has this size, and this colour in its middle."""

    def is_so() -> bool:
        seen = picture(page)
        if seen.shape[:2] != (height, width):
            return False
        middle = np.median(seen[height // 4 : -height // 4, width // 4 : -width // 4, :3], (0, 1))
        return bool(np.abs(np.subtract(middle, colour)).max() <= COLOUR_TOLERANCE)

    return is_so


def await_shown(page: Page, width: int, height: int, colour: Colour) -> None:
    what = f"{colour}, {width}×{height}"
    eventually(shows(page, width, height, colour), what=what, within=8)


def test_a_window_is_followed_without_reconnecting(
    page: Page, x_server: StartXServer, host_process: ShareHost
) -> None:
    server = x_server(640, 360)
    packets = PacketWatch(page)
    with clients_on(server.display) as clients:
        window = clients.open("the letter", Region(30, 20, 320, 200))
        window.fill(RED)
        host = host_process("window:letter", env={"DISPLAY": server.display})
        watch(page, host.url())
        await_shown(page, 320, 200, RED)
        clients.open("above", Region(0, 0, 640, 360)).fill((1, 2, 3))
        window.fill(BLUE)
        await_shown(page, 320, 200, BLUE)
        window.move(200, 100)
        window.resize(201, 151)
        window.fill(RED)
        await_shown(page, 201, 151, RED)
        window.hide()
        await_state(page, "lost")
        page.wait_for_selector("#status-detail:has-text('minimised or hidden')")
        assert shows(page, 201, 151, RED)(), "the last picture stays"
        window.show()
        window.fill(BLUE)
        await_state(page, "live")
        await_shown(page, 201, 151, BLUE)
        window.close()
        await_state(page, "lost")
        page.wait_for_selector("#status-detail:has-text('the window was closed')")
        clients.open("another letter", Region(0, 0, 320, 240)).fill(RED)
        await_state(page, "live")
        await_shown(page, 320, 240, RED)
    assert packets.connections == 1
