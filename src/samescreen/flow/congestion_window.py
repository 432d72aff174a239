"""How many bytes may be in flight to one viewer: a congestion window, learned from acks. Pure.

The goal is that the viewer sees the newest picture. So nothing may queue for long between the host
and the viewer's decoder: not in the kernel, in a proxy, in a Wi-Fi router or in the browser. TCP
alone cannot ensure that, because it counts bytes received and not pictures decoded. The host
therefore records every packet that it sends until the viewer has *decoded* it. An ack names the
newest decoded packet and how long the viewer delayed the ack (`held_us`), which the host subtracts.

The acks give the round trip, its minimum (the path without queues, `rtt.py`) and the delivery rate.
One late ack means little, since a busy machine delays many; `rtt.py` reports only a queue that
stands. The window follows TCP Vegas (Brakmo and Peterson, 1995) on top of TCP:

- While no queue stands and the window is fully used, it grows; it doubles at first (slow start).
- When a queue of more than `high` stands, it shrinks to what the path holds: the delivery rate ×
  (minimum round trip + ack delay + high).
- When a queue has stood for ten seconds, the host cannot tell it from a longer path. So the window
  admits one packet at a time until one was alone in flight and has shown the round trip without a
  queue (the idea of BBR's ProbeRTT). That costs a pause of a few frames.
- On an idle path the acks say nothing about capacity, so the window stays as it is. Screens are
  often idle for seconds and then scroll.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from .in_flight import AckedPacket, BandwidthSample, DeliveryMark, InFlight, SentPacket
from .rtt import RttEstimator

START_BYTES: Final = 256 * 1024
FLOOR_BYTES: Final = 12 * 1024
CEILING_BYTES: Final = 4 << 20
NEVER_US: Final = 2**62
_SAMPLE_BYTES: Final = 12 * 1024
_SAMPLES: Final = 4
_OUTAGE_US: Final = 400_000
_OUTAGE_BPS: Final = 250_000
_STEP_BYTES: Final = 16 * 1024
_RATE_SPAN_US: Final = 500_000
_LOW_US: Final = 20_000
_HIGH_MIN_US: Final = 50_000
_HIGH_MAX_US: Final = 80_000


class CongestionWindow:
    """The packets in flight to one viewer, and the limit on their size. Its memory is bounded."""

    __slots__ = (
        "_ack_interval_us",
        "_announced_us",
        "_is_probing",
        "_is_slow_start",
        "_rates",
        "_rtt",
        "_samples",
        "_was_full",
        "ack_due_us",
        "in_flight",
        "size_bytes",
    )

    def __init__(self) -> None:
        self.size_bytes = START_BYTES
        self.ack_due_us = NEVER_US
        """When the ack of the oldest packet in flight arrives if no queue delays it."""
        self._samples: deque[BandwidthSample] = deque(maxlen=_SAMPLES)
        self.in_flight = InFlight()
        self._rtt = RttEstimator()
        self._rates: deque[tuple[int, int]] = deque()  # (time, bit/s), rates falling
        self._ack_interval_us = self._announced_us = 0
        self._is_slow_start = True
        self._is_probing = False
        """Whether one packet at a time is admitted, to measure the path without a queue."""
        self._was_full = False

    def __len__(self) -> int:
        return len(self.in_flight)

    @property
    def rtt_us(self) -> int | None:
        """The smoothed round trip; None before the first ack."""
        return self._rtt.rtt_us

    @property
    def queue_us(self) -> int:
        """The delay that the standing queue adds; 0 when none stands."""
        return self._rtt.queue_us

    @property
    def bandwidth_sample(self) -> BandwidthSample | None:
        """The fastest of the last large packets that were in flight alone.

        Each is a lower bound of the path's bandwidth, because a busy machine slows some of them.
        """
        return max(self._samples, key=lambda sample: sample.rate_bps, default=None)

    @property
    def largest_sample(self) -> BandwidthSample | None:
        """The largest of the same packets: its time says most about the path and least about the
        viewer."""
        return max(self._samples, key=lambda sample: sample.size_bytes, default=None)

    @property
    def in_flight_bytes(self) -> int:
        return self.in_flight.size_bytes

    def has_room(self) -> bool:
        """Whether the host may send another picture."""
        return self.in_flight.size_bytes < (1 if self._is_probing else self.size_bytes)

    def has_room_beside(self, size_bytes: int) -> bool:
        """Whether so many more bytes in flight would leave half of the window to pictures."""
        in_flight = self.in_flight.size_bytes
        return not in_flight or 2 * (in_flight + size_bytes) <= self.size_bytes

    def set_ack_interval(self, interval_us: int) -> None:
        """Record the ack interval that the host announces; the viewer may still use the last."""
        self._ack_interval_us = max(interval_us, self._announced_us)
        self._announced_us = interval_us
        self._update_ack_due()

    def on_round_trip(self, rtt_us: int, now_us: int) -> None:
        """Record the round trip of a message too small to queue."""
        self._rtt.on_round_trip(max(1, rtt_us), now_us)

    def on_sent(self, sent: SentPacket) -> None:
        """Record a packet that the host handed to the transport."""
        in_flight = self.in_flight
        was_empty = not in_flight.size_bytes
        in_flight.add(sent)
        if was_empty:
            self._update_ack_due()
        if in_flight.size_bytes >= self.size_bytes:
            self._was_full = True

    def on_ack(self, rendition: int, sequence: int, held_us: int, now_us: int) -> bool:
        """Record that the viewer decoded this packet, and so all packets sent before it.

        Returns False and changes nothing if the packet is not in flight, so false and repeated
        acks gain a viewer nothing.
        """
        before = self.in_flight.delivered
        acked = self.in_flight.acknowledge(rendition, sequence, now_us)
        if acked is None:
            return False
        if self._was_outage(before, now_us):
            self._rtt.on_outage_end(now_us)
        travelled_us = now_us - acked.packet.at_us
        # A longer delay than the packet's whole journey is a lie or a bad clock.
        rtt_us = max(1, travelled_us - min(held_us, travelled_us))
        self._record_rtt(acked, rtt_us, now_us)
        self._sample_rate(acked, now_us)
        if acked.is_single and acked.packet.size_bytes >= _SAMPLE_BYTES:
            took_us = max(1000, rtt_us - self.min_rtt_us())
            self._samples.append(BandwidthSample(acked.packet.size_bytes, took_us))
        self._adapt()
        self._is_probing = self.is_congested() and self._rtt.is_stale(now_us)
        self._update_ack_due()
        return True

    def oldest_age_us(self, now_us: int) -> int:
        """How long ago the oldest packet in flight was sent; 0 when nothing is in flight."""
        oldest_us = self.in_flight.oldest_us()
        return 0 if oldest_us is None else now_us - oldest_us

    def expected_ack_us(self) -> int:
        """The time from a packet to its ack without queues: round trip and ack interval."""
        return self.min_rtt_us() + self._ack_interval_us

    def min_rtt_us(self) -> int:
        """The path's round trip without queues; 0 before the first sample."""
        return self._rtt.min_rtt_us()

    def rate_bps(self) -> int:
        """The highest delivery rate of the last half second with acks; 0 before the first.

        It equals the path's capacity only while the window is full. Otherwise the capacity may be
        higher.
        """
        return self._rates[0][1] if self._rates else 0

    def is_congested(self) -> bool:
        """Whether the standing queue makes pictures too old."""
        queue_us = self.queue_us
        return queue_us > _HIGH_MIN_US and queue_us > self._high_us()

    def capacity_bps(self) -> int | None:
        """The path's capacity; None, for unknown, while no queue stands."""
        return self.rate_bps() if self.is_congested() else None

    def discard_in_flight(self) -> None:
        """Expect no acks for the packets in flight: the viewer starts afresh."""
        self.in_flight.clear()
        self._update_ack_due()

    def _update_ack_due(self) -> None:
        oldest_us = self.in_flight.oldest_us()
        self.ack_due_us = NEVER_US if oldest_us is None else oldest_us + self.expected_ack_us()

    def _high_us(self) -> int:
        """The longest good queue: 50 ms on a LAN, up to 80 ms on a long path."""
        return max(_HIGH_MIN_US, min(_HIGH_MAX_US, self.min_rtt_us()))

    def _was_outage(self, before: DeliveryMark, now_us: int) -> bool:
        """Whether almost nothing arrived for so long that the path must have been cut."""
        gap_us = now_us - before.at_us
        size_bytes = self.in_flight.delivered.size_bytes - before.size_bytes
        return gap_us > _OUTAGE_US and size_bytes * 8_000_000 // gap_us < _OUTAGE_BPS

    def _record_rtt(self, acked: AckedPacket, rtt_us: int, now_us: int) -> None:
        """Record a round trip, without the time that a large packet takes for itself."""
        size_bytes = acked.packet.size_bytes
        is_slow = self._is_probing or size_bytes >= _SAMPLE_BYTES
        if acked.was_alone and is_slow and self.min_rtt_us():
            own_us = size_bytes * 8_000_000 // max(1, self.rate_bps())
            self._rtt.on_ack(rtt_us, now_us, was_alone=False)
            self._rtt.on_round_trip(max(self.min_rtt_us(), rtt_us - own_us), now_us)
        else:
            self._rtt.on_ack(rtt_us, now_us, was_alone=acked.was_alone)

    def _sample_rate(self, acked: AckedPacket, now_us: int) -> None:
        """Record the delivery rate between sending a packet and its ack (BBR's estimator)."""
        elapsed_us = max(1000, now_us - acked.before.at_us)
        size_bytes = self.in_flight.delivered.size_bytes - acked.before.size_bytes
        rate_bps = size_bytes * 8_000_000 // elapsed_us
        while self._rates and self._rates[-1][1] <= rate_bps:
            self._rates.pop()
        self._rates.append((now_us, rate_bps))
        while self._rates[0][0] < now_us - _RATE_SPAN_US:
            self._rates.popleft()

    def _adapt(self) -> None:
        """Shrink to what the path holds when a queue stands; grow while the window is full."""
        if self.is_congested():
            self._is_slow_start = False
            holds = self.rate_bps() * (self.expected_ack_us() + self._high_us()) // 8_000_000
            self.size_bytes = max(FLOOR_BYTES, min(self.size_bytes, holds))
        elif self._was_full and self.queue_us < _LOW_US:
            grown = 2 * self.size_bytes if self._is_slow_start else self.size_bytes + _STEP_BYTES
            self.size_bytes = min(CEILING_BYTES, grown)
        self._was_full = not self.has_room()
