"""What a video rendition may cost: bitrate first, then frame rate. Pure.

The encoder is shared, so it follows a lone viewer, or the majority of several and never a
minority (`claims.py`): those are given the low rendition instead. A path's capacity is known only
while it is congested; then the rate of delivery is it. Going down is at once, since every picture
sent beyond the capacity is a late one. Going up is a guess: it waits, longer each time the guess
was wrong. A rate stays low only for those who made it low: once they are no majority any more it
goes up quickly, or at once where nothing but their word spoke for it.

Every change costs a keyframe (libx264 cannot change its VBV through PyAV), so rates move in
steps of a quarter of an octave and changes keep a distance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from samescreen.media import Rendition

from .claims import Claim, LoweredFor, majority_capacity

_STEP: Final = 2**0.25
_SHARE: Final = 0.8  # of the capacity: the rest is for bursts and what else the link carries
_DOWN_SPACING_US: Final = 600_000
_FIRST_UP_US: Final = 3_000_000
_QUICK_UP_US: Final = 600_000
_LONGEST_UP_US: Final = 48_000_000
_UP: Final = 1.5
_FAILED_WITHIN_US: Final = 6_000_000
_MIN_BITS_PER_PIXEL: Final = 0.02


@dataclass(frozen=True, slots=True)
class RateTarget:
    """What a rendition may cost."""

    bitrate_bps: int
    fps: int

    def within(self, ceiling: RateTarget) -> RateTarget:
        """The lesser of both in each respect."""
        return RateTarget(min(self.bitrate_bps, ceiling.bitrate_bps), min(self.fps, ceiling.fps))


MAIN_FLOOR: Final = RateTarget(250_000, 20)
LOW_FLOOR: Final = RateTarget(80_000, 5)
LOW_CEILING: Final = RateTarget(1_200_000, 20)


def ceilings(main: RateTarget) -> dict[Rendition, RateTarget]:
    """The most each video rendition may cost, where main may cost this."""
    return {Rendition.MAIN: main, Rendition.LOW: LOW_CEILING.within(main)}


def rates_within(main: RateTarget) -> dict[Rendition, RateControl]:
    """A control for each video rendition."""
    floors = {Rendition.MAIN: MAIN_FLOOR, Rendition.LOW: LOW_FLOOR}
    highest = ceilings(main)
    return {r: RateControl(highest[r], floor.within(highest[r])) for r, floor in floors.items()}


class RateControl:
    """Follows the viewers of one rendition between `ceiling` and `floor`."""

    def __init__(self, ceiling: RateTarget, floor: RateTarget) -> None:
        self._ceiling = ceiling
        self._floor = floor
        self.reset()

    @property
    def is_lowered(self) -> bool:
        """The viewers' links do not carry what the host would send."""
        return self.target != self._ceiling

    @property
    def is_at_floor(self) -> bool:
        """It cannot become cheaper at this size."""
        return self.target.bitrate_bps <= self._floor.bitrate_bps

    def reset(self) -> None:
        """Nobody's path is known (any more)."""
        self.target = self._ceiling
        self._changed_us = -_LONGEST_UP_US
        self._went_up_us = -_LONGEST_UP_US
        self._calm_since_us = 0
        self._up_wait_us = _FIRST_UP_US
        self._lowered_for = LoweredFor()

    def update(self, claims: Sequence[Claim], pixels: int, now_us: int) -> bool:
        """Follow the viewers' claims; True when `target` changed."""
        target = self.target
        self._let_go(claims)
        self._follow(claims, pixels, now_us)
        return self.target != target

    def _let_go(self, claims: Sequence[Claim]) -> None:
        """See whether those it went down for are the majority still."""
        if not self._lowered_for.are_outvoted(claims):
            return
        if self._lowered_for.was_unconfirmed or not self._lowered_for.still_present(claims):
            self.reset()
        else:
            self._lowered_for.clear()
            self._up_wait_us = _QUICK_UP_US

    def _follow(self, claims: Sequence[Claim], pixels: int, now_us: int) -> None:
        capacity = majority_capacity(claims)
        if capacity is None:
            self._rise(pixels, now_us)
            return
        self._calm_since_us = now_us
        wanted = self._stepped(int(capacity * _SHARE))
        is_lower = wanted < self.target.bitrate_bps
        if not is_lower or now_us - self._changed_us < _DOWN_SPACING_US:
            return
        if now_us - self._went_up_us < _FAILED_WITHIN_US:
            self._up_wait_us = min(max(_FIRST_UP_US, 2 * self._up_wait_us), _LONGEST_UP_US)
        self._lowered_for.record(claims)
        self._change(wanted, pixels, now_us)

    def _rise(self, pixels: int, now_us: int) -> None:
        calm_us = now_us - max(self._calm_since_us, self._changed_us)
        if self.target.bitrate_bps >= self._ceiling.bitrate_bps or calm_us < self._up_wait_us:
            return
        if now_us - self._changed_us > _LONGEST_UP_US:
            self._up_wait_us = _FIRST_UP_US
        self._went_up_us = now_us
        self._change(self._stepped(int(self.target.bitrate_bps * _UP)), pixels, now_us)

    def _change(self, bitrate_bps: int, pixels: int, now_us: int) -> None:
        affordable = int(bitrate_bps / max(1, pixels) / _MIN_BITS_PER_PIXEL)
        fps = min(self._ceiling.fps, max(self._floor.fps, affordable // 5 * 5))
        self.target = RateTarget(bitrate_bps, fps)
        self._changed_us = now_us

    def _stepped(self, bitrate_bps: int) -> int:
        """The next step at or below, counted from the ceiling; never below the floor."""
        ceiling, floor = self._ceiling.bitrate_bps, self._floor.bitrate_bps
        if bitrate_bps <= floor:
            return floor
        steps = math.ceil(math.log(ceiling / bitrate_bps, _STEP) - 1e-9)
        return max(floor, min(ceiling, int(ceiling / _STEP**steps)))
