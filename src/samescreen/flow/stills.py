"""How good stills are, and how many a second the host makes, for viewers of stills only. Pure.

All viewers of the jpeg rendition get the same stills, so the target follows their majority, as that
of main does (`claims.py`). Stills do not queue: a viewer that is not ready for one is skipped. So a
skipped still shows that a link or a decoder is full, and what the viewer took meanwhile is its
capacity.

On the way down the frame rate falls first, to a comfortable one; then the quality falls to its
floor; then the frame rate again. The way up is the reverse, one step at a time (`climb.py`). A
change costs no keyframe, because every still stands alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from .claims import Claim
from .climb import Climb
from .trials import Backoff

FLOOR_QUALITY: Final = 40
CEILING_QUALITY: Final = 90
FLOOR_FPS: Final = 1
CEILING_FPS: Final = 30
COMFORTABLE_FPS: Final = 12
_QUALITY_DOWN: Final = 10
_QUALITY_UP: Final = 5
_FPS_UP: Final = 1.3
_SHARE: Final = 0.8  # of the capacity: the rest is for stills larger than the last
_SPACING_US: Final = 400_000
_BACKOFF: Final = Backoff(
    first_us=1_500_000, longest_us=192_000_000, failed_within_us=30_000_000
)
"""A step up that fails is seen as one blurred or late still. On a link of constant capacity it
happens once in three minutes, in the end (`tests/flow/test_stills.py`)."""


@dataclass(frozen=True, slots=True)
class StillTarget:
    """The highest `quality`, 40…90 on libjpeg's scale, and the highest `fps`, 1…30."""

    quality: int = CEILING_QUALITY
    fps: int = CEILING_FPS

    @classmethod
    def within(cls, quality: int, fps: int) -> StillTarget:
        """The nearest target within the bounds."""
        return cls(
            min(max(quality, FLOOR_QUALITY), CEILING_QUALITY),
            min(max(fps, FLOOR_FPS), CEILING_FPS),
        )


class StillRate:
    """The target of one stream's stills, at or below `ceiling`."""

    def __init__(self, ceiling: StillTarget) -> None:
        self._ceiling = ceiling
        self._climb = Climb(ceiling, _BACKOFF)

    @property
    def target(self) -> StillTarget:
        """How good stills are now, and how many a second."""
        return self._climb.target

    def reset(self) -> None:
        """Return to the ceiling: nobody watches."""
        self._climb.reset()

    def update(self, claims: Sequence[Claim], still_bytes: int, now_us: int) -> bool:
        """Follow the claims; True when `target` changed.

        A claim with a capacity comes from a viewer that was skipped. `still_bytes`: the size of
        the newest still of a changed picture; 0: there was none yet, so claims mean nothing.
        """
        before = self.target
        if self._climb.lowered_for.are_outvoted(claims):
            self.reset()
        self._climb.follow(
            claims if still_bytes else (),
            now_us,
            # A still from before the last change says nothing about that change.
            spacing_us=max(_SPACING_US, 2_000_000 // self.target.fps),
            lower=partial(self._lower, still_bytes, now_us),
            higher=self._higher,
        )
        return self.target != before

    def _lower(self, still_bytes: int, now_us: int, capacity_bps: int) -> StillTarget:
        """Undo a step up that failed; else one still a second less, or a lower quality."""
        before = self._climb.before_rise(now_us)
        if before is not None:
            return before
        affordable_fps = int(capacity_bps * _SHARE / (8 * still_bytes))
        if affordable_fps >= COMFORTABLE_FPS or self.target.quality <= FLOOR_QUALITY:
            fps = min(affordable_fps, self.target.fps - 1)
            return StillTarget.within(self.target.quality, fps)
        quality = max(FLOOR_QUALITY, self.target.quality - _QUALITY_DOWN)
        return replace(self.target, quality=quality, fps=min(self.target.fps, COMFORTABLE_FPS))

    def _higher(self) -> StillTarget | None:
        if self.target == self._ceiling:
            return None
        fps, quality = self.target.fps, self.target.quality
        more = math.ceil(fps * _FPS_UP)
        if fps < min(COMFORTABLE_FPS, self._ceiling.fps):
            return replace(self.target, fps=min(more, COMFORTABLE_FPS, self._ceiling.fps))
        if quality < self._ceiling.quality:
            return replace(self.target, quality=min(quality + _QUALITY_UP, self._ceiling.quality))
        return replace(self.target, fps=min(more, self._ceiling.fps))
