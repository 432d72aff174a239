"""TLS that a worker ends: plain bytes both ways, no faster than the slower end takes them."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from samescreen.serve.certificates import identity_of, make_authority, make_leaf
from samescreen.workers.child import CAN_SPAWN
from samescreen.workers.tls_end import TlsEnds
from samescreen.workers.values import EndTls, Left
from tests.fakes import PATIENCE_S, soon

pytestmark = pytest.mark.skipif(not CAN_SPAWN, reason="this system has no such sockets")

MANY = bytes(range(256)) * 16384
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(scope="module")
def pem() -> bytes:
    identity, now = identity_of(["localhost"], ["127.0.0.1"]), datetime.now(UTC)
    return make_leaf(make_authority(identity, now), identity, now).pem


class Stage:
    """A worker's part, the client's TLS, and the plain end of the host's process."""

    def __init__(self, said: list[Left], ends: TlsEnds, plain: socket.socket) -> None:
        self.said = said
        self.ends = ends
        self.plain = plain
        self.client: Streams
        self.host: Streams


@asynccontextmanager
async def ending(pem: bytes, first: int = 100) -> AsyncIterator[Stage]:
    """A connection whose first so many bytes the host's process read before it passed it on."""
    said: list[Left] = []
    ends = TlsEnds(said.append)
    here, there = socket.socketpair()
    stage = Stage(said, ends, here)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)  # as the host clamps it
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    async def accept() -> None:
        loop = asyncio.get_running_loop()
        listening.setblocking(False)
        sock, _ = await loop.sock_accept(listening)
        sock.setblocking(False)
        value = EndTls(7, pem, await loop.sock_recv(sock, first))
        await ends.accept(value, sock, there)

    accepting = asyncio.ensure_future(accept())
    port = listening.getsockname()[1]
    stage.client = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    await accepting
    stage.host = await asyncio.open_connection(sock=here)
    try:
        yield stage
    finally:
        for _, writer in (stage.client, stage.host):
            writer.transport.abort()
        listening.close()


async def _read(reader: asyncio.StreamReader, size: int) -> bytes:
    return await asyncio.wait_for(reader.readexactly(size), PATIENCE_S)


@pytest.mark.parametrize("first", [1, 100, 65536])
async def test_bytes_pass_both_ways(pem: bytes, first: int) -> None:
    async with ending(pem, first) as stage:
        (client, to_client), (host, to_host) = stage.client, stage.host
        to_client.write(MANY)
        assert await _read(host, len(MANY)) == MANY
        to_host.write(MANY)
        assert await _read(client, len(MANY)) == MANY


async def test_an_end_that_does_not_read_stops_the_other_one(pem: bytes) -> None:
    async with ending(pem) as stage:
        for _, writer in (stage.client, stage.host):
            for _ in range(4):
                writer.write(MANY)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(writer.drain(), 0.3)
        (client, _), (host, _) = stage.client, stage.host
        assert await _read(client, 4 * len(MANY)) == MANY * 4
        assert await _read(host, 4 * len(MANY)) == MANY * 4


@pytest.mark.parametrize("leave", [lambda each: each.client, lambda each: each.host])
async def test_when_one_end_closes_the_other_one_does(
    pem: bytes, leave: Callable[[Stage], Streams]
) -> None:
    async with ending(pem) as stage:
        leave(stage)[1].write(b"last words")
        leave(stage)[1].close()
        (other,) = [each for each in (stage.client, stage.host) if each is not leave(stage)]
        assert await asyncio.wait_for(other[0].read(), PATIENCE_S) == b"last words"
        await soon(lambda: stage.said == [Left(7, "")], "the host's process knows")


async def test_a_viewers_connection_rises_and_the_way_to_the_host_ends(pem: bytes) -> None:
    class Echo(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(data.upper())

    async with ending(pem) as stage:
        (client, to_client), (host, _) = stage.client, stage.host
        to_client.write(b"to the host")
        assert await _read(host, 11) == b"to the host"
        assert await stage.ends.connected(Echo(), 7, stage.plain.dup())
        to_client.write(b"to the viewer's protocol")
        assert await _read(client, 24) == b"TO THE VIEWER'S PROTOCOL"
        assert await asyncio.wait_for(host.read(), PATIENCE_S) == b""
        assert stage.said == [Left(7, "")]
        assert not await stage.ends.connected(Echo(), 7, stage.plain.dup())


async def test_what_is_no_tls_ends_both(pem: bytes) -> None:
    ends = TlsEnds(lambda left: None)
    (client, ours), (host, plain) = socket.socketpair(), socket.socketpair()
    await ends.accept(EndTls(1, pem, b"\x16\x03\x01\x00\x04\x02\x00\x00\x00"), ours, plain)
    for sock in (client, host):
        reader, writer = await asyncio.open_connection(sock=sock)
        assert len(await asyncio.wait_for(reader.read(), PATIENCE_S)) in (0, 7)  # an alert
        writer.close()


async def test_a_broken_certificate_ends_both() -> None:
    said: list[Left] = []
    ends = TlsEnds(said.append)
    (client, ours), (host, plain) = socket.socketpair(), socket.socketpair()
    await ends.accept(EndTls(1, b"no certificate", b"\x16"), ours, plain)
    for sock in (client, host):
        assert sock.recv(1) == b""
        sock.close()
    assert said == []
