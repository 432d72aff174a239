"""One peer that wants the host's event loop for itself, for so many seconds. See attacks.py.

It prints how many bytes it got rid of, and on how many connections.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress

HELLO = {"type": "hello", "version": 2, "accepts": ["jpeg"], "hidden": True}
REPEAT = 1000


def text_frame(text: str, opcode: int = 0x81) -> bytes:
    """A short client's frame with a mask of zeros."""
    body = text.encode()
    assert len(body) < 126
    return bytes([opcode, 0x80 | len(body)]) + bytes(4) + body


def upgraded(port: int) -> socket.socket:
    """A viewer's connection that has said hello."""
    link = plain(port)
    link.sendall(
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    link.recv(4096)
    link.sendall(text_frame(json.dumps(HELLO)))
    return link


def in_fragments(port: int) -> socket.socket:
    """A viewer's connection in the middle of a message."""
    link = upgraded(port)
    link.sendall(text_frame("", 0x01))
    return link


def plain(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def asks_for(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() * 50


FLOODS: dict[str, tuple[Callable[[int], socket.socket], bytes]] = {
    "pings": (upgraded, text_frame("", 0x89) * REPEAT),
    "pongs": (upgraded, text_frame("", 0x8A) * REPEAT),
    "fragments": (in_fragments, text_frame("", 0x00) * REPEAT),
    "messages": (upgraded, text_frame(json.dumps({"type": "ping", "sent_us": 1})) * REPEAT),
    "status": (plain, asks_for("/api/status")),
    "pages": (plain, asks_for("/")),
    "unknown": (plain, asks_for("/nothing")),
}


class Attacker:
    """Sends one thing again and again until `end_s`; whoever cuts it off sees it again."""

    def __init__(self, port: int, end_s: float) -> None:
        self._port, self._end_s = port, end_s
        self.sent_bytes = self.connections = 0

    def flood(self, connect: Callable[[int], socket.socket], chunk: bytes) -> None:
        while time.monotonic() < self._end_s:
            with suppress(OSError), connect(self._port) as link:
                self.connections += 1
                threading.Thread(target=_read_all, args=[link], daemon=True).start()
                while time.monotonic() < self._end_s:
                    link.sendall(chunk)
                    self.sent_bytes += len(chunk)

    def connect_only(self, first: bytes) -> None:
        """Connections that never make a whole request, 1000 a second."""
        links: list[socket.socket] = []
        while time.monotonic() < self._end_s:
            with suppress(OSError):
                links.append(plain(self._port))
                self.connections += 1
                if first:
                    links[-1].sendall(first)
            if len(links) > 900:
                links.pop(0).close()
            time.sleep(0.001)

    def visit(self) -> None:
        """Viewers that come and go as fast as the host lets them."""
        while time.monotonic() < self._end_s:
            with suppress(OSError), upgraded(self._port):
                self.connections += 1

    def update_keys(self) -> None:
        """TLS key updates: openssl sends one for each line that says K."""
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{self._port}"]
        while time.monotonic() < self._end_s:
            with (
                suppress(OSError),
                subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.STDOUT,
                ) as client,
            ):
                self.connections += 1
                assert client.stdin is not None
                with suppress(OSError):
                    while time.monotonic() < self._end_s:
                        client.stdin.write(b"K\n")
                        client.stdin.flush()
                        self.sent_bytes += 1
                client.kill()


def _read_all(link: socket.socket) -> None:
    with suppress(OSError):
        while link.recv(1 << 16):
            pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    attacker = Attacker(options.port, time.monotonic() + options.seconds)
    if options.kind in FLOODS:
        attacker.flood(*FLOODS[options.kind])
    elif options.kind == "key updates":
        attacker.update_keys()
    elif options.kind == "visits":
        attacker.visit()
    else:
        attacker.connect_only(b"G" if options.kind == "starters" else b"")
    print(json.dumps([attacker.sent_bytes, attacker.connections]), flush=True)


if __name__ == "__main__":
    main()
