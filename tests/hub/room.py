"""A hub with a fake clock and fake transports, and pages that follow the protocol."""

from __future__ import annotations

import json
from typing import Any, Final

from samescreen.hub.events import SourceStatus
from samescreen.hub.hub import Hub
from samescreen.media import Packet, Rendition
from samescreen.subscribe.audience import Audience
from samescreen.subscribe.viewer import Viewer
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.packets import packet_from_bytes
from tests.fakes import FakePublisher, FakeTransport, config, still, video

SECOND_US: Final = 1_000_000
MAX_VIEWERS: Final = 50
LIVE: Final = SourceStatus("live", "live", "a screen", "scripted")


class Guest:
    """One page: sends messages, and keeps what the host sent it."""

    def __init__(self, room: Room, address: str) -> None:
        self.room = room
        self.transport = FakeTransport()
        self.viewer: Viewer = room.audience.join(address, self.transport)

    def say(self, kind: str, **fields: Any) -> Guest:
        self.room.audience.receive(self.viewer, json.dumps({"type": kind, **fields}))
        return self

    def hello(self, *accepts: str, **more: Any) -> Guest:
        accepts = accepts or ("h264", "jpeg")
        return self.say("hello", version=PROTOCOL_VERSION, accepts=accepts, **more)

    def ack(self, rendition: Rendition, sequence: int) -> Guest:
        fields = {"rendition": rendition, "sequence": sequence % 2**32}
        return self.say("ack", **fields, held_us=0)

    def ack_all(self) -> Guest:
        """Acknowledge the newest packet."""
        if packets := self.packets:
            self.ack(packets[-1].rendition, packets[-1].sequence)
        return self

    @property
    def packets(self) -> list[Packet]:
        return [packet_from_bytes(message) for message in self.transport.media]

    @property
    def shown(self) -> list[tuple[Rendition, int]]:
        return [(packet.rendition, packet.sequence) for packet in self.packets]

    @property
    def received(self) -> list[str]:
        return [message["type"] for message in self.transport.messages]


class Room:
    """A hub with one stream and a fake clock."""

    def __init__(self) -> None:
        self.now_us = 50 * SECOND_US
        self.hub = Hub(lambda: self.now_us)
        self.audience = Audience(self.hub, "desk", lambda: self.now_us, MAX_VIEWERS)
        self.publisher = FakePublisher()
        self.stream = self.hub.add("screen", "Screen 1", self.publisher)
        self.group = self.audience.of(self.stream)

    def guest(self, address: str = "10.0.0.9") -> Guest:
        return Guest(self, address)

    def deliver(self, *events: Any) -> None:
        for event in events:
            self.stream.deliver(event)

    def begin(self) -> None:
        """Deliver what a new track posts: configs, a still and a keyframe."""
        self.deliver(
            LIVE, config(Rendition.JPEG), still(0), config(), video(0, keyframe=True)
        )

    def tick(self) -> None:
        """Do what the host does a few times a second."""
        for _ in self.audience.tick_in_turns():
            pass
        self.hub.tick()

    def wait(self, us: int) -> None:
        self.now_us += us
