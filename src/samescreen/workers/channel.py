"""Messages between the host's process and a worker, in order, over a Unix socket. Event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final, cast

LENGTH_BYTES: Final = 4
MOST_BYTES: Final = 64 << 20
"""No message is longer: the largest still has far fewer bytes."""
_BUFFER_BYTES: Final = 4 << 20


def framed(message: bytes) -> bytes:
    """A message with its length before it."""
    return len(message).to_bytes(LENGTH_BYTES, "big") + message


class Channel(asyncio.Protocol):
    """One end. It calls `receive` with each message, and `lose` once when the other end is gone.

    A message longer than `most_bytes` ends the channel.
    """

    def __init__(
        self,
        receive: Callable[[bytes], None],
        lose: Callable[[], None],
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._receive = receive
        self._lose = lose
        self._most_bytes = most_bytes
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()

    @classmethod
    async def on(
        cls,
        sock: socket.socket,
        receive: Callable[[bytes], None],
        lose: Callable[[], None],
        most_bytes: int = MOST_BYTES,
    ) -> Channel:
        """The channel on one end of a socket pair."""
        sock.setblocking(False)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
        channel = cls(receive, lose, most_bytes)
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: channel, sock=sock)
        return channel

    def send(self, framed_message: bytes) -> None:
        """Send a message that `framed` has prepared."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(framed_message)

    @property
    def waiting_bytes(self) -> int:
        """What the other end has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def close(self) -> None:
        """Close it when everything is sent."""
        if self._transport is not None:
            self._transport.close()

    def cut(self) -> None:
        """Close it at once."""
        if self._transport is not None:
            self._transport.abort()

    # --- asyncio.Protocol -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        start = 0
        while len(self._unread) - start >= LENGTH_BYTES:
            begin = start + LENGTH_BYTES
            length = int.from_bytes(self._unread[start:begin], "big")
            if length > self._most_bytes:
                self.cut()
                return
            if len(self._unread) < begin + length:
                break
            self._receive(bytes(self._unread[begin : begin + length]))
            start = begin + length
        del self._unread[:start]

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose()
