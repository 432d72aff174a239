"""The process of a worker, from start to end. It owns the event loop of that process.

It ends when the host's process says so or is gone, however it went. A signal ends it a moment later
only: when a service manager stops all processes at once, the goodbyes must leave first.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from typing import Final

import psutil
from aiohttp import web

from samescreen.clock import clock_us
from samescreen.flow.token_bucket import TokenBucket
from samescreen.hub.hub import Hub
from samescreen.interpreter import loop_factory, rare_collections
from samescreen.serve.connection import Connection, Rank
from samescreen.serve.http_protocol import connection_of, protocols
from samescreen.serve.socket import GOODBYE_S, SocketTransport, opened, served
from samescreen.wire.outgoing import Outgoing

from .channel import Channel, framed
from .fanout import Client, Fanout
from .mirror import Mirror
from .tls_end import TlsEnds
from .values import (
    Admit,
    Close,
    EndTls,
    Enter,
    Left,
    Logged,
    Move,
    Ready,
    Repeat,
    Stop,
    Up,
    Write,
    encoded_up,
    unpacked,
)

_log = logging.getLogger(__name__)

TICK_S: Final = 0.25
TICKS_OF_REPORT: Final = 4
SIGNAL_S: Final = 2.0
_ADMIT_BYTES: Final = 64 * 1024
_MOST_EARLY: Final = 1024
_UNLIMITED: Final = 10**12


class WorkerProcess:
    """Serves until `over` is set. `descriptors`: the socket that brings those of connections."""

    def __init__(self, descriptors: socket.socket, now_us: Callable[[], int] = clock_us) -> None:
        self.over = asyncio.Event()
        self._descriptors = descriptors
        self._clock_us = now_us
        hub = Hub(now_us)
        self._channel = Channel(self.receive, self.over.set)
        self._fanout = Fanout(hub, now_us, self._say)
        self._mirror = Mirror(hub, self._fanout, now_us, self._say)
        self._admitted: dict[int, Admit] = {}
        self._tls_ends = TlsEnds(self._say)
        self._clients: dict[int, Client] = {}
        self._closed_early: dict[int, None] = {}
        self._make_protocol: Callable[[Connection], asyncio.Protocol] | None = None
        self._accepting: set[asyncio.Task[None]] = set()

    async def run(self, control: socket.socket) -> None:
        """Take viewers until the end."""
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            app = web.Application()
            app.router.add_get("/{number}", self._serve)
            app.on_response_prepare.append(self._add_headers)
            runner = web.AppRunner(app, shutdown_timeout=GOODBYE_S)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            assert runner.server is not None
            self._make_protocol = protocols(runner.server)
            self._channel = await Channel.on(control, self.receive, self.over.set)
            logging.getLogger().addHandler(_Upward(self._say))
            self._descriptors.setblocking(False)
            loop.add_reader(self._descriptors, self._admit)
            stack.callback(loop.remove_reader, self._descriptors)
            stack.callback(loop.create_task(self._tick()).cancel)
            self._say(Ready())
            await self.over.wait()

    def _say(self, message: Up) -> None:
        self._channel.send(framed(encoded_up(message)))

    async def _tick(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(TICK_S)
            self._fanout.note_cpu(psutil.cpu_percent())
            ticks += 1
            for _ in self.tick_in_turns(is_report_due=ticks % TICKS_OF_REPORT == 0):
                await asyncio.sleep(0)

    def tick_in_turns(self, *, is_report_due: bool) -> Iterator[None]:
        """Look after all viewers, and report how they are. A few times a second.

        Yields after every few viewers: packets must not wait for hundreds.
        """
        yield from self._fanout.tick_in_turns()
        self._mirror.tick()
        if is_report_due:
            self._fanout.report()

    def client(self, number: int, address: str, transport: SocketTransport) -> Client:
        """The handshake of connection `number` is answered."""
        client = Client(number, address, transport, self._fanout, self._clock_us, self._say)
        self._clients[number] = client
        return client

    # --- what the host's process says -----------------------------------------------------------

    def receive(self, message: bytes) -> None:
        """Act upon one message of the host's process."""
        value = unpacked(message)
        if isinstance(value, Stop):
            asyncio.get_running_loop().create_task(self._stop())
        elif isinstance(value, Enter | Move | Repeat | Write | Close):
            client = self._clients.get(value.number)
            if client is not None:
                self._of_viewer(client, value)
            elif isinstance(value, Close):
                self._remember_early(value.number)
        else:
            self._mirror.take(value)

    def _of_viewer(self, client: Client, value: Enter | Move | Repeat | Write | Close) -> None:
        if isinstance(value, Write):
            client.transport.write(Outgoing(b"", value.frame))
        elif isinstance(value, Close):
            client.close(value.code, value.reason)
        elif isinstance(value, Enter):
            client.enter(value, self._mirror.find(value.key))
        elif client.viewer is None:
            return
        elif isinstance(value, Repeat):
            self._fanout.receive(client.viewer, value.text)
        elif self._fanout.has(client.viewer):
            stream = self._mirror.find(value.key)
            self._fanout.move(client.viewer, stream, is_requested=value.is_requested)

    def _remember_early(self, number: int) -> None:
        """The host closes a connection whose handshake has not been answered yet."""
        if self._admitted.pop(number, None) is not None:
            self._say(Left(number, ""))  # its handshake finds nobody
        else:
            self._closed_early[number] = None
            while len(self._closed_early) > _MOST_EARLY:
                del self._closed_early[next(iter(self._closed_early))]

    def _was_closed(self, number: int) -> bool:
        is_closed = number in self._closed_early
        self._closed_early.pop(number, None)
        return is_closed

    async def _stop(self) -> None:
        closing = [client.transport.closed() for client in self._clients.values()]
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await asyncio.gather(*closing)
        self.over.set()

    # --- connections ----------------------------------------------------------------------------

    def _admit(self) -> None:
        with suppress(BlockingIOError):
            while True:
                packed, numbers, _, _ = socket.recv_fds(self._descriptors, _ADMIT_BYTES, 2)
                if not packed:
                    return
                value, socks = unpacked(packed), [socket.socket(fileno=n) for n in numbers]
                if isinstance(value, EndTls):
                    accepting = self._tls_ends.accept(value, *socks)
                else:
                    assert isinstance(value, Admit)
                    accepting = self._accept(value, *socks)
                task = asyncio.get_running_loop().create_task(accepting)
                self._accepting.add(task)
                task.add_done_callback(self._accepting.discard)

    async def _accept(self, admit: Admit, sock: socket.socket) -> None:
        """Answer the handshake that the host's process has read."""
        assert self._make_protocol is not None
        if self._was_closed(admit.number):
            sock.close()
            self._say(Left(admit.number, ""))
            return
        self._admitted[admit.number] = admit
        connection = Connection(_NoListener(self._make_protocol), is_proxy=lambda address: True)
        if await self._tls_ends.connected(connection, admit.tls, sock):
            connection.data_received(admit.head)
        else:
            self._admitted.pop(admit.number, None)
            self._say(Left(admit.number, ""))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """The handshake of one viewer, and its messages until it is gone."""
        number = int(request.match_info["number"])
        admit, connection = self._admitted.pop(number, None), connection_of(request)
        if admit is None or connection is None:
            raise web.HTTPNotFound
        request["headers"] = admit.headers
        try:
            await connection.take_turn(admit.address, is_let_in=True)
            connection.upgrade(admit.bytes_per_s, admit.burst_bytes)
            ws, transport = await opened(
                request, admit.message_bytes, admit.protocol, is_proxied=admit.is_proxied
            )
        except BaseException:
            self._say(Left(number, ""))
            raise
        client = self.client(number, admit.address, transport)
        try:
            if self._was_closed(number):
                transport.abort()
            return await served(ws, transport, client)
        finally:
            del self._clients[number]

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(request.get("headers", {}))


class _NoListener:
    """What a connection needs of its listener; the host's process has let this one in."""

    def __init__(self, make_protocol: Callable[[Connection], asyncio.Protocol]) -> None:
        self._make_protocol = make_protocol

    def enter(self, connection: Connection, rank: Rank) -> None:
        """There is room."""

    def leave(self, connection: Connection) -> None:
        """Nothing is kept."""

    def choose(self, connection: Connection, first: bytes) -> asyncio.Protocol:
        protocol = self._make_protocol(connection)
        protocol.connection_made(connection.transport)
        return protocol

    def budget(self, address: str, *, is_let_in: bool) -> TokenBucket:
        return TokenBucket(_UNLIMITED, _UNLIMITED, clock_us())


class _Upward(logging.Handler):
    """Sends warnings to the host's log."""

    def __init__(self, say: Callable[[Up], None]) -> None:
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(Logged(record.levelno, self.format(record)[:4000]))


async def _serve_until_over(control: socket.socket, descriptors: socket.socket) -> None:
    worker, loop = WorkerProcess(descriptors), asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, loop.call_later, SIGNAL_S, worker.over.set)
    await worker.run(control)


def main(control: int, descriptors: int) -> None:
    """Run a worker on these two inherited sockets until its host ends."""
    with (
        socket.socket(fileno=control) as control_socket,
        socket.socket(fileno=descriptors) as descriptors_socket,
        asyncio.Runner(loop_factory=loop_factory()) as runner,
        rare_collections(),
    ):
        runner.run(_serve_until_over(control_socket, descriptors_socket))
