"""What may be on its way to one viewer: a congestion window, learnt from its acks. Pure.

Goal: the newest picture reaches the viewer's eye, so nothing may queue for long between here and
its decoder: not in the kernel, not in a proxy or a Wi-Fi router, not in the browser. TCP cannot
tell, for it sees bytes accepted, not pictures decoded. So everything sent is written down until
the viewer has *decoded* it; an ack names the newest such packet and how long the viewer held the
ack back (`held_us`), which is taken off.

From the acks come the round trip, its minimum over ten seconds (the path without queues) and the
rate of delivery. One late ack means little, a busy machine makes many; a queue *stands* on the
path when even the best round trip of the last tenth of a second is long (CoDel's idea, RFC 8289).
The window is TCP Vegas' idea (Brakmo 1995) on top of TCP: while no queue stands and it is used
up, the window opens, doubling at first; once more than `high_us` of queue stands it closes to what
the path holds, rate × (minimum + high + the time acks are held back). An idle path says nothing,
so it changes nothing then: screens rest for seconds and then scroll.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from .in_flight import AckedPacket, BandwidthSample, DeliveryMark, InFlight, SentPacket
from .path import Path

START_BYTES: Final = 256 * 1024
FLOOR_BYTES: Final = 12 * 1024
CEILING_BYTES: Final = 4 << 20
NEVER_US: Final = 2**62
_SAMPLE_BYTES: Final = 12 * 1024
_SAMPLES: Final = 4
_CUT_US: Final = 400_000
_CUT_BPS: Final = 250_000
_STEP_BYTES: Final = 16 * 1024
_RATE_SPAN_US: Final = 500_000
_LOW_US: Final = 20_000
_HIGH_MIN_US: Final = 50_000
_HIGH_MAX_US: Final = 80_000


class Window:
    """The packets in flight to one viewer, its round trip, and nothing that grows."""

    __slots__ = (
        "_acks_every_us",
        "_samples",
        "_is_starting",
        "_is_used_up",
        "_path",
        "_rates",
        "_told_us",
        "due_us",
        "in_flight",
        "size_bytes",
    )

    def __init__(self) -> None:
        self.size_bytes = START_BYTES
        self.due_us = NEVER_US
        """When the oldest packet in flight is acknowledged if nothing queues on the path."""
        self._samples: deque[BandwidthSample] = deque(maxlen=_SAMPLES)
        self.in_flight = InFlight()
        self._path = Path()
        self._rates: deque[tuple[int, int]] = deque()  # (time, bit/s), rates falling
        self._acks_every_us = self._told_us = 0
        self._is_starting = True
        self._is_used_up = False

    def __len__(self) -> int:
        return len(self.in_flight)

    @property
    def rtt_us(self) -> int | None:
        """Smoothed; None before the first ack."""
        return self._path.rtt_us

    @property
    def queue_us(self) -> int:
        """The queue that stands on the path."""
        return self._path.queue_us

    @property
    def bandwidth_sample(self) -> BandwidthSample | None:
        """The fastest of the last large packets that crossed alone.

        Each tells the least that the path carries: a busy machine slows some of them down.
        """
        return max(self._samples, key=lambda sample: sample.rate_bps, default=None)

    @property
    def in_flight_bytes(self) -> int:
        return self.in_flight.size_bytes

    def has_room(self) -> bool:
        """Whether another picture may be sent."""
        return self.in_flight.size_bytes < self.size_bytes

    def has_room_beside(self, size_bytes: int) -> bool:
        """Whether so much may be sent and half of the window stays free for pictures."""
        in_flight = self.in_flight.size_bytes
        return not in_flight or 2 * (in_flight + size_bytes) <= self.size_bytes

    def acks_every(self, interval_us: int) -> None:
        """The viewer is told how often it may acknowledge; it may take a while to hear of it."""
        self._acks_every_us = max(interval_us, self._told_us)
        self._told_us = interval_us
        self._set_due()

    def crossed(self, rtt_us: int, now_us: int) -> None:
        """Next to nothing went to the viewer and back in this time."""
        self._path.crossed(max(1, rtt_us), now_us)

    def on_sent(self, sent: SentPacket) -> None:
        """Write down a packet that was handed to the transport."""
        in_flight = self.in_flight
        was_empty = not in_flight.size_bytes
        in_flight.add(sent)
        if was_empty:
            self._set_due()
        if in_flight.size_bytes >= self.size_bytes:
            self._is_used_up = True

    def acked(self, rendition: int, sequence: int, held_us: int, now_us: int) -> bool:
        """Take the viewer's word that it decoded this packet, and so all sent before it.

        False, and nothing else, for a packet that is not in flight: a viewer that lies or repeats
        itself gains nothing.
        """
        before = self.in_flight.delivered
        acked = self.in_flight.acknowledge(rendition, sequence, now_us)
        if acked is None:
            return False
        if self._was_cut(before, now_us):
            self._path.resumed(now_us)
        travelled_us = now_us - acked.packet.at_us
        # A viewer cannot have held what had not left: more than that is a lie or a bad clock.
        rtt_us = max(1, travelled_us - min(held_us, travelled_us))
        self._path.acked(rtt_us, now_us)
        self._sample_rate(acked, now_us)
        if acked.is_single and acked.packet.size_bytes >= _SAMPLE_BYTES:
            took_us = max(1000, rtt_us - self.min_rtt_us())
            self._samples.append(BandwidthSample(acked.packet.size_bytes, took_us))
        self._adapt()
        self._set_due()
        return True

    def oldest_age_us(self, now_us: int) -> int:
        """How long the oldest packet in flight has been on its way; 0 when none is."""
        oldest_us = self.in_flight.oldest_us()
        return 0 if oldest_us is None else now_us - oldest_us

    def path_us(self) -> int:
        """From sending a packet to its ack when nothing queues: the path, and the ack held back."""
        return self.min_rtt_us() + self._acks_every_us

    def min_rtt_us(self) -> int:
        """The lowest round trip of the last ten seconds: the path without its queues."""
        return self._path.min_rtt_us()

    def rate_bps(self) -> int:
        """The fastest delivery of the last half second that had acks; 0 before the first.

        It is the path's capacity only while the window is used up; otherwise at least that.
        """
        return self._rates[0][1] if self._rates else 0

    def is_congested(self) -> bool:
        """More queue stands on the path than is good for the picture's age."""
        return self.queue_us > self._high_us()

    def capacity_bps(self) -> int | None:
        """What the path carries; None while no queue stands, for then it may carry any amount."""
        return self.rate_bps() if self.is_congested() else None

    def forget(self) -> None:
        """Nothing in flight counts any more (the viewer started afresh)."""
        self.in_flight.clear()
        self._set_due()

    def _set_due(self) -> None:
        oldest_us = self.in_flight.oldest_us()
        self.due_us = NEVER_US if oldest_us is None else oldest_us + self.path_us()

    def _high_us(self) -> int:
        """50 ms of queue on a LAN, up to 80 ms where the path itself is long."""
        return max(_HIGH_MIN_US, min(_HIGH_MAX_US, self.min_rtt_us()))

    def _was_cut(self, before: DeliveryMark, now_us: int) -> bool:
        """Next to nothing arrived for long: an outage, and no measure of what the path carries."""
        gap_us = now_us - before.at_us
        size_bytes = self.in_flight.delivered.size_bytes - before.size_bytes
        return gap_us > _CUT_US and size_bytes * 8_000_000 // gap_us < _CUT_BPS

    def _sample_rate(self, acked: AckedPacket, now_us: int) -> None:
        """Delivery between the time a packet is sent and its ack (BBR's estimator)."""
        elapsed_us = max(1000, now_us - acked.before.at_us)
        size_bytes = self.in_flight.delivered.size_bytes - acked.before.size_bytes
        rate_bps = size_bytes * 8_000_000 // elapsed_us
        while self._rates and self._rates[-1][1] <= rate_bps:
            self._rates.pop()
        self._rates.append((now_us, rate_bps))
        while self._rates[0][0] < now_us - _RATE_SPAN_US:
            self._rates.popleft()

    def _adapt(self) -> None:
        """Close to what the path holds when a queue stands; open while it is used up."""
        if self.is_congested():
            self._is_starting = False
            holds = self.rate_bps() * (self.path_us() + self._high_us()) // 8_000_000
            self.size_bytes = max(FLOOR_BYTES, min(self.size_bytes, holds))
        elif self._is_used_up and self.queue_us < _LOW_US:
            grown = 2 * self.size_bytes if self._is_starting else self.size_bytes + _STEP_BYTES
            self.size_bytes = min(CEILING_BYTES, grown)
        self._is_used_up = not self.has_room()
