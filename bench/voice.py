"""How late is a voice, from mouth to ear? Clicks go into a microphone, and out of another page.

A private PulseAudio has a sink "mouth", whose monitor is the microphone of one Chromium, and a sink
"ears", to which another Chromium plays. Both are read by one process on one clock, so the
difference is everything: PulseAudio, Chromium's capture, Opus, the host, the page's buffer,
Chromium's output. The browser's own filters (echo, noise, gain) are off, as they change clicks.

Each listener in turn: a page that decodes Opus, one on plain http (the host's mix), one behind a
link that loses 1 % of the segments, each loss a stall of a round trip or of a timeout, and this
machine's speakers (`--talk speakers`). Then the first two once more while a second person says a
quiet tone of 500 Hz: in how many tenths of a second is it heard beside the clicks?

    .venv/bin/python bench/voice.py --clicks 20
    .venv/bin/python bench/voice.py --clicks 20 --two      # only with two who speak at once
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from playwright.sync_api import Browser, Page, sync_playwright
from results import default_path, origin, percentile, print_table, write_rows

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from samescreen.capture.sound.pulse import PulseSound  # noqa: E402
from tests.stage.browsers import INSECURE_NAME, fresh_page, launch  # noqa: E402
from tests.stage.clicks import ClickEar, clicks, delays_ms  # noqa: E402
from tests.stage.host_process import TOKEN, HostProcess  # noqa: E402
from tests.stage.sound_server import SoundServer  # noqa: E402

SPACING_S = 0.5
SETTLE_S = 2.0
LOST = 0.01
ONE_WAY_S = 0.03
STALLS_S = {"loss, round trips": 2 * ONE_WAY_S, "loss, timeouts": 0.2 + 2 * ONE_WAY_S}

RAW_MICROPHONE = """
const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
const raw = {echoCancellation: false, noiseSuppression: false, autoGainControl: false};
if (ask) navigator.mediaDevices.getUserMedia = () => ask({audio: raw});
"""
SECOND_HZ = 500
SECOND_LEVEL = 0.1
SECOND_MICROPHONE = f"""
navigator.mediaDevices.getUserMedia = async () => {{
  const context = new AudioContext();
  const tone = new OscillatorNode(context, {{frequency: {SECOND_HZ}}});
  const quiet = new GainNode(context, {{gain: {SECOND_LEVEL}}});
  const stream = context.createMediaStreamDestination();
  tone.connect(quiet).connect(stream);
  tone.start();
  return stream.stream;
}};
"""
SILENT = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...rest) {
  return to instanceof AudioDestinationNode ? to : connect.call(this, to, ...rest);
};
"""
"""Who speaks plays nothing: the second voice would come out twice."""
PLAYING = """
const Node = globalThis.AudioWorkletNode;
if (Node) globalThis.AudioWorkletNode = class extends Node {
  constructor(context, name, options) {
    super(context, name, options);
    if (name === "samescreen-voices")
      this.port.addEventListener("message", ({data}) => (globalThis.playing = data));
  }
};
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One listener."""

    listener: str
    played: int
    heard: int
    delay_p50_ms: float
    delay_p95_ms: float
    delay_max_ms: float
    depth_ms: float
    underruns: int
    host_cpu_percent: float
    second_heard_percent: float


class ToneEar(threading.Thread):
    """Listens for the second voice: in which share of the tenths of a second it is there."""

    def __init__(self, device: str) -> None:
        super().__init__(daemon=True)
        self._device = device
        self._ended = threading.Event()
        self._there: list[bool] = []
        self.start()

    def run(self) -> None:
        source = PulseSound(self._device)
        source.open()
        turning = np.exp(-2j * np.pi * SECOND_HZ * np.arange(4_800) / 48_000) / 2_400
        waiting = np.zeros(0, np.float32)
        while not self._ended.is_set():
            block = source.read(100_000)
            silence = np.zeros(480, np.float32)
            heard = silence if block is None else block.samples[:, 0]
            waiting = np.concatenate((waiting, heard))
            if len(waiting) >= len(turning):
                loudness = abs(waiting[: len(turning)] @ turning)
                self._there.append(bool(loudness > SECOND_LEVEL / 2))
                waiting = waiting[len(turning) :]
        source.close()

    def percent(self) -> float:
        """Ends it."""
        self._ended.set()
        self.join(5)
        return round(100 * sum(self._there) / max(1, len(self._there)), 1)


class Lossy(threading.Thread):
    """A relay to `port` whose way down loses 1 % of what it is given: that and all behind waits."""

    def __init__(self, port: int, stall_s: float) -> None:
        super().__init__(daemon=True)
        self._to, self._stall_s = port, stall_s
        self._random = random.Random(1)
        self._loop = asyncio.new_event_loop()
        self.port = 0
        self.is_open = threading.Event()
        self.start()
        self.is_open.wait(5)

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0)
        )
        self.port = server.sockets[0].getsockname()[1]
        self.is_open.set()
        self._loop.run_forever()

    async def _serve(self, near: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        far, far_out = await asyncio.open_connection("127.0.0.1", self._to)
        await asyncio.gather(
            self._carry(near, far_out, 0.0), self._carry(far, near_out, LOST)
        )

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, lost: float
    ) -> None:
        free_s = 0.0
        with suppress(ConnectionError):
            while piece := await source.read(65_536):
                stall_s = self._stall_s if self._random.random() < lost else 0.0
                # Timers of one moment run in no order.
                free_s = max(free_s + 1e-6, self._loop.time() + ONE_WAY_S + stall_s)
                self._loop.call_at(free_s, sink.write, piece)
        sink.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clicks", type=int, default=20)
    parser.add_argument("--two", action="store_true", help="only with two who speak at once")
    parser.add_argument("--save", action="store_true", help="a CSV file under bench/results")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = SoundServer(Path(folder), ("mouth", "ears")).start()
        os.environ.update(server.env)
        server.control(
            "load-module", "module-remap-source", "master=mouth.monitor", "source_name=microphone"
        )
        server.control("set-default-source", "microphone")
        server.control("set-default-sink", "ears")
        fake = ("--use-fake-ui-for-media-stream",)
        environment: dict[str, str | float | bool] = {**os.environ}
        rows = []
        try:
            with launch(playwright, *fake, env=environment, without=("--mute-audio",)) as browser:
                with sharing(server) as host:
                    if not arguments.two:
                        rows += _pages(server, host, browser, arguments.clicks)
                    rows += _two(server, host, browser, arguments.clicks)
                if arguments.two:
                    return _shown(rows, is_saved=arguments.save)
                with sharing(server, "--talk", "speakers") as host:
                    rows.append(_measured(server, host, browser, "--talk", None, arguments.clicks))
        finally:
            server.stop()
    return _shown(rows, is_saved=arguments.save)


def _shown(rows: list[Row], *, is_saved: bool) -> int:
    print_table([field.name for field in fields(Row)], [astuple(row) for row in rows])
    if is_saved:
        write_rows(default_path("voice"), rows, origin())
    return 0


@contextmanager
def sharing(server: SoundServer, *more: str) -> Iterator[HostProcess]:
    access = ("--token", TOKEN, "--allow", "talk", "--allow-host", INSECURE_NAME)
    host = HostProcess("testcard", "--fps", "2", *access, *more, env=server.env)
    try:
        yield host
    finally:
        host.stop()


def _pages(server: SoundServer, host: HostProcess, browser: Browser, count: int) -> list[Row]:
    there = f"/#token={TOKEN}"
    rows = [
        _measured(server, host, browser, "Opus", host.url(there, name="localhost"), count),
        _measured(server, host, browser, "mix", host.url(there, name=INSECURE_NAME), count),
    ]
    for name, stall_s in STALLS_S.items():
        link = Lossy(host.port, stall_s)
        url = host.url(there, name="localhost").replace(str(host.port), str(link.port))
        rows.append(_measured(server, host, browser, name, url, 3 * count))
        link.stop()
    return rows


def _two(server: SoundServer, host: HostProcess, browser: Browser, count: int) -> list[Row]:
    """Two listeners while a second person speaks all the time."""
    there = f"/#token={TOKEN}"
    rows = []
    with fresh_page(browser, (640, 480)) as second:
        _open(second, host.url(there, name="localhost"), SECOND_MICROPHONE)
        _speak(second)
        for name, address in (("Opus, two", "localhost"), ("mix, two", INSECURE_NAME)):
            url = host.url(there, name=address)
            rows.append(_measured(server, host, browser, name, url, count))
    return rows


def _speak(page: Page) -> None:
    page.locator("#screen").hover()
    page.keyboard.down(" ")
    page.wait_for_selector('html[data-voice="speaking"]', state="attached")


def _measured(
    server: SoundServer, host: HostProcess, browser: Browser, name: str, url: str | None, count: int
) -> Row:
    with fresh_page(browser, (640, 480)) as mouth, fresh_page(browser, (640, 480)) as page:
        _open(mouth, host.url(f"/#token={TOKEN}", name="localhost"), RAW_MICROPHONE + SILENT)
        _speak(mouth)
        if url is not None:
            _open(page, url, PLAYING)
            page.locator("#voice-chip").click()
        return _row(server, host, page, name, count)


def _open(page: Page, url: str, script: str) -> None:
    page.add_init_script(script)
    page.goto(url)
    page.wait_for_selector('html[data-state="live"]', state="attached", timeout=20_000)
    page.wait_for_selector("#tool-voice:not([hidden])", state="attached")


def _row(server: SoundServer, host: HostProcess, page: Page, name: str, count: int) -> Row:
    time.sleep(SETTLE_S)
    ears = [ClickEar("mouth.monitor"), ClickEar("ears.monitor")]
    second = ToneEar("ears.monitor")
    process = psutil.Process(host.pid)
    process.cpu_percent()
    samples = clicks(count, SPACING_S)
    with server.playing(samples, "mouth"):
        time.sleep(len(samples) / 48_000 + 1)
    cpu, second_percent = process.cpu_percent(), second.percent()
    for ear in ears:
        ear.stop()
    delays = delays_ms(*ears, within_ms=SPACING_S * 1000 - 50)
    found: Any = page.evaluate("() => globalThis.playing?.[0] ?? null")
    playing = found or {"targetMs": 0, "underruns": 0}
    return Row(
        listener=name,
        played=len(ears[0].heard_us),
        heard=len(delays),
        delay_p50_ms=percentile(delays, 50) if delays else 0.0,
        delay_p95_ms=percentile(delays, 95) if delays else 0.0,
        delay_max_ms=max(delays, default=0.0),
        depth_ms=playing["targetMs"],
        underruns=playing["underruns"],
        host_cpu_percent=cpu,
        second_heard_percent=second_percent,
    )


if __name__ == "__main__":
    sys.exit(main())
