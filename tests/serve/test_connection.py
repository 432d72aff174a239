"""Limits on a peer before and after its first request, and which connection gives way."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import web

from samescreen.serve import connection
from samescreen.serve.connection import MAX_HEAD_BYTES, Connection, is_whole
from samescreen.serve.http_protocol import connection_of, protocols
from samescreen.serve.listen import Listener, connection_capacity, listening_socket
from tests.fakes import soon
from tests.stage.timing import MS

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LARGE_BYTES = 32 << 20
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Port:
    """A listener with an application that answers "ok"; a request for /in counts as let in."""

    def __init__(self, port: int, listener: Listener) -> None:
        self.port, self.listener = port, listener
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self, first: bytes = b"") -> Pair:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        writer.write(first)
        return reader, writer

    async def asked(self, path: str = "/") -> Pair:
        reader, writer = await self.open(GET.replace(b" / ", f" {path} ".encode()))
        assert (await answer_to(reader)).startswith(b"HTTP/1.1 200")
        return reader, writer

    async def close(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


async def answer_to(reader: asyncio.StreamReader) -> bytes:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5000 * MS)
    await reader.readexactly(2)
    return head


async def is_cut_off(pair: Pair) -> None:
    with suppress(ConnectionResetError):
        assert await asyncio.wait_for(pair[0].read(), 5000 * MS) == b""


@web.middleware
async def taking_turns(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    to = connection_of(request)
    assert to is not None
    await to.take_turn(to.address, is_let_in=request.path == "/in")
    return await handler(request)


@asynccontextmanager
async def port(capacity: int = 100) -> AsyncIterator[Port]:
    async def answer(request: web.Request) -> web.Response:
        is_large = request.path == "/large"
        return web.Response(body=bytes(LARGE_BYTES) if is_large else b"ok")

    app = web.Application(middlewares=[taking_turns])
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    server = runner.server
    assert server is not None
    sock = listening_socket("127.0.0.1", 0)
    listener = Listener(protocols(server), None, capacity=capacity)
    await listener.start(sock)
    at = Port(sock.getsockname()[1], listener)
    try:
        yield at
    finally:
        await at.close()
        listener.close()
        await runner.cleanup()
        listener.drop_all()
        assert listener.connections == 0
        await asyncio.sleep(0)  # for transports that were aborted


@pytest.mark.parametrize("first", [b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", GET[:-1]])
async def test_an_incomplete_request_is_cut_off(
    first: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "FIRST_REQUEST_S", 0.2)
    async with port() as at:
        await is_cut_off(await at.open(first))


async def test_a_connection_may_be_idle_after_its_first_request(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "FIRST_REQUEST_S", 0.2)
    async with port() as at:
        reader, writer = await at.asked()
        await is_cut_off(await at.open(b"G"))  # waits until this silent one is cut off
        writer.write(GET)
        assert (await answer_to(reader)).startswith(b"HTTP/1.1 200")


async def test_a_head_without_end_is_cut_off() -> None:
    line = b"X-Long: " + b"x" * 8000 + b"\r\n"
    async with port() as at:
        reader, writer = await at.open(GET[:-2])
        sent = 0
        with suppress(OSError):
            while not reader.at_eof() and sent < 100 * len(line):
                writer.write(line)
                await writer.drain()
                sent += len(line)
                await asyncio.sleep(0)
        assert sent <= 16 * MAX_HEAD_BYTES  # most of it in the kernel's buffers
        await is_cut_off((reader, writer))


async def test_a_newcomer_displaces_silent_connections_first() -> None:
    async with port(capacity=4) as at:
        inside, served = await at.asked("/in"), await at.asked()
        started, silent = await at.open(b"GET "), await at.open()
        await soon(lambda: at.listener.connections == 4, "all are here")
        assert (await at.asked("/in"))[0] is not None
        await is_cut_off(silent)
        assert (await at.asked("/in"))[0] is not None
        await is_cut_off(started)
        assert (await at.asked("/in"))[0] is not None
        await is_cut_off(served)
        inside[1].write(GET)
        assert (await answer_to(inside[0])).startswith(b"HTTP/1.1 200")
        await is_cut_off(await at.open())  # the others were let in, from the same address
        assert at.listener.evicted == 3


async def test_a_flood_of_silent_connections_keeps_out_no_slow_client() -> None:
    async with port(capacity=20) as at:
        reader, writer = await at.open(GET[:5])
        for _ in range(10):
            for _ in range(20):
                await at.open()
            assert not reader.at_eof()
        writer.write(GET[5:])
        assert (await answer_to(reader)).startswith(b"HTTP/1.1 200")


async def test_a_busy_address_waits_and_the_event_loop_does_not() -> None:
    async with port() as at:
        senders = [await at.open() for _ in range(4)]
        answered, gaps_s = [0] * 4, list[float]()
        over = asyncio.Event()  # `wait_for` of Python 3.11 can lose a cancellation

        async def pipeline(number: int) -> None:
            reader, writer = senders[number]
            while not over.is_set():
                writer.write(GET * 100)
                for _ in range(100):
                    await answer_to(reader)
                    answered[number] += 1

        tasks = [asyncio.create_task(pipeline(number)) for number in range(4)]
        began_s = last_s = time.monotonic()
        while last_s - began_s < 3.5:
            await asyncio.sleep(0.005)
            now_s = time.monotonic()
            gaps_s.append(now_s - last_s)
            last_s = now_s
        over.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # The burst of 3 s and 3.5 s more: 100 ms of each second, and at least 300 µs a request.
        assert 100 <= sum(answered) <= 2300
        assert sorted(gaps_s)[len(gaps_s) * 9 // 10] < 50 * MS


async def test_a_websocket_is_slowed_to_its_limit_and_loses_nothing() -> None:
    async with port() as at:
        received = bytearray()

        class Sink(asyncio.Protocol):
            def data_received(self, data: bytes) -> None:
                received.extend(data)

        def sink(to: Connection) -> asyncio.Protocol:
            to.upgrade(bytes_per_s=64 * 1024, burst_bytes=256 * 1024)
            return Sink()

        at.listener._make_protocol = sink
        content = b"x\r\n\r\n" + bytes(range(256)) * 1536
        _, writer = await at.open(content)  # 256 KiB at once
        began_s = time.monotonic()
        await soon(lambda: len(received) == len(content), "all has come", 8000 * MS)
        assert time.monotonic() - began_s > 1.0
        assert bytes(received) == content


async def test_a_websocket_for_media_is_read_in_larger_slices_and_may_be_far_away() -> None:
    async with port() as at:
        slices: list[int] = []
        windows: list[int] = []

        class Sink(asyncio.Protocol):
            def data_received(self, data: bytes) -> None:
                slices.append(len(data))

        def sink(to: Connection) -> asyncio.Protocol:
            to.upgrade(bytes_per_s=32_000_000, burst_bytes=40_000_000)
            sock = to.transport.get_extra_info("socket")
            if hasattr(socket, "TCP_WINDOW_CLAMP"):
                windows.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_WINDOW_CLAMP))
            return Sink()

        at.listener._make_protocol = sink
        content = b"x\r\n\r\n" + bytes(2 << 20)
        await at.open(content)
        await soon(lambda: sum(slices) == len(content), "all has come", 8000 * MS)
        assert 4096 < max(slices) <= 32 * 1024
        assert all(window > 1 << 20 for window in windows)


async def test_a_connection_with_an_unread_response_is_closed(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "UNSENT_S", 0.2)
    async with port() as at:
        reader, writer = await at.open(GET.replace(b"/ ", b"/large "))
        reads: Any = writer.transport
        reads.pause_reading()
        await soon(lambda: at.listener.connections == 1, "it is here")
        await soon(lambda: at.listener.connections == 0, "it is gone")
        reads.resume_reading()
        with suppress(ConnectionResetError):
            assert len(await reader.read()) < LARGE_BYTES


def test_some_descriptors_are_reserved_for_the_rest_of_the_program(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")
    for limit, places in ((256, 192), (20, 16), (1024, 960), (10**6, 16_384)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, limit=limit: (limit, limit))
        assert connection_capacity() == places


def test_no_protocol_is_built_before_a_whole_request() -> None:
    record = b"\x16\x03\x01\x00\x05hello"
    for head in (GET, b"GET / HTTP/1.0\n\n", record):
        for length in range(1, len(head)):
            assert not is_whole(head[:length])
        assert is_whole(head)
        assert is_whole(head + b"more")
    assert is_whole(b"\x16g")
