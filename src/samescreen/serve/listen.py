"""One port for http and https: the first byte of a connection decides.

Runs on the event loop. Whoever connects and says nothing is cut off after a while; when many do,
those who have been silent longest go first, so that they keep nobody out.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

from samescreen.errors import ServeError

from .addresses import place_of, with_interface
from .secure import SecureProtocol

_log = logging.getLogger(__name__)

WAY_IN_S: Final = 10.0
"""How long a connection may take to its first byte, or through its handshake."""
MAX_WAITING: Final = 256
"""How many may be on their way in at once: silent, or in their handshake."""
_BACKLOG: Final = 512
_CLIENT_HELLO: Final = 0x16
_FATAL_ALERT: Final = bytes([21, 3, 3, 0, 2, 2, 40])
"""What a TLS client understands as no: handshake_failure."""


Ready = Callable[[], None]


class Listener:
    """Accepts from `start` to `close`. Without `context`, TLS clients are refused."""

    def __init__(
        self, make_protocol: Callable[[], asyncio.Protocol], context: ssl.SSLContext | None
    ) -> None:
        self._make_protocol = make_protocol
        self._context = context
        self._waiting: dict[_Door, None] = {}
        self._server: asyncio.Server | None = None
        self._has_refused = False
        self.evicted = 0
        """How many were cut off because too many were waiting."""

    async def start(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Door(self), sock=sock, backlog=_BACKLOG)

    def close(self) -> None:
        """Accept no more, and drop those who are not in yet. Those who are stay."""
        if self._server is not None:
            self._server.close()
        for door in list(self._waiting):
            door.shut()

    def wait_for(self, door: _Door) -> None:
        """One more is on its way in."""
        if len(self._waiting) >= MAX_WAITING:
            next(iter(self._waiting)).shut()
            self.evicted += 1
        self._waiting[door] = None

    def forget(self, door: _Door) -> None:
        """It is in, or gone."""
        self._waiting.pop(door, None)

    def admit(self, transport: asyncio.Transport, said: bytes, on_ready: Ready) -> None:
        """Give a connection to what its first bytes ask for; `on_ready` once it is in."""
        protocol: asyncio.Protocol
        if said[0] != _CLIENT_HELLO:
            on_ready()
            protocol = self._make_protocol()
            protocol.connection_made(transport)
        elif self._context is not None:
            protocol = SecureProtocol(transport, self._context, self._make_protocol, on_ready)
        else:
            if not self._has_refused:  # once: anybody can make it happen
                self._has_refused = True
                _log.warning("a browser asked for https, which --tls off switched off")
            transport.write(_FATAL_ALERT)
            transport.close()
            return
        transport.set_protocol(protocol)
        protocol.data_received(said)


class _Door(asyncio.Protocol):
    """One connection until it is in."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not asserted: uvloop's transports are none by inheritance.
        self._transport = cast(asyncio.Transport, transport)
        self._timer = asyncio.get_running_loop().call_later(WAY_IN_S, self.shut)
        self._listener.wait_for(self)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._listener.admit(self._transport, data, self._leave)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()

    def shut(self) -> None:
        """Cut the connection off."""
        self._leave()
        if self._transport is not None:
            self._transport.abort()

    def _leave(self) -> None:
        self._listener.forget(self)
        if self._timer is not None:
            self._timer.cancel()


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        ServeError: it cannot; the message names the cure.
    """
    try:
        family, place = place_of(host, port)
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ServeError(_why_not(host, port, error)) from error
    try:
        if family == socket.AF_INET6:
            _hear_both(sock)
        if sys.platform != "win32":  # there it would let two hosts share a port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(place)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise ServeError(_why_not(host, port, error)) from error
    return sock


def _hear_both(sock: socket.socket) -> None:
    """On `::` IPv4 comes in too, where the system can; some systems do not by themselves."""
    with suppress(OSError):
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; choose another: --port {port + 1}, or --port 0"
    if error.errno == errno.EAFNOSUPPORT or (":" in host and not socket.has_ipv6):
        return "this system has no IPv6; leave --host out to use its IPv4 addresses"
    if error.errno == errno.EINVAL and with_interface(host) != host:
        return f"{host} needs the interface that it is on: --host {with_interface(host)}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {port} needs more rights; choose one above 1023: --port 9000"
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"{host} is not an address of this machine; leave --host out to use them all"
    return f"cannot listen on {host}:{port}: {error.strerror}"
