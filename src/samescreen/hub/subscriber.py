"""The interface of everything that takes a stream, and the notices that it gets. Event loop.

A subscriber may be a viewer's page, a reader of stills or a recorder; the hub does not know which.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Protocol

from samescreen.flow.in_flight import SentPacket
from samescreen.media import TrackConfig

from .demand import Demand
from .events import CursorState, RepairDone, SourceStatus, TrackStats
from .marks import Mark
from .packet import EncodedPacket


class Offer(IntEnum):
    """What a subscriber did with an offered packet."""

    SKIPPED = 0
    SENT = 1
    FELL_BEHIND = 2
    """Skipped, and the subscriber is out of sync from now on: it waits for a keyframe."""


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The source of a stream has a new status."""

    stream_id: str
    status: SourceStatus


@dataclass(frozen=True, slots=True)
class FellBehind:
    """`fallen` subscribers, this one included, skipped a packet that `in_step` others got."""

    fallen: int
    in_step: int
    at_us: int


@dataclass(frozen=True, slots=True)
class RepairBegun:
    """The publisher encodes pieces again that this subscriber lost."""


@dataclass(frozen=True, slots=True)
class SourceReplaced:
    """The stream has a new publisher, and so a new track."""

    at_us: int


@dataclass(frozen=True, slots=True)
class SoundReplaced:
    """The stream has a new sound, or none."""


@dataclass(frozen=True, slots=True)
class MarksChanged:
    """Marks over the picture are gone, or other people draw."""


@dataclass(frozen=True, slots=True)
class MarkGrew:
    """Somebody at another machine drew over the picture."""

    mark: Mark


@dataclass(frozen=True, slots=True)
class Gathered:
    """Those who watch this stream are to watch the first one: the host shows it to everybody."""


@dataclass(frozen=True, slots=True)
class StreamName:
    """A stream in the list of streams: its id, its name, the number of its video track."""

    stream_id: str
    name: str
    track: int


@dataclass(frozen=True, slots=True)
class StreamsChanged:
    """The current list of streams; `watching` is the id of the subscriber's own."""

    streams: tuple[StreamName, ...]
    watching: str


Notice = (
    TrackConfig
    | CursorState
    | StatusChanged
    | TrackStats
    | FellBehind
    | RepairBegun
    | RepairDone
    | SourceReplaced
    | SoundReplaced
    | MarksChanged
    | MarkGrew
    | StreamsChanged
    | Gathered
)

Ending = Literal["stopping", "gone"]
"""Why a stream ends for its subscribers: the host stops, or only this stream is gone."""


class ProgramSubscriber:
    """A subscriber that hands pictures to a program here. It counts among those who watch."""


class Subscriber(Protocol):
    """Takes a stream. None of its methods may block."""

    def demand(self) -> Demand:
        """What it demands now. It asks for keyframes through `Stream.changed`."""

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Take this packet or skip it."""

    def notify(self, notice: Notice) -> None:
        """Take notice that something about the stream changed."""

    def close(self, reason: Ending) -> None:
        """The stream has ended and unsubscribed this subscriber."""
