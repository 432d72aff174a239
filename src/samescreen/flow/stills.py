"""How good stills are, and how many a second, for those who see nothing else. Pure.

Stills are encoded once for all who watch the jpeg rendition, so they follow the majority, as the
main rendition does (claims.py). Nobody queues for a still: who is not ready for one is passed
over. Being passed over is therefore the sign that a link or a decoder is full, and what it took
meanwhile is its capacity. First pictures become fewer, down to a comfortable rate; then worse;
then fewer again. The way back up is the same in reverse, a step at a time. Changing costs nothing:
every still stands alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from .claims import Claim, LoweredFor, majority_capacity

FLOOR_QUALITY: Final = 40
CEILING_QUALITY: Final = 90
FLOOR_FPS: Final = 1
CEILING_FPS: Final = 30
COMFORTABLE_FPS: Final = 12
_QUALITY_DOWN: Final = 10
_QUALITY_UP: Final = 5
_FPS_UP: Final = 1.3
_SHARE: Final = 0.8  # of the capacity: the rest is for pictures larger than the last
_SPACING_US: Final = 400_000
_FIRST_UP_US: Final = 1_500_000
_LONGEST_UP_US: Final = 24_000_000
_FAILED_WITHIN_US: Final = 3_000_000


@dataclass(frozen=True, slots=True)
class StillTarget:
    """`quality` 40…90 of libjpeg's scale and `fps` 1…30, both at most."""

    quality: int = CEILING_QUALITY
    fps: int = CEILING_FPS

    @classmethod
    def within(cls, quality: int, fps: int) -> StillTarget:
        """The nearest one that is allowed."""
        return cls(
            min(max(quality, FLOOR_QUALITY), CEILING_QUALITY),
            min(max(fps, FLOOR_FPS), CEILING_FPS),
        )


class StillRate:
    """Follows those who watch one stream's jpeg rendition."""

    def __init__(self, ceiling: StillTarget) -> None:
        self._ceiling = ceiling
        self.reset()

    def reset(self) -> None:
        """Nobody watches (any more)."""
        self.target = self._ceiling
        self._changed_us = -_LONGEST_UP_US
        self._went_up_us = -_LONGEST_UP_US
        self._calm_since_us = 0
        self._up_wait_us = _FIRST_UP_US
        self._lowered_for = LoweredFor()

    def update(self, claims: Sequence[Claim], still_bytes: int, now_us: int) -> bool:
        """Follow the claims (a capacity: it was passed over); True when `target` changed.

        `still_bytes`: size of the newest still made in motion.
        """
        before = self.target
        if self._lowered_for.are_outvoted(claims):
            self.reset()
        self._follow(claims, still_bytes, now_us)
        return self.target != before

    def _follow(self, claims: Sequence[Claim], still_bytes: int, now_us: int) -> None:
        capacity = majority_capacity(claims)
        if capacity is None or not still_bytes:
            self._rise(now_us)
            return
        self._calm_since_us = now_us
        # What was made before the last change says nothing about it.
        if now_us - self._changed_us < max(_SPACING_US, 2_000_000 // self.target.fps):
            return
        if now_us - self._went_up_us < _FAILED_WITHIN_US:
            self._up_wait_us = min(2 * self._up_wait_us, _LONGEST_UP_US)
        self._went_up_us = -_LONGEST_UP_US
        affordable = int(capacity * _SHARE / (8 * still_bytes))
        self._lowered_for.record(claims)
        self._change(self._lower(affordable), now_us)

    def _lower(self, affordable_fps: int) -> StillTarget:
        """At least one picture a second less, unless a lower quality makes up for it."""
        if affordable_fps >= COMFORTABLE_FPS or self.target.quality <= FLOOR_QUALITY:
            fps = min(affordable_fps, self.target.fps - 1)
            return StillTarget.within(self.target.quality, fps)
        quality = max(FLOOR_QUALITY, self.target.quality - _QUALITY_DOWN)
        return replace(self.target, quality=quality, fps=min(self.target.fps, COMFORTABLE_FPS))

    def _rise(self, now_us: int) -> None:
        calm_us = now_us - max(self._calm_since_us, self._changed_us)
        if self.target == self._ceiling or calm_us < self._up_wait_us:
            return
        if self._went_up_us >= 0:  # the last step up was none too many
            self._up_wait_us = max(_FIRST_UP_US, self._up_wait_us // 2)
        self._went_up_us = now_us
        self._change(self._higher(), now_us)

    def _higher(self) -> StillTarget:
        fps, quality = self.target.fps, self.target.quality
        more = math.ceil(fps * _FPS_UP)
        if fps < min(COMFORTABLE_FPS, self._ceiling.fps):
            return replace(self.target, fps=min(more, COMFORTABLE_FPS, self._ceiling.fps))
        if quality < self._ceiling.quality:
            return replace(self.target, quality=min(quality + _QUALITY_UP, self._ceiling.quality))
        return replace(self.target, fps=min(more, self._ceiling.fps))

    def _change(self, target: StillTarget, now_us: int) -> None:
        if target != self.target:
            self.target = target
            self._changed_us = now_us
