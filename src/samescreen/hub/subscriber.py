"""What the hub asks of whatever takes a stream, and what it tells it. Event loop.

A viewer's page, a reader of stills, a recorder: the hub knows none of them by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Protocol

from samescreen.flow.in_flight import SentPacket
from samescreen.media import TrackConfig

from .demand import Demand
from .events import RepairDone, SourceStatus, TrackStats
from .packet import EncodedPacket


class Offer(IntEnum):
    """What became of a packet that was offered."""

    SKIPPED = 0
    SENT = 1
    FELL_BEHIND = 2
    """Skipped, and this subscriber is out of step from now on: it waits for a keyframe."""


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The source of a stream has another status."""

    stream_id: str
    status: SourceStatus


@dataclass(frozen=True, slots=True)
class FellBehind:
    """This subscriber and `fallen` - 1 others fell behind by one packet; `in_step` did not."""

    fallen: int
    in_step: int
    at_us: int


@dataclass(frozen=True, slots=True)
class RepairBegun:
    """Pieces that this subscriber lost are being made again."""


@dataclass(frozen=True, slots=True)
class SourceReplaced:
    """The stream has another publisher: nothing of its new track has been seen."""

    at_us: int


@dataclass(frozen=True, slots=True)
class SoundReplaced:
    """The stream has another sound, or none."""


@dataclass(frozen=True, slots=True)
class StreamName:
    """A stream as it is listed: its id, what people call it, the number of its video track."""

    stream_id: str
    name: str
    track: int


@dataclass(frozen=True, slots=True)
class StreamsChanged:
    """There are these streams now; `watching` is the id of the subscriber's own."""

    streams: tuple[StreamName, ...]
    watching: str


Notice = (
    TrackConfig
    | StatusChanged
    | TrackStats
    | FellBehind
    | RepairBegun
    | RepairDone
    | SourceReplaced
    | SoundReplaced
    | StreamsChanged
)

Ending = Literal["stopping", "gone"]
"""Why a stream ends for its subscribers: the host stops, or only this stream is gone."""


class Subscriber(Protocol):
    """Takes a stream. None of its methods waits."""

    def demand(self) -> Demand:
        """What it wants now. Its keyframes are asked for when it says that its demand changed."""

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Take this packet or skip it."""

    def notify(self, notice: Notice) -> None:
        """Something about the stream changed."""

    def close(self, reason: Ending) -> None:
        """The stream ends; it is not subscribed any more."""
