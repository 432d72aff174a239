"""Round-trip times of one path: smoothed, minimum, and the standing queue above it. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

_MIN_RTT_SPAN_US: Final = 10_000_000
_NO_QUEUE_US: Final = 20_000
_SMOOTHING: Final = 8
_STANDING_US: Final = 120_000
_STANDING_SAMPLES: Final = 3


class RttEstimator:
    """The smoothed round trip, its minimum, and the standing queue above the minimum.

    The minimum is that of the last ten seconds. Only the round trip of a packet that was *alone*
    in flight may raise it. All others include the queue that the viewer's own packets make: on a
    path that stays full, a minimum that followed them would grow with the queue and hide it.

    One late ack means little. A queue is *standing* when even the best round trip of the last
    120 ms is long (the idea of CoDel, RFC 8289).
    """

    __slots__ = ("_confirmed_us", "_lows", "_queues", "_resumed_us", "queue_us", "rtt_us")

    def __init__(self) -> None:
        self.rtt_us: int | None = None
        self.queue_us = 0
        self._resumed_us = 0
        self._confirmed_us = 0
        self._lows: deque[tuple[int, int]] = deque()  # (time, RTT), both rising
        self._queues: deque[tuple[int, int]] = deque()  # (time, queue) of the last acks

    def min_rtt_us(self) -> int:
        """The path's round trip without queues; 0 before the first sample."""
        return self._lows[0][1] if self._lows else 0

    def is_stale(self, now_us: int) -> bool:
        """Whether no round trip of the last ten seconds came near the minimum.

        Then either a queue stands, or the path is longer than it was. Only a packet that is alone
        in flight can tell.
        """
        return self._confirmed_us < now_us - _MIN_RTT_SPAN_US

    def on_round_trip(self, rtt_us: int, now_us: int) -> None:
        """Record the round trip of a message that was alone on the path."""
        self._confirmed_us = now_us
        while self._lows and self._lows[-1][1] >= rtt_us:
            self._lows.pop()
        self._lows.append((now_us, rtt_us))
        while self._lows[0][0] < now_us - _MIN_RTT_SPAN_US:
            self._lows.popleft()

    def on_outage_end(self, now_us: int) -> None:
        """Ignore the delays of an outage: packets sent before its end measure no queue."""
        self._resumed_us = now_us
        self._queues.clear()
        self.queue_us = 0

    def on_ack(self, rtt_us: int, now_us: int, *, was_alone: bool) -> None:
        """Record the round trip of a packet that the viewer decoded and acknowledged."""
        if self.rtt_us is None:
            self.rtt_us = rtt_us
        self.rtt_us += (rtt_us - self.rtt_us) // _SMOOTHING
        if was_alone or rtt_us <= self.min_rtt_us() or not self._lows:
            self.on_round_trip(rtt_us, now_us)
        elif rtt_us - self.min_rtt_us() < _NO_QUEUE_US:
            self._confirmed_us = now_us
        if now_us - rtt_us < self._resumed_us:
            return
        self._queues.append((now_us, rtt_us - self.min_rtt_us()))
        while len(self._queues) > _STANDING_SAMPLES and self._queues[0][0] < now_us - _STANDING_US:
            self._queues.popleft()
        is_known = len(self._queues) >= _STANDING_SAMPLES
        self.queue_us = min(queue for _, queue in self._queues) if is_known else 0
