"""A token bucket that may go into debt. Pure: time is an argument.

The caller chooses the unit: bytes, messages, microseconds of work. Spending never fails, because
the cost of work is often known only afterwards. A caller in debt must wait until it is paid.
"""

from __future__ import annotations

from typing import Protocol


class ByteBudget(Protocol):
    """A limit on how fast bytes may go: a token bucket, or something like it."""

    def spend(self, amount: float, now_us: int) -> None:
        """So many bytes went."""

    def wait_us(self, now_us: int) -> int:
        """Microseconds until the next ones may go."""


class TokenBucket:
    """Fills by `per_second` up to `burst`, and starts full. `now_us` must not go back."""

    __slots__ = ("_burst", "_level", "_per_second", "_seen_us")

    def __init__(self, per_second: float, burst: float, now_us: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._level = burst
        self._seen_us = now_us

    def spend(self, amount: float, now_us: int) -> None:
        """Take `amount` out, even if the bucket holds less."""
        self._fill(now_us)
        self._level -= amount

    def wait_us(self, now_us: int) -> int:
        """Microseconds until the debt is paid; 0 without debt."""
        self._fill(now_us)
        if self._level >= 0:
            return 0
        return int(-self._level / self._per_second * 1e6) + 1

    def _fill(self, now_us: int) -> None:
        gained = (now_us - self._seen_us) / 1e6 * self._per_second
        self._level = min(self._burst, self._level + gained)
        self._seen_us = now_us
