"""The page in Firefox: a real window's picture by every way of decoding, off its screenshots."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from samescreen.media import Pixels
from tests.browsers.firefox import Firefox
from tests.e2e.conftest import Shared, share, sharing
from tests.e2e.watching import (
    COLOUR_TOLERANCE,
    FRESH_COUNTS,
    MOTION_FPS,
    assert_moves,
    await_patches,
    turned,
)
from tests.stage.browsers import INSECURE_NAME
from tests.stage.framing_site import FramingSite
from tests.stage.host_process import HostProcess
from tests.stage.painted_window import PaintedWindow
from tests.stage.scene import PATCH_COLOURS, read_count
from tests.stage.timing import MS, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.display]

SIZE = (960, 540)
"""Screen and page alike, and large enough that badge and toolbar cover nothing that is read."""
COARSE_TOLERANCE = 12
"""Firefox without a GPU draws a VideoFrame as coarsely as Chromium does: pure blue is 12 off."""
PATIENCE_S = 20_000 * MS
"""A Firefox just started now and then composites nothing for seconds, whatever pages paint."""
BADGE_HIDDEN = "document.getElementById('badge').hidden"
DETAILS = """(() => {
  document.getElementById("badge").click();
  const words = document.getElementById("details-list").innerText;
  document.getElementById("badge").click();
  return words;
})()"""
PATH_NAMES = {"webcodecs": "WebCodecs", "wasm": "WASM", "jpeg": "JPEG"}


@pytest.fixture(scope="module")
def firefox() -> Iterator[Firefox]:
    with Firefox(SIZE) as firefox:
        yield firefox


@pytest.fixture(scope="module")
def shared() -> Iterator[Shared]:
    with sharing() as shared:
        yield shared


def watch(firefox: Firefox, host: HostProcess, name: str, query: str = "") -> None:
    firefox.open(host.url(name=name).replace("/#", f"/{query}#"))
    firefox.await_state("live")

    def shows() -> bool:
        return read_count(firefox.screenshot()) is not None

    eventually(shows, what="a picture", within=PATIENCE_S)


def composited(firefox: Firefox) -> Pixels:
    """The window's picture; one that Firefox has not composited is taken again."""
    for _ in range(20):
        seen = firefox.screenshot()
        if read_count(seen) is not None:
            break
    return seen


def await_newest(firefox: Firefox, window: PaintedWindow) -> None:
    """Returns once Firefox composites what moves, as it may not for seconds after a start."""

    def shows() -> bool:
        earliest = window.last.count - FRESH_COUNTS
        count = read_count(firefox.screenshot())
        return count is not None and count >= earliest

    eventually(shows, what="a new picture", within=PATIENCE_S)


def await_count(firefox: Firefox, count: int) -> None:
    def shows() -> bool:
        return read_count(firefox.screenshot()) == count

    eventually(shows, what=f"count {count}", within=PATIENCE_S)


@pytest.mark.parametrize(
    ("name", "query", "path", "tolerance"),
    [
        # Its own conversion is worse than ours, so the page leaves WebCodecs by itself.
        ("localhost", "", "wasm", COLOUR_TOLERANCE),
        ("localhost", "?decoder=webcodecs", "webcodecs", COARSE_TOLERANCE),
        (INSECURE_NAME, "", "wasm", COLOUR_TOLERANCE),
        (INSECURE_NAME, "?decoder=jpeg", "jpeg", COLOUR_TOLERANCE),
    ],
)
def test_a_moving_window_is_seen(
    firefox: Firefox, shared: Shared, name: str, query: str, path: str, tolerance: int
) -> None:
    shared.window.motion(MOTION_FPS)
    watch(firefox, shared.host, name, query)
    eventually(lambda: firefox.dataset("path") == path, what=f"path {path}")
    await_newest(firefox, shared.window)
    assert_moves(lambda: composited(firefox), shared.window)
    last = shared.window.still()
    await_count(firefox, last.count)
    # The patches seen so far may all be the first still's; now the decoder must paint them.
    shared.window.patches(turned(3))
    try:
        await_patches(firefox.screenshot, turned(3), tolerance=tolerance, within=PATIENCE_S)
    finally:
        shared.window.patches(PATCH_COLOURS)
    await_patches(firefox.screenshot, PATCH_COLOURS, tolerance=tolerance, within=PATIENCE_S)
    eventually(lambda: not firefox.evaluate(BADGE_HIDDEN), what="the badge")
    # The details are up to a second old.
    eventually(lambda: PATH_NAMES[path] in firefox.evaluate(DETAILS), what=f"{path} in the details")
    assert firefox.complaints() == []


def test_who_asks_for_webgl_where_there_is_none_gets_the_cpu(
    firefox: Firefox, shared: Shared
) -> None:
    shared.window.motion(MOTION_FPS)
    watch(firefox, shared.host, INSECURE_NAME, "?paint=webgl")
    assert_moves(lambda: composited(firefox), shared.window)
    shared.window.still()
    eventually(lambda: "CPU" in firefox.evaluate(DETAILS), what="the CPU in the details")
    (complaint,) = firefox.complaints()
    assert "webgl cannot paint here: this browser gives no WebGL 2" in complaint


def test_a_frame_of_another_site_shows_the_live_picture(firefox: Firefox, shared: Shared) -> None:
    with FramingSite() as site:
        host = share(shared.server, "--allow-frame", site.origin(INSECURE_NAME))
        try:
            site.frame(host.url(name="localhost"))
            firefox.open(site.origin(INSECURE_NAME))
            shared.window.count(2718)
            await_count(firefox, 2718)
            await_patches(firefox.screenshot, PATCH_COLOURS)
        finally:
            host.assert_clean()


def test_the_picture_comes_back_with_the_host(firefox: Firefox, shared: Shared) -> None:
    first = share(shared.server)
    try:
        watch(firefox, first, INSECURE_NAME)
    finally:
        first.stop(signal.SIGKILL)
    firefox.await_state("reconnecting")
    second = share(shared.server, port=first.port)
    try:
        firefox.await_state("live")
        shared.window.count(4711)
        await_count(firefox, 4711)
        await_patches(firefox.screenshot, PATCH_COLOURS)
    finally:
        second.assert_clean()
