"""TLS that this worker ends: plain bytes go to the host's process, until it is a viewer's socket.

Event loop. Nothing here parses what the client sends. When the host closes its end, the client's
connection closes, and the other way round. Neither way reads more while the other end is full.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Final, cast

from samescreen.serve.tls_context import load_pair, new_context
from samescreen.serve.tls_transport import TlsProtocol

from .values import EndTls, Left

_log = logging.getLogger(__name__)

_MOST_CONTEXTS: Final = 32
_BUFFER_BYTES: Final = 64 * 1024
"""Of the plain bytes in the kernel, each way: what waits there, the host cannot see."""


class Contexts:
    """Server contexts of certificates, each made once."""

    def __init__(self) -> None:
        self._of: dict[bytes, ssl.SSLContext] = {}

    def of(self, pem: bytes) -> ssl.SSLContext:
        """The context of this certificate and key. Raises ssl.SSLError."""
        context = self._of.get(pem)
        if context is None:
            context = new_context()
            load_pair(context, pem)
            self._of[pem] = context
            while len(self._of) > _MOST_CONTEXTS:
                del self._of[next(iter(self._of))]
        return context


class _PlainEnd(asyncio.Protocol):
    """One of the two plain ends. What comes here goes to the other one, as fast as it takes it."""

    def __init__(self, on_end: Callable[[], None]) -> None:
        self.other: _PlainEnd | None = None
        self.transport: asyncio.Transport | None = None
        self._on_end = on_end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast: uvloop's transports do not inherit from asyncio.Transport.
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if (there := self._there) is not None:
            there.write(data)

    def pause_writing(self) -> None:
        if (there := self._there) is not None:
            there.pause_reading()

    def resume_writing(self) -> None:
        if (there := self._there) is not None:
            there.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_end()

    def close(self) -> None:
        """Close it when everything is sent."""
        if self.transport is not None:
            self.transport.close()

    @property
    def _there(self) -> asyncio.Transport | None:
        return None if self.other is None else self.other.transport


class TlsEnd(asyncio.Protocol):
    """One client's connection. `first`: what was read of it already.

    `on_end`: called once, when it is gone or is a viewer's.
    """

    def __init__(
        self, context: ssl.SSLContext, first: bytes, on_end: Callable[[], None]
    ) -> None:
        self._context = context
        self._first = first
        self._on_end: Callable[[], None] | None = on_end
        self._tls: TlsProtocol | None = None
        self._below: asyncio.Transport | None = None
        self._client, self._host = _PlainEnd(self.end), _PlainEnd(self.end)
        self._client.other, self._host.other = self._host, self._client

    async def open(self, client: socket.socket, plain: socket.socket) -> None:
        """Begin. Raises OSError: one of them is gone."""
        loop = asyncio.get_running_loop()
        try:
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                plain.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
            await loop.connect_accepted_socket(lambda: self._host, plain)
            await loop.connect_accepted_socket(lambda: self, client)
        except OSError:
            self.end()
            raise

    def hand_over(self, protocol: asyncio.Protocol) -> bool:
        """Give the decrypted connection to this protocol, and close the one to the host.

        False: the client has gone.
        """
        if self._on_end is None or self._tls is None:
            return False
        self._client.other = self._host.other = None
        self._say_end()
        self._host.close()
        protocol.connection_made(self._tls.replace(protocol))
        return True

    def end(self) -> None:
        """Close both ends, unless it is a viewer's already."""
        if self._on_end is None:
            return
        self._say_end()
        self._host.close()
        if self._client.transport is not None:
            self._client.close()
        elif self._below is not None:
            self._below.abort()

    def _say_end(self) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end()

    # --- asyncio.Protocol, of the client's connection ---------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._below = cast(asyncio.Transport, transport)
        self._tls = TlsProtocol(self._below, self._context, lambda: self._client)
        self._tls.data_received(self._first)

    def data_received(self, data: bytes) -> None:
        if self._tls is not None:
            self._tls.data_received(data)

    def pause_writing(self) -> None:
        if self._tls is not None:
            self._tls.pause_writing()

    def resume_writing(self) -> None:
        if self._tls is not None:
            self._tls.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._tls is not None:
            self._tls.connection_lost(exc)
        self.end()


class TlsEnds:
    """All connections of this worker whose TLS it ends, and that are no viewer's yet."""

    def __init__(self, say: Callable[[Left], None]) -> None:
        self._say = say
        self._contexts = Contexts()
        self._ends: dict[int, TlsEnd] = {}

    async def accept(self, value: EndTls, client: socket.socket, plain: socket.socket) -> None:
        """End TLS of this client's connection."""
        number = value.number
        for sock in (client, plain):
            sock.setblocking(False)
        try:
            context = self._contexts.of(value.pem)
            end = TlsEnd(context, value.first, lambda: self._forget(number))
            self._ends[number] = end
            await end.open(client, plain)
        except OSError as error:  # ssl.SSLError is one: the host's process could use the pair
            _log.debug("a connection could not be taken: %s", error)
            self._forget(number)
            client.close()
            plain.close()

    async def connected(
        self, protocol: asyncio.Protocol, number: int | None, sock: socket.socket
    ) -> bool:
        """Put the protocol on this connection. False: it is gone.

        `number`: of the connection that it is, decrypted; None: it is `sock` itself.
        """
        if number is not None:
            end = self._ends.get(number)
            is_there = end is not None and end.hand_over(protocol)
            sock.close()  # after `hand_over`: its end must not look as if the host had closed
            return is_there
        sock.setblocking(False)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, sock)
        except OSError:
            return False
        return True

    def _forget(self, number: int) -> None:
        if self._ends.pop(number, None) is not None:
            self._say(Left(number, ""))
