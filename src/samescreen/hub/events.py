"""What a publisher delivers to its stream: packets, pieces, configurations, statuses, statistics.

Values only; any thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from samescreen.labels import sentence
from samescreen.media import Packet, TrackConfig
from samescreen.wire.messages import StatusReason, StatusState


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The state of a source. `detail` is a sentence for people; while live, the source's name."""

    state: StatusState
    reason: StatusReason
    detail: str
    backend: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Make texts from files, devices, windows and servers safe to show."""
        object.__setattr__(self, "detail", sentence(self.detail))
        object.__setattr__(self, "backend", sentence(self.backend))
        object.__setattr__(self, "notes", tuple(map(sentence, self.notes)))


@dataclass(frozen=True, slots=True)
class TrackStats:
    """The work of a track during the last second."""

    captured_fps: float
    encoded_fps: float
    bitrate_bps: int
    encode_us: int
    encoder: str
    main_bps: int = 0
    """The main rendition's share of the bitrate."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An exact part of a still picture. `is_repair`: only for subscribers that lost it."""

    packet: Packet
    is_repair: bool


@dataclass(frozen=True, slots=True)
class Sketch:
    """A small, coarse still of the whole picture, only for subscribers that asked for one."""

    packet: Packet


@dataclass(frozen=True, slots=True)
class RepairDone:
    """Every piece that viewers reported lost has been posted again or is out of date."""


TrackEvent = Packet | Piece | Sketch | RepairDone | TrackConfig | SourceStatus | TrackStats
