"""A few people with cameras in one room, all of them real pages of one Chromium.

Each page is a person of their own: it shows the browser's fake camera (1280×720, 30 pictures a
second) and watches all the others, in the grid or in the speaker view. Everybody shares this
machine, the host included; its CPU is measured apart, and its bytes are what the kernel counts for
its connections. How many pictures each page paints of each other one is what the page reports.

    .venv/bin/python bench/room.py --people 5 --seconds 15
    .venv/bin/python bench/room.py --people 5 --seconds 5 --pictures /tmp/room
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, Final

import psutil
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from results import default_path, origin, percentile, print_table, write_rows
from stage import end_on_signals

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from tests.stage.host_process import TOKEN, HostProcess  # noqa: E402

NAMES: Final = ("Ann", "Bob", "Cem", "Dora", "Eve", "Femi", "Gül", "Hao")
FLAGS: Final = (
    "--no-sandbox", "--disable-quic", "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream=fps=30",
)  # fmt: skip
DESKTOP: Final = {"width": 1280, "height": 720}
PHONE: Final = {"width": 390, "height": 844}
SETTLE_S: Final = 5.0
WAIT_MS: Final = 60_000
SHOT_VIEWS: Final = ("grid", "speaker", "side")


@dataclass(frozen=True, slots=True)
class Row:
    """One run. `fps`: of one person's picture on another one's page; CPU of one core."""

    people: int
    view: str
    seconds: float
    host_cpu_percent: float
    host_mib: float
    browser_cpu_percent: float
    in_mbps: float
    out_mbps: float
    large_fps: float
    small_fps_median: float
    small_fps_least: float
    latency_p50_ms: float
    latency_p95_ms: float


@dataclass(frozen=True, slots=True)
class Counters:
    """What is counted without end: seconds of CPU, and bytes of the host's connections."""

    at_s: float
    host_s: float
    browser_s: float
    received: int
    sent: int


def entered(context: BrowserContext, host: HostProcess, name: str) -> Page:
    """A person's page, in the room, with their camera on."""
    page = context.new_page()
    page.goto(host.url(f"/?lang=en#token={TOKEN}", name="localhost"))
    page.wait_for_selector("#tool-show:not([hidden])", state="attached", timeout=WAIT_MS)
    page.keyboard.press("t")
    page.fill("#name", name)
    page.locator("#name").press("Enter")
    page.keyboard.press("Escape")
    page.mouse.move(300, 300)
    page.mouse.move(320, 310)
    page.click("#tool-show", timeout=WAIT_MS)
    page.click("#show-camera")
    page.wait_for_selector("#onair canvas", timeout=WAIT_MS)
    return page


def choose(page: Page, view: str, people: int) -> None:
    """Turn to that view, and wait until its small pictures are there."""
    page.wait_for_selector(f"#view-{view}", state="attached", timeout=WAIT_MS)
    page.evaluate(f"document.getElementById('view-{view}').click()")
    small = 1 if view == "side" else people - 1
    page.wait_for_function(
        f"() => document.querySelectorAll('.tile.painted').length >= {small}", timeout=WAIT_MS
    )


def streams(host: HostProcess) -> list[dict[str, Any]]:
    """The host's streams, as /api/status has them."""
    request = urllib.request.Request(
        host.url("/api/status"), headers={"Authorization": f"Bearer {TOKEN}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)["streams"]
    return found


def counters(host: HostProcess, browser: Sequence[psutil.Process]) -> Counters:
    """All of them, now."""
    command = ["ss", "-tinHO", "state", "established", f"( sport = :{host.port} )"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    received, sent = (
        sum(int(count) for count in re.findall(rf"\b{name}:(\d+)", listing))
        for name in ("bytes_received", "bytes_sent")
    )
    return Counters(
        time.monotonic(),
        sum(psutil.Process(host.pid).cpu_times()[:2]),
        sum(sum(each.cpu_times()[:2]) for each in browser if each.is_running()),
        received,
        sent,
    )


def measure(pages: Sequence[Page], host: HostProcess, view: str, seconds: float) -> Row:
    """The room as it is now."""
    browser = [
        each for each in psutil.Process().children(recursive=True) if "chrom" in each.name()
    ]
    fps: dict[tuple[str, bool], list[float]] = defaultdict(list)
    latency_ms = []
    before = counters(host, browser)
    while time.monotonic() < before.at_s + seconds:
        pages[0].wait_for_timeout(1000)
        for stream in streams(host):
            for viewer in stream["viewers"]:
                is_large = viewer["rendition"] == "main"
                report = viewer["report"]
                fps[viewer["viewer"], is_large].append(report["fps"])
                if report["latency_us"] > 0:
                    latency_ms.append(report["latency_us"] / 1000)
    after = counters(host, browser)
    took_s = after.at_s - before.at_s
    means = {key: sum(values) / len(values) for key, values in fps.items()}
    large = [value for (_, is_large), value in means.items() if is_large]
    small = [value for (_, is_large), value in means.items() if not is_large]
    return Row(
        len(pages),
        view,
        round(took_s, 1),
        round(100 * (after.host_s - before.host_s) / took_s, 1),
        round(psutil.Process(host.pid).memory_info().rss / 2**20, 1),
        round(100 * (after.browser_s - before.browser_s) / took_s, 1),
        round((after.received - before.received) * 8 / took_s / 1e6, 2),
        round((after.sent - before.sent) * 8 / took_s / 1e6, 2),
        round(percentile(large, 50), 1),
        round(percentile(small, 50), 1),
        round(min(small, default=0), 1),
        round(percentile(latency_ms, 50), 1),
        round(percentile(latency_ms, 95), 1),
    )


def photograph(browser: Browser, host: HostProcess, pages: Sequence[Page], folder: Path) -> None:
    """Each view on a desktop and on a phone, as PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    phone = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    try:
        page = phone.new_page()
        page.goto(host.url(f"/?lang=en#token={TOKEN}", name="localhost"))
        for each, size in ((pages[0], "desktop"), (page, "phone")):
            for view in SHOT_VIEWS:
                choose(each, view, len(pages))
                each.wait_for_timeout(1500)
                each.screenshot(path=folder / f"{size}-{view}.png")
            each.evaluate("document.getElementById('tool-room').click()")
            each.wait_for_timeout(500)
            each.screenshot(path=folder / f"{size}-panel.png")
            each.keyboard.press("Escape")
    finally:
        phone.close()


def run(browser: Browser, options: argparse.Namespace) -> list[Row]:
    """One room, in one view after the other."""
    access = ("--token", TOKEN, "--allow", "publish,talk")
    host = HostProcess("--tls", "off", *access, command="serve")
    rows = []
    with ExitStack() as stack:
        pages = []
        for name in NAMES[: options.people]:
            context = browser.new_context(viewport=DESKTOP)
            stack.callback(context.close)
            pages.append(entered(context, host, name))
            print(f"{name} is in the room", file=sys.stderr)
        for view in options.view or ["grid", "speaker"]:
            for page in pages:
                choose(page, view, options.people)
            pages[0].wait_for_timeout(SETTLE_S * 1000)
            rows.append(measure(pages, host, view, options.seconds))
            print(rows[-1], file=sys.stderr, flush=True)
        if options.pictures:
            photograph(browser, host, pages, options.pictures)
    host.assert_clean()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=5, help=f"at most {len(NAMES)}")
    parser.add_argument("--view", action="append", choices=SHOT_VIEWS,
                        help="grid and speaker; may be repeated")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--pictures", type=Path, help="folder for photographs of every view")
    parser.add_argument("--out", type=Path, help="CSV file; default bench/results/…")
    options = parser.parse_args()
    end_on_signals()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        rows = run(browser, options)
        browser.close()
    path = options.out or default_path("room")
    write_rows(path, rows, origin())
    names = [field.name for field in fields(Row)]
    print_table(names, [[str(value) for value in astuple(row)] for row in rows])
    print(f"\n{path}")


if __name__ == "__main__":
    main()
