"""A packet as every subscriber is offered it: encoded once, with its message built once.

Event loop. `outgoing` is for the viewers that were sent the packet before: nearly all. One variant,
a keyframe or still that tells its reader to paint everything, is for viewers that did not receive
the still it builds on; another, of a keyframe, for those that did. Each is built when the first of
them needs it. A viewer that was sent none of the last few stills has a variant of its own.
"""

from __future__ import annotations

from dataclasses import replace

from samescreen.flow.flight import Departure
from samescreen.media import Damage, Packet
from samescreen.wire.outgoing import Outgoing, media


class EncodedPacket:
    """`packet` and its message.

    `is_piece`: a part of the picture that rests, exact. `is_repair`: only for those that lost it.
    """

    __slots__ = ("_first", "_news", "_whole", "is_piece", "is_repair", "outgoing", "packet")

    def __init__(self, packet: Packet, *, is_piece: bool = False, is_repair: bool = False) -> None:
        self.packet = packet
        self.is_piece = is_piece
        self.is_repair = is_repair
        news = packet.news
        self._news = packet.damage if news is None else news
        is_same = self._news == packet.damage
        self.outgoing = media(packet if is_same else replace(packet, damage=self._news))
        self._first: Outgoing | None = self.outgoing if is_same else None
        self._whole: Outgoing | None = None

    def departing(self, now_us: int, grace_us: int) -> Departure:
        """The entry that every viewer it is sent to keeps of it."""
        packet, size_bytes = self.packet, len(self.outgoing.frame)
        return Departure(packet.rendition, packet.sequence, size_bytes, now_us, grace_us)

    def painting(self, damage: Damage) -> Outgoing:
        """The same packet, to paint this area and no more."""
        if damage == self.packet.damage:
            if self._first is None:
                self._first = media(self.packet)
            return self._first
        if damage.is_all:
            return self.whole()
        return media(replace(self.packet, damage=damage))

    def whole(self) -> Outgoing:
        """The same packet, to be painted whole."""
        if self.packet.damage.is_all:
            return self.painting(self.packet.damage)
        if self._whole is None:
            self._whole = media(replace(self.packet, damage=Damage.ALL))
        return self._whole
