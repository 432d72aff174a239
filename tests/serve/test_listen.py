"""One port for http and https: which connections work, which are cut off, and what remains."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from samescreen.serve import connection, listen
from samescreen.serve.connection import Connection
from samescreen.serve.http_protocol import protocols
from samescreen.serve.listen import ContextFor, Listener, listening_socket
from samescreen.serve.tls import LocalTls
from tests.fakes import soon
from tests.stage.timing import MS

MEBIBYTE = 1 << 20
HELLO = b"hello\r\n\r\n"
Loop = Callable[[], asyncio.AbstractEventLoop]
Scene = Callable[[], Coroutine[Any, Any, None]]


def loops() -> list[Any]:
    """Factories of the event loops that the program can run on."""
    found: list[Any] = [pytest.param(asyncio.new_event_loop, id="asyncio")]
    with suppress(ImportError):
        import uvloop

        found.append(pytest.param(uvloop.new_event_loop, id="uvloop"))
    return found


on_every_loop = pytest.mark.parametrize("loop", loops())


def play(scene: Scene, loop: Loop) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(scene())


@pytest.fixture(scope="module")
def tls() -> LocalTls:
    return LocalTls(None, [], datetime.now(UTC))


@pytest.fixture
def trusting(tls: LocalTls) -> ssl.SSLContext:
    """A client context that trusts only the authority."""
    assert tls.authority is not None
    return ssl.create_default_context(cadata=tls.authority.pem.decode())


class Echo(asyncio.Protocol):
    """A protocol that sends back what it receives; a test may also write to its transport."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.received = b""
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True


@dataclass(slots=True)
class OpenPort:
    """A listener with an Echo for every connection."""

    listener: Listener
    port: int
    echoes: list[Echo]

    async def open(self, **tls: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, **tls)


@asynccontextmanager
async def open_port(context_for: ContextFor | None) -> AsyncIterator[OpenPort]:
    echoes: list[Echo] = []

    def make(to: Connection) -> Echo:
        to.upgrade(bytes_per_s=64 * 1024, burst_bytes=256 * 1024)
        echoes.append(Echo())
        return echoes[-1]

    sock = listening_socket("127.0.0.1", 0)
    port = sock.getsockname()[1]
    listener = Listener(make, context_for)
    await listener.start(sock)
    try:
        yield OpenPort(listener, port, echoes)
    finally:
        listener.close()
        for echo in echoes:
            echo.transport.abort()
        await soon(lambda: all(echo.is_lost for echo in echoes), "all connections are gone")
        assert len(asyncio.all_tasks()) == 1


async def shut(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@on_every_loop
def test_http_and_https_work_on_one_port(
    tls: LocalTls, trusting: ssl.SSLContext, loop: Loop
) -> None:
    async def scene() -> None:
        async with open_port(tls.context_for) as at:
            for how in ({}, {"ssl": trusting}, {}, {"ssl": trusting}):
                reader, writer = await at.open(**how)
                writer.write(HELLO)
                assert await reader.readexactly(len(HELLO)) == HELLO
                is_secure = at.echoes[-1].transport.get_extra_info("sslcontext") is not None
                assert is_secure is bool(how)
                await shut(writer)
            await soon(lambda: all(echo.is_lost for echo in at.echoes), "each end is noticed")

    play(scene, loop)


@on_every_loop
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_data_sent_with_the_handshake_arrives_complete(
    tls: LocalTls, trusting: ssl.SSLContext, loop: Loop, version: ssl.TLSVersion
) -> None:
    trusting.maximum_version = trusting.minimum_version = version
    said = bytes(range(256)) * 400

    async def scene() -> None:
        async with open_port(tls.context_for) as at:
            for _ in range(10):
                reader, writer = await at.open(ssl=trusting)
                writer.write(said)
                assert await reader.readexactly(len(said)) == said
                await shut(writer)

    play(scene, loop)


@on_every_loop
def test_old_tls_is_refused(tls: LocalTls, loop: Loop) -> None:
    async def scene() -> None:
        async with open_port(tls.context_for) as at:
            old = ssl.create_default_context()
            old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
            old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            with pytest.warns(DeprecationWarning, match="TLSv1_1"):
                old.maximum_version = ssl.TLSVersion.TLSv1_1
            old.set_ciphers("ALL:@SECLEVEL=0")
            with pytest.raises(OSError, match="alert|EOF|reset|protocol"):
                await at.open(ssl=old)
            assert at.echoes == []

    play(scene, loop)


@on_every_loop
def test_silent_connections_are_cut_off_and_keep_nobody_out(
    tls: LocalTls, trusting: ssl.SSLContext, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "FIRST_REQUEST_S", 0.5)

    async def scene() -> None:
        async with open_port(tls.context_for) as at:
            silent = [await at.open() for _ in range(20)]
            reader, writer = await at.open(ssl=trusting)
            writer.write(HELLO)
            assert await reader.readexactly(len(HELLO)) == HELLO
            await shut(writer)
            for reader, writer in silent:
                assert await asyncio.wait_for(reader.read(), 5000 * MS) == b""
                await shut(writer)
            assert len(at.echoes) == 1

    play(scene, loop)


@on_every_loop
def test_too_many_silent_connections_make_room_for_the_next(
    tls: LocalTls, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "MAX_STARTING", 8)

    async def scene() -> None:
        async with open_port(tls.context_for) as at:
            silent = [await at.open() for _ in range(12)]
            reader, writer = await at.open()
            writer.write(HELLO)
            assert await reader.readexactly(len(HELLO)) == HELLO
            assert at.listener.evicted >= 4
            ends = [asyncio.create_task(reader.read()) for reader, _ in silent]
            await soon(lambda: sum(end.done() for end in ends) >= 4, "some were displaced")
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            for _, each in [*silent, (reader, writer)]:
                await shut(each)

    play(scene, loop)


@on_every_loop
@pytest.mark.parametrize(
    "said",
    [
        b"\x16",
        b"\x16\x03\x01\x02\x00\x01",
        b"\x16garbage and more of it\r\n\r\n",
        b"\x16\x03\x01\x00\x02no",
    ],
    ids=["one byte", "half a hello", "garbage", "a short record"],
)
def test_a_stopped_or_broken_handshake_is_ended(
    tls: LocalTls, loop: Loop, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "FIRST_REQUEST_S", 0.5)

    async def scene() -> None:
        async with open_port(tls.context_for) as at:
            reader, writer = await at.open()
            writer.write(said)
            with suppress(ConnectionResetError):
                answer = await asyncio.wait_for(reader.read(), 5000 * MS)
                assert answer[:1] in (b"", b"\x15"), "nothing, or an alert"
            await shut(writer)
            assert at.echoes == []

    play(scene, loop)


@on_every_loop
def test_data_after_a_broken_handshake_is_dropped_without_an_error(
    tls: LocalTls, loop: Loop
) -> None:
    async def scene() -> None:
        errors: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        async with open_port(tls.context_for) as at:
            reader, writer = await at.open()
            writer.write(b"\x16\x03\x01\x00\x02no" + bytes(30_000))
            with suppress(ConnectionResetError):
                answer = await asyncio.wait_for(reader.read(), 5000 * MS)
                assert answer[:1] in (b"", b"\x15"), "nothing, or an alert"
            await shut(writer)
            await soon(lambda: at.listener.connections == 0, "it is gone")
        assert errors == []

    play(scene, loop)


@on_every_loop
def test_a_connection_lost_at_any_moment_is_forgotten(tls: LocalTls, loop: Loop) -> None:
    async def scene() -> None:
        async with open_port(tls.context_for) as at:
            for said in (b"", b"\x16\x03", b"x"):
                _, writer = await at.open()
                writer.write(said)
                await writer.drain()
                writer.transport.abort()
            reader, writer = await at.open()
            writer.write(HELLO)
            assert await reader.readexactly(len(HELLO)) == HELLO
            await shut(writer)

    play(scene, loop)


@on_every_loop
def test_without_tls_a_tls_client_gets_an_alert(
    trusting: ssl.SSLContext, loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with open_port(None) as at:
            with pytest.raises(ssl.SSLError, match="(?i)alert"):
                await at.open(ssl=trusting)
            reader, writer = await at.open()
            writer.write(HELLO)
            assert await reader.readexactly(len(HELLO)) == HELLO
            await shut(writer)
            assert len(at.echoes) == 1

    play(scene, loop)
    assert "--tls off" in caplog.text


@on_every_loop
def test_unread_bytes_are_counted_and_can_be_dropped(
    tls: LocalTls, trusting: ssl.SSLContext, loop: Loop
) -> None:
    async def scene() -> None:
        async with open_port(tls.context_for) as at:
            _, writer = await at.open(ssl=trusting, limit=1024)
            await soon(lambda: at.echoes, "it is in")
            line = at.echoes[0].transport
            sock = line.get_extra_info("socket")
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client: Any = writer.transport
            client.pause_reading()
            frames = 24
            for _ in range(frames):
                line.write(bytes(MEBIBYTE))
                await asyncio.sleep(0)
            held = line.get_write_buffer_size()
            assert held > 8 * MEBIBYTE, "everything that the kernel did not take is counted"
            line.write(bytes(MEBIBYTE))
            more = line.get_write_buffer_size() - held
            assert MEBIBYTE <= more <= MEBIBYTE * 1.01, "every byte is counted"
            line.abort()
            await soon(lambda: at.echoes[0].is_lost, "it is gone at once", 1000 * MS)
            writer.transport.abort()
            await shut(writer)

    play(scene, loop)


@on_every_loop
def test_closing_does_not_wait_for_the_peer(
    tls: LocalTls, trusting: ssl.SSLContext, loop: Loop
) -> None:
    async def scene() -> None:
        async with open_port(tls.context_for) as at:
            silent = [await at.open() for _ in range(3)]
            _, half = await at.open()
            half.write(b"\x16\x03\x01")
            _, full = await at.open(ssl=trusting)
            await soon(lambda: at.echoes, "it is in")
            began_s = asyncio.get_running_loop().time()
            at.listener.close()
            at.echoes[0].transport.close()
            await soon(lambda: at.echoes[0].is_lost, "it is gone")
            for reader, _ in silent:
                with suppress(ConnectionResetError):
                    assert await asyncio.wait_for(reader.read(), 5000 * MS) == b""
            assert asyncio.get_running_loop().time() - began_s < 1000 * MS
            with pytest.raises(OSError, match="Connect"):
                await at.open()
            for each in (*(writer for _, writer in silent), half, full):
                each.transport.abort()
                await shut(each)
        gc.collect()  # an unclosed socket would warn here, and warnings are errors

    play(scene, loop)


@on_every_loop
def test_aiohttp_works_through_the_listener(
    tls: LocalTls, trusting: ssl.SSLContext, loop: Loop
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.scheme} {request.remote}")

    async def scene() -> None:
        app = web.Application()
        app.router.add_get("/", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        assert runner.server is not None
        sock = listening_socket("127.0.0.1", 0)
        port = sock.getsockname()[1]
        server = runner.server
        listener = Listener(protocols(server), tls.context_for)
        await listener.start(sock)
        for scheme, how in (("http", {}), ("https", {"ssl": trusting})):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, **how)  # type: ignore[arg-type]
            for _ in range(3):  # one connection, several requests
                writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200")
                body = await reader.readexactly(len(scheme) + len(" 127.0.0.1"))
                assert body.decode() == f"{scheme} 127.0.0.1"
            await shut(writer)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"garbage\x00\xff\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.0 400")
        await shut(writer)
        listener.close()
        await runner.cleanup()

    play(scene, loop)
