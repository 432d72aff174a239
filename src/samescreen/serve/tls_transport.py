"""TLS on top of a plain transport: the server's side of one connection.

Runs on the event loop. asyncio's own TLS transport does not count what the plain transport below
it holds, and keeps 256 KiB of buffers for each connection; this one holds nothing itself, so what
waits for a slow reader is one number, on every event loop.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

_READ_BYTES: Final = 65_536


class TlsTransport(asyncio.Transport):
    """What the protocol behind a TLS connection writes to."""

    def __init__(self, below: asyncio.Transport, context: ssl.SSLContext) -> None:
        super().__init__()
        self._below = below
        self._context = context
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._protocol: asyncio.BaseProtocol | None = None
        self._is_closing = False

    # --- from below -----------------------------------------------------------------------------

    def shake_hands(self, received: bytes) -> bool:
        """Go on with the handshake; whether it is done. Raises ssl.SSLError, the alert sent."""
        self._incoming.write(received)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self._flush()
        return True

    def decrypt(self, received: bytes) -> tuple[bytes, bool]:
        """What was said, and whether the other side ended it. Raises ssl.SSLError."""
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
        except ssl.SSLError:  # it ended with an alert
            self.abort()
        self._flush()

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def get_write_buffer_size(self) -> int:
        """Bytes that the kernel has not taken yet, as encrypted."""
        return self._below.get_write_buffer_size()

    def close(self) -> None:
        """Say goodbye after what was written; the other side's goodbye is not waited for."""
        if self._is_closing:
            return
        self._is_closing = True
        with suppress(ssl.SSLError):  # the other side's is still to come: one of these
            self._tls.unwrap()
        self._flush()
        self._below.close()

    def abort(self) -> None:
        self._is_closing = True
        self._below.abort()

    def is_closing(self) -> bool:
        return self._is_closing or self._below.is_closing()

    def can_write_eof(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._below.set_write_buffer_limits(high, low)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._below.get_write_buffer_limits()

    def is_reading(self) -> bool:
        return self._below.is_reading()

    def pause_reading(self) -> None:
        self._below.pause_reading()

    def resume_reading(self) -> None:
        self._below.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        assert self._protocol is not None
        return self._protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        own = {"sslcontext": self._context, "ssl_object": self._tls}
        return own[name] if name in own else self._below.get_extra_info(name, default)

    def _flush(self) -> None:
        if self._outgoing.pending and not self._below.is_closing():
            self._below.write(self._outgoing.read())


class TlsProtocol(asyncio.Protocol):
    """Decrypts what comes from the plain transport and passes it on to the protocol behind."""

    def __init__(
        self,
        below: asyncio.Transport,
        context: ssl.SSLContext,
        make_protocol: Callable[[], asyncio.Protocol],
    ) -> None:
        self._below = below
        self._transport = TlsTransport(below, context)
        self._make_protocol = make_protocol
        self._behind: asyncio.Protocol | None = None

    def data_received(self, data: bytes) -> None:
        try:
            if self._behind is not None:
                self._pass_on(self._behind, data)
            elif self._transport.shake_hands(data):
                self._pass_on(self._open(), b"")  # a request may have come with the last of it
        except ssl.SSLError:
            self._below.close()  # after the alert that says why

    def eof_received(self) -> None:
        """Without a TLS goodbye: the plain transport closes, and `connection_lost` follows."""

    def connection_lost(self, exc: Exception | None) -> None:
        if self._behind is not None:
            self._behind.connection_lost(exc)

    def pause_writing(self) -> None:
        if self._behind is not None:
            self._behind.pause_writing()

    def resume_writing(self) -> None:
        if self._behind is not None:
            self._behind.resume_writing()

    def _open(self) -> asyncio.Protocol:
        self._behind = protocol = self._make_protocol()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        return protocol

    def _pass_on(self, behind: asyncio.Protocol, data: bytes) -> None:
        said, is_over = self._transport.decrypt(data)
        if said:
            behind.data_received(said)
        if is_over and not behind.eof_received():
            self._transport.close()
