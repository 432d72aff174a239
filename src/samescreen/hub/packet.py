"""A packet as the stream offers it to every subscriber: encoded once, its message built once.

Event loop. `outgoing` is for the viewers that were sent the packet before: nearly all. Viewers that
start on a keyframe get another variant: it tells them to paint what changed since the last still,
or, without that still, everything. Each of these is built once, when the first viewer needs it. A
viewer that skipped the last few stills gets a variant with their damage, built for it alone.
"""

from __future__ import annotations

from dataclasses import replace

from samescreen.flow.in_flight import SentPacket
from samescreen.media import Damage, Packet
from samescreen.wire.outgoing import Outgoing, media


class EncodedPacket:
    """`packet` and its message.

    `is_piece`: no picture that others build on, but an exact part of one. `is_repair`: only for
    subscribers that lost it. `is_sketch`: instead a coarse still, only for those that wait for one.
    """

    __slots__ = (
        "_first",
        "_news",
        "_whole",
        "is_piece",
        "is_repair",
        "is_sketch",
        "outgoing",
        "packet",
    )

    def __init__(
        self,
        packet: Packet,
        *,
        is_piece: bool = False,
        is_repair: bool = False,
        is_sketch: bool = False,
    ) -> None:
        self.packet = packet
        self.is_piece = is_piece
        self.is_repair = is_repair
        self.is_sketch = is_sketch
        news = packet.news
        self._news = packet.damage if news is None else news
        is_same = self._news == packet.damage
        self.outgoing = media(packet if is_same else replace(packet, damage=self._news))
        self._first: Outgoing | None = self.outgoing if is_same else None
        self._whole: Outgoing | None = None

    def as_sent(self, now_us: int, grace_us: int) -> SentPacket:
        """The record that each viewer keeps of this packet while it is in flight."""
        packet, size_bytes = self.packet, len(self.outgoing.frame)
        return SentPacket(packet.rendition, packet.sequence, size_bytes, now_us, grace_us)

    def painting(self, damage: Damage) -> Outgoing:
        """The message of this packet with another damage."""
        if damage == self.packet.damage:
            if self._first is None:
                self._first = media(self.packet)
            return self._first
        if damage.is_all:
            return self.whole()
        return media(replace(self.packet, damage=damage))

    def whole(self) -> Outgoing:
        """The message of this packet that tells a viewer to paint all of it."""
        if self.packet.damage.is_all:
            return self.painting(self.packet.damage)
        if self._whole is None:
            self._whole = media(replace(self.packet, damage=Damage.ALL))
        return self._whole
