"""Sound from a null sink to a page: right, soon enough, through a restart of PulseAudio."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, Playwright

from tests.conftest import ShareHost
from tests.stage.browsers import INSECURE_NAME, fresh_page, launch
from tests.stage.clicks import ClickEar, clicks, delays_ms
from tests.stage.host_process import HostProcess
from tests.stage.sound_server import SoundServer, tone
from tests.stage.timing import MS, eventually

from .watching import status, watch

pytestmark = pytest.mark.e2e

CODECS: Final = {"127.0.0.1": "opus", INSECURE_NAME: "pcm"}

_SPECTRUM: Final = """async () => {
  const {node} = samescreen.sound;
  const analyser = new AnalyserNode(node.context, {fftSize: 32768, smoothingTimeConstant: 0});
  node.connect(analyser);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  const decibels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(decibels);
  node.disconnect(analyser);
  const peak = decibels.reduce((best, value, at) => (value > decibels[best] ? at : best), 0);
  let [signal, noise] = [0, 0];
  decibels.forEach((value, at) => {
    if (Math.abs(at - peak) <= 12) signal += 10 ** (value / 10);
    else noise += 10 ** (value / 10);
  });
  return {hertz: (peak * 48000) / 32768, snr: 10 * Math.log10(signal / noise)};
}"""


@pytest.fixture
def host(host_process: ShareHost, sound_server: SoundServer) -> HostProcess:
    options = ("--audio", "output", "--fps", "10", "--allow-host", INSECURE_NAME)
    return host_process("testcard", *options, env=sound_server.env)


@pytest.fixture
def audible_page(
    playwright: Playwright, sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    """Of a browser that plays to a null sink of its own, "ears"."""
    assert sound_server.control("load-module", "module-null-sink", "sink_name=ears", "rate=48000")
    for name, value in sound_server.env.items():
        monkeypatch.setenv(name, value)
    env: dict[str, str | float | bool] = {**os.environ, "PULSE_SINK": "ears"}
    with launch(playwright, env=env, without=["--mute-audio"]) as browser, fresh_page(browser) as p:
        yield p


def turn_on(page: Page) -> None:
    page.mouse.move(300, 300)
    page.mouse.move(310, 310)
    page.click("#sound-chip")
    page.wait_for_selector('html[data-sound="on"]', state="attached")


def assert_hears_the_tone(page: Page) -> None:
    heard: dict[str, Any] = {}
    eventually(lambda: page.evaluate("samescreen.sound.node !== null"), what="the sound's output")

    def is_clean() -> bool:
        heard.update(page.evaluate(_SPECTRUM))
        is_a_tone = heard["snr"] is not None and heard["snr"] >= 30
        return is_a_tone and abs(heard["hertz"] - 1000) < 5

    try:
        eventually(is_clean, what="1 kHz, 30 dB above the rest", within=10_000 * MS)
    except AssertionError as late:
        raise AssertionError(f"{late}: {heard}") from None


@pytest.mark.parametrize("name", CODECS)
def test_a_tone_is_heard(
    host: HostProcess, sound_server: SoundServer, page: Page, name: str
) -> None:
    watch(page, host.url(name=name))
    assert status(host)["sound"]["listeners"] == [], "nothing is sent before somebody asks"
    with sound_server.playing(tone(60)):
        turn_on(page)
        assert_hears_the_tone(page)
        assert page.evaluate("samescreen.sound.codec") == CODECS[name]
        assert page.is_hidden("#sound-chip")
        assert page.evaluate("samescreen.sound.level") > 0.4
        page.keyboard.press("m")
        eventually(lambda: not status(host)["sound"]["listeners"], what="off is off")
        assert page.is_hidden("#sound-chip"), "it was declined"
        page.keyboard.press("m")
        assert_hears_the_tone(page)


@pytest.mark.parametrize("name", CODECS)
def test_a_click_is_heard_soon(
    host: HostProcess, sound_server: SoundServer, audible_page: Page, name: str
) -> None:
    watch(audible_page, host.url(name=name))
    turn_on(audible_page)
    ears = [ClickEar("stage.monitor"), ClickEar("ears.monitor")]
    with sound_server.playing(clicks(60, 0.5, floor=0.01)):
        eventually(lambda: len(ears[1].heard_us) >= 12, what="clicks", within=20_000 * MS)
    for ear in ears:
        ear.stop()
    # Asked for are 120 ms; the rest is for a machine that the other tests keep busy.
    assert statistics.median(delays_ms(ears[0], ears[1])) <= 160 * MS * 1000


def test_pulseaudio_restarts_and_the_sound_comes_back(
    host: HostProcess, sound_server: SoundServer, page: Page
) -> None:
    watch(page, host.url())
    turn_on(page)
    with sound_server.playing(tone(60)):
        assert_hears_the_tone(page)
    sound_server.kill()
    page.wait_for_selector("#sound-chip:visible")
    assert "went away" in (page.get_attribute("#sound-chip", "title") or "") or "no sound" in (
        page.get_attribute("#sound-chip", "title") or ""
    )
    assert page.get_attribute("html", "data-state") == "live"
    sound_server.start()
    with sound_server.playing(tone(60)):
        assert_hears_the_tone(page)
    page.wait_for_selector("#sound-chip:visible", state="hidden")
    told = [line for line in host.stderr_lines if "no sound" in line]
    assert 1 <= len(told) <= 2, told


def test_silence_costs_nothing(host: HostProcess, page: Page) -> None:
    watch(page, host.url())
    turn_on(page)
    eventually(lambda: status(host)["sound"]["status"]["state"] == "live", what="it records")
    page.evaluate("new Promise((resolve) => setTimeout(resolve, 1000))")
    (listener,) = status(host)["sound"]["listeners"]
    assert listener["sent"] == 0


def test_a_host_without_a_device_says_so_and_shows_the_picture(
    host_process: ShareHost, page: Page, tmp_path: Path
) -> None:
    nowhere = {"PULSE_SERVER": f"unix:{tmp_path}/none"}
    host = host_process("testcard", "--audio", "output", env=nowhere)
    watch(page, host.url())
    page.wait_for_selector("#sound-chip:visible")
    assert "start PulseAudio" in (page.get_attribute("#sound-chip", "title") or "")
    assert "sound is gone" in page.inner_text("#sound-text")


def test_without_the_option_there_is_no_trace_of_sound(host_process: ShareHost, page: Page) -> None:
    watch(page, host_process("testcard").url())
    assert page.is_hidden("#sound-chip")
    assert page.is_hidden("#sound-tools")
