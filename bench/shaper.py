"""A TCP relay on loopback that behaves like a slow, distant, unsteady link. A process of its own.

Each way has one bottleneck, which all connections share: a bounded queue before a wire of so many
bits a second, then a delay. A new connection takes one round trip, as TCP's handshake does. When
the queue is full, the relay reads nothing more. The socket that faces the host buffers little, so
the host soon notices, as on a thin link. No packet is lost and nothing is reordered: this is TCP as
its users see it. One event loop; ends on SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import socket
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_CHUNK_BYTES: Final = 4 * 1024
_FREE_CHUNK_BYTES: Final = 64 * 1024
_RECEIVE_BUFFER_BYTES: Final = 16 * 1024
_SEGMENT_BYTES: Final = 1448
"""As on an Ethernet: loopback's own 64 KiB would not fit the small buffer."""
_PIECES_ON_THE_WAY: Final = 4096
_FIRST_OUTAGE_US: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Link:
    """What a link does to what passes it, the same both ways."""

    name: str
    rate_bps: int = 0
    """0: as fast as the machine."""
    delay_us: int = 0
    """One way."""
    jitter_us: int = 0
    """Each piece arrives earlier or later by up to so much, but never before the one ahead."""
    queue_bytes: int = 1 << 20
    """What waits before the wire, at most."""
    outage_every_us: int = 0
    """From one outage's start to the next's; 0: none. The first comes after ten seconds."""
    outage_us: int = 0

    def outages(self, epoch_us: int, until_us: int) -> list[tuple[int, int]]:
        """Start and end of each outage that starts before `until_us`."""
        found: list[tuple[int, int]] = []
        start_us = epoch_us + _FIRST_OUTAGE_US
        while self.outage_every_us and start_us < until_us:
            found.append((start_us, start_us + self.outage_us))
            start_us += self.outage_every_us
        return found

    def works_from(self, at_us: int, epoch_us: int) -> int:
        """`at_us`, or the end of the outage it falls into."""
        since_us = at_us - epoch_us - _FIRST_OUTAGE_US
        if not self.outage_every_us or since_us < 0:
            return at_us
        into_us = since_us % self.outage_every_us
        return at_us + max(0, self.outage_us - into_us)


LINKS: Final = {
    link.name: link
    for link in (
        Link("lan"),
        Link("60ms", delay_us=30_000),
        Link("20M-20ms", 20_000_000, 10_000, queue_bytes=256 * 1024),
        Link("8M-40ms", 8_000_000, 20_000, queue_bytes=128 * 1024),
        Link("4M-60ms", 4_000_000, 30_000, queue_bytes=64 * 1024),
        Link("2M-60ms", 2_000_000, 30_000, queue_bytes=32 * 1024),
        Link("1M-100ms", 1_000_000, 50_000, queue_bytes=32 * 1024),
        Link("2M-bloat", 2_000_000, 30_000, queue_bytes=250_000),
        Link(
            "20M-outages", 20_000_000, 10_000, queue_bytes=256 * 1024,
            outage_every_us=10_000_000, outage_us=1_000_000,
        ),
        Link("20M-jitter", 20_000_000, 40_000, jitter_us=30_000, queue_bytes=256 * 1024),
    )
}  # fmt: skip
"""The milliseconds of a name are the round trip; 2M-bloat's queue holds one second."""
TINY: Final = Link("300k-100ms", 300_000, 50_000, queue_bytes=16 * 1024)
"""Less than any stream; only where a bench asks for it."""
ALL: Final = LINKS | {TINY.name: TINY}


class Wire:
    """When what enters one way of a link comes out of it. Pure: time is an argument."""

    def __init__(self, link: Link, epoch_us: int, seed: int = 1) -> None:
        self._link, self._epoch_us = link, epoch_us
        self._random = random.Random(seed)
        self._free_us = 0  # when the wire has sent all that was taken
        self._arrived_us = 0
        self._waiting: deque[tuple[int, int]] = deque()  # (leaves, bytes)
        self._waiting_bytes = 0

    def room_from(self, size_bytes: int, now_us: int) -> int:
        """From when the queue takes so much more; `now_us` when it does already."""
        while self._waiting and self._waiting[0][0] <= now_us:
            self._waiting_bytes -= self._waiting.popleft()[1]
        left_bytes = self._waiting_bytes
        for leaves_us, waiting_bytes in self._waiting:
            if left_bytes + size_bytes <= self._link.queue_bytes:
                break
            left_bytes -= waiting_bytes
            now_us = leaves_us
        return now_us

    def take(self, size_bytes: int, now_us: int) -> int:
        """Send so much; when it arrives at the other end."""
        link = self._link
        start_us = link.works_from(max(now_us, self._free_us), self._epoch_us)
        sending_us = size_bytes * 8_000_000 // link.rate_bps if link.rate_bps else 0
        self._free_us = start_us + sending_us
        if self._free_us > now_us:
            self._waiting.append((self._free_us, size_bytes))
            self._waiting_bytes += size_bytes
        shift_us = self._random.randint(-link.jitter_us, link.jitter_us) if link.jitter_us else 0
        self._arrived_us = max(self._arrived_us, self._free_us + link.delay_us + shift_us)
        return self._arrived_us


@dataclass(frozen=True, slots=True)
class Wires:
    """Both ways of one link. `down`: from the host to the viewers."""

    down: Wire
    up: Wire


def _now_us() -> int:
    return time.monotonic_ns() // 1000


async def _until(at_us: int) -> None:
    wait_us = at_us - _now_us()
    if wait_us > 0:
        await asyncio.sleep(wait_us / 1e6)


async def _pass_on(source: socket.socket, sink: socket.socket, wire: Wire, chunk: int) -> None:
    """One way of one connection, until its source ends or its sink is gone."""
    loop = asyncio.get_running_loop()
    on_the_way: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue(_PIECES_ON_THE_WAY)

    async def deliver() -> None:
        while True:
            arrives_us, piece = await on_the_way.get()
            await _until(arrives_us)
            if not piece:
                return
            try:
                await loop.sock_sendall(sink, piece)
            except OSError:
                return  # nobody reads there any more

    delivering = asyncio.create_task(deliver())
    with suppress(OSError):
        piece = b"?"
        while piece and not delivering.done():
            await _until(wire.room_from(chunk, _now_us()))
            piece = await loop.sock_recv(source, chunk)
            await on_the_way.put((wire.take(len(piece), _now_us()), piece))
    if delivering.done() and delivering.exception() is None:
        return
    with suppress(OSError):
        await delivering


async def _relay(viewer: socket.socket, target: int, link: Link, wires: Wires) -> None:
    """One connection, both ways; it ends as soon as one of them does."""
    loop = asyncio.get_running_loop()
    host = socket.socket()
    chunk = _CHUNK_BYTES if link.rate_bps else _FREE_CHUNK_BYTES
    if link.rate_bps:
        host.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        host.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT_BYTES)
    for end in (viewer, host):
        end.setblocking(False)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with viewer, host, suppress(OSError):
        await asyncio.sleep(2 * link.delay_us / 1e6)
        await loop.sock_connect(host, (LOOPBACK, target))
        ways = [
            asyncio.create_task(_pass_on(host, viewer, wires.down, chunk)),
            asyncio.create_task(_pass_on(viewer, host, wires.up, chunk)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _serve(target: int, link: Link, epoch_us: int) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    relays: set[asyncio.Task[None]] = set()
    wires = Wires(down=Wire(link, epoch_us, 1), up=Wire(link, epoch_us, 2))
    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.setblocking(False)
        print(listener.getsockname()[1], flush=True)

        async def accept() -> None:
            while True:
                viewer, _ = await loop.sock_accept(listener)
                relay = asyncio.create_task(_relay(viewer, target, link, wires))
                relays.add(relay)
                relay.add_done_callback(relays.discard)

        accepting = asyncio.create_task(accept())
        await stopping.wait()
        for task in (accepting, *relays):
            task.cancel()
        await asyncio.gather(accepting, *relays, return_exceptions=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=int, required=True, help="the host's port")
    parser.add_argument("--link", choices=tuple(ALL), required=True)
    parser.add_argument("--epoch-us", type=int, required=True, help="outages count from here")
    options = parser.parse_args()
    asyncio.run(_serve(options.target, ALL[options.link], options.epoch_us))


if __name__ == "__main__":
    main()
