"""One connection that carries all streams of this host to a relay: what fits into it. Pure.

The relay reports how many bytes of media came (`got`). So the connection has one congestion window
for all its tracks, by the same rules as a viewer's. Nothing queues: what does not fit is dropped,
and a keyframe repairs the gap later.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from .congestion_window import CongestionWindow
from .in_flight import SentPacket
from .outbox import DEFAULT_LIMITS, Limits

SOUND_BACKLOG_BYTES: Final = 192 * 1024
"""With more than this waiting, sound would arrive too late."""
PIECE_BYTES: Final = 32 * 1024
"""Larger than nearly all pieces of refinement."""


class UpLink:
    """What is in flight to the relay. `report_us`: how often the relay reports."""

    __slots__ = ("_limits", "_sent", "_sent_bytes", "_waiting", "window")

    def __init__(self, report_us: int, limits: Limits = DEFAULT_LIMITS) -> None:
        self.window = CongestionWindow()
        self.window.set_ack_interval(report_us)
        self._limits = limits
        self._sent = 0
        self._sent_bytes = 0
        self._waiting: deque[tuple[int, int]] = deque()
        """For each message in flight: the count of bytes that ends with it, and its number."""

    def sent(self, size_bytes: int, at_us: int, grace_us: int = 0) -> None:
        """A message with media was handed to the connection."""
        self._sent += 1
        self._sent_bytes += size_bytes
        self._waiting.append((self._sent_bytes, self._sent))
        self.window.on_sent(SentPacket(0, self._sent, size_bytes, at_us, grace_us))

    def got(self, total_bytes: int, held_us: int, now_us: int) -> None:
        """So many bytes came on this connection, the last of them `held_us` before the report.

        A count that makes no sense changes nothing.
        """
        newest = None
        while self._waiting and self._waiting[0][0] <= total_bytes:
            newest = self._waiting.popleft()[1]
        if newest is not None:
            self.window.on_ack(0, newest, max(0, held_us), now_us)

    def round_trip(self, rtt_us: int, now_us: int) -> None:
        """A message too small to queue made this round trip while nothing was in flight."""
        self.window.on_round_trip(rtt_us, now_us)

    @property
    def is_idle(self) -> bool:
        """Everything that was sent has arrived."""
        return not self._waiting

    @property
    def queue_us(self) -> int:
        """How long a picture waits on its way up; 0: none is on its way."""
        return 0 if self.is_idle else self.window.queue_us

    @property
    def has_room(self) -> bool:
        """Whether another picture may be sent."""
        return self.window.has_room()

    def has_room_for_piece(self, size_bytes: int = PIECE_BYTES) -> bool:
        """Whether a piece of this size would delay nothing."""
        return self.window.has_room_beside(size_bytes)

    def has_room_for_still(self, buffered_bytes: int) -> bool:
        """Whether a whole still may be sent; `buffered_bytes`: not given to the system yet."""
        return not buffered_bytes and len(self.window) < self._limits.stills_in_flight

    def is_behind(self, buffered_bytes: int, now_us: int, grace_us: int = 0) -> bool:
        """Whether more is in flight than can arrive in time."""
        if buffered_bytes > self._limits.buffered_bytes:
            return True
        knows_path = self.window.rtt_us is not None
        patience_us = self._limits.late_us if knows_path else self._limits.first_ack_us
        return now_us - grace_us > self.window.ack_due_us + patience_us

    def capacity_bps(self) -> int | None:
        """What the path carries; None, for unknown, while no queue stands."""
        return self.window.capacity_bps()
