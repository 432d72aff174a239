"""What one viewer lacks: a picture, a still, the parts that others see refined.

Event loop; the viewer owns it. It decides nothing about who is sent what.
"""

from __future__ import annotations

from dataclasses import dataclass

from samescreen.media import Damage, Packet, PacketKind, Rendition


@dataclass(slots=True)
class Standing:
    """What a viewer lacks. A new one has nothing at all."""

    needs_picture: bool = True
    """It waits for a keyframe (or, on the jpeg rendition, for a still)."""

    wants_still: bool = True
    """It has nothing to look at until then."""

    has_still: bool = False
    """The newest still was sent to it, so the next keyframe may count on that."""

    unseen: Damage = Damage.ALL
    """Where stills changed that it was not sent, while `has_still` is not set."""

    missed: Damage = Damage.ALL
    """Where it sees video that others see refined."""

    takes_repeats: bool = False
    """It has asked for what it missed."""

    is_put_off: bool = False
    """It asked for fresh starts too often, and is shown nothing until it may have one."""

    is_cautious: bool = False
    """It is sent a still and nothing more until that has told what its path carries."""

    def paints(self, packet: Packet) -> Damage:
        """What it must paint when it is sent this; more, if it was not sent what was before."""
        if self.has_still:
            return packet.damage
        is_still = packet.kind is PacketKind.STILL
        return self.unseen | packet.damage if is_still else Damage.ALL

    def sent(self, packet: Packet, rendition: Rendition | None) -> None:
        """It has this now; `rendition` is the one it watches."""
        is_still = packet.kind is PacketKind.STILL
        painted = self.paints(packet) if is_still else Damage.ALL
        self.missed |= painted
        self.has_still, self.unseen = is_still, Damage.ALL
        if not is_still or rendition is Rendition.JPEG:
            self.needs_picture = self.wants_still = False

    def passed_over(self, still: Packet, rendition: Rendition | None) -> None:
        """There was no room for this still; `rendition` is the one it watches."""
        before = Damage.NONE if self.has_still else self.unseen
        self.unseen = before | still.damage
        self.has_still = False
        self.needs_picture |= rendition is Rendition.JPEG
