"""Whether the encoder of main may search a wide area for motion. Pure.

A wide search keeps scrolled text sharp at a fraction of the bits. Where it finds nothing, it makes
a frame up to two thirds slower. So the encoder searches widely while encoding leaves time between
frames, and stops when it would cost frames. Each exchange costs a keyframe. Therefore the two
thresholds lie far apart, and the rest before a return doubles when the last return failed.
"""

from __future__ import annotations

from typing import Final

_TOO_LONG: Final = 0.8
_SHORT: Final = 0.45
"""A share of the time between packets. Two thirds more than this is still below `_TOO_LONG`."""
_MEMORY_US: Final = 250_000
_MAX_WEIGHT: Final = 0.25
"""The most that one packet may weigh in the average, however long the pause before it."""
_REST_US: Final = 10_000_000
_LONGEST_REST_US: Final = 160_000_000


class MotionSearch:
    """Watches how long encoding takes and sets `is_wide`."""

    __slots__ = ("_now_us", "_rest_us", "_returned_us", "_share", "_until_us", "is_wide")

    def __init__(self) -> None:
        self.is_wide = True
        self._share = 0.0
        self._now_us = 0
        self._until_us = 0
        self._returned_us: int | None = None
        self._rest_us = _REST_US

    def on_delta(self, encode_us: int, interval_us: int, now_us: int) -> bool:
        """Record how long a delta took to encode; True if `is_wide` has changed.

        `interval_us`: the shortest time between two packets at the target's frame rate.
        """
        spacing_us, self._now_us = max(interval_us, now_us - self._now_us), now_us
        # A frame that waited for a core may take any time; it counts as too long and no more.
        share = min(2.0, encode_us / spacing_us)
        self._share += (share - self._share) * min(_MAX_WEIGHT, spacing_us / _MEMORY_US)
        if self.is_wide and self._share > _TOO_LONG:
            self._narrow(now_us)
            return True
        if not self.is_wide and now_us >= self._until_us and self._share < _SHORT:
            self.is_wide, self._returned_us = True, now_us
            return True
        return False

    def _narrow(self, now_us: int) -> None:
        returned_us = self._returned_us
        has_failed = returned_us is not None and now_us - returned_us < self._rest_us
        self._rest_us = min(2 * self._rest_us, _LONGEST_REST_US) if has_failed else _REST_US
        self._until_us = now_us + self._rest_us
        self.is_wide = False
