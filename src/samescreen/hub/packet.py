"""A packet as the stream offers it to every subscriber: encoded once, its message built once.

Event loop. Viewers that lack the still on which a keyframe builds get a variant that tells them to
paint everything; it is built once, when the first of them needs it. A viewer that skipped the last
few stills gets a variant with their damage, built for that viewer alone.
"""

from __future__ import annotations

from dataclasses import replace

from samescreen.flow.in_flight import SentPacket
from samescreen.media import Damage, Packet
from samescreen.wire.outgoing import Outgoing, media


class EncodedPacket:
    """`packet` and its message.

    `is_piece`: an exact part of the picture. `is_repair`: only for subscribers that lost it.
    """

    __slots__ = ("_whole", "is_piece", "is_repair", "outgoing", "packet")

    def __init__(self, packet: Packet, *, is_piece: bool = False, is_repair: bool = False) -> None:
        self.packet = packet
        self.is_piece = is_piece
        self.is_repair = is_repair
        self.outgoing = media(packet)
        self._whole: Outgoing | None = None

    def as_sent(self, now_us: int, grace_us: int) -> SentPacket:
        """The record that each viewer keeps of this packet while it is in flight."""
        packet, size_bytes = self.packet, len(self.outgoing.frame)
        return SentPacket(packet.rendition, packet.sequence, size_bytes, now_us, grace_us)

    def painting(self, damage: Damage) -> Outgoing:
        """The message of this packet with another damage."""
        if damage == self.packet.damage:
            return self.outgoing
        if damage.is_all:
            return self.whole()
        return media(replace(self.packet, damage=damage))

    def whole(self) -> Outgoing:
        """The message of this packet that tells a viewer to paint all of it."""
        if self.packet.damage.is_all:
            return self.outgoing
        if self._whole is None:
            self._whole = media(replace(self.packet, damage=Damage.ALL))
        return self._whole
