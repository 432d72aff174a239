"""The host's cursor on a page: drawn over the picture, or in it for those that draw none."""

from __future__ import annotations

import asyncio
import io
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import aiohttp
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from samescreen.media import Pixels
from tests.capture.x11.x_tools import move_pointer
from tests.e2e.clients import HELLO, connect
from tests.e2e.watching import picture, watch
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually
from tests.stage.x_server import XServer

pytestmark = [pytest.mark.e2e, pytest.mark.display]
WITHIN = 10_000 * MS
AT = (220, 130)

DRAWN = """() => {
  const layer = document.getElementById("host-cursor"), image = layer.querySelector("img");
  const shape = layer.hidden ? null : image.getBoundingClientRect();
  const box = document.getElementById("screen").getBoundingClientRect();
  if (!shape || shape.width === 0) return null;
  const scale = box.width / 640;
  const [left, top] = [(shape.x - box.x) / scale, (shape.y - box.y) / scale];
  return [left, top, image.naturalWidth, image.naturalHeight];
}"""
"""Where the page draws the cursor, in pixels of the picture; null: nowhere."""


@pytest.fixture(scope="module")
def server() -> Iterator[XServer]:
    server = XServer(640, 360).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def host(server: XServer) -> Iterator[HostProcess]:
    host = HostProcess("screen", env={"DISPLAY": server.display})
    yield host
    host.assert_clean()


@pytest.fixture
def page(chromium: Browser, host: HostProcess, server: XServer) -> Iterator[Page]:
    """A page that fits the picture into a window of another size."""
    move_pointer(server, *AT)
    with chromium.new_context(viewport={"width": 900, "height": 700}) as context:
        page = context.new_page()
        watch(page, host.url(f"/#token={host.token}"))
        yield page


def has_cursor(pixels: Pixels, at: tuple[int, int]) -> bool:
    """Whether anything but the empty desktop is seen around that place."""
    x, y = at
    part = pixels[max(0, y - 8) : y + 9, max(0, x - 8) : x + 9, :3].astype(int)
    return bool(np.abs(part - pixels[300, 40, :3].astype(int)).max() > 60)


def covers(drawn: list[float] | None, at: tuple[int, int]) -> bool:
    """Whether a cursor that is drawn there covers a place near its middle."""
    if drawn is None:
        return False
    x, y, width, height = drawn
    return x - 1 <= at[0] <= x + width + 1 and y - 1 <= at[1] <= y + height + 1


def snapshot(host: HostProcess) -> Pixels:
    asking = urllib.request.Request(host.url("/snapshot.jpg"))
    asking.add_header("Authorization", f"Bearer {host.token}")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asking) as answer:
        return np.asarray(Image.open(io.BytesIO(answer.read())).convert("RGB"))


@contextmanager
def old_viewer(host: HostProcess) -> Iterator[None]:
    """A viewer beside the page whose hello says nothing of cursors."""
    is_over = threading.Event()

    async def stay() -> None:
        async with aiohttp.ClientSession() as session:
            ws = await connect(session, host)
            await ws.send_str(HELLO)
            await asyncio.to_thread(is_over.wait)
            await ws.close()

    with ThreadPoolExecutor(1) as pool:
        staying = pool.submit(lambda: asyncio.run(stay()))
        try:
            yield
        finally:
            is_over.set()
            staying.result()


def test_the_page_draws_it_where_it_is_and_the_picture_is_without(
    page: Page, server: XServer, host: HostProcess
) -> None:
    eventually(lambda: covers(page.evaluate(DRAWN), AT), what="drawn", within=WITHIN)
    assert not has_cursor(picture(page), AT)
    there = (500, 250)
    move_pointer(server, *there)
    eventually(lambda: covers(page.evaluate(DRAWN), there), what="it moved", within=WITHIN)
    page.set_viewport_size({"width": 500, "height": 650})
    eventually(lambda: covers(page.evaluate(DRAWN), there), what="at this size", within=WITHIN)
    assert not has_cursor(picture(page), there)
    assert has_cursor(snapshot(host), there)


def test_it_goes_into_the_picture_for_a_viewer_that_draws_none(
    page: Page, host: HostProcess
) -> None:
    eventually(lambda: covers(page.evaluate(DRAWN), AT), what="drawn", within=WITHIN)

    with old_viewer(host):
        eventually(lambda: page.evaluate(DRAWN) is None, what="not drawn any more", within=WITHIN)
        eventually(lambda: has_cursor(picture(page), AT), what="in the picture", within=WITHIN)
        assert has_cursor(snapshot(host), AT)
    eventually(lambda: covers(page.evaluate(DRAWN), AT), what="drawn again", within=WITHIN)
    eventually(lambda: not has_cursor(picture(page), AT), what="not in the picture", within=WITHIN)
