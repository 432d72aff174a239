"""From the camera of one page to the picture on another: through a host, and by WebRTC.

Chromium's fake camera plays a film of 1280×720 at 30 pictures a second whose pictures are numbered
by black and white blocks. One page shows it, another one watches; both are real pages of one
Chromium, so their clocks are the same. The delay of a picture is from the moment when the browser
hands it out as a frame to the first picture of the other page that shows its number.

WebRTC goes from page to page without any host, by the browser's own choice of codec and rate.

    .venv/bin/python bench/page_to_page.py --seconds 15
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
from playwright.sync_api import Browser, Page, sync_playwright
from results import default_path, origin, percentile, print_table, write_rows
from stage import BENCH, end_on_signals

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from tests.stage.host_process import HostProcess  # noqa: E402

SCRIPT: Final = (BENCH / "page_to_page.js").read_text()
WIDTH, HEIGHT, FPS = 1280, 720, 30
BITS, SIDE = 7, 64
FRAMES: Final = 120
"""The film's length; below 2**BITS, and its numbers come again after four seconds."""
SETTLE_S: Final = 4.0
LONGEST_MS: Final = 2_000
LIVE: Final = "() => document.documentElement.dataset.state === 'live'"
WATCHES_CAMERA: Final = "() => document.documentElement.dataset.stream?.startsWith('camera')"


@dataclass(frozen=True, slots=True)
class Row:
    """One run. `fps`: different numbers seen a second; `sent_fps`: handed out by the browser."""

    way: str
    seconds: float
    sent_fps: float
    fps: float
    p50_ms: float
    p95_ms: float
    host_cpu_percent: float


def write_film(path: Path) -> None:
    """The camera's film, as YUV4MPEG2: numbered pictures of moving noise."""
    noise = np.random.default_rng(1).integers(40, 216, (HEIGHT // 8, WIDTH // 8)).astype(np.uint8)
    texture = np.kron(noise, np.ones((8, 8), np.uint8))
    grey = np.full(HEIGHT * WIDTH // 2, 128, np.uint8).tobytes()
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES):
            luma = np.roll(texture, 4 * number, axis=1)
            for bit in range(BITS):
                on = number >> bit & 1
                luma[:SIDE, bit * SIDE : (bit + 1) * SIDE] = 235 if on else 16
                luma[:SIDE, (bit + BITS) * SIDE : (bit + BITS + 1) * SIDE] = 16 if on else 235
            film.write(b"FRAME\n" + luma.tobytes() + grey)


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[Page]:
    """A page of a person of their own, with the reading script in it."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    try:
        context.grant_permissions(["camera"])
        page = context.new_page()
        page.add_init_script(SCRIPT)
        page.goto(url)
        page.wait_for_function(LIVE, timeout=30_000)
        yield page
    finally:
        context.close()


def by_host(shows: Page, sees: Page) -> None:
    """Show the camera to the host, and watch it on the other page."""
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
    shows.click("#show-camera")
    shows.wait_for_selector("#onair canvas", timeout=30_000)
    for _ in range(20):
        sees.wait_for_timeout(1000)
        if sees.evaluate(WATCHES_CAMERA):
            break
        sees.keyboard.press("]")  # the next stream, once this page knows of it
    else:
        raise SystemExit("the other page did not get the camera")
    # Film stands in a video element over the canvas (viewer/video/film_element.js).
    sees.evaluate("""() => reading.readElement(
      () => document.querySelector("video.film[data-above]") ?? samescreen.canvas)""")


def by_webrtc(shows: Page, sees: Page) -> None:
    """The same camera from page to page; the descriptions go through this script."""
    offer = shows.evaluate("""async () => {
      const wanted = { video: { width: 1280, height: 720, frameRate: 30 } };
      const stream = await navigator.mediaDevices.getUserMedia(wanted);
      void reading.readTrack(stream.getVideoTracks()[0].clone());
      const peer = reading.newPeer(stream);
      return reading.described(peer, await peer.createOffer());
    }""")
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


def run(browser: Browser, way: str, seconds: float) -> Row:
    """One measurement, with a host of its own; WebRTC uses that host's pages only."""
    host = HostProcess("testcard", "--fps", "1", "--allow", "publish")
    url = host.url(name="localhost")
    with opened(browser, url) as shows, opened(browser, url) as sees:
        WAYS[way](shows, sees)
        sees.wait_for_timeout(SETTLE_S * 1000)
        process = psutil.Process(host.pid)
        for page in (shows, sees):
            page.evaluate("() => { seen.times = []; }")
        before_s = sum(process.cpu_times()[:2])
        sees.wait_for_timeout(seconds * 1000)
        used_s = sum(process.cpu_times()[:2]) - before_s
        sent, seen = (page.evaluate("() => seen.times") for page in (shows, sees))
    host.assert_clean()
    delays = delays_of(sent, seen)
    if not delays:
        raise SystemExit(f"{way}: no picture arrived")
    return Row(
        way, seconds, round(len(sent) / seconds, 1), round(len(seen) / seconds, 1),
        round(percentile(delays, 50), 1), round(percentile(delays, 95), 1),
        round(100 * used_s / seconds, 1),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--rounds", type=int, default=2, help="the ways take turns in each")
    parser.add_argument("--out", type=Path, help="CSV file; default bench/results/…")
    options = parser.parse_args()
    end_on_signals()
    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        film = Path(folder, "film.y4m")
        write_film(film)
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox", "--disable-quic", "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={film}",
            ],
        )  # fmt: skip
        for _ in range(options.rounds):
            for way in WAYS:
                rows.append(run(browser, way, options.seconds))
                print(rows[-1], file=sys.stderr)
        browser.close()
    path = options.out or default_path("page-to-page")
    write_rows(path, rows, origin())
    heads = ("way", "sent fps", "fps", "p50 ms", "p95 ms", "host CPU %")
    print_table(heads, [(row.way, row.sent_fps, row.fps, row.p50_ms, row.p95_ms,
                         row.host_cpu_percent) for row in rows])  # fmt: skip
    print(f"\n{path}")


if __name__ == "__main__":
    main()
