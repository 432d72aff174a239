"""The way down and back up of a target that several viewers share. Pure.

The video bitrate (`rate.py`) and the stills (`stills.py`) have the same control loop; only their
steps differ. When the majority of the viewers claims congestion, the target steps down at once,
but not again before the last change could show its effect. When no majority does, the target steps
up after a calm time. A step up is a guess. If congestion follows soon, the guess failed, and the
next wait is twice as long: binary exponential back-off, as in Ethernet and in TCP's timer.

The target stays low only for the viewers who caused it: `LoweredFor` records them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from .claims import Claim, LoweredFor, majority_capacity

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long the target waits before a step up, in µs.

    `first_us` and `longest_us` bound the wait. A step up failed if congestion comes within
    `failed_within_us`. `halves`: each step up that did not fail halves the wait, and a step fails
    at most once. Otherwise the wait returns to `first_us` after `longest_us` without a change.
    """

    first_us: int
    longest_us: int
    failed_within_us: int
    halves: bool = False


class Climb(Generic[T]):
    """A target at or below `ceiling`; it starts there."""

    __slots__ = (
        "_backoff",
        "_calm_since_us",
        "_changed_us",
        "_rose_us",
        "_wait_us",
        "ceiling",
        "lowered_for",
        "target",
    )

    def __init__(self, ceiling: T, backoff: Backoff) -> None:
        self.ceiling = ceiling
        self._backoff = backoff
        self.reset()

    def reset(self) -> None:
        """Return to the ceiling: nothing is known about any path."""
        self.target = self.ceiling
        self.lowered_for = LoweredFor()
        self._changed_us = -self._backoff.longest_us
        self._rose_us: int | None = None
        self._calm_since_us = 0
        self._wait_us = self._backoff.first_us

    def rise_after(self, wait_us: int) -> None:
        """Step up after this wait, until a step fails."""
        self._wait_us = wait_us

    def follow(
        self,
        claims: Sequence[Claim],
        now_us: int,
        *,
        spacing_us: int,
        lower: Callable[[int], T | None],
        higher: Callable[[], T | None],
    ) -> None:
        """Take the claims of all viewers, a few times a second, and step if it is time.

        `spacing_us`: how long after a change the next step down may come. `lower` returns the
        target for a capacity in bit/s and `higher` the next one up; None means no step.
        """
        capacity_bps = majority_capacity(claims)
        if capacity_bps is None:
            if self._is_calm(now_us) and (target := higher()) is not None:
                self._rise(target, now_us)
            return
        self._calm_since_us = now_us
        if now_us - self._changed_us < spacing_us:
            return
        if (target := lower(capacity_bps)) is not None:
            self._fall(target, now_us)
            self.lowered_for.record(claims)

    def _is_calm(self, now_us: int) -> bool:
        return now_us - max(self._calm_since_us, self._changed_us) >= self._wait_us

    def _fall(self, target: T, now_us: int) -> None:
        backoff, rose_us = self._backoff, self._rose_us
        if rose_us is not None and now_us - rose_us < backoff.failed_within_us:
            wait_us = max(backoff.first_us, 2 * self._wait_us)
            self._wait_us = min(wait_us, backoff.longest_us)
        if backoff.halves:
            self._rose_us = None
        self._change(target, now_us)

    def _rise(self, target: T, now_us: int) -> None:
        backoff = self._backoff
        if backoff.halves and self._rose_us is not None:
            self._wait_us = max(backoff.first_us, self._wait_us // 2)
        elif not backoff.halves and now_us - self._changed_us > backoff.longest_us:
            self._wait_us = backoff.first_us
        self._rose_us = now_us
        self._change(target, now_us)

    def _change(self, target: T, now_us: int) -> None:
        if target != self.target:
            self.target = target
            self._changed_us = now_us
