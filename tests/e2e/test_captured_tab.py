"""A page shows a tab that the browser really captures, with its sound; another page has both.

Headless Chromium captures no tab, so this one has windows, on an X server of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.e2e.watching import dataset, picture, watch
from tests.stage.browsers import launch_headed
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually
from tests.stage.x_server import XServer

pytestmark = pytest.mark.e2e
TITLE: Final = "A tab with a tone"
_CHOICE: Final = f"--auto-select-tab-capture-source-by-title={TITLE}"
_TAB: Final = f"<title>{TITLE}</title><body style='background: rgb(200 30 30)'>"
_TONE: Final = """() => {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, {frequency: 1000});
  tone.connect(context.destination);
  tone.start();
}"""
_KEEP_STREAM: Final = """() => {
  const ask = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getDisplayMedia = async (wanted) =>
    (globalThis.stream = await ask(wanted));
}"""
_PITCH: Final = """async () => {
  const {node} = samescreen.sound;
  const analyser = new AnalyserNode(node.context, {fftSize: 16384, smoothingTimeConstant: 0});
  node.connect(analyser);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const decibels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(decibels);
  node.disconnect(analyser);
  const peak = decibels.reduce((best, value, at) => (value > decibels[best] ? at : best), 0);
  return decibels[peak] > -60 ? (peak * node.context.sampleRate) / 16384 : 0;
}"""


@pytest.fixture
def browser(playwright: Playwright) -> Iterator[Browser]:
    server = XServer(800, 600)
    try:
        server.start()
        with launch_headed(
            playwright, server.display, _CHOICE, "--autoplay-policy=no-user-gesture-required"
        ) as browser:
            yield browser
    finally:
        server.stop()


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(no_viewport=True)
    try:
        yield context.new_page()
    finally:
        context.close()


def assert_colour(page: Page, colour: tuple[int, int, int]) -> None:
    """Returns once most of the picture has that colour, but for what an encoder changes."""

    def shows() -> bool:
        middle = np.median(picture(page)[:, :, :3], axis=(0, 1))
        return bool(np.abs(middle - colour).max() < 20)

    eventually(shows, what=f"the tab's colour {colour}", within=15_000 * MS)


def test_a_captured_tab_is_seen_and_heard_and_ends_with_the_stop_button(browser: Browser) -> None:
    host = HostProcess("testcard", "--fps", "5", "--allow", "publish")
    with opened(browser) as tab, opened(browser) as shows, opened(browser) as sees:
        tab.set_content(_TAB)
        tab.evaluate(_TONE)
        watch(shows, host.url(name="localhost"))
        shows.evaluate(_KEEP_STREAM)
        shows.click("#tool-show")
        shows.check("#show-sound")
        shows.click("#show-screen")
        eventually(lambda: "with sound" in shows.inner_text("#onair"), what="its sound goes along")

        watch(sees, host.url(name="localhost"))
        sees.keyboard.press("]")
        eventually(lambda: (dataset(sees, "stream") or "").startswith("screen"), what="it is seen")
        assert_colour(sees, (200, 30, 30))
        tab.evaluate("document.body.style.background = 'rgb(30 30 200)'")
        assert_colour(sees, (30, 30, 200))
        sees.mouse.move(310, 310)
        sees.click("#sound-chip", timeout=15_000 * MS * 1000)
        eventually(lambda: sees.evaluate("samescreen.sound.node !== null"), what="it plays")
        eventually(lambda: abs(sees.evaluate(_PITCH) - 1000) < 10, what="the tone is heard")

        shows.click("#onair .stop")
        eventually(lambda: dataset(sees, "stream") == "testcard", what="the share has ended")
        states = "stream.getTracks().map(({kind, readyState}) => `${kind} ${readyState}`).sort()"
        assert shows.evaluate(states) == ["audio ended", "video ended"]
    host.assert_clean()
