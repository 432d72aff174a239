"""A token bucket that may go into debt. Pure: time is an argument.

What it counts is the caller's: bytes, messages, microseconds of work. Spending never fails, since
the cost of a piece of work is often known only after it; who owes waits until the debt is paid.
"""

from __future__ import annotations


class TokenBucket:
    """Fills by `per_second` up to `burst`; starts full. `now_us` never goes back."""

    __slots__ = ("_burst", "_level", "_per_second", "_seen_us")

    def __init__(self, per_second: float, burst: float, now_us: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._level = burst
        self._seen_us = now_us

    def spend(self, amount: float, now_us: int) -> None:
        """Take `amount` out, whether it is there or not."""
        self._fill(now_us)
        self._level -= amount

    def wait_us(self, now_us: int) -> int:
        """Microseconds until nothing is owed; 0 when nothing is owed now."""
        self._fill(now_us)
        if self._level >= 0:
            return 0
        return int(-self._level / self._per_second * 1e6) + 1

    def _fill(self, now_us: int) -> None:
        gained = (now_us - self._seen_us) / 1e6 * self._per_second
        self._level = min(self._burst, self._level + gained)
        self._seen_us = now_us
