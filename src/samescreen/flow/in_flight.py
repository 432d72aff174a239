"""The packets that the host sent to one viewer and that the viewer has not acknowledged. Pure."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple


class SentPacket(NamedTuple):
    """One packet, handed to the transports at one moment. All its viewers share this object."""

    rendition: int
    sequence: int
    size_bytes: int
    at_us: int
    grace_us: int = 0
    """How late the host's own event loop is. Acks may have waited this long to be read."""


class DeliveryMark(NamedTuple):
    """How many bytes the viewer had acknowledged in total at one moment."""

    size_bytes: int
    at_us: int


class AckedPacket(NamedTuple):
    """A packet that the viewer acknowledged, and the delivery mark from before it was sent.

    `is_single`: the ack covers no other packet. `was_alone`: and no other packet was in flight
    when this one was sent.
    """

    packet: SentPacket
    before: DeliveryMark
    is_single: bool
    was_alone: bool


class BandwidthSample(NamedTuple):
    """How long one large packet took beyond the path's minimum round trip."""

    size_bytes: int
    took_us: int

    @property
    def rate_bps(self) -> int:
        """A lower bound of the path's bandwidth: a busy viewer makes the sample lower."""
        return self.size_bytes * 8_000_000 // self.took_us


class InFlight:
    """The packets in flight, oldest first. Its memory is bounded by what is in flight."""

    __slots__ = ("_before", "_packets", "delivered", "size_bytes")

    def __init__(self) -> None:
        self.size_bytes = 0
        self.delivered = DeliveryMark(0, 0)
        self._packets: deque[SentPacket] = deque()
        self._before: deque[DeliveryMark] = deque()  # for each packet

    def __len__(self) -> int:
        return len(self._packets)

    def add(self, sent: SentPacket) -> None:
        """Record a packet that the host has just sent."""
        if not self._packets:  # an idle gap must not lower the next delivery rate
            self.delivered = DeliveryMark(self.delivered.size_bytes, sent.at_us)
        self._packets.append(sent)
        self._before.append(self.delivered)
        self.size_bytes += sent.size_bytes

    def acknowledge(self, rendition: int, sequence: int, now_us: int) -> AckedPacket | None:
        """Remove this packet and all packets sent before it; None if it is not in flight."""
        count = self._position_of(rendition, sequence)
        if not count:
            return None
        packet, before = self._packets[count - 1], self._before[count - 1]
        size_bytes = self._remove(count)
        self.delivered = DeliveryMark(self.delivered.size_bytes + size_bytes, now_us)
        is_single = count == 1
        arrived_since = self.delivered.size_bytes - before.size_bytes
        was_alone = is_single and arrived_since == packet.size_bytes
        return AckedPacket(packet, before, is_single, was_alone)

    def oldest_us(self) -> int | None:
        """When the oldest packet was sent; None when nothing is in flight."""
        return self._packets[0].at_us if self._packets else None

    def clear(self) -> None:
        """Remove all packets without counting them as delivered."""
        self._packets.clear()
        self._before.clear()
        self.size_bytes = 0

    def _remove(self, count: int) -> int:
        """Remove the oldest `count` packets and return their total size in bytes."""
        if count == len(self._packets):  # the usual case on a fast path
            size_bytes = self.size_bytes
            self.clear()
            return size_bytes
        size_bytes = 0
        for _ in range(count):
            size_bytes += self._packets.popleft().size_bytes
            self._before.popleft()
        self.size_bytes -= size_bytes
        return size_bytes

    def _position_of(self, rendition: int, sequence: int) -> int:
        """The packet's position in flight, counted from 1 for the oldest; 0 if absent."""
        if not self._packets:
            return 0
        newest = self._packets[-1]
        if newest.sequence == sequence and newest.rendition == rendition:
            return len(self._packets)
        for position, packet in enumerate(self._packets, 1):
            if packet.sequence == sequence and packet.rendition == rendition:
                return position
        return 0
