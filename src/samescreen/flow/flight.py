"""What was handed to one viewer's transport and is not acknowledged yet. Pure."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple


class Departure(NamedTuple):
    """One packet handed to transports at one moment: one object for all viewers it went to."""

    rendition: int
    sequence: int
    size_bytes: int
    at_us: int
    grace_us: int = 0
    """How much this process itself is behind: acks may be waiting to be read for as long."""


class Delivered(NamedTuple):
    """What had been delivered in all, and when."""

    size_bytes: int
    at_us: int


class Arrival(NamedTuple):
    """A packet that was acknowledged, and what had been delivered before it left.

    `is_single`: the ack speaks of no other packet.
    """

    departure: Departure
    before: Delivered
    is_single: bool


class Burst(NamedTuple):
    """How long something large took beyond the path's own round trip."""

    size_bytes: int
    took_us: int

    @property
    def rate_bps(self) -> int:
        """At least what the path carries; less where the viewer itself was busy."""
        return self.size_bytes * 8_000_000 // self.took_us


class Flight:
    """The packets in flight, oldest first, and nothing that grows."""

    __slots__ = ("_before", "_departures", "delivered", "size_bytes")

    def __init__(self) -> None:
        self.size_bytes = 0
        self.delivered = Delivered(0, 0)
        self._departures: deque[Departure] = deque()
        self._before: deque[Delivered] = deque()  # for each departure

    def __len__(self) -> int:
        return len(self._departures)

    def sent(self, departure: Departure) -> None:
        """It left."""
        if not self._departures:  # after a rest the rate of delivery is measured afresh
            self.delivered = Delivered(self.delivered.size_bytes, departure.at_us)
        self._departures.append(departure)
        self._before.append(self.delivered)
        self.size_bytes += departure.size_bytes

    def arrived(self, rendition: int, sequence: int, now_us: int) -> Arrival | None:
        """This packet arrived, and so all that left before it; None: it is not in flight."""
        count = self._position_of(rendition, sequence)
        if not count:
            return None
        departure, before = self._departures[count - 1], self._before[count - 1]
        size_bytes = self._land(count)
        self.delivered = Delivered(self.delivered.size_bytes + size_bytes, now_us)
        return Arrival(departure, before, count == 1)

    def oldest_us(self) -> int | None:
        """When the oldest packet left; None when none is on its way."""
        return self._departures[0].at_us if self._departures else None

    def clear(self) -> None:
        """None of them counts any more."""
        self._departures.clear()
        self._before.clear()
        self.size_bytes = 0

    def _land(self, count: int) -> int:
        """Strike out the oldest; their bytes."""
        if count == len(self._departures):  # the usual case where the path is quick
            size_bytes = self.size_bytes
            self.clear()
            return size_bytes
        size_bytes = 0
        for _ in range(count):
            size_bytes += self._departures.popleft().size_bytes
            self._before.popleft()
        self.size_bytes -= size_bytes
        return size_bytes

    def _position_of(self, rendition: int, sequence: int) -> int:
        """Which of those in flight it is, the oldest being 1; 0: none."""
        if not self._departures:
            return 0
        newest = self._departures[-1]
        if newest.sequence == sequence and newest.rendition == rendition:
            return len(self._departures)
        for position, departure in enumerate(self._departures, 1):
            if departure.sequence == sequence and departure.rendition == rendition:
                return position
        return 0
