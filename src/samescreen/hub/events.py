"""What a publisher tells its stream: packets, pieces, configurations, statuses, statistics.

Values only; any thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from samescreen.labels import sentence
from samescreen.media import Packet, TrackConfig
from samescreen.wire.messages import StatusReason, StatusState


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What became of the source; `detail` is a sentence, or what is shown."""

    state: StatusState
    reason: StatusReason
    detail: str
    backend: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Make fit to be shown what files, devices, windows and servers say."""
        object.__setattr__(self, "detail", sentence(self.detail))
        object.__setattr__(self, "backend", sentence(self.backend))
        object.__setattr__(self, "notes", tuple(map(sentence, self.notes)))


@dataclass(frozen=True, slots=True)
class TrackStats:
    """What the track did in its last second."""

    captured_fps: float
    encoded_fps: float
    bitrate_bps: int
    encode_us: int
    encoder: str
    main_bps: int = 0
    """Of the bitrate, the main rendition's part."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the picture that rests, exact. `is_repair`: only for those that missed it."""

    packet: Packet
    is_repair: bool


@dataclass(frozen=True, slots=True)
class RepairDone:
    """All pieces that viewers said they missed have been posted, or are of the past."""


TrackEvent = Packet | Piece | RepairDone | TrackConfig | SourceStatus | TrackStats
