"""How late is the sound? Clicks go into one null sink, and out of a page into another.

Both belong to a private PulseAudio; a host shares the first, a real Chromium plays to the second.

Both monitors are read by one process on one clock, so the difference is everything: capture, Opus
or PCM, the socket, the page's buffer, Chromium's output and its stream to PulseAudio. Once with
silence between the clicks (the host stops sending, the page fills its buffer anew), once above a
faint noise (it never stops). The page is opened by an address that browsers trust and by one they
do not.

    .venv/bin/python bench/sound.py --clicks 40
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright
from results import default_path, origin, percentile, print_table, write_rows

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from tests.stage.browsers import INSECURE_NAME, fresh_page, launch  # noqa: E402
from tests.stage.clicks import ClickEar, clicks, delays_ms  # noqa: E402
from tests.stage.host_process import HostProcess  # noqa: E402
from tests.stage.sound_server import SoundServer  # noqa: E402

SPACING_S = 0.75
SETTLE_S = 2.0
BETWEEN = {"silence": 0.0, "noise": 0.01}


@dataclass(frozen=True, slots=True)
class Row:
    """One run."""

    page: str
    codec: str
    between: str
    played: int
    heard: int
    delay_p50_ms: float
    delay_p95_ms: float
    delay_max_ms: float
    underruns: int
    target_ms: float
    host_cpu_percent: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clicks", type=int, default=40)
    parser.add_argument("--save", action="store_true", help="a CSV file under bench/results")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = SoundServer(Path(folder), ("stage", "ears")).start()
        os.environ.update(server.env)
        options = ("--fps", "5", "--audio", "output", "--allow-host", INSECURE_NAME)
        host = HostProcess("testcard", *options, env=server.env)
        environment: dict[str, str | float | bool] = {**os.environ, "PULSE_SINK": "ears"}
        unmute = ("--mute-audio",)
        try:
            server.control("set-default-sink", "stage")
            rows = []
            with launch(playwright, env=environment, without=unmute) as browser:
                for name in ("127.0.0.1", INSECURE_NAME):
                    for between in BETWEEN:
                        with fresh_page(browser) as page:
                            rows.append(_run(server, host, page, name, between, arguments.clicks))
        finally:
            host.stop()
            server.stop()
    print_table([field.name for field in fields(Row)], [astuple(row) for row in rows])
    if arguments.save:
        write_rows(default_path("sound"), rows, origin())
    return 0


def _run(
    server: SoundServer, host: HostProcess, page: Page, name: str, between: str, count: int
) -> Row:
    page.goto(host.url(name=name))
    page.click("#sound-chip")
    page.wait_for_selector('html[data-sound="on"]', state="attached")
    ears = [ClickEar("stage.monitor"), ClickEar("ears.monitor")]
    samples = clicks(count, SPACING_S, floor=BETWEEN[between])
    process = psutil.Process(host.pid)
    with server.playing(samples):
        time.sleep(SETTLE_S)
        process.cpu_percent()
        time.sleep(len(samples) / 48_000 - SETTLE_S)
        cpu = process.cpu_percent()
        time.sleep(1)
    for ear in ears:
        ear.stop()
    delays = delays_ms(*ears)
    playing = page.evaluate(
        "() => { const p = samescreen.sound.playing;"
        " return {codec: samescreen.sound.codec, underruns: p.underruns, target: p.targetMs} }"
    )
    return Row(
        page=name,
        codec=playing["codec"],
        between=between,
        played=len(ears[0].heard_us),
        heard=len(delays),
        delay_p50_ms=percentile(delays, 50),
        delay_p95_ms=percentile(delays, 95),
        delay_max_ms=max(delays),
        underruns=playing["underruns"],
        target_ms=playing["target"],
        host_cpu_percent=cpu,
    )


if __name__ == "__main__":
    sys.exit(main())
