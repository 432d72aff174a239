"""What a program pushes is what the page shows: from a thread at 60 fps, directly and mounted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from samescreen import Share
from samescreen.media import Pixels
from tests.e2e.watching import assert_goes_forward, await_state, dataset, picture, watch
from tests.stage.scene import BACKGROUND, PATCH_COLOURS, Layout, barcode
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.e2e

WIDTH, HEIGHT = 640, 360
FPS: Final = 60
FRESH_COUNTS: Final = 2 * FPS


def scene() -> Pixels:
    """Patches on their background, RGB."""
    pixels = np.full((HEIGHT, WIDTH, 3), BACKGROUND, dtype=np.uint8)
    layout = Layout(WIDTH, HEIGHT)
    for index, colour in enumerate(PATCH_COLOURS):
        patch = layout.patch(index)
        pixels[patch.y : patch.bottom, patch.x : patch.right] = colour
    return pixels


class Pusher:
    """Counts in the barcode, FPS times a second, always in the same array."""

    def __init__(self, share: Share) -> None:
        self.count = 0
        self._share = share
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Pusher:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        pixels, layout = scene(), Layout(WIDTH, HEIGHT)
        while not self._ended.wait(1 / FPS):
            self.count += 1
            for cell, is_white in zip(layout.cells(), barcode(self.count), strict=True):
                pixels[cell.y : cell.bottom, cell.x : cell.right] = 255 if is_white else 0
            self._share.push(pixels)


def assert_moves(page: Page, pusher: Pusher) -> None:
    """Holds that pictures are whole, go forward and are not of the past."""
    assert_goes_forward(lambda: picture(page), lambda: pusher.count, fresh_counts=FRESH_COUNTS)


def test_pictures_pushed_at_60_fps_are_seen(page: Page) -> None:
    with Share(host="127.0.0.1", port=0, tls="off") as share:
        page.goto(share.url)
        await_state(page, "waiting")
        page.wait_for_selector("text=The program that shares has not shown anything so far.")
        with Pusher(share) as pusher:
            await_state(page, "live")
            assert_moves(page, pusher)
            eventually(lambda: share.viewers[0].fps > FPS / 2, what="the page paints that often")
        assert dataset(page, "state") == "live"
    await_state(page, "stopped")


@contextmanager
def serving(share: Share) -> Iterator[str]:
    """A FastAPI application with the share below /screen, on a thread of its own."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with share:
            yield

    app = FastAPI(lifespan=lifespan)
    app.mount("/screen", share.asgi())
    config = uvicorn.Config(app, "127.0.0.1", 0, log_level="warning", ws="websockets-sansio")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server._serve()))
    thread.start()
    try:
        eventually(lambda: server.started, what="it serves")
        yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10_000 * MS)


def test_a_mounted_share_is_seen(page: Page) -> None:
    share = Share()
    with serving(share) as origin, Pusher(share) as pusher:
        watch(page, f"{origin}/screen/#token={share.token}")
        assert_moves(page, pusher)
        page.reload()  # now by the cookie
        await_state(page, "live")
        assert_moves(page, pusher)


def test_streams_come_and_go_on_an_open_page(page: Page) -> None:
    tabs = page.locator("#streams > button:not(.aside)")
    with Share({}, host="127.0.0.1", port=0, tls="off") as share:
        page.goto(share.url)
        await_state(page, "waiting")
        page.wait_for_selector("text=Nothing is shared now")
        share.add("testcard", name="card")
        await_state(page, "live")
        assert picture(page).shape[:2] == (720, 1280)
        share.add(scene(), name="scene")
        expect(tabs).to_have_text(["card", "scene"])
        share.remove("card")
        eventually(lambda: picture(page).shape[:2] == (HEIGHT, WIDTH), what="the other stream")
        expect(page).to_have_title("scene · Samescreen")
        expect(tabs).to_have_count(0)
        share.remove("scene")
        await_state(page, "waiting")
        page.wait_for_selector("text=Nothing is shared now")
        share.add("testcard")
        await_state(page, "live")
        eventually(lambda: picture(page).shape[:2] == (720, 1280), what="the card again")
