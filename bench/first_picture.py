"""How soon does somebody who opens the link see the picture, and when can they read it?

Chromium runs already, and rests. It opens the page of a resting screen in a tab of a new context,
so with an empty cache, directly or through a slow link (bench/shaper.py). A script in the page
compares parts of the picture with the original. Times count from the start of navigation.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
import scenes
from barcode import Pixels
from links import shaped
from playwright.sync_api import Browser, sync_playwright
from results import default_path, origin, percentile, print_table, write_rows
from shaper import LINKS
from stage import BENCH, end_on_signals, first_line, free_port, running
from stamps import now_us

SCRIPT: Final = (BENCH / "first_picture.js").read_text()
SHARP: Final = 0.9
"""The structural similarity (SSIM) from which small text is readable: `dense` as a JPEG file of
quality 20 has 0.92, at half its size 0.43."""
SIDE: Final = 96
PATIENCE_S: Final = 60
LOOK_S: Final = 0.3
RESTING_S: Final = 0.015
"""The most processor time in LOOK_S of all that the bench started. Chromium takes a second and more
to set up the window of a new context, which is not part of opening a link."""
PLACES: Final = ((0.08, 0.1), (0.8, 0.15), (0.45, 0.5), (0.1, 0.85), (0.85, 0.8))
_ARGUMENTS: Final = (
    "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-dev-shm-usage",
    "--no-first-run", "--host-resolver-rules=MAP lan.test 127.0.0.1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One load of the page. Times in milliseconds since navigation began; -1: never."""

    scene: str
    width: int
    height: int
    link: str
    address: str
    decoder: str
    round: int
    page_ms: float
    """The document was read."""
    first_ms: float
    """The first picture is composited, whether on the canvas or as an image under it."""
    first_ssim: float
    sharp_ms: float
    """SSIM ≥ 0.9 in every compared part, and composited."""
    exact_ms: float
    """Mean difference of the luma ≤ 1 level in every compared part."""
    live_ms: float
    """The page's controls have started, and the state is live."""
    requests: int
    page_kb: float
    """What the page itself loaded until then; without the worker's files."""


def original(scene: str, width: int, height: int) -> Pixels:
    """The first picture of this scene, height × width × 4, BGRX."""
    what = scenes.scene(scene, width, height)
    tall: Pixels = np.zeros((what.picture_height, what.picture_width, 4), np.uint8)
    what.render(tall)
    return np.ascontiguousarray(tall[:height, :width])


def luma_of(picture: Pixels) -> Pixels:
    """BT.601, full range."""
    weighed = picture[..., :3].astype(np.float32) @ np.array([0.114, 0.587, 0.299], np.float32)
    made: Pixels = weighed.round().astype(np.uint8)
    return made


def parts_of(picture: Pixels) -> list[dict[str, Any]]:
    """What the page compares: place and luma of each part."""
    height, width = picture.shape[:2]
    luma, parts = luma_of(picture), []
    for across, down in PLACES:
        x, y = int(across * width), int(down * height)
        part = np.ascontiguousarray(luma[y : y + SIDE, x : x + SIDE])
        parts.append({"x": x, "y": y, "luma": base64.b64encode(part.tobytes()).decode()})
    return parts


def serve(scene: str, width: int, height: int, port: int) -> None:
    """The host: pushes one picture, prints its link, runs until standard input ends."""
    from samescreen import Share

    with Share(port=port, host="127.0.0.1", allow_host=("lan.test",), order="BGR") as share:
        share.push(original(scene, width, height))
        print(share.url, flush=True)
        threading.Event().wait()


@contextmanager
def hosted(scene: str, width: int, height: int) -> Iterator[tuple[int, str]]:
    """A host of that picture: its port, and the fragment of its link."""
    port = free_port()
    command = [sys.executable, __file__, "--serve", str(port), "--scene", scene,
               "--size", f"{width}x{height}"]  # fmt: skip
    with running("host", command, stdout=subprocess.PIPE) as child:
        assert child.process.stdout is not None
        link = first_line(child.process.stdout.fileno(), child, timeout_s=30)
        yield port, link.partition("#")[2]


def processor_s() -> float:
    """What all processes below this one have used so far."""
    total_s = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total_s += times.user + times.system
    return total_s


def until_rest(patience_s: float = 15) -> None:
    """Wait until the browser does nothing any more."""
    end_s = time.monotonic() + patience_s
    before_s = processor_s()
    while time.monotonic() < end_s:
        time.sleep(LOOK_S)
        now_s = processor_s()
        if now_s - before_s <= RESTING_S:
            return
        before_s = now_s
    raise SystemExit(f"the browser did not come to rest within {patience_s:.0f} s")


def load(
    browser: Browser, url: str, parts: list[dict[str, Any]], options: argparse.Namespace
) -> Any:
    """Open the page once, with an empty cache; what the script in it saw."""
    until, width = options.until, int(options.size.split("x")[0])
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    try:
        page = context.new_page()
        asked = json.dumps({"parts": parts, "side": SIDE, "sharp": SHARP, "until": until,
                            "width": width, "patienceMs": PATIENCE_S * 1000})
        page.add_init_script(f"({SCRIPT})({asked})")
        until_rest()
        page.goto(url, wait_until="commit")
        # Waiting by Playwright loads 330 kB of its own script into the page: that costs 30 ms.
        done = {"expression": "seen.done", "awaitPromise": True, "returnByValue": True}
        answer = context.new_cdp_session(page).send("Runtime.evaluate", done)
        seen = answer["result"]["value"]
        if seen is None:
            raise SystemExit(f"the page was not {until} within {PATIENCE_S} s")
        return seen
    finally:
        context.close()


def measure(options: argparse.Namespace) -> Iterator[Row]:
    """All rows that the options ask for."""
    width, height = (int(number) for number in options.size.split("x"))
    link = LINKS[options.link]
    parts = parts_of(original(options.scene, width, height))
    with hosted(options.scene, width, height) as (port, secret), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(_ARGUMENTS)
        )
        for round_number in range(1, options.rounds + 1):
            with reached(port, options.link) as reachable:
                address = options.address
                query = f"?decoder={options.decoder}" if options.decoder else ""
                url = f"http://{address}:{reachable}/{query}#{secret}"
                found = load(browser, url, parts, options)
            yield Row(
                options.scene, width, height, link.name, address, options.decoder, round_number,
                **{name: round(value, 3) for name, value in found.items()},
            )  # fmt: skip
        browser.close()


@contextmanager
def reached(port: int, link: str) -> Iterator[int]:
    """The port behind which this link leads to the host; its own for "lan"."""
    if link == "lan":
        yield port
        return
    with shaped(port, LINKS[link], now_us()) as relayed:
        yield relayed


def _show(rows: Sequence[Row]) -> None:
    heads = ("what", "p50 ms", "p95 ms", "min", "max")
    lines = []
    for name in ("page_ms", "first_ms", "sharp_ms", "exact_ms", "live_ms", "requests", "page_kb"):
        values = [float(getattr(row, name)) for row in rows]
        lines.append((name, percentile(values, 50), percentile(values, 95), min(values),
                      max(values)))  # fmt: skip
    print_table(heads, lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--link", default="lan", choices=tuple(LINKS), help="lan: none, directly")
    add("--scene", default="dense", choices=("dense", "scroll"))
    add("--address", default="localhost", choices=("localhost", "lan.test"),
        help="localhost has WebCodecs, lan.test is plain http")  # fmt: skip
    add("--decoder", default="", choices=("", "webcodecs", "wasm", "jpeg"))
    add("--size", default="1920x1080", help="of the screen, WIDTHxHEIGHT")
    add("--rounds", type=int, default=10)
    add("--until", default="sharp", choices=("sharp", "exact"), help="when a load ends")
    add("--out", type=Path, help="CSV file; default bench/results/…")
    add("--serve", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    options = _options()
    if options.serve:
        width, height = (int(number) for number in options.size.split("x"))
        serve(options.scene, width, height, options.serve)
        return 0
    end_on_signals()
    rows = []
    for row in measure(options):
        print(f"{row.first_ms:.0f} ms first, {row.sharp_ms:.0f} sharp, {row.exact_ms:.0f} exact",
              file=sys.stderr)  # fmt: skip
        rows.append(row)
    path = options.out or default_path("first-picture")
    write_rows(path, rows, origin())
    _show(rows)
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
