"""How much faster to play sound whose clock is not ours, so that what waits neither grows nor ends.

Pure. A program pushes a second of sound in what is a second by its own clock, of its sound card or
camera. By ours it is up to some hundred millionths more or less. Without a cure the delay would
grow for hours, or sound would break off every few minutes.

What waits when a piece comes, before it is added, is the *lead*. The least lead of ten seconds
leaves out how unevenly pieces come. A PI controller holds it where it was at first: with KP²/4 as
the integral's gain it comes to rest without swinging (critical damping), and ten seconds of delay
are short beside its 50 s. 1000 millionths are 1.7 cents: nobody hears them.
"""

from __future__ import annotations

from collections import deque
from typing import Final

MOST_BEND: Final = 0.001
"""No clock of a sound card is that wrong."""
SLEW_PER_S: Final = 20e-6
"""How much the bend changes in a second, at most."""
ASIDE_US: Final = 250_000
"""A lead so far away is what the program wants: it pushes more ahead now, or less."""

_KP: Final = 0.02
_KI: Final = _KP * _KP / 4
_BUCKET_US: Final = 1_000_000
_BUCKETS: Final = 10


class DriftControl:
    """`bend` is how much faster to play: 0.0002 is 0.02 %. `least_us`: the lead to have at least.

    Times are µs of any clock that does not go back.
    """

    def __init__(self, least_us: int) -> None:
        self.bend = 0.0
        self._least_us = least_us
        self._target_us: int | None = None
        self._least: deque[int] = deque(maxlen=_BUCKETS)
        """The least lead of each of the last seconds in which pieces came."""
        self._learned = 0.0
        self._bucket_us: int | None = None
        """When the current second began."""
        self._newest_us = 0

    def restart(self) -> None:
        """The sound paused: the lead begins anew. What was learned of the clock stays."""
        self._target_us, self._bucket_us = None, None
        self._least.clear()

    def saw(self, lead_us: int, now_us: int) -> None:
        """A piece comes now, while so much of those before waits."""
        if self._bucket_us is None:
            self._bucket_us, self._newest_us = now_us, lead_us
        elif now_us - self._bucket_us < _BUCKET_US:
            self._newest_us = min(self._newest_us, lead_us)
        else:
            self._least.append(self._newest_us)
            self._bucket_us, self._newest_us = now_us, lead_us
            self._second()

    def _second(self) -> None:
        """A second has passed: correct the bend."""
        if len(self._least) < _BUCKETS:
            return
        least_us = min(self._least)
        if self._target_us is None or abs(least_us - self._target_us) > ASIDE_US:
            self._target_us = max(least_us, self._least_us)
        excess_s = (least_us - self._target_us) / 1e6
        self._learned = _within(self._learned + _KI * excess_s, MOST_BEND)
        wished = _within(_KP * excess_s + self._learned, MOST_BEND)
        self.bend += _within(wished - self.bend, SLEW_PER_S)


def _within(value: float, most: float) -> float:
    return max(-most, min(most, value))
