"""Runs JavaScript on the page that a Chromium shows, by its DevTools port.

It asks for nothing else: a driver that subscribes to all events costs the browser a millisecond of
CPU a picture. One call at a time.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import urllib.request
from types import TracebackType
from typing import Any, Self

from frames import BINARY, TEXT, FrameReader, client_frame
from stage import StageError

TIMEOUT_S = 20


def flags(port: int) -> tuple[str, ...]:
    """What Chromium must be started with."""
    return f"--remote-debugging-port={port}", "--remote-allow-origins=*"


class Page:
    """The first page of a browser that listens on this port of loopback."""

    def __init__(self, port: int) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=TIMEOUT_S) as got:
            pages = [target for target in json.load(got) if target["type"] == "page"]
        path = "/" + pages[0]["webSocketDebuggerUrl"].split("/", 3)[3]
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        self._reader, self._calls = FrameReader(0), 0
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def evaluate(self, expression: str) -> Any:
        """The value of this expression; a promise is awaited.

        Raises:
            StageError: the page threw, or the browser is gone.
        """
        self._calls += 1
        wanted = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        call = {"id": self._calls, "method": "Runtime.evaluate", "params": wanted}
        self._socket.sendall(client_frame(TEXT, json.dumps(call).encode()))
        while True:
            for message in self._reader.feed(self._receive()):
                answer = json.loads(message.kept) if message.opcode != BINARY else {}
                if answer.get("id") != self._calls:
                    continue
                result = answer.get("result", {})
                if "result" not in result or "exceptionDetails" in result:
                    raise StageError(f"the page cannot evaluate {expression!r}: {answer}")
                return result["result"].get("value")

    def _receive(self) -> bytes:
        received = self._socket.recv(65_536)
        if not received:
            raise StageError("the browser closed its DevTools connection")
        return received
