"""A page shows its camera, another one sees it move: the whole way, with the fake camera."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Page, Playwright

from tests.e2e.watching import await_state, dataset, picture, watch
from tests.stage.browsers import fresh_page, launch
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.e2e

HOST_TOKEN = "a-host-token-for-tests"
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


def test_the_host_asks_and_alone_sees_the_camera_that_a_yes_brings(browser: Browser) -> None:
    host = HostProcess("testcard", "--fps", "5", "--host-token", HOST_TOKEN)
    with fresh_page(browser, (800, 600)) as shows:
        watch(shows, host.url(name="localhost"))
        (person,) = (each["person"] for each in asked(host, "/api/people")["people"])
        asked(host, "/api/people/show", person=person, ask=True)
        shows.click("#show-request >> text=Yes, choose what to show", timeout=15_000 * MS * 1000)
        shows.wait_for_selector("#panel-show:visible", timeout=15_000 * MS * 1000)
        assert shows.is_hidden("#onair"), "a yes sends nothing"
        shows.click("#show-camera")
        shows.wait_for_selector("#onair canvas", timeout=15_000 * MS * 1000)
        eventually(
            lambda: [each["kept"] for each in asked(host, "/api/host")["streams"]] == [False, True],
            what="only the host sees it",
        )
        acts = [each["kind"] for each in asked(host, "/api/acts")["acts"]]
        assert acts[-2:] == ["show-ask", "show-yes"]
    host.assert_clean()


def test_what_a_small_page_shows_covers_no_other_button(browser: Browser) -> None:
    """On a phone the list of streams stays free; in a low window Pause and Stop share a line."""
    host = HostProcess("testcard", "--fps", "5", "--allow", "publish")
    with fresh_page(browser, (360, 640)) as shows:
        watch(shows, host.url("/?lang=zh", name="localhost") + f"#token={host.token}")
        shows.click("#tool-show")
        tick, words = (box_of(shows, f"#show-sound{each}") for each in ("", "-row label"))
        assert tick["width"] <= 24
        assert 0 < words["x"] - tick["x"] - tick["width"] < 16, "the words stand beside the tick"
        shows.click("#show-camera")
        shows.wait_for_selector("#onair canvas", timeout=15_000 * MS * 1000)
        shows.wait_for_selector("#streams-open")
        chooser = box_of(shows, "#streams-open")
        assert box_of(shows, "#onair")["y"] >= chooser["y"] + chooser["height"]
        shows.wait_for_selector(":root.quiet")
        assert box_of(shows, "#onair")["height"] < 40, "one line stays over the picture"
        shows.mouse.click(180, 400)
        assert box_of(shows, "#onair .stop")["height"] >= 40
        shows.set_viewport_size({"width": 640, "height": 360})
        pause, stop = (box_of(shows, f"#onair {each}") for each in ("button", ".stop"))
        assert pause["y"] == stop["y"]
    host.assert_clean()


def box_of(page: Page, selector: str) -> FloatRect:
    box = page.locator(selector).first.bounding_box()
    assert box is not None, f"{selector} is not visible"
    return box


def asked(host: HostProcess, path: str, **fields: Any) -> Any:
    """What the host answers to whoever has the host link; with fields it is a POST."""
    headers = {"Authorization": f"Bearer {HOST_TOKEN}", "Content-Type": "application/json"}
    body = json.dumps(fields).encode() if fields else None
    request = urllib.request.Request(host.url(path), body, headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10_000 * MS) as answer:
        return json.load(answer)
