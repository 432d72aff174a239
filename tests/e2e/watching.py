"""What a test sees of a watching page: its state, and the pixels of its picture."""

from __future__ import annotations

import base64
import json
import time
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from playwright.sync_api import Page, WebSocket

from samescreen.media import Pixels
from tests.stage.host_process import TOKEN, HostProcess
from tests.stage.painted_window import PaintedWindow
from tests.stage.scene import PATCH_COLOURS, Colour, furthest, read_count, read_patches
from tests.stage.timing import MS, eventually

SIZE: Final = (640, 360)
"""Of the screen that most tests share."""
COLOUR_TOLERANCE: Final = 4
"""Measured: 1, by WebCodecs, WASM and JPEG alike; the rest is for browsers with a GPU."""
MOVING_TOLERANCE: Final = 32
"""A host that takes a busy machine for a narrow link makes its moving pictures coarse."""
MOTION_FPS: Final = 30
FRESH_COUNTS: Final = round(2000 * MS * MOTION_FPS)
"""By how many counts a picture may be behind: two seconds at MOTION_FPS, a stall elsewhere."""

HIDE: Final = """hidden => {
  Object.defineProperty(document, "hidden", {get: () => hidden, configurable: true});
  const state = hidden ? "hidden" : "visible";
  Object.defineProperty(document, "visibilityState", {get: () => state, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
"""What a page sees when its tab is hidden or shown: headless Chromium never hides one."""

_SNAPSHOT: Final = """async () => {
  const bitmap = await samescreen.snapshot();
  if (!bitmap) return null;
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext("2d", {willReadFrequently: true});
  context.drawImage(bitmap, 0, 0);
  const {data} = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const reader = new FileReader();
  const read = new Promise((resolve) => (reader.onload = resolve));
  reader.readAsDataURL(new Blob([data]));
  await read;
  return {width: bitmap.width, height: bitmap.height, url: reader.result};
}"""

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def await_state(page: Page, *states: str, within: float = 10_000 * MS) -> None:
    """Returns once the page is in one of `states`."""
    wanted = ", ".join(f'html[data-state="{state}"]' for state in states)
    page.wait_for_selector(wanted, state="attached", timeout=within * 1000)


def watch(page: Page, url: str) -> None:
    """Opens the page and returns once it shows a live picture."""
    page.goto(url)
    await_state(page, "live")


def dataset(page: Page, name: str) -> str | None:
    """One of the facts the page tells on its root element."""
    value: str | None = page.evaluate("name => document.documentElement.dataset[name]", name)
    return value


def picture(page: Page) -> Pixels:
    """What the page's canvas holds, as RGBA: shape (height, width, 4)."""
    answer: dict[str, Any] = eventually(
        lambda: page.evaluate(_SNAPSHOT), what="the page has a picture"
    )
    pixels = np.frombuffer(base64.b64decode(answer["url"].partition(",")[2]), np.uint8)
    return pixels.reshape(answer["height"], answer["width"], 4)


def await_right(look: Callable[[], Pixels], *, within: float = 10_000 * MS) -> None:
    """Returns once a picture is the painted window's: its colours, its barcode whole.

    A picture may come in a coarse form first; only at rest is it exact.
    """
    await_patches(look, PATCH_COLOURS, within=within)
    assert read_count(look()) is not None, "the barcode is torn or blurred"


def assert_whole(seen: Pixels) -> None:
    """Holds that a picture of a moving window has its colours, perhaps coarse, and its barcode."""
    colours = read_patches(seen)
    assert furthest(colours) <= MOVING_TOLERANCE, colours
    assert read_count(seen) is not None, "the barcode is torn or blurred"


def assert_moves(look: Callable[[], Pixels], window: PaintedWindow) -> None:
    """Holds that pictures of a moving window are whole, go forward and are not of the past."""
    assert_goes_forward(look, lambda: window.last.count, fresh_counts=FRESH_COUNTS)


def assert_goes_forward(
    look: Callable[[], Pixels], newest: Callable[[], int], *, fresh_counts: int
) -> None:
    """Holds that pictures are whole and go forward, and that none is `fresh_counts` too old.

    Looks until it has seen three counts. How many looks that takes says nothing: a newcomer shows
    its first still until the decoder has a keyframe. A stall ends as a picture too old.
    """
    counts: list[int] = []

    def has_moved() -> bool:
        earliest = newest() - fresh_counts
        seen = look()
        assert_whole(seen)
        count = read_count(seen)
        assert count is not None
        assert count >= earliest, f"{earliest - count} counts too old: {count} after {counts}"
        counts.append(count)
        assert counts == sorted(counts), counts
        return len(set(counts)) == 3

    eventually(has_moved, what="three pictures of a moving window", within=10_000 * MS)


def assert_arrives(
    page: Page, count: int, size: tuple[int, int] = SIZE, *, within: float = 15_000 * MS
) -> None:
    """Holds that the page shows `count`, in the right size and colours.

    In time for a page that was given smaller or coarser pictures while the machine was busy.
    """
    newest: list[Pixels] = []

    def shows() -> bool:
        newest[:] = [picture(page)]
        is_settled = furthest(read_patches(newest[0])) <= COLOUR_TOLERANCE
        return is_settled and newest[0].shape[1::-1] == size and read_count(newest[0]) == count

    try:
        eventually(shows, what=f"count {count} at {size}", within=within)
    except AssertionError as late:
        has = read_count(newest[0]), newest[0].shape[1::-1], read_patches(newest[0])
        raise AssertionError(f"{late}; it shows {has}") from None


def await_patches(
    look: Callable[[], Pixels],
    patches: Sequence[Colour],
    *,
    tolerance: int = COLOUR_TOLERANCE,
    within: float = 5000 * MS,
) -> None:
    """Returns once a picture shows these colours; AssertionError with what it shows instead."""
    newest: list[Colour] = []

    def shows() -> bool:
        newest[:] = read_patches(look())
        return furthest(newest, patches) <= tolerance

    try:
        eventually(shows, what="the colours painted", within=within)
    except AssertionError as late:
        raise AssertionError(f"{late}: {newest} for {list(patches)}") from None


def turned(by: int) -> list[Colour]:
    """The patches' colours, each moved on by so many patches."""
    return [*PATCH_COLOURS[by:], *PATCH_COLOURS[:by]]


class PacketWatch:
    """When media packets reached a page; made before the page is opened."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._newest_s = time.monotonic()
        self.connections = 0
        page.on("websocket", self._opened)

    def _opened(self, websocket: WebSocket) -> None:
        self.connections += 1
        websocket.on("framereceived", self._received)

    def _received(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes):
            self._newest_s = time.monotonic()

    def silence_s(self) -> float:
        """For how long none has come."""
        self._page.evaluate("0")  # lets Playwright tell of what came meanwhile
        return time.monotonic() - self._newest_s

    def await_connection(self, number: int, *, within: float) -> None:
        """Returns once packets come over the page's WebSocket of this number, the first is 1."""
        eventually(
            lambda: self.silence_s() < 0.2 and self.connections == number,
            what=f"packets over connection {number}",
            within=within,
        )


def status(host: HostProcess) -> dict[str, Any]:
    """The host's one stream, as /api/status tells it to a program."""
    request = urllib.request.Request(
        host.url("/api/status"), headers={"Authorization": f"Bearer {host.token or TOKEN}"}
    )
    with _direct.open(request, timeout=5000 * MS) as answer:
        stream: dict[str, Any] = json.load(answer)["streams"][0]
    return stream
