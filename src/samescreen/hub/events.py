"""What a publisher delivers to its stream: packets, configurations, statuses, the cursor, figures.

Values only; any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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
class ScreenLocked:
    """Whether the screen that the source shows is locked now."""

    is_locked: bool


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


@dataclass(frozen=True, slots=True)
class CursorShape:
    """How the cursor looks: a PNG file of this size, and its hot spot.

    `number` names the shape among those of its track. A track keeps its newest `MOST_SHAPES`
    shapes; one that is older gets a new number when it is used again.
    """

    number: int
    width: int
    height: int
    hot_x: int
    hot_y: int
    png: bytes


@dataclass(frozen=True, slots=True)
class CursorState:
    """Where the cursor is: in the pictures, or `is_apart` from them with its hot spot at (x, y).

    `from_us`: pictures grabbed then or later are like that. `shape` is None while the pointer is
    not over the picture. The newest state replaces all before it.
    """

    is_apart: bool = False
    from_us: int = 0
    shape: CursorShape | None = None
    x: int = 0
    y: int = 0


MOST_SHAPES: Final = 128
IN_PICTURE: Final = CursorState()

TrackEvent = (
    CursorState
    | Packet
    | Piece
    | Sketch
    | RepairDone
    | TrackConfig
    | SourceStatus
    | ScreenLocked
    | TrackStats
)
