"""One port for http and https: the first byte of a connection decides.

Runs on the event loop. It owns the connections, and decides how many there may be, which one gives
way to a newcomer when there is no room, and how much of the loop's time an address may use.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import random
import socket
import ssl
import sys
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from samescreen.clock import clock_us
from samescreen.errors import ServeError
from samescreen.flow.network import network_of
from samescreen.flow.places import Places
from samescreen.flow.token_bucket import TokenBucket

from .addresses import bind_address, with_interface
from .connection import CLIENT_HELLO, Connection, Rank
from .proxy import TrustedProxies
from .tls_elsewhere import ENDED_BY, PemFor, TlsElsewhere, TlsEnds
from .tls_transport import TlsProtocol

_log = logging.getLogger(__name__)

MAX_STARTING: Final = 1024
"""How many connections without a first whole request there may be at once."""
SPARE_DESCRIPTORS: Final = 64
"""Descriptors reserved for the rest of the program: files, X servers, devices."""
_FEWEST_PLACES: Final = 16
_MOST_PLACES: Final = 16_384
_BACKLOG: Final = 512
_FATAL_ALERT: Final = bytes([21, 3, 3, 0, 2, 2, 40])
"""A TLS record that refuses a handshake: alert, fatal, handshake_failure (RFC 8446, 6)."""
_SHARE_US: Final = {False: 100_000, True: 150_000}
"""The loop's time for one address, in µs of each second; by whether it was let in."""
_BURST_S: Final = 3
_MAX_BUDGETS: Final = 10_000

MakeProtocol = Callable[[Connection], asyncio.Protocol]
ContextFor = Callable[[str], ssl.SSLContext]
"""Returns the server's TLS context for connections to that address of ours."""
_NO_PROXIES: Final = TrustedProxies()


class Listener:
    """Accepts connections from `start` to `close`. Without `context_for` it refuses TLS clients.

    `capacity` is the largest number of connections; None: as many as the descriptors allow.
    `tls_ends`: other processes that end TLS, with what they need for it.
    """

    def __init__(
        self,
        make_protocol: MakeProtocol,
        context_for: ContextFor | None,
        proxies: TrustedProxies = _NO_PROXIES,
        *,
        capacity: int | None = None,
        tls_ends: tuple[TlsEnds, PemFor] | None = None,
    ) -> None:
        self._make_protocol = make_protocol
        self._context_for = context_for
        self._elsewhere = tls_ends and TlsElsewhere(*tls_ends, self, proxies.trusts)
        self._proxies = proxies
        capacity = connection_capacity() if capacity is None else capacity
        self._places: Places[Connection] = Places(capacity, len(Rank), random.Random())
        self._budgets: OrderedDict[tuple[str, bool], TokenBucket] = OrderedDict()
        self._server: asyncio.Server | None = None
        self._has_refused = False
        self.evicted = 0
        """How many connections have given way to newcomers."""

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return len(self._places)

    async def start(self, sock: socket.socket) -> None:
        """Accept connections on this socket from now on."""
        loop = asyncio.get_running_loop()
        make = self._make_connection
        self._server = await loop.create_server(make, sock=sock, backlog=_BACKLOG)

    def close(self) -> None:
        """Accept no more connections, and drop those that have made no request yet."""
        if self._server is not None:
            self._server.close()
        for connection in self._places.below(Rank.SERVED):
            connection.shut()

    def drop_all(self) -> None:
        """Abort all connections that are left, even if they have not read everything."""
        for connection in self._places.below(len(Rank)):
            connection.shut()

    def _make_connection(self) -> Connection:
        return Connection(self, is_proxy=self._proxies.trusts)

    # --- what connections call (`Keeper`) -------------------------------------------------------

    def enter(self, connection: Connection, rank: Rank) -> None:
        """Record a connection's rank. A new connection may displace another one, or is shut."""
        group = network_of(connection.address)
        current = self._places.rank_of(connection)
        if current is None and not self._has_room_for(group):
            connection.shut()
        elif current is None or current < rank:
            self._places.enter(connection, group, rank)

    def leave(self, connection: Connection) -> None:
        """Forget a connection that is gone."""
        self._places.leave(connection)

    def choose(self, connection: Connection, first: bytes) -> asyncio.Protocol | None:
        """The protocol of a connection, by its first bytes; None: this connection is over."""
        transport = connection.transport
        protocol: asyncio.Protocol
        is_decrypted = transport.get_extra_info(ENDED_BY) is not None
        if first[0] != CLIENT_HELLO or is_decrypted:
            protocol = self._make_protocol(connection)
            protocol.connection_made(transport)
        elif self._elsewhere is not None and self._elsewhere.take(transport, first):
            return None
        elif self._context_for is not None:
            make_protocol = self._make_protocol
            context = self._context_for(transport.get_extra_info("sockname")[0])
            protocol = TlsProtocol(transport, context, lambda: make_protocol(connection))
        else:
            if not self._has_refused:  # log it once: strangers can cause it
                self._has_refused = True
                _log.warning("a browser asked for https, which --tls off switched off")
            transport.write(_FATAL_ALERT)
            transport.close()
            return None
        return protocol

    def budget(self, address: str, *, is_let_in: bool) -> TokenBucket:
        """The event loop's time that an address may use, in µs."""
        key = (network_of(address), is_let_in)
        budget = self._budgets.get(key)
        if budget is None:
            share_us = _SHARE_US[is_let_in]
            budget = TokenBucket(share_us, share_us * _BURST_S, clock_us())
            self._budgets[key] = budget
            if len(self._budgets) > _MAX_BUDGETS:
                self._budgets.popitem(last=False)
        self._budgets.move_to_end(key)
        return budget

    def _has_room_for(self, newcomer: str) -> bool:
        """Whether there is room for a connection of that network; another one may give way."""
        is_full = len(self._places) >= self._places.capacity
        if not is_full and self._places.count(Rank.SERVED) < MAX_STARTING:
            return True
        gone = self._places.next_to_go(newcomer)
        if gone is None:
            return False
        self.evicted += 1
        gone.shut()
        return True


def connection_capacity() -> int:
    """How many connections this process may hold, with descriptors left for everything else."""
    if sys.platform == "win32":
        return _MOST_PLACES
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return _MOST_PLACES
    return max(_FEWEST_PLACES, min(limit - SPARE_DESCRIPTORS, _MOST_PLACES))


def listening_socket(host: str, port: int) -> socket.socket:
    """A non-blocking socket that listens at this address.

    Raises:
        ServeError: it cannot listen there; the message has the cure.
    """
    try:
        family, address = bind_address(host, port)
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ServeError(_reason_for(host, port, error)) from error
    try:
        if family == socket.AF_INET6:
            _accept_ipv4_too(sock)
        if sys.platform != "win32":  # on Windows it would let two hosts share a port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise ServeError(_reason_for(host, port, error)) from error
    return sock


def _accept_ipv4_too(sock: socket.socket) -> None:
    """Accept IPv4 on `::` too, where the system can. Some systems need to be asked."""
    with suppress(OSError):
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)


def _reason_for(host: str, port: int, error: OSError) -> str:
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
