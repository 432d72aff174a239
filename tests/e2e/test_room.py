"""People in a room without a host's screen, in real browsers: they show cameras, see each other."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

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
def browser(playwright: Playwright) -> Iterator[Browser]:
    with launch(playwright, *_CAMERA) as browser:
        yield browser


def enter(page: Page, host: HostProcess, name: str) -> None:
    page.goto(host.url(f"/?lang=en#token={TOKEN}", name="localhost"))
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
