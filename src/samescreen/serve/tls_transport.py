"""TLS on top of a plain transport: the server's side of one connection.

Runs on the event loop. asyncio's own TLS transport does not count the bytes that the plain
transport below it buffers, and has 256 KiB of buffers for each connection. This one buffers
nothing itself, so one number says what waits for a slow reader, on every event loop.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

from .transport_above import TransportAbove

_READ_BYTES: Final = 65_536


class TlsTransport(TransportAbove):
    """The transport that the protocol above TLS writes to; it encrypts into the plain one."""

    def __init__(self, below: asyncio.Transport, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        super().__init__(below, {"sslcontext": context, "ssl_object": self._tls})
        self._protocol: asyncio.BaseProtocol | None = None
        self._is_closing = False

    # --- from below -----------------------------------------------------------------------------

    def shake_hands(self, received: bytes) -> bool:
        """Continue the handshake. True: it is done. Raises ssl.SSLError after sending the alert."""
        self._incoming.write(received)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self._flush()
        return True

    def decrypt(self, received: bytes) -> tuple[bytes, bool]:
        """The plain bytes, and whether the peer closed TLS. Raises ssl.SSLError."""
        self._incoming.write(received)
        said: list[bytes] = []
        try:
            while chunk := self._tls.read(_READ_BYTES):
                said.append(chunk)
        except ssl.SSLWantReadError:
            return b"".join(said), False
        except ssl.SSLZeroReturnError:
            pass
        finally:
            self._flush()
        return b"".join(said), True

    # --- from above -----------------------------------------------------------------------------

    def write(self, data: Any) -> None:
        if self._is_closing:
            return
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._tls.write(rest) :]
        except ssl.SSLError:  # TLS ended with an alert
            self.abort()
        self._flush()

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        """Send close_notify after what was written, and close. Does not wait for the peer's."""
        if self._is_closing:
            return
        self._is_closing = True
        with suppress(ssl.SSLError):  # raised because the peer's close_notify is still missing
            self._tls.unwrap()
        self._flush()
        self._below.close()

    def abort(self) -> None:
        self._is_closing = True
        self._below.abort()

    def is_closing(self) -> bool:
        return self._is_closing or self._below.is_closing()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        assert self._protocol is not None
        return self._protocol

    def _flush(self) -> None:
        if self._outgoing.pending and not self._below.is_closing():
            self._below.write(self._outgoing.read())


class TlsProtocol(asyncio.Protocol):
    """Decrypts the bytes of the plain transport, and passes them on to the protocol above TLS."""

    def __init__(
        self,
        below: asyncio.Transport,
        context: ssl.SSLContext,
        make_protocol: Callable[[], asyncio.Protocol],
    ) -> None:
        self._below = below
        self._transport = TlsTransport(below, context)
        self._make_protocol = make_protocol
        self._protocol: asyncio.Protocol | None = None

    def data_received(self, data: bytes) -> None:
        try:
            if self._protocol is not None:
                self._pass_on(self._protocol, data)
            elif self._transport.shake_hands(data):
                self._pass_on(self._open(), b"")  # a request may have come with its last bytes
        except ssl.SSLError:
            self._below.close()  # the alert was sent

    def replace(self, protocol: asyncio.Protocol) -> TlsTransport:
        """Another protocol takes the place of the one above TLS; the caller connects it."""
        self._protocol = protocol
        self._transport.set_protocol(protocol)
        return self._transport

    def eof_received(self) -> None:
        """The peer closed without close_notify; the transport closes, and calls us."""

    def connection_lost(self, exc: Exception | None) -> None:
        if self._protocol is not None:
            self._protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.resume_writing()

    def _open(self) -> asyncio.Protocol:
        self._protocol = protocol = self._make_protocol()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        return protocol

    def _pass_on(self, protocol: asyncio.Protocol, data: bytes) -> None:
        said, is_over = self._transport.decrypt(data)
        if said:
            protocol.data_received(said)
        if is_over and not protocol.eof_received():
            self._transport.close()
