"""How late is a voice, from mouth to ear? Clicks go into a microphone, and out of another page.

A private PulseAudio has a sink "mouth", whose monitor is the microphone of one Chromium, and a sink
"ears", to which another Chromium plays. Both are read by one process on one clock, so the
difference is everything: PulseAudio, Chromium's capture, Opus, the host, the page's buffer,
Chromium's output. The browser's own filters (echo, noise, gain) are off, as they change clicks.

Each listener in turn: a page that decodes Opus, one on plain http (the host's mix), one behind a
link that loses 1 % of the segments, each loss a stall of a round trip or of a timeout, and this
machine's speakers (`--talk speakers`).

    .venv/bin/python bench/voice.py --clicks 20
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

import psutil
from playwright.sync_api import Browser, Page, sync_playwright
from results import default_path, origin, percentile, print_table, write_rows

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

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
                    rows += _pages(server, host, browser, arguments.clicks)
                with sharing(server, "--talk", "speakers") as host:
                    rows.append(_measured(server, host, browser, "--talk", None, arguments.clicks))
        finally:
            server.stop()
    print_table([field.name for field in fields(Row)], [astuple(row) for row in rows])
    if arguments.save:
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


def _measured(
    server: SoundServer, host: HostProcess, browser: Browser, name: str, url: str | None, count: int
) -> Row:
    with fresh_page(browser, (640, 480)) as mouth, fresh_page(browser, (640, 480)) as page:
        _open(mouth, host.url(f"/#token={TOKEN}", name="localhost"), RAW_MICROPHONE)
        mouth.locator("#screen").hover()
        mouth.keyboard.down(" ")
        mouth.wait_for_selector('html[data-voice="speaking"]', state="attached")
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
    process = psutil.Process(host.pid)
    process.cpu_percent()
    samples = clicks(count, SPACING_S)
    with server.playing(samples, "mouth"):
        time.sleep(len(samples) / 48_000 + 1)
    cpu = process.cpu_percent()
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
    )


if __name__ == "__main__":
    sys.exit(main())
