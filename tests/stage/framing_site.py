"""Another site with one page, which shows what a test wants: a link in a frame, for example."""

from __future__ import annotations

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class FramingSite:
    """Listens on a free port of loopback; browsers reach it by any name that leads there."""

    def __init__(self) -> None:
        self.body = ""
        """HTML that the page shows from its next load on."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Page, self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def origin(self, name: str) -> str:
        return f"http://{name}:{self._server.server_port}"

    def frame(self, link: str) -> None:
        """From its next load on the page shows this link, in a frame that fills it."""
        style = "border:0;width:100vw;height:100vh;display:block"
        self.body = f'<iframe style="{style}" src="{link}"></iframe>'

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Page(BaseHTTPRequestHandler):
    def __init__(self, site: FramingSite, *args: Any) -> None:
        self._site = site
        super().__init__(*args)

    def do_GET(self) -> None:
        head = '<!doctype html><meta charset="utf-8"><title>site</title><body style="margin:0">'
        body = (head + self._site.body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
