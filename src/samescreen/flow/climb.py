"""The way down and back up of a target that several viewers share. Pure.

The video bitrate (`rate.py`) and the stills (`stills.py`) have the same control loop; only their
steps differ. When the majority of the viewers claims congestion, the target steps down at once,
but not again before the last change could show its effect. When no majority does, the target steps
up after a calm time. A step up is a guess: a trial, whose wait doubles with each failure
(`trials.py`). Once the first step of a trial holds, the next ones follow soon.

The target stays low only for the viewers who caused it: `LoweredFor` records them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from .claims import Claim, LoweredFor, majority_capacity
from .trials import Backoff, Trials

T = TypeVar("T")


class Climb(Generic[T]):
    """A target at or below `ceiling`; it starts there."""

    __slots__ = (
        "_backoff",
        "_before_rise",
        "_calm_since_us",
        "_changed_us",
        "_soon_us",
        "_trials",
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
        self._before_rise: T | None = None
        self._changed_us = -self._backoff.longest_us
        self._calm_since_us = 0
        self._trials = Trials(self._backoff)
        self._soon_us: int | None = None

    def rise_after(self, wait_us: int) -> None:
        """Step up after this wait until a step fails: what is known was about other paths."""
        self._trials = Trials(self._backoff)
        self._soon_us = wait_us

    def before_rise(self, now_us: int) -> T | None:
        """The target before the last change, if that was a step up which seems to fail."""
        is_fresh = now_us - self._changed_us < 2 * self._backoff.first_us
        return self._before_rise if is_fresh else None

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
                if self._soon_us is None:
                    self._trials.begin(now_us)
                self._change(target, now_us, before_rise=self.target)
            return
        self._calm_since_us = now_us
        if now_us - self._changed_us < spacing_us:
            return
        if (target := lower(capacity_bps)) is not None:
            self._trials.end(now_us)
            self._soon_us = None
            self._change(target, now_us, before_rise=None)
            self.lowered_for.record(claims)

    def _is_calm(self, now_us: int) -> bool:
        wait_us = self._soon_us
        if wait_us is None:
            is_further = self._trials.is_under_way
            wait_us = self._backoff.first_us if is_further else self._trials.wait_us
        return now_us - max(self._calm_since_us, self._changed_us) >= wait_us

    def _change(self, target: T, now_us: int, before_rise: T | None) -> None:
        if target != self.target:
            self.target = target
            self._changed_us = now_us
            self._before_rise = before_rise
