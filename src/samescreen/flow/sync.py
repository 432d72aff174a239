"""What one viewer has of the picture, and which packets it can use. Pure.

A viewer is always in one of eight states (`Sync`). `MOVES` is the whole table of transitions; an
event that the table does not name for a state leaves the state as it is. Beside its state a viewer
keeps two areas of the picture: where it was not sent the newest still, and where it still shows
video that others see refined.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from samescreen.media import Damage, Packet, PacketKind, Rendition


class Sync(Enum):
    """How far a viewer is on its way to the newest picture."""

    NEW = auto()
    """It has no picture. It waits for a still and a keyframe."""

    PREVIEWED = auto()
    """It was sent a still. The keyframe it waits for may build on that."""

    PROBING = auto()
    """It waits for one still, and for nothing else until that has measured its path."""

    PROBED = auto()
    """That still is on its way; its ack says what the path carries."""

    WAITING = auto()
    """It shows an older picture and waits for a keyframe; on the jpeg rendition, for a still."""

    IN_STEP = auto()
    """It was sent the newest video."""

    SHOWN = auto()
    """It watches the jpeg rendition and was sent the newest still."""

    PUT_OFF = auto()
    """It asked for fresh starts too often. It is sent nothing until it may have one."""


class Event(Enum):
    """What happens to a viewer."""

    VIDEO_SENT = auto()
    STILL_SENT = auto()
    """To a viewer of the jpeg rendition."""

    PREVIEW_SENT = auto()
    """A still, to a viewer of another rendition."""

    STILL_SKIPPED = auto()
    PREVIEW_SKIPPED = auto()
    STILL_FOR_OTHERS = auto()
    """A still was made that this viewer has no use for."""

    FELL_BEHIND = auto()
    PROBE = auto()
    TRUST = auto()
    """What the path carries is known now, or does not matter any more."""


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
}

_PROBES: Final = (Sync.PROBING, Sync.PROBED)
_HAS_STILL: Final = (Sync.PREVIEWED, Sync.PROBED, Sync.SHOWN)
_HAS_PICTURE: Final = (Sync.IN_STEP, Sync.SHOWN)
_WANTS_STILL: Final = (Sync.NEW, Sync.PREVIEWED, Sync.PROBING, Sync.PROBED, Sync.PUT_OFF)


class SyncState:
    """The state of one viewer; a new one has no picture."""

    __slots__ = ("is_repairing", "lost", "sync", "unseen")

    def __init__(self, sync: Sync = Sync.NEW) -> None:
        self.sync = sync
        self.unseen = Damage.ALL
        """Where stills changed that it was not sent, while it lacks the newest."""

        self.lost = Damage.ALL
        """Where it shows video that others see refined."""

        self.is_repairing = False
        """Pieces that it lost are being made again, and it is sent these."""

    @property
    def needs_picture(self) -> bool:
        """It waits for a keyframe; on the jpeg rendition, for a still."""
        return self.sync not in _HAS_PICTURE

    @property
    def has_still(self) -> bool:
        """It was sent the newest still, so the next keyframe may build on it."""
        return self.sync in _HAS_STILL

    @property
    def is_probing(self) -> bool:
        """It is sent one still and nothing more, to measure its path."""
        return self.sync in _PROBES

    @property
    def is_new(self) -> bool:
        """It was not sent any video, and its path is not being measured."""
        return self.sync in _WANTS_STILL and self.sync not in _PROBES

    def move(self, event: Event) -> None:
        """Go where the table says."""
        self.sync = MOVES.get((self.sync, event), self.sync)

    def wants(self, rendition: Rendition | None) -> frozenset[Rendition]:
        """Of which renditions it needs a packet that stands alone; `rendition`: what it watches."""
        if rendition is None or not self.needs_picture:
            return frozenset()
        if self.is_probing:
            return frozenset((Rendition.JPEG,))
        if rendition is Rendition.MAIN and self.sync in _WANTS_STILL:
            return frozenset((Rendition.MAIN, Rendition.JPEG))
        return frozenset((rendition,))

    def takes(self, packet: Packet, rendition: Rendition | None) -> bool:
        """Packets of the rendition it watches, and stills while it waits for its first keyframe."""
        if self.is_probing:
            return packet.rendition is Rendition.JPEG and self.sync is Sync.PROBING
        if packet.rendition is rendition:
            return True
        is_preview = rendition is Rendition.MAIN and packet.rendition is Rendition.JPEG
        return is_preview and self.sync in _WANTS_STILL

    def paints(self, packet: Packet) -> Damage:
        """What it must paint when it is sent this: more, if it was not sent what came before."""
        if self.has_still:
            return packet.damage
        is_still = packet.kind is PacketKind.STILL
        return self.unseen | packet.damage if is_still else Damage.ALL

    def sent(self, packet: Packet, rendition: Rendition | None) -> None:
        """It was sent this packet; `rendition` is the one it watches."""
        if packet.kind is not PacketKind.STILL:
            self.lost = Damage.ALL
            self.move(Event.VIDEO_SENT)
        else:
            self.lost = self.lost | self.paints(packet)
            is_mine = rendition is Rendition.JPEG
            self.move(Event.STILL_SENT if is_mine else Event.PREVIEW_SENT)
        self.unseen = Damage.ALL

    def skipped(self, still: Packet, rendition: Rendition | None) -> None:
        """There was no room for this still; `rendition` is the one it watches."""
        before = Damage.NONE if self.has_still else self.unseen
        self.unseen = before | still.damage
        is_mine = rendition is Rendition.JPEG
        self.move(Event.STILL_SKIPPED if is_mine else Event.PREVIEW_SKIPPED)

    def ignored(self) -> None:
        """A still was for others; the next one it is sent must be painted whole."""
        self.unseen = Damage.ALL
        self.move(Event.STILL_FOR_OTHERS)
