"""A packet as the bytes that go to the transports, WebSocket header included. Event loop.

Built once for all viewers. One variant, a keyframe or still that tells its reader to paint
everything, is for viewers that lack the still it counts on, and is built when the first of them
needs it. Another, for a viewer that was passed over with a few stills, is built for it alone.
"""

from __future__ import annotations

from dataclasses import replace

from samescreen.flow.flight import Departure
from samescreen.media import Damage, Packet
from samescreen.wire.packets import binary_frame, packet_to_bytes


class FramedPacket:
    """`packet` and its WebSocket frame."""

    __slots__ = ("_whole", "frame", "packet")

    def __init__(self, packet: Packet) -> None:
        self.packet = packet
        self.frame = binary_frame(packet_to_bytes(packet))
        self._whole: bytes | None = None

    def departing(self, now_us: int, grace_us: int) -> Departure:
        """What every viewer it is sent to writes down of it."""
        packet = self.packet
        return Departure(packet.rendition, packet.sequence, len(self.frame), now_us, grace_us)

    def painting(self, damage: Damage) -> bytes:
        """The same packet, to paint this and no more."""
        if damage == self.packet.damage:
            return self.frame
        if damage.is_all:
            return self.whole()
        return binary_frame(packet_to_bytes(replace(self.packet, damage=damage)))

    def whole(self) -> bytes:
        """The same packet, to be painted whole."""
        if self.packet.damage.is_all:
            return self.frame
        if self._whole is None:
            self._whole = binary_frame(packet_to_bytes(replace(self.packet, damage=Damage.ALL)))
        return self._whole
