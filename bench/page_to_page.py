"""From one page to the picture on another: through a host, and by WebRTC.

One page shows a camera, a tab or a whole screen of 1280×720 at 30 pictures a second, whose pictures
are numbered by black and white blocks. Another one watches; both are real pages of one Chromium, so
their clocks are the same. The delay of a picture ends when the other page first shows its number.
It begins for the camera, which is Chromium's fake one, when the browser hands the picture out as a
frame; for a tab and a screen, which are captured for real, when the tab paints the picture.

WebRTC goes from page to page without any host, by the browser's own choice of codec and rate.

    .venv/bin/python bench/page_to_page.py --source camera --source tab --source screen
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from page_sources import CHOOSE, SCRIPT, Source
from page_sources import opened as source_of
from playwright.sync_api import Page, sync_playwright
from results import default_path, origin, percentile, print_table, write_rows
from stage import end_on_signals

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from tests.stage.host_process import HostProcess  # noqa: E402

SETTLE_S: Final = 4.0
LONGEST_MS: Final = 2_000
LIVE: Final = "() => document.documentElement.dataset.state === 'live'"
WATCHES: Final = "() => document.documentElement.dataset.stream ?? ''"


@dataclass(frozen=True, slots=True)
class Row:
    """One run. `fps`: different numbers seen a second; `sent_fps`: handed out, or painted."""

    source: str
    way: str
    seconds: float
    sent_fps: float
    fps: float
    p50_ms: float
    p95_ms: float
    host_cpu_percent: float


@contextmanager
def opened(source: Source, url: str) -> Iterator[Page]:
    """A page of a person of their own, with the reading script in it."""
    context = source.context()
    try:
        page = context.new_page()
        page.add_init_script(SCRIPT)
        page.goto(url)
        page.wait_for_function(LIVE, timeout=30_000)
        yield page
    finally:
        context.close()


def by_host(source: Source, shows: Page, sees: Page) -> None:
    """Show it to the host, and watch it on the other page."""
    if source.painter is None:
        shows.evaluate("""async () => {
          const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getUserMedia = async (wanted) => {
            const stream = await ask(wanted);
            void reading.readTrack(stream.getVideoTracks()[0].clone());
            return stream;
          };
        }""")
    shows.mouse.move(300, 300)
    shows.mouse.move(320, 310)
    shows.click("#tool-show")
    shows.click(source.button)
    shows.wait_for_selector("#onair canvas", timeout=30_000)
    for _ in range(20):
        sees.wait_for_timeout(1000)
        if sees.evaluate(WATCHES) not in ("", "testcard"):
            break
        sees.keyboard.press("]")  # the next stream, once this page knows of it
    else:
        raise SystemExit(f"the other page did not get the {source.name}")
    # Film stands in a video element over the canvas (viewer/video/film_element.js).
    sees.evaluate("""() => reading.readElement(
      () => document.querySelector("video.film[data-above]") ?? samescreen.canvas)""")


def by_webrtc(source: Source, shows: Page, sees: Page) -> None:
    """The same from page to page; the descriptions go through this script."""
    offer = shows.evaluate(f"""async () => {{
      const stream = await {source.asked};
      if ({json.dumps(source.painter is None)})
        void reading.readTrack(stream.getVideoTracks()[0].clone());
      const peer = reading.newPeer(stream);
      return reading.described(peer, await peer.createOffer());
    }}""")
    answer = sees.evaluate(
        """async (offer) => {
      const peer = reading.newPeer(null);
      await peer.setRemoteDescription(offer);
      return reading.described(peer, await peer.createAnswer());
    }""",
        offer,
    )
    shows.evaluate("(answer) => peer.setRemoteDescription(answer)", answer)


WAYS: Final = {"host": by_host, "webrtc": by_webrtc}


def delays_of(sent: Sequence[Any], seen: Sequence[Any]) -> list[float]:
    """Of each picture that was seen: since the newest one sent with its number."""
    delays = []
    for number, seen_ms in seen:
        before = [ms for each, ms in sent if each == number and 0 <= seen_ms - ms < LONGEST_MS]
        if before:
            delays.append(seen_ms - max(before))
    return delays


def run(source: Source, way: str, seconds: float) -> Row:
    """One measurement, with a host of its own; WebRTC uses that host's pages only."""
    host = HostProcess("testcard", "--fps", "1", "--allow", "publish")
    url = host.url(name="localhost")
    with opened(source, url) as shows, opened(source, url) as sees:
        source.settle()
        WAYS[way](source, shows, sees)
        source.settle()
        sees.wait_for_timeout(SETTLE_S * 1000)
        process = psutil.Process(host.pid)
        sends = source.painter or shows
        for page in (sends, sees):
            page.evaluate("() => { seen.times = []; }")
        before_s = sum(process.cpu_times()[:2])
        sees.wait_for_timeout(seconds * 1000)
        used_s = sum(process.cpu_times()[:2]) - before_s
        sent, seen = (page.evaluate("() => seen.times") for page in (sends, sees))
    host.assert_clean()
    delays = delays_of(sent, seen)
    if not delays:
        raise SystemExit(f"{way}: no picture arrived")
    return Row(
        source.name, way, seconds,
        round(len(sent) / seconds, 1), round(len(seen) / seconds, 1),
        round(percentile(delays, 50), 1), round(percentile(delays, 95), 1),
        round(100 * used_s / seconds, 1),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", action="append", choices=("camera", *CHOOSE),
                        help="camera; may be repeated")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--rounds", type=int, default=2, help="the ways take turns in each")
    parser.add_argument("--out", type=Path, help="CSV file; default bench/results/…")
    options = parser.parse_args()
    end_on_signals()
    path = options.out or default_path("page-to-page")
    rows = []
    with sync_playwright() as playwright:
        for name in options.source or ["camera"]:
            with source_of(playwright, name) as source:
                for _ in range(options.rounds):
                    for way in WAYS:
                        rows.append(run(source, way, options.seconds))
                        print(rows[-1], file=sys.stderr)
                        write_rows(path, rows, origin())
    heads = ("source", "way", "sent fps", "fps", "p50 ms", "p95 ms", "host CPU %")
    print_table(heads, [(row.source, row.way, row.sent_fps, row.fps, row.p50_ms, row.p95_ms,
                         row.host_cpu_percent) for row in rows])  # fmt: skip
    print(f"\n{path}")


if __name__ == "__main__":
    main()
