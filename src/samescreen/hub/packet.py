"""A packet as every subscriber is offered it: encoded once, with its message built once.

Event loop. One variant, a keyframe or still that tells its reader to paint everything, is for
viewers that did not receive the still it builds on; it is built when the first of them needs it.
Another, for a viewer that was sent none of the last few stills, is built for that viewer alone.
"""

from __future__ import annotations

from dataclasses import replace

from samescreen.flow.in_flight import SentPacket
from samescreen.media import Damage, Packet
from samescreen.wire.outgoing import Outgoing, media


class EncodedPacket:
    """`packet` and its message.

    `is_piece`: a part of the picture that rests, exact. `is_repair`: only for those that lost it.
    """

    __slots__ = ("_whole", "is_piece", "is_repair", "outgoing", "packet")

    def __init__(self, packet: Packet, *, is_piece: bool = False, is_repair: bool = False) -> None:
        self.packet = packet
        self.is_piece = is_piece
        self.is_repair = is_repair
        self.outgoing = media(packet)
        self._whole: Outgoing | None = None

    def as_sent(self, now_us: int, grace_us: int) -> SentPacket:
        """The entry that every viewer it is sent to keeps of it."""
        packet, size_bytes = self.packet, len(self.outgoing.frame)
        return SentPacket(packet.rendition, packet.sequence, size_bytes, now_us, grace_us)

    def painting(self, damage: Damage) -> Outgoing:
        """The same packet, to paint this area and no more."""
        if damage == self.packet.damage:
            return self.outgoing
        if damage.is_all:
            return self.whole()
        return media(replace(self.packet, damage=damage))

    def whole(self) -> Outgoing:
        """The same packet, to be painted whole."""
        if self.packet.damage.is_all:
            return self.outgoing
        if self._whole is None:
            self._whole = media(replace(self.packet, damage=Damage.ALL))
        return self._whole
