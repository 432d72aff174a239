"""Voices between real browsers: two people speak at once, a third hears both, the host mutes."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.e2e.watching import await_state
from tests.stage.browsers import INSECURE_NAME, fresh_page, launch
from tests.stage.host_process import TOKEN, HostProcess
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.e2e
HOST_TOKEN: Final = "host-token-of-no-worth"
LOW_HZ, HIGH_HZ = 500, 2000

_EAR: Final = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...rest) {
  if (to instanceof AudioDestinationNode) {
    globalThis.ear = new AnalyserNode(this.context, {fftSize: 4096, smoothingTimeConstant: 0});
    connect.call(this, globalThis.ear);
  }
  return connect.call(this, to, ...rest);
};
"""
"""Listens to what the page plays."""

_TONE: Final = """
navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, {frequency: HERTZ});
  const stream = context.createMediaStreamDestination();
  tone.connect(stream);
  tone.start();
  return stream.stream;
};
"""
"""A microphone that hears a tone; Chromium's own fake one beeps."""

_KEEP_STREAM: Final = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (what) => (globalThis.stream = await ask(what));
"""

_IS_LOUD: Final = """() => {
  const sound = new Float32Array(4096);
  globalThis.ear?.getFloatTimeDomainData(sound);
  return Math.max(...sound.map(Math.abs)) > 0.02;
}"""

_DECIBELS: Final = """hertz => {
  const ear = globalThis.ear;
  if (!ear) return -200;
  const decibels = new Float32Array(ear.frequencyBinCount);
  ear.getFloatFrequencyData(decibels);
  return Math.max(-200, decibels[Math.round((hertz * ear.fftSize) / ear.context.sampleRate)]);
}"""


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    access: tuple[str, ...] = ("--token", TOKEN, "--host-token", HOST_TOKEN, "--allow", "talk")
    access += ("--allow-host", INSECURE_NAME)
    host = HostProcess("testcard", "--fps", "2", *access)
    yield host
    host.assert_clean()


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    fake = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    with launch(playwright, *fake) as browser:
        yield browser


def watch(page: Page, host: HostProcess, script: str = "", name: str = "localhost") -> None:
    page.add_init_script(_EAR + script)
    page.goto(host.url(f"/#token={TOKEN}", name=name))
    await_state(page, "live")
    page.wait_for_selector("#tool-voice:not([hidden])", state="attached")


def hears(page: Page, hertz: int) -> bool:
    return float(page.evaluate(_DECIBELS, hertz)) > -50


def hold(page: Page) -> None:
    page.locator("#screen").hover()
    page.keyboard.down(" ")
    page.wait_for_selector('html[data-voice="speaking"]', state="attached")


def act(host: HostProcess, path: str, **fields: object) -> None:
    headers = {"Authorization": f"Bearer {HOST_TOKEN}", "Content-Type": "application/json"}
    body = json.dumps(fields).encode()
    request = urllib.request.Request(host.url(path), body, headers)
    with urllib.request.urlopen(request, timeout=10):
        pass


def test_two_speak_at_once_a_third_hears_both_and_the_host_mutes(
    host: HostProcess, browser: Browser
) -> None:
    with ExitStack() as pages:
        ann, bob, eve = (pages.enter_context(fresh_page(browser, (640, 480))) for _ in range(3))
        watch(ann, host, _TONE.replace("HERTZ", str(LOW_HZ)))
        watch(bob, host, _TONE.replace("HERTZ", str(HIGH_HZ)))
        watch(eve, host, _KEEP_STREAM)
        hold(ann)
        eve.locator("#voice-chip").click()
        eventually(lambda: hears(eve, LOW_HZ), what="the first voice", within=10_000 * MS)
        assert not hears(eve, HIGH_HZ)
        hold(bob)
        eventually(
            lambda: hears(eve, LOW_HZ) and hears(eve, HIGH_HZ), what="both", within=10_000 * MS
        )
        assert not hears(ann, LOW_HZ), "nobody hears themselves"
        with fresh_page(browser, (640, 480)) as plain:
            watch(plain, host, name=INSECURE_NAME)
            plain.locator("#voice-chip").click()
            eventually(
                lambda: hears(plain, LOW_HZ) and hears(plain, HIGH_HZ),
                what="both in one mix, on plain http",
                within=10_000 * MS,
            )
        bob.keyboard.up(" ")
        eventually(lambda: not hears(eve, HIGH_HZ), what="the second stopped", within=10_000 * MS)
        ann.keyboard.up(" ")
        hold(eve)
        eventually(lambda: bool(bob.evaluate(_IS_LOUD)), what="a beep", within=10_000 * MS)
        act(host, "/api/voices", voices=False)
        ended = "stream.getTracks().every((track) => track.readyState === 'ended')"
        eventually(lambda: bool(eve.evaluate(ended)), what="the light is out", within=10_000 * MS)
        assert eve.locator("#voice-note").text_content() == "The host has muted everybody."


def test_space_talks_after_a_click_on_a_tool(host: HostProcess, browser: Browser) -> None:
    act(host, "/api/voices", voices=True)  # whatever another test did
    with fresh_page(browser, (640, 480)) as page:
        watch(page, host)
        page.wait_for_selector("#voice-open-row:not([hidden])", state="attached")  # it may talk
        hand = page.locator("#tool-hand")
        hand.click()
        expect(hand).to_have_attribute("aria-pressed", "true")
        page.keyboard.down(" ")
        page.wait_for_selector('html[data-voice="speaking"]', state="attached")
        page.keyboard.up(" ")
        expect(hand).to_have_attribute("aria-pressed", "true")
        hand.focus()
        page.keyboard.press(" ")
        expect(hand).to_have_attribute("aria-pressed", "false")
