"""What converting and painting one picture takes in Chromium, on the CPU and by WebGL (paint.js).

Pictures of noise with a scene's damage, on an OffscreenCanvas as the page's worker has one.
`renderer` names what WebGL drew with: where that is software, its rows say nothing about GPUs.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright
from results import origin, percentile, print_table, write_rows
from stage import BENCH

VIEWER = BENCH.parent / "src" / "samescreen" / "viewer"
SCRIPT = (BENCH / "paint.js").read_text()
SCENES = {
    "scroll": lambda width, height: [(0, 0, width, height)],
    "video": lambda width, height: [(width // 6, height // 6, width * 2 // 3, height * 2 // 3)],
    "typing": lambda width, height: [(width // 2, height // 2, 12, 20), (0, 0, 320, 24)],
}


@dataclass(frozen=True, slots=True)
class Row:
    """`call`: until the page may go on; `done`: until a pixel could be read back."""

    scene: str
    width: int
    height: int
    way: str
    samples: int
    call_p50_ms: float
    call_p95_ms: float
    done_p50_ms: float
    done_p95_ms: float
    renderer: str


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: each module is one request."""


@contextmanager
def _served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(VIEWER)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/app/icon.svg"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _measure(rounds: int) -> Iterator[Row]:
    with _served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-quic", "--enable-unsafe-swiftshader"],
        )
        page = browser.new_page()
        page.goto(url)
        for width, height in [(1280, 720), (1920, 1080)]:
            for scene, damage in SCENES.items():
                names = ("x", "y", "width", "height")
                regions = [dict(zip(names, part, strict=True)) for part in damage(width, height)]
                asked = {"width": width, "height": height, "regions": regions, "rounds": rounds}
                answer = page.evaluate(SCRIPT, asked)
                for way in ("cpu", "webgl"):
                    times = {name: values[rounds // 5 :] for name, values in answer[way].items()}
                    figures = [
                        round(percentile(times[name], percent), 3)
                        for name in ("call", "done")
                        for percent in (50, 95)
                    ]
                    yield Row(
                        scene, width, height, way, len(times["call"]), *figures, answer["renderer"]
                    )
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="pictures; a fifth is warming up")
    parser.add_argument("--out", type=Path, default=BENCH / "results" / "paint.csv")
    options = parser.parse_args()
    rows = list(_measure(options.rounds))
    heads = ["scene", "size", "way", "call p50", "p95 ms", "done p50", "p95 ms"]
    lines = [
        (r.scene, f"{r.height}p", r.way, r.call_p50_ms, r.call_p95_ms, r.done_p50_ms, r.done_p95_ms)
        for r in rows
    ]
    print(rows[0].renderer)
    print_table(heads, lines)
    write_rows(options.out, rows, origin())


if __name__ == "__main__":
    main()
