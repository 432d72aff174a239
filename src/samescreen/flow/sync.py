"""What one viewer has of the picture, and which packets it can use. Pure.

A viewer is always in one of ten states (`Sync`). `MOVES` is the complete table of transitions; an
event that the table does not list for a state leaves the state unchanged. Beside its state, a
viewer has two areas of the picture: where stills that it was not sent changed, and where it still
shows video although other viewers see refined pieces.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from samescreen.media import Damage, Packet, PacketKind, Rendition

from .in_flight import BandwidthSample


class Sync(Enum):
    """How much of the newest picture a viewer has."""

    NEW = auto()
    """The viewer has no picture. It waits for a still and a keyframe."""

    PREVIEWED = auto()
    """The host has sent it a still. The keyframe that it waits for may build on that still."""

    PROBING = auto()
    """The viewer waits for one still, or for a sketch, which is a small and coarse one. It gets
    nothing else until that has measured its path."""

    PROBED = auto()
    """That still is in flight; its ack will show the bandwidth of the path."""

    SKETCHED = auto()
    """A sketch is in flight; its ack will show the bandwidth of the path. Nothing builds on it."""

    MEASURING = auto()
    """The sketch took long. Before video, one whole still measures the path better."""

    WAITING = auto()
    """The viewer shows an older picture. It waits for a keyframe, or on jpeg for a still."""

    IN_STEP = auto()
    """The host has sent it the newest video."""

    SHOWN = auto()
    """The viewer watches the jpeg rendition, and the host has sent it the newest still."""

    PUT_OFF = auto()
    """The viewer requested fresh starts too often. It gets nothing until the next is allowed."""


class Event(Enum):
    """What happens to a viewer."""

    VIDEO_SENT = auto()
    STILL_SENT = auto()
    """A still, to a viewer of the jpeg rendition."""

    PREVIEW_SENT = auto()
    """A still, to a viewer of another rendition."""

    SKETCH_SENT = auto()
    STILL_SKIPPED = auto()
    PREVIEW_SKIPPED = auto()
    STILL_FOR_OTHERS = auto()
    """The track made a still that this viewer cannot use."""

    FELL_BEHIND = auto()
    PROBE = auto()
    DOUBT = auto()
    """The sketch took long, but it is too small to show why: the page may have been starting."""

    TRUST = auto()
    """The bandwidth of the path is known, or no longer matters."""


MOVES: Final[dict[tuple[Sync, Event], Sync]] = {
    (Sync.NEW, Event.VIDEO_SENT): Sync.IN_STEP,
    (Sync.PREVIEWED, Event.VIDEO_SENT): Sync.IN_STEP,
    (Sync.WAITING, Event.VIDEO_SENT): Sync.IN_STEP,
    (Sync.NEW, Event.STILL_SENT): Sync.SHOWN,
    (Sync.PREVIEWED, Event.STILL_SENT): Sync.SHOWN,
    (Sync.WAITING, Event.STILL_SENT): Sync.SHOWN,
    (Sync.IN_STEP, Event.STILL_SENT): Sync.SHOWN,
    (Sync.NEW, Event.PREVIEW_SENT): Sync.PREVIEWED,
    (Sync.PROBING, Event.PREVIEW_SENT): Sync.PROBED,
    (Sync.PROBING, Event.SKETCH_SENT): Sync.SKETCHED,
    (Sync.SHOWN, Event.STILL_SKIPPED): Sync.WAITING,
    (Sync.IN_STEP, Event.STILL_SKIPPED): Sync.WAITING,
    (Sync.PREVIEWED, Event.STILL_SKIPPED): Sync.NEW,
    (Sync.PREVIEWED, Event.PREVIEW_SKIPPED): Sync.NEW,
    (Sync.PROBED, Event.STILL_FOR_OTHERS): Sync.PROBING,
    (Sync.PREVIEWED, Event.STILL_FOR_OTHERS): Sync.NEW,
    (Sync.SHOWN, Event.STILL_FOR_OTHERS): Sync.IN_STEP,
    (Sync.IN_STEP, Event.FELL_BEHIND): Sync.WAITING,
    (Sync.SHOWN, Event.FELL_BEHIND): Sync.WAITING,
    (Sync.NEW, Event.PROBE): Sync.PROBING,
    (Sync.PREVIEWED, Event.PROBE): Sync.PROBED,
    (Sync.PROBING, Event.TRUST): Sync.NEW,
    (Sync.PROBED, Event.TRUST): Sync.PREVIEWED,
    (Sync.SKETCHED, Event.TRUST): Sync.NEW,
    (Sync.SKETCHED, Event.DOUBT): Sync.MEASURING,
    (Sync.MEASURING, Event.PREVIEW_SENT): Sync.PROBED,
    (Sync.MEASURING, Event.TRUST): Sync.NEW,
}

_PROBES: Final = (Sync.PROBING, Sync.PROBED, Sync.SKETCHED, Sync.MEASURING)
_WAITS_FOR_PROBE: Final = (Sync.PROBING, Sync.MEASURING)
LONG_SKETCH_US: Final = 50_000
"""What took less says that the path is good enough, however small the sketch was."""
SLOW_SKETCH_BPS: Final = 4_000_000
"""Below it, a whole still before video measures the path better."""
_HAS_STILL: Final = (Sync.PREVIEWED, Sync.PROBED, Sync.SHOWN)
_HAS_PICTURE: Final = (Sync.IN_STEP, Sync.SHOWN)
_WANTS_STILL: Final = (Sync.NEW, Sync.PREVIEWED, *_PROBES, Sync.PUT_OFF)


def is_narrow(sketch: BandwidthSample) -> bool:
    """Whether a sketch took so long that the path may be too narrow for still and video at once."""
    return sketch.took_us > LONG_SKETCH_US and sketch.rate_bps < SLOW_SKETCH_BPS


class SyncState:
    """The state of one viewer; a new viewer has no picture."""

    __slots__ = ("is_repairing", "lost", "sync", "unseen")

    def __init__(self, sync: Sync = Sync.NEW) -> None:
        self.sync = sync
        self.unseen = Damage.ALL
        """Where stills that the viewer was not sent changed the picture."""

        self.lost = Damage.ALL
        """Where it shows video although others see refined pieces."""

        self.is_repairing = False
        """The track is making pieces again that this viewer lost."""

    @property
    def needs_picture(self) -> bool:
        """Whether the viewer waits for a keyframe, or on the jpeg rendition for a still."""
        return self.sync not in _HAS_PICTURE

    @property
    def has_still(self) -> bool:
        """Whether the host has sent it the newest still, on which the next keyframe may build."""
        return self.sync in _HAS_STILL

    @property
    def is_probing(self) -> bool:
        """Whether the viewer gets only one still, which measures its path."""
        return self.sync in _PROBES

    @property
    def is_new(self) -> bool:
        """Whether the host has sent it no video yet and is not measuring its path."""
        return self.sync in _WANTS_STILL and self.sync not in _PROBES

    def move(self, event: Event) -> None:
        """Make the transition that the table lists, if there is one."""
        self.sync = MOVES.get((self.sync, event), self.sync)

    @property
    def waits_for_sketch(self) -> bool:
        """Whether the viewer takes a small, coarse still, to begin with and to measure its path."""
        return self.sync is Sync.PROBING

    def trust(self, sample: BandwidthSample | None) -> None:
        """Record the ack of what measured the path; None: it was too small to measure it."""
        is_slow = self.sync is Sync.SKETCHED and sample is not None and is_narrow(sample)
        self.move(Event.DOUBT if is_slow else Event.TRUST)

    def wants(self, rendition: Rendition | None) -> frozenset[Rendition]:
        """Of which renditions it needs a keyframe or still; `rendition` is what it watches."""
        if rendition is None or not self.needs_picture:
            return frozenset()
        if self.sync is Sync.SKETCHED:
            return frozenset()
        if self.is_probing:
            return frozenset((Rendition.JPEG,))
        if rendition is Rendition.MAIN and self.sync in _WANTS_STILL:
            return frozenset((Rendition.MAIN, Rendition.JPEG))
        return frozenset((rendition,))

    def takes(self, packet: Packet, rendition: Rendition | None) -> bool:
        """Whether it can use a packet: of its rendition, or a still before its first keyframe."""
        if self.is_probing:
            return packet.rendition is Rendition.JPEG and self.sync in _WAITS_FOR_PROBE
        if packet.rendition is rendition:
            return True
        is_preview = rendition is Rendition.MAIN and packet.rendition is Rendition.JPEG
        return is_preview and self.sync in _WANTS_STILL

    def paints(self, packet: Packet) -> Damage:
        """What it must paint of this packet: more than its damage if it lacks earlier packets."""
        if self.has_still:
            return packet.damage
        is_still = packet.kind is PacketKind.STILL
        return self.unseen | packet.damage if is_still else Damage.ALL

    def sent(self, packet: Packet, rendition: Rendition | None) -> None:
        """Record a packet that the host has sent it; `rendition` is what it watches."""
        if packet.kind is not PacketKind.STILL:
            self.lost = Damage.ALL
            self.move(Event.VIDEO_SENT)
        else:
            self.lost = self.lost | self.paints(packet)
            is_mine = rendition is Rendition.JPEG
            self.move(Event.STILL_SENT if is_mine else Event.PREVIEW_SENT)
        self.unseen = Damage.ALL

    def skipped(self, still: Packet, rendition: Rendition | None) -> None:
        """Record a still that had no room in its window; `rendition` is what it watches."""
        before = Damage.NONE if self.has_still else self.unseen
        self.unseen = before | still.damage
        is_mine = rendition is Rendition.JPEG
        self.move(Event.STILL_SKIPPED if is_mine else Event.PREVIEW_SKIPPED)

    def ignored(self) -> None:
        """Record a still that it cannot use: it must paint the next one whole."""
        self.unseen = Damage.ALL
        self.move(Event.STILL_FOR_OTHERS)
