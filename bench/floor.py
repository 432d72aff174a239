"""The floor: a page that paints the scene by itself, so that only the browser is measured.

Serves the page and takes its paint times. The page learns this process's CLOCK_MONOTONIC from
the fastest of sixty round trips and reports in that clock, once a second.
"""

from __future__ import annotations

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import barcode
from stamps import Stamps, now_us

PAGE = Path(__file__).with_name("floor.html")


class Floor(ThreadingHTTPServer):
    """Knows what the page shall paint, and where its times go."""

    daemon_threads = True

    def __init__(self, port: int, scene: str, size: str, stamps: Stamps) -> None:
        super().__init__(("127.0.0.1", port), Exchange)
        width, height = (int(number) for number in size.split("x"))
        place = barcode.place(width, height)
        orders = {
            "scene": scene, "width": width, "height": height, "x": place.x, "y": place.y,
            "cell": barcode.CELL_PX, "barHeight": barcode.HEIGHT_PX,
        }  # fmt: skip
        self.page = PAGE.read_text().replace("ORDERS", json.dumps(orders)).encode()
        self.stamps = stamps


class Exchange(BaseHTTPRequestHandler):
    """One request: the page, the clock, or a batch of paint times."""

    server: Floor
    protocol_version = "HTTP/1.1"
    # With Nagle's algorithm half the answer waits 40 ms, and the page's clock is off by twenty.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path == "/clock":
            self._answer(str(now_us()).encode(), "text/plain")
        else:
            self._answer(self.server.page, "text/html; charset=utf-8")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        for frame_id, painted_us in json.loads(body):
            self.server.stamps[frame_id] = painted_us
        self._answer(b"", "text/plain")

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--scene", required=True)
    parser.add_argument("--size", required=True, help="WIDTHxHEIGHT")
    parser.add_argument("--stamps", required=True, type=Path)
    options = parser.parse_args()
    stamps = Stamps(options.stamps)
    Floor(options.port, options.scene, options.size, stamps).serve_forever()


if __name__ == "__main__":
    main()
