"""A packet as the bytes that go to the transports, WebSocket header included. Event loop.

Built once for all viewers. The one variant, a keyframe that tells its reader to paint everything,
is for viewers that lack the still the keyframe counts on, and is built when the first of them
needs it.
"""

from __future__ import annotations

from dataclasses import replace

from samescreen.flow.flight import Departure
from samescreen.media import Packet
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

    def whole(self) -> bytes:
        """The same packet, to be painted whole."""
        if not self.packet.damage:
            return self.frame
        if self._whole is None:
            self._whole = binary_frame(packet_to_bytes(replace(self.packet, damage=())))
        return self._whole
