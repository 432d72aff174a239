"""The kernel's figures for a real connection, and the cases without figures."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from samescreen.flow.claims import Delivery
from samescreen.serve.kernel_tcp import delivery_in, delivery_of
from samescreen.serve.socket import SocketTransport, tune
from tests.fakes import soon
from tests.stage.timing import MS

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="TCP_INFO is Linux's")
LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def loops() -> list[LoopFactory]:
    if sys.platform == "win32":
        return [asyncio.new_event_loop]
    import uvloop

    return [asyncio.new_event_loop, uvloop.new_event_loop]


@asynccontextmanager
async def a_connection() -> AsyncIterator[tuple[asyncio.StreamWriter, asyncio.StreamReader]]:
    """A TCP connection: the host's writer and the viewer's reader."""
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    server = await asyncio.start_server(lambda _, writer: accepted.put_nowait(writer), "127.0.0.1")
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    host = await accepted.get()
    tune(host.transport)
    try:
        yield host, reader
    finally:
        for end in (host, writer):
            end.transport.abort()
        server.close()


def measured(host: asyncio.StreamWriter) -> Delivery:
    delivery = delivery_of(host.transport)
    assert delivery is not None
    return delivery


async def a_reader_and_one_that_stopped() -> None:
    async with a_connection() as (host, reader):
        host.write(bytes(100_000))
        await reader.readexactly(100_000)
        await soon(lambda: not measured(host).unsent_bytes, "everything was sent")
        assert not measured(host).confirms(110_000), "the viewer lies: it has them"
        host.write(bytes(16 << 20))
        await soon(lambda: measured(host).confirms(110_000), "it does not read", 2000 * MS)
        assert measured(host).unsent_bytes > 1 << 20, "bytes that wait in this process count too"


@linux_only
@pytest.mark.parametrize("new_loop", loops())
def test_the_kernels_figures_tell_late_acks_from_lies(new_loop: LoopFactory) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(a_reader_and_one_that_stopped())


@linux_only
async def test_a_proxied_connection_has_no_figures() -> None:
    nothing: Any = None
    async with a_connection() as (host, reader):
        host.write(b"x")
        await reader.readexactly(1)
        ends = [SocketTransport(nothing, host.transport, is_proxied=p) for p in (True, False)]
        assert [end.delivery() is None for end in ends] == [True, False]


async def test_a_closed_or_unix_socket_has_no_figures() -> None:
    one, other = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=one)
    assert delivery_of(writer.transport) is None
    writer.transport.abort()
    await soon(lambda: reader.at_eof() or writer.transport.is_closing(), "it is closed")
    await asyncio.sleep(0)
    assert delivery_of(writer.transport) is None
    other.close()


def said(rtt_us: int, min_rtt_us: int, unsent: int = 0, rate: int = 0) -> bytes:
    """A struct tcp_info as long as that of Linux 4.9."""
    return struct.pack("=56xI8xI72xII8xQ", 40, rtt_us, unsent, min_rtt_us, rate)


def test_the_fields_of_the_struct_are_read() -> None:
    assert delivery_in(said(900, 300, 7, 125), 1000) == Delivery(900, 300, 1007, 1000, 40_000)
    assert delivery_in(said(900, 300) + bytes(80), 0) == Delivery(900, 300, 0, 0, 40_000)


@pytest.mark.parametrize("answer", [b"", said(900, 300)[:-1], said(0, 2**32 - 1), said(0, 0)])
def test_no_figures_from_an_old_kernel_or_before_a_round_trip(answer: bytes) -> None:
    assert delivery_in(answer, 0) is None
