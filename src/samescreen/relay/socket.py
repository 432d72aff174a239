"""A WebSocket to a relay, as an aiohttp client. Event loop.

What is written waits in a queue of this process, which the window of `flow/up_link.py` bounds, and
one task sends it: nobody who writes ever waits.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from typing import Final

import aiohttp

from samescreen.wire.publishing import FromPublisher, text_from_publisher

NOTSENT_LOWAT_BYTES: Final = 128 * 1024
"""How much unsent data the kernel may hold. Without a bound it would hide megabytes of delay."""
MOST_BYTES: Final = 16 << 20
"""More than any picture, and all that is in flight beside it: the connection is stuck."""


class RelaySocket:
    """Implements `RelayConnection`. `run` sends until it is cancelled or the connection breaks."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self._queue: deque[bytes | str] = deque()
        self._queued_bytes = 0
        self._has_some = asyncio.Event()
        # aiohttp has no public way to ask how much waits in its transport.
        self._transport = ws._writer.transport
        _tune(ws.get_extra_info("socket"))

    def send_text(self, message: FromPublisher) -> None:
        text = text_from_publisher(message)
        self._put(text.decode())

    def send_media(self, message: bytes) -> None:
        self._put(message)

    def buffered_bytes(self) -> int:
        transport = self._transport
        in_transport = transport.get_write_buffer_size() if transport is not None else 0
        return self._queued_bytes + in_transport

    async def run(self) -> None:
        """Send what is queued. Raises ConnectionError: the connection is gone, or was stuck."""
        while True:
            await self._has_some.wait()
            self._has_some.clear()
            while self._queue:
                message = self._queue.popleft()
                self._queued_bytes -= len(message)
                if isinstance(message, bytes):
                    await self._ws.send_bytes(message)
                else:
                    await self._ws.send_str(message)

    def _put(self, message: bytes | str) -> None:
        if self._queued_bytes + len(message) > MOST_BYTES:
            if self._transport is not None:
                self._transport.abort()  # then what waits to be sent fails
            return
        self._queue.append(message)
        self._queued_bytes += len(message)
        self._has_some.set()


def _tune(sock: socket.socket | None) -> None:
    """Make the kernel send at once, and hold little unsent data."""
    if sock is None:
        return
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            option = socket.TCP_NOTSENT_LOWAT
            sock.setsockopt(socket.IPPROTO_TCP, option, NOTSENT_LOWAT_BYTES)
    except OSError:
        pass  # not TCP
