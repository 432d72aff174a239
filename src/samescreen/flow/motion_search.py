"""Whether the main encoder may search far for where the picture moved to. Pure.

Searching far is what keeps scrolled text crisp at a fraction of the bits, and costs a frame up to
two thirds more time where nothing is to be found. So it is done while encoding leaves time between
frames, and not where it would cost some of them. Each exchange costs a keyframe; hence the distance
between the two shares, and a rest that doubles when the return was a mistake.
"""

from __future__ import annotations

from typing import Final

_TOO_LONG: Final = 0.8
_SHORT: Final = 0.45
"""Of the time between packets; two thirds more than this is still below the other."""
_MEMORY_US: Final = 250_000
_MOST_OF_ONE: Final = 0.25
"""What one packet may weigh, however long nothing came before it."""
_REST_US: Final = 10_000_000
_LONGEST_REST_US: Final = 160_000_000


class MotionSearch:
    """Follows what the encoding of packets takes; `is_wide` says which search suits that."""

    __slots__ = ("_now_us", "_rest_us", "_returned_us", "_share", "_until_us", "is_wide")

    def __init__(self) -> None:
        self.is_wide = True
        self._share = 0.0
        self._now_us = 0
        self._until_us = 0
        self._returned_us: int | None = None
        self._rest_us = _REST_US

    def on_delta(self, encode_us: int, interval_us: int, now_us: int) -> bool:
        """A delta took so long, of at least this interval; True when `is_wide` has changed."""
        spacing_us, self._now_us = max(interval_us, now_us - self._now_us), now_us
        # One frame that had to wait for a core says no more than that it took too long.
        share = min(2.0, encode_us / spacing_us)
        self._share += (share - self._share) * min(_MOST_OF_ONE, spacing_us / _MEMORY_US)
        if self.is_wide and self._share > _TOO_LONG:
            self._retreat(now_us)
            return True
        if not self.is_wide and now_us >= self._until_us and self._share < _SHORT:
            self.is_wide, self._returned_us = True, now_us
            return True
        return False

    def _retreat(self, now_us: int) -> None:
        returned_us = self._returned_us
        was_mistaken = returned_us is not None and now_us - returned_us < self._rest_us
        self._rest_us = min(2 * self._rest_us, _LONGEST_REST_US) if was_mistaken else _REST_US
        self._until_us = now_us + self._rest_us
        self.is_wide = False
