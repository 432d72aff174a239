"""A program that looks like `samescreen share` from outside, to test HostProcess itself with."""

from __future__ import annotations

import argparse
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{self.path} {os.environ.get('STAGE_WORD', '')}".encode())

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token")
    parser.add_argument("--pin")
    options = parser.parse_args()
    print(f"sharing {options.sources} token={options.token} pin={options.pin}", file=sys.stderr)  # noqa: T201
    if options.sources == ["broken"]:
        raise RuntimeError("broken on purpose")
    with ThreadingHTTPServer((options.host, options.port), _Page) as server:
        try:
            server.serve_forever(poll_interval=0.05)
        except KeyboardInterrupt:
            if options.sources == ["rude"]:
                raise


if __name__ == "__main__":
    main()
