"""A page shows its camera, another one sees it move: the whole way, with the fake camera."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tests.e2e.watching import await_state, dataset, picture, watch
from tests.stage.browsers import fresh_page, launch
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.e2e

_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
_COUNT_STOPS = """() => {
  globalThis.stopped = 0;
  const {stop} = MediaStreamTrack.prototype;
  MediaStreamTrack.prototype.stop = function () { globalThis.stopped += 1; stop.call(this); };
}"""


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with launch(playwright, *_CAMERA) as browser:
        yield browser


def test_a_camera_of_one_page_moves_on_another_and_goes_out(browser: Browser) -> None:
    host = HostProcess("testcard", "--fps", "5", "--allow", "publish")
    with fresh_page(browser, (800, 600)) as shows, fresh_page(browser, (800, 600)) as sees:
        watch(shows, host.url(name="localhost"))
        shows.evaluate(_COUNT_STOPS)
        shows.click("#tool-show")
        shows.click("#show-camera")
        shows.wait_for_selector("#onair canvas", timeout=15_000 * MS * 1000)

        watch(sees, host.url(name="localhost"))
        sees.keyboard.press("]")
        eventually(
            lambda: (dataset(sees, "stream") or "").startswith("camera"), what="it is switched to"
        )
        await_state(sees, "live")
        first = picture(sees)
        eventually(
            lambda: picture(sees).shape != first.shape or (picture(sees) != first).any(),
            what="the camera's picture moves",
        )
        eventually(
            lambda: "1 person watches" in shows.inner_text("#onair"), what="it says who watches"
        )

        shows.click("#onair .stop")
        eventually(lambda: dataset(sees, "stream") == "testcard", what="the share has ended")
        assert shows.evaluate("stopped") >= 1
        assert shows.is_hidden("#onair")
    host.assert_clean()


def test_a_browser_without_a_video_encoder_shows_its_camera_too(browser: Browser) -> None:
    host = HostProcess("testcard", "--fps", "5", "--allow", "publish")
    with fresh_page(browser, (800, 600)) as shows, fresh_page(browser, (800, 600)) as sees:
        shows.add_init_script("delete globalThis.VideoEncoder")
        watch(shows, host.url(name="localhost"))
        shows.click("#tool-show")
        shows.click("#show-camera")
        shows.wait_for_selector("#onair canvas", timeout=15_000 * MS * 1000)

        watch(sees, host.url(name="localhost"))
        sees.keyboard.press("]")
        eventually(
            lambda: (dataset(sees, "stream") or "").startswith("camera"), what="it is switched to"
        )
        await_state(sees, "live")
        first = picture(sees)
        eventually(
            lambda: picture(sees).shape != first.shape or (picture(sees) != first).any(),
            what="the camera's picture moves",
        )
        eventually(lambda: "no video" in shows.inner_text("#onair"), what="it says why it is slow")
    host.assert_clean()
