"""What a relay lost of one track of pictures, and how the next packets make up for it. Pure.

Viewers compare packets with the last still. A relay that missed a still cannot say what changed
since, so until the next one its keyframes say that everything did. Exact pieces that it missed are
made again, and are new ones for its viewers.
"""

from __future__ import annotations

from dataclasses import replace

from samescreen.media import Damage, Packet, PacketKind, Rendition
from samescreen.wire.published import Published


class Gaps:
    """Of one track, since its first packet."""

    __slots__ = ("_has_missed_still", "_repairs", "lacks_pieces")

    def __init__(self) -> None:
        self._has_missed_still = True
        self._repairs = False
        self.lacks_pieces = False
        """Pieces are missing; nobody has been asked for them yet."""

    def lost(self, rendition: Rendition, *, is_first: bool = False) -> None:
        """Packets of this rendition are missing. `is_first`: viewers here had none before."""
        if rendition is Rendition.JPEG:
            self._has_missed_still = True
            self.lacks_pieces = self.lacks_pieces or not is_first

    def asked(self) -> None:
        """The origin was asked for all pieces."""
        self.lacks_pieces, self._repairs = False, True

    def repaired(self) -> None:
        """The origin has sent them."""
        self._repairs = False

    def passed(self, published: Published) -> Published:
        """The packet as viewers here must get it."""
        packet = published.packet
        if published.is_sketch or packet.kind is PacketKind.AUDIO:
            return published
        if packet.kind is PacketKind.STILL and not packet.is_keyframe:
            return replace(published, is_repair=False) if self._repairs else published
        if not packet.is_keyframe or not self._has_missed_still:
            return published
        if packet.kind is PacketKind.STILL:
            self._has_missed_still = False
        return replace(published, packet=_of_everything(packet))


def _of_everything(packet: Packet) -> Packet:
    """The same packet, with everything changed since a still that viewers may not have."""
    if packet.kind is PacketKind.STILL:
        return replace(packet, damage=Damage.ALL, news=None)
    news = packet.damage if packet.news is None else packet.news
    return replace(packet, damage=Damage.ALL, news=None if news.is_all else news)
