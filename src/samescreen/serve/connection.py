"""One connection from accept to close, and what its peer may cost. Event loop.

It stands between the transport and the protocol that the first byte asks for (`listen.py`). What
the peer sends goes on in small slices, each paid for with the time it took: a peer that sends more
than its share waits, and everybody else does not. Nothing here parses anything.
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
from samescreen.flow.token_bucket import TokenBucket

CLIENT_HELLO: Final = 0x16
FIRST_REQUEST_S: Final = 10.0
"""How long a connection may take to its first whole request, handshake included."""
MAX_HEAD_BYTES: Final = 64 * 1024
"""How much may come before a request is whole."""
_WINDOW_BYTES: Final = 64 * 1024
"""How much a peer may send that we have not read, where TCP can be asked for that."""
SLICE_BYTES: Final = 4096
UNSENT_S: Final = 30.0
"""How long a peer may leave an answer unread."""
REQUEST_US: Final = 500
"""What a request costs besides its answer: parsing, a task, writing."""
UPGRADE_US: Final = 1000
"""What a WebSocket costs to its first message, besides the request."""
MAX_ANSWER_US: Final = 5_000


class Rank(IntEnum):
    """How far a connection has come: the lowest gives way to newcomers first."""

    SILENT = 0
    STARTED = 1
    """It has sent something, but no whole request."""
    SERVED = 2
    LET_IN = 3


class Keeper(Protocol):
    """Who keeps the connections: the listener."""

    def enter(self, connection: Connection, rank: Rank) -> None: ...

    def leave(self, connection: Connection) -> None: ...

    def choose(self, connection: Connection, first: bytes) -> asyncio.Protocol | None:
        """What to talk to, by its first bytes; None: it was refused."""

    def budget(self, address: str, *, is_let_in: bool) -> TokenBucket:
        """Microseconds of the event loop's time that an address may use."""


class Connection(asyncio.Protocol):
    """One connection. `address` is its peer's, without scope or mapping."""

    def __init__(self, keeper: Keeper, *, is_proxy: Callable[[str], bool]) -> None:
        self.address = "?"
        self._keeper = keeper
        self._is_proxy = is_proxy
        self._transport: asyncio.Transport | None = None
        self._behind: asyncio.Protocol | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._unread = b""
        self._unasked_bytes = 0
        self._turn: asyncio.Handle | None = None
        self._budget: TokenBucket | None = None
        self._inflow: TokenBucket | None = None

    @property
    def transport(self) -> asyncio.Transport:
        """The plain one, below TLS."""
        assert self._transport is not None
        return self._transport

    # --- from the transport ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not asserted: uvloop's transports are none by inheritance.
        self._transport = cast(asyncio.Transport, transport)
        _narrow(transport)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else "?"
        if not self._is_proxy(self.address):  # behind it are many: each request says who asks
            self._budget = self._keeper.budget(self.address, is_let_in=False)
        self._timer = asyncio.get_running_loop().call_later(FIRST_REQUEST_S, self.shut)
        self._keeper.enter(self, Rank.SILENT)

    def data_received(self, data: bytes) -> None:
        if self._behind is None:
            self._begin(data)
        elif self._unread or self._turn is not None:
            self._unread += data
            self._hold()
        else:
            self._feed(data)

    def eof_received(self) -> bool | None:
        return None if self._behind is None else self._behind.eof_received()

    def pause_writing(self) -> None:
        if self._inflow is None:  # who watches is looked after by the hub
            self._set_timer(UNSENT_S)
        if self._behind is not None:
            self._behind.pause_writing()

    def resume_writing(self) -> None:
        self._set_timer(None)
        if self._behind is not None:
            self._behind.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        if self._behind is not None:
            self._behind.connection_lost(exc)

    # --- from above -----------------------------------------------------------------------------

    def shut(self) -> None:
        """Cut the connection off."""
        self._forget()
        if self._transport is not None:
            self._transport.abort()

    async def take_turn(self, address: str, *, is_let_in: bool) -> None:
        """A request is whole: wait until `address`, who makes it, has time left for it."""
        self._set_timer(None)
        self._unasked_bytes = 0
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
        """An answer took so long; what it waited for others is not its asker's to pay."""
        spent_us = min(took_us, MAX_ANSWER_US)
        self._keeper.budget(address, is_let_in=is_let_in).spend(spent_us, clock_us())

    def upgrade(self, bytes_per_s: int, burst_bytes: int) -> None:
        """It is a WebSocket from now on, and may send so much: a limit of its own, since others
        of its address may be busy, and neither side of that is to slow the other."""
        now_us = clock_us()
        self._keeper.enter(self, Rank.LET_IN)
        if self._budget is not None:
            self._budget.spend(UPGRADE_US, now_us)
        self._budget = None
        self._inflow = TokenBucket(bytes_per_s, burst_bytes, now_us)

    def _begin(self, data: bytes) -> None:
        """Nothing is built for a peer before it has sent as much as a request or a TLS record."""
        if not self._unread:
            self._keeper.enter(self, Rank.STARTED)
        self._unread += data
        if is_whole(self._unread):
            data, self._unread = self._unread, b""
            self._behind = self._keeper.choose(self, data)
            if self._behind is not None:
                self._feed(data)
        elif len(self._unread) > MAX_HEAD_BYTES:
            self.shut()

    # --- turns ----------------------------------------------------------------------------------

    def _feed(self, data: bytes) -> None:
        """Pass on a slice; the rest when the loop has had a turn and nothing is owed."""
        assert self._behind is not None
        part, self._unread = data[:SLICE_BYTES], data[SLICE_BYTES:]
        started_ns = time.perf_counter_ns()
        self._behind.data_received(part)
        now_us = clock_us()
        wait_us = 0
        if self._inflow is not None:
            self._inflow.spend(len(part), now_us)
            wait_us = self._inflow.wait_us(now_us)
        else:
            self._unasked_bytes += len(part)
            if self._unasked_bytes > MAX_HEAD_BYTES:
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
        """Read no more until the peer's turn. Cutting it off would bring it back, busier."""
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
    """Whether the first bytes of a connection are a head of HTTP, or a record of TLS.

    What can become neither counts as whole, so that it is answered at once.
    """
    if first[0] != CLIENT_HELLO:
        return b"\r\n\r\n" in first or b"\n\n" in first
    if len(first) < 5:
        return len(first) > 1 and first[1] != 3
    return len(first) >= 5 + int.from_bytes(first[3:5])


def _narrow(transport: asyncio.BaseTransport) -> None:
    """Let a peer that waits for its turn fill its own buffers, not ours."""
    sock = transport.get_extra_info("socket")
    if sock is not None and hasattr(socket, "TCP_WINDOW_CLAMP"):
        with suppress(OSError):  # not TCP
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_WINDOW_CLAMP, _WINDOW_BYTES)
