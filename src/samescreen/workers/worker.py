"""One worker as the host's process sees it: its process, its viewers, and what it gets. Event loop.

It ends when its process is gone, when it breaks the protocol, or when it says nothing for long.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final, NamedTuple

from samescreen.errors import ProtocolError
from samescreen.hub.hub import Hub
from samescreen.hub.stream import Stream
from samescreen.serve.tls_elsewhere import Ended
from samescreen.serve.workers import Handover
from samescreen.subscribe.audience import Audience

from .channel import Channel, framed
from .child import Child
from .far_connection import FarConnection
from .feed import Feeds, key_of
from .values import (
    Admit,
    Counted,
    EndTls,
    Lagging,
    Left,
    Logged,
    Measured,
    Ready,
    Said,
    Stop,
    Up,
    Wanted,
    decoded_up,
    packed,
)

_log = logging.getLogger(__name__)

MOST_UP_BYTES: Final = 1 << 20
SILENT_US: Final = 10_000_000
"""A worker says something every second; after so long without a message it is stuck."""
STARTING_US: Final = 60_000_000
MOST_MESSAGE_BYTES: Final = 48 * 1024
"""The longest message that comes with descriptors; the child reads at most 64 KiB at once."""


class Worker:
    """It takes viewers once it `is_ready`; it calls `on_ready` then."""

    def __init__(
        self,
        child: Child,
        hub: Hub,
        audience: Audience,
        clock_us: Callable[[], int],
        on_ready: Callable[[], None],
    ) -> None:
        self.child = child
        self.connections: dict[int, FarConnection | None] = {}
        """By number; None: it ends TLS of a connection that is no viewer's yet."""
        self.is_ready = False
        self.gone = asyncio.Event()
        self._hub = hub
        self._audience = audience
        self._clock_us = clock_us
        self._on_ready = on_ready
        self._last_heard_us = clock_us()
        self._counted: dict[str, int] = {}
        self._channel = Channel(self._receive, self._lose)
        self._feeds = Feeds(audience, self._channel_send, lambda: self._channel.waiting_bytes)

    async def start(self) -> None:
        """Connect to the process, and send it all streams."""
        sock = self.child.control
        self._channel = await Channel.on(sock, self._receive, self._lose, MOST_UP_BYTES)
        self.follow()

    def follow(self) -> None:
        """Send the streams that are new, and none that only the host sees."""
        public = self._hub.public
        self._feeds.hide([each for each in self._hub.streams.values() if each not in public])
        for stream in public:
            self._feeds.add(stream)

    def end_tls(self, number: int, descriptor: int, pem: bytes, first: bytes) -> Ended | None:
        """Have it end TLS of this connection. None: its queue is full at the moment."""
        message = packed(EndTls(number, pem, first))
        if len(message) > MOST_MESSAGE_BYTES:
            return None
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with there:
            try:
                socket.send_fds(self.child.descriptors, [message], [descriptor, there.fileno()])
            except OSError:
                here.close()
                return None
        here.setblocking(False)
        self.connections[number] = None
        return Ended(here, TlsOf(self, number))

    def take(
        self, number: int, descriptor: int, handover: Handover, tls: int | None = None
    ) -> bool:
        """Give it a viewer's connection. False: its queue is full at the moment.

        `tls`: the number of the connection whose TLS it ends; None: the descriptor is the viewer's.
        """
        limits, peer = handover.endpoint.limits, handover.peer
        admit = Admit(
            number,
            peer.address,
            peer.is_proxied,
            _head(number, handover),
            handover.headers,
            handover.protocol,
            limits.message_bytes,
            limits.bytes_per_s,
            limits.burst_bytes,
            tls,
        )
        try:
            socket.send_fds(self.child.descriptors, [packed(admit)], [descriptor])
        except OSError:
            return False
        self.connections[number] = FarConnection(
            number, handover, self._audience, self.tell, self._key_of
        )
        return True

    def tell(self, value: object) -> None:
        """Send it this value."""
        self._channel.send(framed(packed(value)))

    def tick(self, now_us: int) -> None:
        """Send how many watch each stream; end a worker that is stuck. A few times a second."""
        for stream in self._hub.streams.values():
            key, count = key_of(stream), self._audience.of(stream).statistics.open_viewers()
            if stream in self._feeds and self._counted.get(key) != count:
                self._counted[key] = count
                self.tell(Counted(key, count))
        limit_us = SILENT_US if self.is_ready else STARTING_US
        if now_us - self._last_heard_us > limit_us:
            _log.warning("a worker process is stuck, and is ended")
            self._channel.cut()

    def stop(self) -> None:
        """Have it end once everything that it was sent has left; at once if it only starts."""
        if self.is_ready:
            self.tell(Stop())
        else:
            self.child.process.kill()

    def cut(self) -> None:
        """End it at once."""
        self._channel.cut()

    def _channel_send(self, message: bytes) -> None:
        self._channel.send(message)

    def _key_of(self, stream: Stream) -> str:
        if stream is not self._hub.nothing:
            self._feeds.add(stream)
        return key_of(stream)

    def _receive(self, message: bytes) -> None:
        if self.gone.is_set():
            return
        self._last_heard_us = self._clock_us()
        try:
            self._take(decoded_up(message))
        except ProtocolError as error:
            _log.warning("a worker process is ended: %s", error)
            self._channel.cut()

    def _take(self, message: Up) -> None:
        if isinstance(message, Ready):
            self.is_ready = True
            self._on_ready()
        elif isinstance(message, Said):
            if (connection := self.connections.get(message.number)) is not None:
                connection.said(message.text)
        elif isinstance(message, Measured):
            for number, facts in message.facts.items():
                if (connection := self.connections.get(number)) is not None:
                    connection.is_told(facts)
        elif isinstance(message, Wanted):
            if (feed := self._feeds.find(message.key)) is not None:
                feed.wants(message.want)
        elif isinstance(message, Left):
            if (connection := self.connections.pop(message.number, None)) is not None:
                connection.left(message.why)
        elif isinstance(message, Lagging):
            if (connection := self.connections.get(message.number)) is not None:
                connection.lags()
        elif isinstance(message, Logged):
            _log.log(message.level, "a worker process: %s", message.text)

    def _lose(self) -> None:
        self.is_ready = False
        self.gone.set()
        self._feeds.close()
        connections, self.connections = list(self.connections.values()), {}
        for connection in filter(None, connections):
            connection.left("its worker process has ended")
        self.child.end()


class TlsOf(NamedTuple):
    """A connection of TLS that a worker ends."""

    worker: Worker
    number: int


def _head(number: int, handover: Handover) -> bytes:
    """The viewer's handshake, with nothing in it that the worker does not need."""
    lines = [
        f"GET /{number} HTTP/1.1",
        "Host: worker",
        "Upgrade: websocket",
        "Connection: Upgrade",
        *(f"{name}: {value}" for name, value in handover.asked.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
