"""A host's process and its workers in one process: real values, a fake clock, no sockets."""

from __future__ import annotations

import itertools
import json
import socket
from collections import deque
from typing import Any, cast

from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.people import Person
from samescreen.serve.socket import SocketTransport
from samescreen.serve.socket_endpoints import SOCKET_ENDPOINTS, SocketPeer
from samescreen.serve.workers import Handover
from samescreen.subscribe.viewer import Viewer
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.workers.channel import LENGTH_BYTES
from samescreen.workers.child import Child
from samescreen.workers.far_connection import FarConnection
from samescreen.workers.process import WorkerProcess
from samescreen.workers.worker import Worker
from tests.fakes import FakeTransport
from tests.hub.room import Room


class Line:
    """One direction of a channel: keeps messages until the pair moves them."""

    def __init__(self) -> None:
        self.messages: deque[bytes] = deque()
        self.waiting_bytes = 0
        self.is_cut = False
        self.sent = 0

    def send(self, framed: bytes) -> None:
        self.sent += 1
        self.messages.append(framed[LENGTH_BYTES:])

    def cut(self) -> None:
        self.is_cut = True


class PageTransport(FakeTransport):
    """A page's connection in a worker."""

    @property
    def is_closing(self) -> bool:
        return self.closed is not None


class Page:
    """One page, whose connection a worker has."""

    def __init__(self, pair: Pair, number: int, person: Person) -> None:
        self.person = person
        self.transport = PageTransport()
        self._pair = pair
        transport = cast(SocketTransport, self.transport)
        self._client = pair.process.client(number, person.address, transport)

    @property
    def viewer(self) -> Viewer:
        assert self._client.viewer is not None
        return self._client.viewer

    def say_at_once(self, kind: str, **fields: Any) -> None:
        """Say it, and do not wait for what the host's process says."""
        self._client.receive(json.dumps({"type": kind, **fields}))

    def say(self, kind: str, **fields: Any) -> Page:
        self.say_at_once(kind, **fields)
        self._pair.move()
        return self

    def hello(self, **more: Any) -> Page:
        return self.say("hello", version=PROTOCOL_VERSION, accepts=("h264", "jpeg"), **more)

    def leave(self) -> None:
        self._client.leave()
        self._pair.move()

    @property
    def received(self) -> list[str]:
        return [message["type"] for message in self.transport.messages]


class Pair:
    """One worker of a room's host."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self._numbers = itertools.count(1)
        self.down, self.up = Line(), Line()
        self.process = WorkerProcess(cast(socket.socket, None), lambda: room.now_us)
        self.process._channel = cast(Any, self.up)
        self.worker = Worker(
            cast(Child, None), room.hub, room.audience, lambda: room.now_us, lambda: None
        )
        self.worker._channel = cast(Any, self.down)
        self.worker.follow()
        self.move()

    def move(self) -> None:
        """Carry messages both ways until there are none."""
        while self.down.messages or self.up.messages:
            while self.down.messages:
                self.process.receive(self.down.messages.popleft())
            while self.up.messages:
                self.worker._receive(self.up.messages.popleft())

    def page(self, name: str = "", grants: frozenset[Grant] = WATCH_ONLY) -> Page:
        """The connection of one more page."""
        number, person = self.begun(name, grants)
        return Page(self, number, person)

    def begun(self, name: str, grants: frozenset[Grant] = WATCH_ONLY) -> tuple[int, Person]:
        """The number of a connection whose handshake waits for its answer, and whose it is."""
        number = next(self._numbers)
        person = Person(name or f"person {number}", "link", "10.0.0.9", grants)
        person = self.room.hub.people.arrived(person)
        self.room.hub.people.admit(person, self.room.now_us)
        handover = Handover(SOCKET_ENDPOINTS["/ws"], SocketPeer(person, "10.0.0.9"), {}, {}, None)
        self.worker.connections[number] = FarConnection(
            number, handover, self.room.audience, self.worker.tell, self.worker._key_of
        )
        return number, person

    def deliver(self, *events: Any) -> None:
        self.room.deliver(*events)
        self.move()

    def tick(self) -> None:
        """What both processes do a few times a second."""
        self.room.tick()
        for group in self.room.audience.groups:
            group.statistics.others = sum(v.session.is_open for v in group.far.values())
        self.worker.tick(self.room.now_us)
        self.move()
        for _ in self.process.tick_in_turns(is_report_due=True):
            pass
        self.move()
