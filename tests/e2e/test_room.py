"""People in a room without a host's screen, in real browsers: they show cameras, see each other."""

from __future__ import annotations

import json
import urllib.request
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.e2e.watching import await_state, dataset
from tests.stage.browsers import fresh_page, launch
from tests.stage.host_process import TOKEN, HostProcess
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.e2e
HOST_TOKEN: Final = "host-token-of-no-worth"
_CAMERA: Final = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
_WAIT: Final = 15_000 * MS * 1000


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    access = ("--token", TOKEN, "--host-token", HOST_TOKEN, "--allow", "publish,talk")
    host = HostProcess("--tls", "off", *access, command="serve")
    yield host
    host.assert_clean()


@pytest.fixture(scope="module")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    speech = tmp_path_factory.mktemp("microphone") / "speech.wav"
    write_speech(speech)
    with launch(playwright, *_CAMERA, f"--use-file-for-fake-audio-capture={speech}") as browser:
        yield browser


def write_speech(path: Path) -> None:
    """What every microphone hears, again and again: four bursts of noise a second, then a rest."""
    rate, seconds = 48_000, 4
    at_s = np.arange(rate * seconds) / rate
    noise = np.random.default_rng(1).standard_normal(rate * seconds)
    loudness = np.clip(np.sin(8 * np.pi * at_s), 0, 1) * (at_s < seconds - 1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((noise * loudness * 5_000).clip(-32_768, 32_767).astype("<i2").tobytes())


def enter(page: Page, host: HostProcess, name: str, token: str = TOKEN) -> None:
    page.goto(host.url(f"/?lang=en#token={token}", name="localhost"))
    await_state(page, "waiting", "live")
    page.wait_for_selector("#tool-show:not([hidden])", state="attached", timeout=_WAIT)
    page.keyboard.press("t")
    page.fill("#name", name)
    page.locator("#name").press("Enter")
    page.keyboard.press("Escape")


def show_camera(page: Page) -> None:
    page.click("#tool-show")
    page.click("#show-camera")
    page.wait_for_selector("#onair canvas", timeout=_WAIT)


def forward(host: HostProcess, stream: str) -> None:
    headers = {"Authorization": f"Bearer {HOST_TOKEN}", "Content-Type": "application/json"}
    body = json.dumps({"stream": stream}).encode()
    request = urllib.request.Request(host.url("/api/streams/forward"), body, headers)
    with urllib.request.urlopen(request, timeout=10):
        pass


def test_people_show_themselves_in_a_room_without_a_screen_and_see_each_other(
    host: HostProcess, browser: Browser
) -> None:
    with ExitStack() as stack:
        ann, bob = (stack.enter_context(fresh_page(browser, (800, 600))) for _ in range(2))
        for page, name in ((ann, "Ann"), (bob, "Bob")):
            enter(page, host, name)
            show_camera(page)
        await_state(bob, "live")
        bob.wait_for_selector("#tool-room:not([hidden])", state="attached", timeout=_WAIT)
        bob.click("#tool-room")
        people = bob.locator("#room-people li")
        expect(people).to_have_count(2, timeout=_WAIT)
        expect(people.filter(has_text="Ann")).to_contain_text("camera")
        expect(people.filter(has_text="Bob")).to_contain_text("you")

        bob.click("#view-grid")
        bob.keyboard.press("Escape")
        bob.wait_for_selector(".tile.painted", timeout=_WAIT)
        large, small = dataset(bob, "stream"), bob.locator(".tile .name")
        expect(small).to_have_count(1)
        name = small.inner_text()
        bob.click(".tile .pick")  # large, in the speaker view
        eventually(lambda: dataset(bob, "stream") not in (None, large), what="it is large")
        assert dataset(bob, "view") == "speaker"
        expect(bob.locator("#room-front .name")).to_have_text(name)
        assert small.inner_text() != name, "the other one took its place"

        bob.click("#room-front .pin")
        forward(host, str(large))
        eventually(lambda: dataset(bob, "stream") == large, what="what the host shows is large")
        eventually(lambda: dataset(ann, "stream") == large, what="for everybody")
        expect(bob.locator("#room-front .words")).to_contain_text("shown to everybody")
        bob.wait_for_selector(".tile.painted", timeout=_WAIT)

        ann.click("#onair .stop")
        eventually(lambda: bob.locator(".tile").count() == 0, what="one picture is left")
        await_state(bob, "live")


def hold_to_talk(page: Page) -> None:
    page.locator("#screen").hover()
    page.keyboard.down(" ")
    page.wait_for_selector('html[data-voice="speaking"]', state="attached", timeout=_WAIT)


def test_the_speaker_view_follows_a_microphone_and_the_host_shows_a_tile_to_everybody(
    host: HostProcess, browser: Browser
) -> None:
    with ExitStack() as stack:
        ann, bob, eve = (stack.enter_context(fresh_page(browser, (800, 600))) for _ in range(3))
        for page, name in ((ann, "Ann"), (bob, "Bob")):
            enter(page, host, name)
            show_camera(page)
        enter(eve, host, "Eve", HOST_TOKEN)
        eve.wait_for_selector("#tool-room:not([hidden])", state="attached", timeout=_WAIT)
        eve.evaluate("document.getElementById('view-speaker').click()")
        eve.wait_for_selector(".tile.painted", timeout=_WAIT)
        large = eve.locator("#room-front .name")
        expect(large).to_have_text("Ann · camera", timeout=_WAIT)

        hold_to_talk(bob)
        expect(large).to_have_text("Bob · camera", timeout=_WAIT)
        expect(eve.locator("#room-front")).to_have_class("talking", timeout=_WAIT)
        bob.keyboard.up(" ")

        anns = str(dataset(bob, "stream"))
        bob.keyboard.press("]")
        bob.wait_for_selector(f'html:not([data-stream="{anns}"])', state="attached", timeout=_WAIT)
        tile = eve.locator(".tile").filter(has_text="Ann")
        tile.hover()
        tile.locator(".act").click()
        bob.wait_for_selector(f'html[data-stream="{anns}"]', state="attached", timeout=_WAIT)
        expect(eve.locator("#room-front .words")).to_contain_text("shown to everybody")
        eve.locator("#room-front .wide").click()
        bob.wait_for_selector(f'html:not([data-stream="{anns}"])', state="attached", timeout=_WAIT)
