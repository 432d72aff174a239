"""What it costs to hand one packet to hundreds of sockets, by each of the means there are.

One process reads, this one writes the same packet to every socket, 60 times a second or as often as
it can, and counts its own CPU. No capture, no encoding, no flow control: the floor under them.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import multiprocessing
import os
import resource
import selectors
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from results import default_path, origin, print_table, write_rows

LOOPBACK = "127.0.0.1"
KEY = base64.b64encode(b"0123456789abcdef").decode()
UPGRADE = (
    f"GET /ws HTTP/1.1\r\nHost: {LOOPBACK}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()
FPS = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One run, as it goes into the CSV file."""

    means: str
    loop: str
    viewers: int
    frame_bytes: int
    rounds: int
    cpu_us_per_send: float
    wall_us_per_send: float


@dataclass(slots=True)
class Crowd:
    """What a means must give: how to write to all, once."""

    write_to_all: Callable[[], Awaitable[None] | None]
    count: Callable[[], int]


def read_all(port: int, viewers: int, upgrades: bool) -> None:
    """The other process: that many sockets, read as fast as they fill."""
    selector = selectors.DefaultSelector()
    for _ in range(viewers):
        sock = socket.create_connection((LOOPBACK, port))
        if upgrades:
            sock.sendall(UPGRADE)
        sock.setblocking(False)
        selector.register(sock, selectors.EVENT_READ)
    buffer = bytearray(1 << 18)
    while selector.get_map():
        for key, _ in selector.select():
            sock = key.fileobj
            assert isinstance(sock, socket.socket)
            try:
                if not sock.recv_into(buffer):
                    raise ConnectionResetError
            except BlockingIOError:
                continue
            except ConnectionResetError:
                selector.unregister(sock)
                sock.close()


def frame_of(size: int) -> bytes:
    """A binary WebSocket message of that payload."""
    return b"\x82\x7f" + size.to_bytes(8, "big") + os.urandom(size)


class Keeping(asyncio.Protocol):
    """Keeps its transport among the others."""

    def __init__(self, transports: list[asyncio.WriteTransport]) -> None:
        self._transports = transports

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transports.append(cast(asyncio.WriteTransport, transport))


async def transports(listener: socket.socket, size: int) -> Crowd:
    """`transport.write` of the loop, with a frame built once: what samescreen does."""
    kept: list[asyncio.WriteTransport] = []
    frame = frame_of(size)
    await asyncio.get_running_loop().create_server(lambda: Keeping(kept), sock=listener)

    def write() -> None:
        for transport in kept:
            if transport.get_write_buffer_size() < 1 << 20:
                transport.write(frame)

    return Crowd(write, lambda: len(kept))


async def sockets(listener: socket.socket, size: int) -> Crowd:
    """`socket.send` and nothing else: the kernel's price."""
    kept: list[socket.socket] = []
    frame, loop = frame_of(size), asyncio.get_running_loop()

    async def accept() -> None:
        while True:
            sock, _ = await loop.sock_accept(listener)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            kept.append(sock)

    listener.setblocking(False)
    kept_task = loop.create_task(accept())

    def write() -> None:
        assert not kept_task.done()
        for sock in kept:
            sock.send(frame)

    return Crowd(write, lambda: len(kept))


async def aiohttp_send(listener: socket.socket, size: int) -> Crowd:
    """aiohttp's own `send_bytes`, awaited viewer by viewer."""
    from aiohttp import web

    kept: list[web.WebSocketResponse] = []
    payload = os.urandom(size)

    async def ws(request: web.Request) -> web.WebSocketResponse:
        response = web.WebSocketResponse(compress=False)
        await response.prepare(request)
        kept.append(response)
        async for _ in response:
            pass
        return response

    app = web.Application()
    app.router.add_get("/ws", ws)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()

    async def write() -> None:
        for response in kept:
            await response.send_bytes(payload)

    return Crowd(write, lambda: len(kept))


async def picows_send(listener: socket.socket, size: int) -> Crowd:
    """picows' own `send`."""
    import picows

    kept: list[picows.WSTransport] = []
    payload = os.urandom(size)

    class Listener(picows.WSListener):
        def on_ws_connected(self, transport: picows.WSTransport) -> None:
            kept.append(transport)

    def factory(request: picows.WSUpgradeRequest) -> picows.WSListener:
        return Listener()

    await picows.ws_create_server(factory, sock=listener)

    def write() -> None:
        for transport in kept:
            transport.send(picows.WSMsgType.BINARY, payload)

    return Crowd(write, lambda: len(kept))


MEANS = {
    "socket.send": (sockets, False),
    "transport.write": (transports, False),
    "aiohttp send_bytes": (aiohttp_send, True),
    "picows send": (picows_send, True),
}


async def perform(means: str, loop: str, viewers: int, size: int, seconds: float) -> Row:
    """One run with a crowd of its own."""
    start, upgrades = MEANS[means]
    listener = socket.create_server((LOOPBACK, 0), backlog=512)
    port = listener.getsockname()[1]
    crowd = await start(listener, size)
    reader = multiprocessing.Process(target=read_all, args=(port, viewers, upgrades), daemon=True)
    reader.start()
    await _everybody_is_here(crowd, viewers)
    rounds, cpu_s, wall_s = 0, 0.0, 0.0
    loop_ = asyncio.get_running_loop()
    ends_s = loop_.time() + seconds
    while loop_.time() < ends_s:
        before, cpu_before = time.perf_counter(), cpu_seconds()
        written = crowd.write_to_all()
        if written is not None:
            await written
        await asyncio.sleep(0)
        cpu_s += cpu_seconds() - cpu_before
        wall_s += time.perf_counter() - before
        rounds += 1
        await asyncio.sleep(max(0.0, 1 / FPS - (time.perf_counter() - before)))
    reader.kill()
    reader.join()
    sends = rounds * viewers
    return Row(means, loop, viewers, size, rounds, round(cpu_s / sends * 1e6, 2),
               round(wall_s / sends * 1e6, 2))  # fmt: skip


async def _everybody_is_here(crowd: Crowd, viewers: int) -> None:
    for _ in range(400):
        if crowd.count() == viewers:
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{crowd.count()} of {viewers} came")


def cpu_seconds() -> float:
    """This thread's own."""
    usage = resource.getrusage(resource.RUSAGE_THREAD)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--bytes", type=int, action="append", help="of a packet; repeatable")
    parser.add_argument("--seconds", type=float, default=4)
    options = parser.parse_args()
    import uvloop

    loops = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    rows = []
    for size in options.bytes or [5_000, 20_000]:
        for means in MEANS:
            for loop, factory in loops.items():
                if means == "socket.send" and loop == "uvloop":
                    continue
                run = perform(means, loop, options.viewers, size, options.seconds)
                with asyncio.Runner(loop_factory=factory) as runner:
                    rows.append(runner.run(run))
    path = default_path("fanout")
    write_rows(path, rows, origin())
    heads = ("means", "loop", "viewers", "bytes", "rounds", "CPU µs/send", "wall µs/send")
    print_table(heads, [tuple(getattr(row, name) for name in Row.__slots__) for row in rows])
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    sys.exit(main())
