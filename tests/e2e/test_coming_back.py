"""Back after a break: a frozen page, a hidden tab, a cut network, a decoder taken away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Shared
from tests.e2e.relay import Relay
from tests.e2e.watching import (
    HIDE,
    MOTION_FPS,
    assert_arrives,
    assert_moves,
    await_state,
    dataset,
    picture,
    status,
    watch,
)
from tests.stage.scene import read_count
from tests.stage.timing import MS, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.display]

BACK_S = 1000 * MS
LATE_COUNTS = MOTION_FPS // 4
"""How old the picture may be then: a quarter of a second, reading it included."""

RECORD_DECODERS = """() => {
  const Real = globalThis.VideoDecoder;
  globalThis.VideoDecoder = class extends Real {
    constructor(init) {
      super(init);
      globalThis.newest = {decoder: this, init};
    }
  };
}"""
TAKE_DECODER_AWAY = """() => {
  newest.decoder.close();
  newest.init.error(new DOMException("Codec reclaimed due to inactivity.", "QuotaExceededError"));
}"""

LOSE_PIXELS = "document.getElementById('screen').getContext('2d').reset()"
"""What is left after a reset of the GPU."""


@contextmanager
def moving(shared: Shared) -> Iterator[None]:
    shared.window.motion(MOTION_FPS)
    yield
    shared.window.still()


def assert_is_back(page: Page, shared: Shared, began_s: float) -> None:
    """Holds that the page shows the newest picture, one from now on, a second after `began_s`."""
    now = shared.window.last.count

    def is_newest() -> bool:
        wanted = max(shared.window.last.count - LATE_COUNTS, now + 1)
        return (read_count(picture(page)) or 0) >= wanted

    left_s = began_s + BACK_S - time.monotonic()
    eventually(is_newest, what="the newest picture", within=left_s)
    assert_moves(lambda: picture(page), shared.window)


def await_counts(shared: Shared, number: int) -> None:
    """Returns once the window has counted on so far."""
    last = shared.window.last.count + number
    eventually(lambda: shared.window.last.count >= last, what=f"{number} counts more")


@pytest.mark.parametrize("is_cut", [False, True], ids=["network stays", "network goes"])
def test_a_laptop_wakes_up(page: Page, shared: Shared, is_cut: bool) -> None:
    cdp = page.context.new_cdp_session(page)
    with Relay(shared.host.port) as relay, moving(shared):
        own, relayed = f":{shared.host.port}/", f":{relay.port}/"
        watch(page, shared.host.url(name="localhost").replace(own, relayed))
        cdp.send("Page.setWebLifecycleState", {"state": "frozen"})
        await_counts(shared, 3 * MOTION_FPS)
        if is_cut:
            assert relay.cut() >= 2
            eventually(lambda: status(shared.host)["viewers"] == [], what="the host let it go")
        began_s = time.monotonic()
        cdp.send("Page.setWebLifecycleState", {"state": "active"})
        assert_is_back(page, shared, began_s)


def test_a_tab_is_shown_again(page: Page, shared: Shared) -> None:
    with moving(shared):
        watch(page, shared.host.url(name="localhost"))
        page.evaluate(HIDE, True)
        eventually(lambda: status(shared.host)["viewers"][0]["hidden"], what="known as hidden")
        await_counts(shared, MOTION_FPS)
        began_s = time.monotonic()
        page.evaluate(HIDE, False)
        assert_is_back(page, shared, began_s)


def test_a_decoder_taken_away_is_made_anew(page: Page, shared: Shared) -> None:
    with moving(shared):
        watch(page, shared.host.url(name="localhost"))
        (worker,) = page.workers
        worker.evaluate(RECORD_DECODERS)
        page.keyboard.press("o")
        page.select_option("#tool-decoder", "webcodecs")
        eventually(lambda: worker.evaluate("Boolean(globalThis.newest)"), what="a new decoder")
        assert_moves(lambda: picture(page), shared.window)
        for _ in range(2):
            taken = worker.evaluate_handle("newest.decoder")
            began_s = time.monotonic()
            worker.evaluate(TAKE_DECODER_AWAY)
            assert_is_back(page, shared, began_s)
            assert worker.evaluate("taken => taken !== newest.decoder", taken)
            assert dataset(page, "path") == "webcodecs"


@pytest.mark.parametrize("path", ["wasm", "jpeg"])
def test_a_canvas_that_lost_its_pixels_is_painted_anew(
    page: Page, shared: Shared, path: str
) -> None:
    shared.window.still()
    watch(page, shared.host.url(name="localhost").replace("/#", f"/?decoder={path}#"))
    assert_arrives(page, shared.window.last.count)

    def is_blank() -> bool:
        page.evaluate(LOSE_PIXELS)  # again where a piece of refinement came in between
        return not picture(page)[:, :, :3].any()

    eventually(is_blank, what="a canvas without a picture")
    page.evaluate("document.getElementById('screen').dispatchEvent(new Event('contextrestored'))")
    assert_arrives(page, shared.window.last.count, within=BACK_S)


def test_the_menu_chooses_the_decoder(page: Page, shared: Shared) -> None:
    with moving(shared):
        watch(page, shared.host.url(name="localhost"))
        page.keyboard.press("o")
        for choice, path in [
            ("wasm", "wasm"),
            ("jpeg", "jpeg"),
            ("webcodecs", "webcodecs"),
            ("", "webcodecs"),
        ]:
            page.select_option("#tool-decoder", choice)
            eventually(lambda path=path: dataset(page, "path") == path, what=path)  # type: ignore[misc]
            assert_moves(lambda: picture(page), shared.window)
            await_state(page, "live")
