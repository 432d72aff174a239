"""One connection from accept to close, and the limits on what its peer costs. Event loop.

It is between the transport and the protocol that the first byte selects (`listen.py`). It passes
the peer's bytes on in small slices, and charges the peer's budget for the time that each slice
took. A peer that exceeds its share waits, and nobody else does. Nothing here parses anything.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from typing import Final, Protocol, cast

from samescreen.clock import clock_us
from samescreen.flow.token_bucket import ByteBudget, TokenBucket

CLIENT_HELLO: Final = 0x16
FIRST_REQUEST_S: Final = 10.0
"""How long a connection may take until its first whole request, TLS handshake included."""
MAX_HEAD_BYTES: Final = 64 * 1024
"""How many bytes may come before a request is whole."""
_WINDOW_BYTES: Final = 64 * 1024
"""How many unread bytes of a peer the kernel holds, where it has TCP_WINDOW_CLAMP."""
SLICE_BYTES: Final = 4096
_UPLOAD_SLICE_BYTES: Final = 32 * 1024
"""Of a body that a route reads as it comes, and of a socket that takes media: bytes are copied, not
parsed, so more fit into a turn."""
_MEDIA_BYTES_PER_S: Final = 1 << 20
"""A WebSocket that may send more than this takes media."""
_MEDIA_WINDOW_BYTES: Final = 4 << 20
"""The kernel holds this much unread media: 100 Mbit/s over a round trip of 300 ms."""
UNSENT_S: Final = 30.0
"""How long a peer may leave a response unread."""
REQUEST_US: Final = 500
"""What a request costs besides its route: parsing, a task, writing."""
UPGRADE_US: Final = 1000
"""What a WebSocket costs until its first message, besides the request."""
MAX_ANSWER_US: Final = 5_000


class Rank(IntEnum):
    """How far a connection has come. Those with the lowest rank give way to newcomers first."""

    SILENT = 0
    STARTED = 1
    """It has sent something, but no whole request."""
    SERVED = 2
    LET_IN = 3


class Keeper(Protocol):
    """The owner of all connections: the listener."""

    def enter(self, connection: Connection, rank: Rank) -> None: ...

    def leave(self, connection: Connection) -> None: ...

    def choose(self, connection: Connection, first: bytes) -> asyncio.Protocol | None:
        """The protocol for its first bytes; None: the connection was refused."""

    def budget(self, address: str, *, is_let_in: bool) -> TokenBucket:
        """The event loop's time that an address may use, in µs."""


class Connection(asyncio.Protocol):
    """One connection. `address` is its peer's, as the socket gives it, or "?"."""

    def __init__(self, keeper: Keeper, *, is_proxy: Callable[[str], bool]) -> None:
        self.address = "?"
        self._keeper = keeper
        self._is_proxy = is_proxy
        self._transport: asyncio.Transport | None = None
        self._protocol: asyncio.Protocol | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._unread = b""
        self._bytes_since_request = 0
        self._turn: asyncio.Handle | None = None
        self._budget: TokenBucket | None = None
        self._inflow: ByteBudget | None = None
        self._slice_bytes = SLICE_BYTES

    @property
    def transport(self) -> asyncio.Transport:
        """The plain one, below TLS."""
        assert self._transport is not None
        return self._transport

    # --- from the transport ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast: uvloop's transports do not inherit from asyncio.Transport.
        self._transport = cast(asyncio.Transport, transport)
        _narrow(transport)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else "?"
        if not self._is_proxy(self.address):  # a proxy's requests each pay for their own client
            self._budget = self._keeper.budget(self.address, is_let_in=False)
        self._timer = asyncio.get_running_loop().call_later(FIRST_REQUEST_S, self.shut)
        self._keeper.enter(self, Rank.SILENT)

    def data_received(self, data: bytes) -> None:
        if self._protocol is None:
            self._begin(data)
        elif self._unread or self._turn is not None:
            self._unread += data
            self._hold()
        else:
            self._feed(data)

    def eof_received(self) -> bool | None:
        return None if self._protocol is None else self._protocol.eof_received()

    def pause_writing(self) -> None:
        if self._inflow is None:  # of viewers, the hub closes those that do not read
            self._set_timer(UNSENT_S)
        if self._protocol is not None:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._set_timer(None)
        if self._protocol is not None:
            self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        if self._protocol is not None:
            self._protocol.connection_lost(exc)

    # --- from above -----------------------------------------------------------------------------

    def shut(self) -> None:
        """Abort the connection."""
        self._forget()
        if self._transport is not None:
            self._transport.abort()

    async def take_turn(self, address: str, *, is_let_in: bool) -> None:
        """A request is whole: wait until its client, `address`, has time left for it."""
        self._set_timer(None)
        self._bytes_since_request = 0
        rank = Rank.LET_IN if is_let_in else Rank.SERVED
        self._keeper.enter(self, rank)
        budget = self._keeper.budget(address, is_let_in=is_let_in)
        if self._budget is not None:
            self._budget = budget
        now_us = clock_us()
        budget.spend(REQUEST_US, now_us)
        wait_us = budget.wait_us(now_us)
        if wait_us:
            await asyncio.sleep(wait_us / 1e6)

    def pay(self, took_us: int, address: str, *, is_let_in: bool) -> None:
        """Charge the client for a route that took `took_us`, at most `MAX_ANSWER_US`.

        The rest of a long time was spent waiting for others.
        """
        spent_us = min(took_us, MAX_ANSWER_US)
        self._keeper.budget(address, is_let_in=is_let_in).spend(spent_us, clock_us())

    def upgrade(self, bytes_per_s: int, burst_bytes: int) -> None:
        """It is a WebSocket from now on, with a limit of its own on the bytes that it may send.

        So a WebSocket and the other connections of its address do not slow each other.
        """
        now_us = clock_us()
        self._keeper.enter(self, Rank.LET_IN)
        if self._budget is not None:
            self._budget.spend(UPGRADE_US, now_us)
        self._budget = None
        self._inflow = TokenBucket(bytes_per_s, burst_bytes, now_us)
        if bytes_per_s > _MEDIA_BYTES_PER_S:
            self._slice_bytes = _UPLOAD_SLICE_BYTES
            _narrow(self.transport, _MEDIA_WINDOW_BYTES)

    def begin_upload(self, inflow: ByteBudget) -> None:
        """The body of this request may be long; it comes as fast as `inflow` allows."""
        self._inflow = inflow
        self._slice_bytes = _UPLOAD_SLICE_BYTES

    def end_upload(self) -> None:
        """The body is read: the next request has the usual limits."""
        self._inflow = None
        self._slice_bytes = SLICE_BYTES
        self._bytes_since_request = 0

    def _begin(self, data: bytes) -> None:
        """Build no protocol before the peer has sent a whole request head or TLS record."""
        if not self._unread:
            self._keeper.enter(self, Rank.STARTED)
        self._unread += data
        if is_whole(self._unread):
            data, self._unread = self._unread, b""
            self._protocol = self._keeper.choose(self, data)
            if self._protocol is not None:
                self._feed(data)
        elif len(self._unread) > MAX_HEAD_BYTES:
            self.shut()

    # --- turns ----------------------------------------------------------------------------------

    def _feed(self, data: bytes) -> None:
        """Pass on one slice. The rest follows later, when the budget is no longer overdrawn."""
        assert self._protocol is not None
        part, self._unread = data[: self._slice_bytes], data[self._slice_bytes :]
        started_ns = time.perf_counter_ns()
        self._protocol.data_received(part)
        now_us = clock_us()
        wait_us = 0
        if self._inflow is not None:
            self._inflow.spend(len(part), now_us)
            wait_us = self._inflow.wait_us(now_us)
        else:
            self._bytes_since_request += len(part)
            if self._bytes_since_request > MAX_HEAD_BYTES:
                self.shut()
                return
            if self._budget is not None:
                self._budget.spend((time.perf_counter_ns() - started_ns) / 1000, now_us)
                wait_us = self._budget.wait_us(now_us)
        if self._unread or wait_us:
            self._wait(wait_us)

    def _wait(self, wait_us: int) -> None:
        loop = asyncio.get_running_loop()
        self._turn = (
            loop.call_later(wait_us / 1e6, self._go_on) if wait_us else loop.call_soon(self._go_on)
        )
        self._hold()

    def _hold(self) -> None:
        """Stop reading until the peer may go on. If we cut it off, it would only come back."""
        self.transport.pause_reading()

    def _go_on(self) -> None:
        self._turn = None
        if self._transport is None or self._transport.is_closing():
            return
        data = self._unread
        self._unread = b""
        if data:
            self._feed(data)
        if self._turn is None:
            self._transport.resume_reading()

    def _set_timer(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = None if seconds is None else loop.call_later(seconds, self.shut)

    def _forget(self) -> None:
        self._keeper.leave(self)
        self._set_timer(None)
        self._unread = b""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None


def is_whole(first: bytes) -> bool:
    """Whether the first bytes of a connection hold a whole head of HTTP, or a record of TLS.

    Bytes that can become neither count as whole, so that the protocol refuses them at once.
    """
    if first[0] != CLIENT_HELLO:
        return b"\r\n\r\n" in first or b"\n\n" in first
    if len(first) < 5:
        return len(first) > 1 and first[1] != 3
    return len(first) >= 5 + int.from_bytes(first[3:5])


def _narrow(transport: asyncio.BaseTransport, window_bytes: int = _WINDOW_BYTES) -> None:
    """Limit the receive window, so that a peer that has to wait fills its own buffers, not ours."""
    sock = transport.get_extra_info("socket")
    if sock is not None and hasattr(socket, "TCP_WINDOW_CLAMP"):
        with suppress(OSError):  # not TCP
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_WINDOW_CLAMP, window_bytes)
