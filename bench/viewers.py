"""Light viewers: the whole protocol of a page, hundreds in one process, nothing decoded.

Each says hello, acknowledges the newest packet it received as often as it was told to, pings and
reports. Some are rude on purpose (`Manner`). One thread around epoll; writes "ready" when every
polite viewer has a picture, and on SIGTERM leaves the trace of all that arrived.
"""

from __future__ import annotations

import argparse
import gc
import heapq
import itertools
import json
import os
import select
import signal
import socket
import ssl
import struct
import sys
from array import array
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

import frames
from frames import FrameReader, Message, client_frame
from received import Event, write_packets
from stamps import now_us

from samescreen.media import Codec, Rendition
from samescreen.wire import messages
from samescreen.wire.messages import FromViewer, message_to_text

_HEADER: Final = struct.Struct(">BBBBIQ")
_RECEIVE_BYTES: Final = 256 * 1024
_HANDSHAKE_S: Final = 15.0
_LONGEST_WAIT_US: Final = 200_000
_EARLY_PINGS: Final = 4
_EARLY_PING_US: Final = 240_000
_PING_US: Final = 2_000_000
_REPORT_US: Final = 1_000_000
_ACKS_PER_REPORT: Final = 15
_RETURN_US: Final = 1_000_000
_SIP_US: Final = 20_000
_SIP_BYTES: Final = 4_000
_STOPS_AFTER: Final = 60
_GIVES_UP_US: Final = 12_000_000
_KEPT_EVERY: Final = 8
_WHOLE: Final = 1 << 30


class Manner(StrEnum):
    """How a viewer behaves. Whoever is thrown out comes back a second later."""

    POLITE = "polite"
    THIN = "thin"
    """Reads 200 kB/s."""
    STOPPED = "stopped"
    """Stops reading and acknowledging after 60 pictures; goes and comes back after 12 s of it."""
    SILENT = "silent"
    """Reads everything, acknowledges nothing."""


class Room:
    """What all viewers share: the selector, the timers, the trace."""

    def __init__(
        self,
        port: int,
        *,
        is_plain: bool,
        pictures: Path | None,
        packets: Path | None,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.tls, self.packets = tls, packets
        self.port, self.is_plain, self.pictures = port, is_plain, pictures
        self.trace = array("q")
        self.kept: list[tuple[int, bytes]] = []
        self.buffer = memoryview(bytearray(_RECEIVE_BYTES))
        self.epoll = select.epoll()
        self.connected: dict[int, Viewer] = {}
        self._timers: list[tuple[int, int, Callable[[], None]]] = []
        self._count = itertools.count()

    def at(self, due_us: int, call: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (due_us, next(self._count), call))

    def step(self, longest_us: int) -> None:
        """Wait for something to do, at most this long, and do it."""
        until_us = self._timers[0][0] - now_us() if self._timers else longest_us
        timeout_s = max(0, min(longest_us, until_us)) / 1e6
        for descriptor, happened in self.epoll.poll(timeout_s):
            viewer = self.connected.get(descriptor)
            if viewer is not None:
                viewer.ready(happened)
        while self._timers and self._timers[0][0] <= now_us():
            heapq.heappop(self._timers)[2]()


class Viewer:
    """One connection after another."""

    def __init__(self, room: Room, number: int, manner: Manner) -> None:
        self._room, self._number, self._manner = room, number, manner
        self._socket: socket.socket | None = None
        self._reader = FrameReader(0)
        self._ack_interval_us = 50_000
        self._acked_us = 0
        self._undelivered: dict[int, tuple[int, int]] = {}  # rendition → sequence, received
        self._follows: tuple[int, int] | None = None  # the only delta that can be decoded
        self._received = 0
        self._reported = 0

    @property
    def has_picture(self) -> bool:
        return self._received > 0

    @property
    def is_polite(self) -> bool:
        return self._manner is Manner.POLITE

    def connect(self) -> None:
        """Let in and hello said; a host that refuses is tried again."""
        room = self._room
        keeps_all = bool(room.pictures or room.packets) and self._number == 0
        self._reader = FrameReader(_WHOLE if keeps_all else _HEADER.size)
        self._undelivered, self._follows, self._received, self._reported = {}, None, 0, 0
        try:
            self._socket, early = _handshake(room.port, room.tls)
        except OSError as error:
            print(f"viewer {self._number}: {error}", file=sys.stderr)
            room.at(now_us() + _RETURN_US, self.connect)
            return
        descriptor = self._socket.fileno()
        room.connected[descriptor] = self
        room.epoll.register(descriptor, 0 if self._manner is Manner.THIN else select.EPOLLIN)
        self._note(Event.JOINED)
        if not room.is_plain:
            self._say(messages.Hello(messages.PROTOCOL_VERSION, [Codec.H264, Codec.JPEG]))
            self._ping(self._socket, 1)
            room.at(now_us() + _REPORT_US, partial(self._report, self._socket))
        if self._manner is Manner.THIN:
            self._sip(self._socket)
        self._take(early)

    def ready(self, happened: int) -> None:
        """The socket has something, or is gone."""
        if happened & select.EPOLLIN:
            self._read(_RECEIVE_BYTES)
        elif happened & (select.EPOLLHUP | select.EPOLLERR):
            self._leave()

    def _read(self, most_bytes: int) -> None:
        while self._socket is not None:
            try:
                count = self._socket.recv_into(self._room.buffer, most_bytes)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            except OSError:
                count = 0
            if not count:
                self._leave()
                return
            self._take(self._room.buffer[:count])
            if self._room.tls is None:
                return  # with TLS more may have been decrypted, of which epoll knows nothing

    def _take(self, chunk: memoryview | bytes) -> None:
        for message in self._reader.feed(chunk):
            if message.opcode == frames.BINARY:
                self._receive(message)
            elif message.opcode == frames.TEXT:
                self._hear(json.loads(message.kept))
            elif message.opcode == frames.PING:
                self._send(client_frame(frames.PONG, message.kept))
            elif message.opcode == frames.CLOSE:
                self._leave()
                return

    def _receive(self, message: Message) -> None:
        at_us = now_us()
        self._received += 1
        if self._room.is_plain:
            self._note(Event.VIDEO, at_us, size_bytes=message.size_bytes)
            if len(message.kept) == message.size_bytes and self._received % _KEPT_EVERY == 0:
                self._room.kept.append((at_us, message.kept))
            return
        if self._room.packets is not None and len(message.kept) == message.size_bytes:
            self._room.kept.append((at_us, message.kept))
        kind, flags, _, rendition, sequence, pts_us = _HEADER.unpack_from(message.kept)
        is_video = kind == Event.VIDEO
        decodable = not is_video or bool(flags & 1) or self._follows == (rendition, sequence)
        if is_video:
            self._follows = (rendition, (sequence + 1) % 2**32) if decodable else None
        self._note(Event(kind), at_us, pts_us, message.size_bytes, rendition, decodable)
        if decodable and self._manner is not Manner.SILENT:
            due_us = self._acked_us + self._ack_interval_us
            is_first = not self._undelivered
            self._undelivered[rendition] = sequence, at_us
            if due_us <= at_us:
                self._acknowledge()
            elif is_first:
                self._room.at(due_us, self._acknowledge)
        if self._manner is Manner.STOPPED and self._received == _STOPS_AFTER:
            assert self._socket is not None
            self._room.epoll.modify(self._socket.fileno(), 0)
            self._room.at(at_us + _GIVES_UP_US, partial(self._give_up, self._socket))

    def _give_up(self, link: socket.socket) -> None:
        """Whoever does not read does not see that it was thrown out: ask nothing, go."""
        if link is self._socket:
            self._leave()

    def _acknowledge(self) -> None:
        if not self._undelivered or self._is_stopped():
            return
        self._acked_us = now_us()
        for rendition, (sequence, at_us) in self._undelivered.items():
            held_us = self._acked_us - at_us
            self._say(messages.Ack(Rendition(rendition), sequence, held_us))
        self._undelivered.clear()

    def _hear(self, said: dict[str, object]) -> None:
        interval_ms = said.get("ack_interval_ms")
        if isinstance(interval_ms, int):
            self._ack_interval_us = interval_ms * 1000

    def _ping(self, link: socket.socket, count: int) -> None:
        if link is not self._socket or self._is_stopped():
            return
        at_us = now_us()
        self._say(messages.Ping(at_us))
        after_us = _EARLY_PING_US if count < _EARLY_PINGS else _PING_US
        self._room.at(at_us + after_us, partial(self._ping, link, count + 1))

    def _report(self, link: socket.socket) -> None:
        if link is not self._socket or self._is_stopped():
            return
        count, self._reported = self._received - self._reported, self._received
        if count:
            self._say(messages.Report(float(min(count, 60)), 0, 0, "webcodecs", 0))
        after_us = max(_REPORT_US, _ACKS_PER_REPORT * self._ack_interval_us)
        self._room.at(now_us() + after_us, partial(self._report, link))

    def _sip(self, link: socket.socket) -> None:
        if link is self._socket:
            self._room.at(now_us() + _SIP_US, partial(self._sip, link))
            self._read(_SIP_BYTES)

    def _is_stopped(self) -> bool:
        return self._manner is Manner.STOPPED and self._received >= _STOPS_AFTER

    def _say(self, message: FromViewer) -> None:
        self._send(client_frame(frames.TEXT, message_to_text(message)))

    def _send(self, frame: bytes) -> None:
        if self._socket is None:
            return
        try:
            sent = self._socket.send(frame)
        except OSError:
            return  # full or gone: the next read says which
        assert sent == len(frame), "half a message was sent"

    def _leave(self) -> None:
        if self._socket is None:
            return
        self._note(Event.LEFT)
        del self._room.connected[self._socket.fileno()]
        self._socket.close()  # takes it out of epoll as well
        self._socket = None
        self._room.at(now_us() + _RETURN_US, self.connect)

    def _note(
        self,
        event: Event,
        at_us: int = 0,
        pts_us: int = 0,
        size_bytes: int = 0,
        rendition: int = 0,
        decodable: bool = True,
    ) -> None:
        """In the order of Trace's columns."""
        line = (self._number, at_us or now_us(), event, pts_us, size_bytes, rendition, decodable)
        self._room.trace.extend(line)


def _authorization() -> str:
    """A header line for a host with a token, which the bench hands on by the environment."""
    token = os.environ.get("SAMESCREEN_TOKEN", "")
    return f"Authorization: Bearer {token}\r\n" if token else ""


def _handshake(port: int, tls: ssl.SSLContext | None) -> tuple[socket.socket, bytes]:
    """A WebSocket that does not block any more, and what came with its answer."""
    link = socket.create_connection(("127.0.0.1", port), timeout=_HANDSHAKE_S)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    scheme = "http" if tls is None else "https"
    if tls is not None:
        link = tls.wrap_socket(link)
    link.sendall(
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {scheme}://127.0.0.1:{port}\r\n"
        f"{_authorization()}Connection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = link.recv(4096)
        if not more:
            raise ConnectionError("the host hung up")
        answer += more
    head, _, early = answer.partition(b"\r\n\r\n")
    if b" 101 " not in head.splitlines()[0]:
        raise ConnectionError(f"the host said {head.splitlines()[0].decode()}")
    link.setblocking(False)
    return link, early


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--port", type=int, required=True)
    add("--viewers", required=True, help="how many of which manner, polite=17,thin=1")
    add("--trace", type=Path, required=True)
    add("--secure", action="store_true", help="by wss; whose certificate it is does not matter")
    add("--plain", action="store_true", help="pictures come bare and nothing is said")
    add("--pictures", type=Path, help="of the first viewer every eighth message goes here")
    add("--packets", type=Path, help="all media messages of the first viewer go into this file")
    options = parser.parse_args()
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))
    gc.disable()
    tls = _trusting() if options.secure else None
    room = Room(
        options.port, is_plain=options.plain, pictures=options.pictures, packets=options.packets,
        tls=tls,
    )  # fmt: skip
    manners = [
        Manner(name)
        for name, _, count in (part.partition("=") for part in options.viewers.split(","))
        for _ in range(int(count))
    ]
    viewers = [Viewer(room, number, manner) for number, manner in enumerate(manners)]
    for viewer in viewers:
        viewer.connect()
        room.step(0)
    waiting = [viewer for viewer in viewers if viewer.is_polite]
    while not stopping:
        room.step(_LONGEST_WAIT_US)
        if waiting:
            waiting = [viewer for viewer in waiting if not viewer.has_picture]
            if not waiting:
                print("ready", flush=True)
    with options.trace.open("wb") as file:
        room.trace.tofile(file)
    if options.packets is not None:
        write_packets(options.packets, room.kept)
        return
    for at_us, picture in room.kept:
        (options.pictures / f"{at_us}.jpg").write_bytes(picture)


if __name__ == "__main__":
    main()
