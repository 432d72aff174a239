"""What a video rendition may cost: its bitrate, and then its frame rate. Pure.

All viewers of a rendition share one encoder. So the target follows a lone viewer, or the majority
of several, and never a minority (`claims.py`); a slow minority is sent the low rendition instead.
A path's capacity is known only while the path is congested, and then equals the delivery rate.

The target falls at once, because every picture beyond the capacity arrives late. It rises by steps
that may fail (`climb.py`). When the viewers who caused a low target are no longer a majority, it
rises quickly, or at once if the only reason was a claim that the host's measurement contradicted.

Every change costs a keyframe, because PyAV cannot change the VBV of a running libx264. So bitrates
move on a grid of a quarter of an octave, and changes keep a distance in time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from samescreen.media import Rendition

from .claims import Claim
from .climb import Climb
from .trials import Backoff

_STEP: Final = 2**0.25
_SHARE: Final = 0.8  # of the capacity: the rest is for bursts and for other traffic
_DOWN_SPACING_US: Final = 600_000
_QUICK_UP_US: Final = 600_000
_UP: Final = 1.5
_BACKOFF: Final = Backoff(
    first_us=3_000_000, longest_us=384_000_000, failed_within_us=60_000_000
)
"""A step up on a link that carries no more costs two keyframes. In `tests/flow/test_loops.py` a
link of constant capacity sees one such step in six minutes, in the end. A link that was bad for a
while is used again when it has been good for as long, or after 6.4 minutes."""
_MIN_BITS_PER_PIXEL: Final = 0.02


@dataclass(frozen=True, slots=True)
class RateTarget:
    """What a rendition may cost at most."""

    bitrate_bps: int
    fps: int

    def within(self, ceiling: RateTarget) -> RateTarget:
        """The lower bitrate and the lower frame rate of both."""
        return RateTarget(min(self.bitrate_bps, ceiling.bitrate_bps), min(self.fps, ceiling.fps))


MAIN_FLOOR: Final = RateTarget(250_000, 20)
LOW_FLOOR: Final = RateTarget(80_000, 5)
LOW_CEILING: Final = RateTarget(1_200_000, 20)


def ceilings(main: RateTarget) -> dict[Rendition, RateTarget]:
    """The most that each video rendition may cost if `main` is the limit of main."""
    return {Rendition.MAIN: main, Rendition.LOW: LOW_CEILING.within(main)}


def rates_within(main: RateTarget) -> dict[Rendition, RateControl]:
    """One controller for each video rendition."""
    floors = {Rendition.MAIN: MAIN_FLOOR, Rendition.LOW: LOW_FLOOR}
    highest = ceilings(main)
    return {r: RateControl(highest[r], floor.within(highest[r])) for r, floor in floors.items()}


class RateControl:
    """The target of one rendition, between `floor` and `ceiling`."""

    def __init__(self, ceiling: RateTarget, floor: RateTarget) -> None:
        self._ceiling = ceiling
        self._floor = floor
        self._climb = Climb(ceiling, _BACKOFF)

    @property
    def target(self) -> RateTarget:
        """What the rendition may cost now."""
        return self._climb.target

    @property
    def is_lowered(self) -> bool:
        """The viewers' links carry less than the host would send."""
        return self.target != self._ceiling

    @property
    def is_at_floor(self) -> bool:
        """The rendition cannot become cheaper at this picture size."""
        return self.target.bitrate_bps <= self._floor.bitrate_bps

    def reset(self) -> None:
        """Return to the ceiling and forget all paths."""
        self._climb.reset()

    def update(self, claims: Sequence[Claim], pixels: int, now_us: int) -> bool:
        """Follow the viewers' claims; True when `target` changed."""
        before = self.target
        self._release(claims)
        self._climb.follow(
            claims,
            now_us,
            spacing_us=_DOWN_SPACING_US,
            lower=partial(self._lower, pixels),
            higher=partial(self._higher, pixels),
        )
        return self.target != before

    def _release(self, claims: Sequence[Claim]) -> None:
        """Rise soon if the viewers who caused the low target are no longer a majority."""
        lowered_for = self._climb.lowered_for
        if not lowered_for.are_outvoted(claims):
            return
        if lowered_for.was_unconfirmed or not lowered_for.still_present(claims):
            self.reset()
        else:
            lowered_for.clear()
            self._climb.rise_after(_QUICK_UP_US)

    def _lower(self, pixels: int, capacity_bps: int) -> RateTarget | None:
        bitrate_bps = self._on_grid(int(capacity_bps * _SHARE))
        is_lower = bitrate_bps < self.target.bitrate_bps
        return self._with_bitrate(bitrate_bps, pixels) if is_lower else None

    def _higher(self, pixels: int) -> RateTarget | None:
        if self.target.bitrate_bps >= self._ceiling.bitrate_bps:
            return None
        return self._with_bitrate(self._on_grid(int(self.target.bitrate_bps * _UP)), pixels)

    def _with_bitrate(self, bitrate_bps: int, pixels: int) -> RateTarget:
        """This bitrate, with the frame rate that it can pay for; `pixels`: of one picture.

        The ceiling is the ceiling, whether it can pay for its frame rate or not.
        """
        if bitrate_bps >= self._ceiling.bitrate_bps:
            return self._ceiling
        affordable = int(bitrate_bps / max(1, pixels) / _MIN_BITS_PER_PIXEL)
        fps = min(self._ceiling.fps, max(self._floor.fps, affordable // 5 * 5))
        return RateTarget(bitrate_bps, fps)

    def _on_grid(self, bitrate_bps: int) -> int:
        """The next step at or below, counted from the ceiling; never below the floor."""
        ceiling, floor = self._ceiling.bitrate_bps, self._floor.bitrate_bps
        if bitrate_bps <= floor:
            return floor
        steps = math.ceil(math.log(ceiling / bitrate_bps, _STEP) - 1e-9)
        return max(floor, min(ceiling, int(ceiling / _STEP**steps)))
