"""Whether the encoder of main may search a wide area for motion. Pure.

A wide search keeps scrolled text sharp at a fraction of the bits. Where it finds nothing, it makes
a frame up to two thirds slower. So the encoder searches widely while encoding leaves time between
frames, and stops when it would cost frames. Each exchange costs a keyframe. Therefore the two
thresholds lie far apart, and a return to the wide search is a trial (`trials.py`). After it has
stopped, it also compares the packets: where a near search makes them hardly larger, the wide one
found nothing, and the return waits for the longest time.
"""

from __future__ import annotations

from typing import Final

from .trials import Backoff, Trials

_TOO_LONG: Final = 0.8
_SHORT: Final = 0.45
"""A share of the time between packets. Two thirds more than this is still below `_TOO_LONG`."""
_MEMORY_US: Final = 250_000
_MAX_WEIGHT: Final = 0.25
"""The most that one packet may weigh in the average, however long the pause before it."""
_BACKOFF: Final = Backoff(
    first_us=10_000_000, longest_us=160_000_000, failed_within_us=60_000_000
)
"""The content must look quick to encode for all of the wait. So content that is slow and quick to
encode in turns ends with a near search, if each turn lasts up to a minute."""
_COMPARED_US: Final = 2_000_000
_SAVING: Final = 1.25
"""By this factor the packets must grow without a wide search. Scrolled text grows two- to
twenty-fold, film by a quarter at most (decision 24)."""


class Average:
    """A moving average of the last quarter second, and for how long it has been one."""

    __slots__ = ("_weight", "from_zero", "span_us")

    def __init__(self) -> None:
        self.from_zero = 0.0
        """The average as if there had been zeros before the first value."""
        self.span_us = 0
        self._weight = 0.0

    @property
    def value(self) -> float:
        """The average of the values alone; 0 before the first."""
        return self.from_zero / self._weight if self._weight else 0.0

    def add(self, value: float, spacing_us: int) -> None:
        """Add the value of a packet that came so long after the one before it."""
        weight = min(_MAX_WEIGHT, spacing_us / _MEMORY_US)
        self.from_zero += (value - self.from_zero) * weight
        self._weight += (1.0 - self._weight) * weight
        self.span_us += spacing_us


class MotionSearch:
    """Watches how long encoding takes and sets `is_wide`."""

    __slots__ = (
        "_busy_us",
        "_now_us",
        "_saves_nothing",
        "_share",
        "_size",
        "_trials",
        "_wide_bytes",
        "is_wide",
    )

    def __init__(self) -> None:
        self.is_wide = True
        self._share, self._size = Average(), Average()
        self._now_us = self._busy_us = 0
        self._trials = Trials(_BACKOFF)
        self._wide_bytes = 0.0
        self._saves_nothing = False

    def on_new_encoder(self) -> None:
        """Forget the averages: they are those of another encoder."""
        self._share, self._size = Average(), Average()

    def on_delta(
        self, encode_us: int, interval_us: int, now_us: int, size_bytes: int = 0
    ) -> bool:
        """Record how long a delta took to encode; True if `is_wide` has changed.

        `interval_us`: the shortest time between two packets at the target's frame rate.
        """
        spacing_us, self._now_us = max(interval_us, now_us - self._now_us), now_us
        # A frame that waited for a core may take any time; it counts as too long and no more.
        self._share.add(min(2.0, encode_us / spacing_us), spacing_us)
        self._size.add(size_bytes, spacing_us)
        if self.is_wide:
            return self._share.from_zero > _TOO_LONG and self._set(False, now_us)
        if self._share.from_zero >= _SHORT:
            self._busy_us = now_us
        if self._size.span_us >= _COMPARED_US and self._wide_bytes:
            self._saves_nothing = self._size.value < _SAVING * self._wide_bytes
            self._wide_bytes = 0.0
        wait_us = _BACKOFF.longest_us if self._saves_nothing else self._trials.wait_us
        return now_us - self._busy_us >= wait_us and self._set(True, now_us)

    def _set(self, is_wide: bool, now_us: int) -> bool:
        if is_wide:
            self._trials.begin(now_us)
        else:
            self._trials.end(now_us)
            self._busy_us = now_us
            self._wide_bytes = self._size.value
            self._saves_nothing = False
        self.is_wide = is_wide
        self.on_new_encoder()
        return True
