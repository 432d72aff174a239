"""How fast a file may travel beside pictures, sound and input. Pure: time is an argument, in µs.

The rate grows while the viewer's pictures wait nowhere, and falls as soon as they queue: a file
may take what is left, and nothing else. As in LEDBAT (RFC 6817) the measure is queueing delay;
it is taken from the acks of the viewer's pictures, so uplink and downlink both count.
"""

from __future__ import annotations

from typing import Final

QUEUE_US: Final = 15_000
"""Pictures that wait longer than this mean: give way."""
LEAST_BYTES_PER_S: Final = 64 * 1024
_DECIDE_US: Final = 100_000
_DOWN: Final = 0.6
_UP: Final = 1.15
_BURST_S: Final = 0.02


class YieldingPace:
    """A token bucket whose rate gives way. It starts in the middle, below `most_bytes_per_s`."""

    __slots__ = ("_decided_us", "_level", "_most", "_seen_us", "bytes_per_s")

    def __init__(self, most_bytes_per_s: int, now_us: int) -> None:
        self.bytes_per_s = most_bytes_per_s / 4
        self._most = most_bytes_per_s
        self._level = 0.0
        self._seen_us = self._decided_us = now_us

    def is_due(self, now_us: int) -> bool:
        """Whether `give_way` would change anything yet."""
        return now_us - self._decided_us >= _DECIDE_US

    def give_way(self, queue_us: int, now_us: int) -> None:
        """The person's pictures wait so long on their way now. As often as one likes."""
        if not self.is_due(now_us):
            return
        self._decided_us = now_us
        factor = _DOWN if queue_us > QUEUE_US else _UP
        self.bytes_per_s = min(self._most, max(LEAST_BYTES_PER_S, self.bytes_per_s * factor))

    def spend(self, amount: float, now_us: int) -> None:
        self._fill(now_us)
        self._level -= amount

    def wait_us(self, now_us: int) -> int:
        """Microseconds until the next bytes may go."""
        self._fill(now_us)
        return 0 if self._level >= 0 else int(-self._level / self.bytes_per_s * 1e6) + 1

    def _fill(self, now_us: int) -> None:
        gained = (now_us - self._seen_us) / 1e6 * self.bytes_per_s
        self._level = min(self.bytes_per_s * _BURST_S, self._level + gained)
        self._seen_us = now_us
