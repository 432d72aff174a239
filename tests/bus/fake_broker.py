"""Relays on a broker of this process: real hubs, a fake clock, messages that can get lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from samescreen.bus.broker import Receive
from samescreen.bus.endpoint import Endpoint
from samescreen.bus.room import RoomOnBus
from samescreen.bus.subjects import RoomSubjects
from samescreen.encode.still import encode_jpeg
from samescreen.hub.stream import Stream
from samescreen.media import Damage, Packet, Rendition
from tests.encode.h264_tools import noise, picture
from tests.fakes import config, still
from tests.gate.published_streams import SIZE, encoded
from tests.hub.room import LIVE, SECOND_US, Room

TICK_US = 250_000


class Broker:
    """Carries messages when it is told to. `lose`: whether a message gets lost."""

    def __init__(self) -> None:
        self.buses: list[FakeBus] = []
        self.waiting: deque[tuple[str, bytes]] = deque()
        self.log: list[tuple[str, bytes]] = []
        self.lose: Callable[[str], bool] = lambda subject: False

    def move(self) -> None:
        """Deliver until nothing waits."""
        while self.waiting:
            subject, message = self.waiting.popleft()
            self.log.append((subject, message))
            if self.lose(subject):
                continue
            for bus in self.buses:
                if bus.is_open:
                    bus.deliver(subject, message)

    def media(self) -> list[str]:
        """The subjects of the media that went over it so far, which are forgotten."""
        subjects = [subject for subject, _ in self.log if ".media." in subject]
        self.log.clear()
        return subjects


class FakeBus:
    """One connection."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._subscriptions: list[tuple[str, Receive]] = []
        self.is_open = True
        self.waiting_bytes = 0
        broker.buses.append(self)

    @property
    def subjects(self) -> list[str]:
        return [subject for subject, _ in self._subscriptions]

    def publish(self, subject: str, messages: Iterable[bytes]) -> None:
        for message in messages:
            if self.is_open:
                self._broker.waiting.append((subject, message))

    def subscribe(self, subject: str, receive: Receive) -> Callable[[], None]:
        entry = subject, receive
        self._subscriptions.append(entry)
        return lambda: self._subscriptions.remove(entry)

    def deliver(self, subject: str, message: bytes) -> None:
        for pattern, receive in list(self._subscriptions):
            if _fits(pattern, subject):
                receive(subject, message)


def _fits(pattern: str, subject: str) -> bool:
    parts, given = pattern.split("."), subject.split(".")
    pairs = zip(parts, given, strict=False)
    return len(parts) == len(given) and all(part in ("*", name) for part, name in pairs)


class Node(Room):
    """A relay with one room on the bus. `publisher` brings the stream "screen", if it `shows`."""

    def __init__(self, broker: Broker, name: str, *, shows: bool = False) -> None:
        super().__init__()
        self.name = name
        self.broker = broker
        self.bus = FakeBus(broker)
        if not shows:
            self.hub.end("screen")
        subjects = RoomSubjects("team")
        self.on_bus = RoomOnBus(self.hub, Endpoint(subjects, name, self.bus), lambda: self.now_us)

    @property
    def shown(self) -> list[str]:
        return list(self.hub.streams)

    def far(self, stream_id: str = "screen") -> Stream:
        return self.hub.streams[stream_id]

    def begin(self) -> None:
        self.deliver(LIVE, config(Rendition.JPEG), config())

    def deliver(self, *events: Any) -> None:
        super().deliver(*events)
        self.broker.move()


def run(*nodes: Node, seconds: float = TICK_US / SECOND_US) -> None:
    """Let time pass in all of them."""
    for _ in range(max(1, round(seconds * SECOND_US / TICK_US))):
        for node in nodes:
            node.now_us += TICK_US
            node.tick()
            node.on_bus.tick()
        nodes[0].broker.move()


def pair() -> tuple[Node, Node]:
    """A relay that shows a stream, and another one."""
    broker = Broker()
    one, other = Node(broker, "aaaaaaaa", shows=True), Node(broker, "bbbbbbbb")
    one.begin()
    run(one, other)
    run(one, other)
    return one, other


def picture_packet(number: int) -> Packet:
    """A picture of a film whose first one is a keyframe; those before must have gone out."""
    return encoded(40, *SIZE)[number]


@cache
def _jpeg() -> bytes:
    return encode_jpeg(picture(noise(*SIZE, 1), 0), quality=75)


def real_still(number: int, damage: Damage = Damage.ALL) -> Packet:
    """A whole still that the gate takes."""
    return replace(still(number), payload=_jpeg(), damage=damage)
