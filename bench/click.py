"""Click to photon: from a press in the viewer's browser to the changed pixels on its screen.

On X screen A a raw window flips its colour at once when it is pressed. The system under test shares
A. A real, headed Chromium shows its page on X screen B. XTEST clicks (or presses a key) on B, and
the flip is read off B's own pixels, at each XDamage event. One clock, one process for both ends.
`page` is no sharing at all: a page that flips by itself, the floor.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import xcffib
import xcffib.damage
import xcffib.xproto
import xcffib.xtest
from barcode import Rect
from playwright.sync_api import sync_playwright
from reader import Reader
from results import default_path, origin, percentile, print_table, write_rows
from stage import (
    BENCH,
    StageError,
    browser,
    end_on_signals,
    first_line,
    free_port,
    painting,
    running,
    x_screen,
)
from stamps import Stamps, now_us
from systems import ORIGINS, SYSTEMS, Run

PAGE = "page"
TARGET = Rect(840, 260, 240, 200)
"""Where the flipping window is, on both screens: in the right half."""
PROBE = Rect(850, 270, 8, 8)
"""Looked at: in the window's corner, away from the pointer."""
TOKEN = "of-a-host-that-lives-for-a-minute"
FIRST_US = 20_000_000
LATEST_US = 1_000_000
MOTION, KEY_A = 6, 38
BUTTON = 1
FLOOR = """<body style="margin:0;background:#444"><div id=t style="position:absolute;left:{x}px;
top:{y}px;width:{width}px;height:{height}px;background:#000"></div><script>let n=0;const f=()=>
t.style.background=++n%2?"#fff":"#000";t.onmousedown=f;onkeydown=f</script>"""


@dataclass(frozen=True, slots=True)
class Row:
    """One run. Times are milliseconds from the press to the first sight of the flip."""

    system: str
    press: str
    host: str
    beside: str
    round: int
    presses: int
    missed: int
    """Presses whose flip did not come within a second."""
    p50_ms: float
    p95_ms: float
    max_ms: float


class Hand(Reader):
    """Presses on a screen, and looks at the same screen."""

    def __init__(self, display: str, width: int, height: int) -> None:
        super().__init__(display, width=width, height=height)
        self._xtest = self.connection(xcffib.xtest.key)
        self._probe = self.segment(PROBE.width, PROBE.height)

    def fake(self, kind: int, detail: int, x: int = 0, y: int = 0) -> None:
        self._xtest.FakeInput(kind, detail, 0, self.root, x, y, 0)
        self.connection.flush()

    def move(self, x: int, y: int) -> None:
        self.fake(MOTION, 0, x, y)

    def level(self) -> int:
        """How bright the probed place is, 0 to 255."""
        self.get(PROBE, self._probe)
        return int(self._probe.pixels[:, :, :3].mean())

    def await_level(self, is_bright: bool, until_us: int) -> int | None:
        """When the place was first seen like that."""
        while (self.level() > 127) is not is_bright:
            if not self._changed(until_us):
                return None
        return now_us()

    def press(self, kind: str) -> float | None:
        """Press once; milliseconds until the flip was seen, None: it was not."""
        down, up, detail = (4, 5, BUTTON) if kind == "click" else (2, 3, KEY_A)
        was_bright = self.level() > 127
        pressed_us = now_us()
        self.fake(down, detail)
        seen_us = self.await_level(not was_bright, pressed_us + LATEST_US)
        self.fake(up, detail)
        return None if seen_us is None else (seen_us - pressed_us) / 1000


@contextmanager
def shared_page(options: argparse.Namespace, system: str, stack: ExitStack) -> Iterator[str]:
    """The address of a page that shows the flipping window."""
    if system == PAGE:
        box = {"x": TARGET.x, "y": TARGET.y, "width": TARGET.width, "height": TARGET.height}
        yield "data:text/html," + quote(FLOOR.format(**box))
        return
    place = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-click-"))
    stamps = Path(place) / "stamps"
    more = ("--allow", "control", *options.option) if system == "samescreen" else ()
    run = Run(system, "still", 1280, 720, options.host, "chromium", "auto", "", stamps,
              options=more, token=TOKEN)  # fmt: skip
    shared = stack.enter_context(x_screen(1280, 720, run.vnc))
    if options.film:
        Stamps(stamps, create=True)
        stack.enter_context(painting(shared.display, "film", (640, 720), stamps))
    at = f"{TARGET.x},{TARGET.y},{TARGET.width},{TARGET.height}"
    command = [sys.executable, BENCH / "flipper.py", "--display", shared.display, "--at", at]
    flipper = stack.enter_context(running("flipper", command, stdout=-1))
    assert flipper.process.stdout is not None
    first_line(flipper.process.stdout.fileno(), flipper, timeout_s=20)
    served = stack.enter_context(SYSTEMS[system](run.shared_on(shared.display)))
    if options.viewers:
        trace = stamps.with_name("trace")
        light = [
            sys.executable, BENCH / "viewers.py", "--port", served.port,
            "--viewers", f"polite={options.viewers}", "--trace", trace,
        ]  # fmt: skip
        stack.enter_context(running("viewers", light, env={"SAMESCREEN_TOKEN": TOKEN}))
    yield served.url


def take_control(port: int) -> None:
    """Click the page's button, by the browser's debugging port, and leave the browser alone."""
    with sync_playwright() as playwright:
        deadline_s = time.monotonic() + 20
        while True:
            with suppress(Exception):
                debugged = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
                break
            if time.monotonic() > deadline_s:
                raise StageError("the browser's debugging port did not answer")
            time.sleep(0.2)
        page = debugged.contexts[0].pages[0]
        page.wait_for_selector("html[data-state=live]", state="attached", timeout=20_000)
        page.wait_for_selector("#tool-control:not([hidden])", state="attached", timeout=20_000)
        page.evaluate("document.getElementById('tool-control').click()")
        page.wait_for_selector("html[data-control=mine]", state="attached", timeout=20_000)
        debugged.close()


def perform(options: argparse.Namespace, system: str, press: str, round_number: int) -> Row:
    """One run from an empty stage to an empty stage."""
    with ExitStack() as stack:
        url = stack.enter_context(shared_page(options, system, stack))
        shown = stack.enter_context(x_screen(1281, 721))
        port = free_port()
        flags = [f"--remote-debugging-port={port}"] if system == "samescreen" else []
        stack.enter_context(browser("chromium", shown.display, url, (1280, 720), flags))
        hand = stack.enter_context(Hand(shown.display, 1280, 720))
        if system == "samescreen":
            take_control(port)
        x, y = TARGET.x + TARGET.width // 2, TARGET.y + TARGET.height // 2
        hand.move(x, y)
        warm_up(hand, press)
        beat = random.Random(round_number)
        deadline_s = time.monotonic() + options.seconds
        times_ms: list[float | None] = []
        while time.monotonic() < deadline_s:
            time.sleep(beat.uniform(0.08, 0.16))  # every phase of the browser's frames
            hand.move(x + len(times_ms) % 3, y)
            time.sleep(0.02)
            times_ms.append(hand.press(press))
    seen = [each for each in times_ms if each is not None]
    beside = " ".join(
        word
        for word in ("film" * options.film, f"{options.viewers} viewers" * bool(options.viewers))
        if word
    )
    return Row(
        system, press, options.host, beside, round_number, len(times_ms), len(times_ms) - len(seen),
        round(percentile(seen, 50), 2), round(percentile(seen, 95), 2),
        round(max(seen, default=0.0), 2),
    )  # fmt: skip


def warm_up(hand: Hand, press: str) -> None:
    """Press until flips come one after the other."""
    deadline_us, in_a_row = now_us() + FIRST_US, 0
    while in_a_row < 5:
        if now_us() > deadline_us:
            raise StageError("presses in the browser do not flip the window")
        in_a_row = in_a_row + 1 if hand.press(press) is not None else 0
        time.sleep(0.1)


def main() -> int:
    options = _options()
    end_on_signals()
    rows, failures = [], 0
    for round_number in range(1, options.rounds + 1):
        for press in options.press or ["click"]:
            for system in options.system or [PAGE, "samescreen"]:
                try:
                    rows.append(perform(options, system, press, round_number))
                    print(rows[-1], file=sys.stderr)
                except StageError as failure:
                    failures += 1
                    print(f"{system} {press}: {failure}", file=sys.stderr)
    if rows:
        path = options.out or default_path("click")
        write_rows(path, rows, origin())
        heads = ("system", "press", "host", "beside", "presses", "missed", "p50 ms", "p95 ms")
        print_table(heads, [
            (r.system, r.press, r.host, r.beside, r.presses, r.missed, r.p50_ms, r.p95_ms)
            for r in rows
        ])  # fmt: skip
        print(f"\n{path}")
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    systems = (PAGE, "samescreen", "selkies", "novnc")
    add("--system", action="append", choices=systems, help="repeatable; default page, samescreen")
    add("--press", action="append", choices=("click", "key"), help="repeatable; default click")
    add("--host", choices=tuple(ORIGINS), default="localhost", help="lan.test: plain http")
    add("--seconds", type=float, default=10, help="of presses per run")
    add("--rounds", type=int, default=1, help="systems take turns in each")
    add("--viewers", type=int, default=0, help="light viewers of samescreen beside")
    add("--film", action="store_true", help="film plays in the left half of the shared screen")
    add("--option", action="append", default=[], help="of samescreen")
    add("--out", type=Path, help="CSV file; default bench/results/…")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
