"""When stills are made and how good they are. Pure bookkeeping on the track's thread.

In motion they cost what those who watch them can take. Once the picture rests, its last still is
made again as good as it gets: text that somebody reads stands still.
"""

from __future__ import annotations

from typing import Final

from samescreen.media import Rendition

from .output import Output
from .pace import Pace
from .stills import StillTarget

REST_US: Final = 250_000


class StillOutput(Output):
    """The jpeg rendition; `fps`: at most, whatever the target."""

    def __init__(self, *, spacing_us: int, fps: int) -> None:
        super().__init__(Rendition.JPEG, spacing_us=spacing_us, fps=fps)
        self._most_fps = fps
        self._target = StillTarget(fps=fps)
        self._rests_at_us: int | None = None
        self.is_watched = False
        """Somebody watches this rendition; otherwise stills are made for those who ask."""

    @property
    def quality(self) -> int | None:
        """At most, of the still made now; None: as good as it gets."""
        return self._target.quality if self.unseen else None

    def follow(self, target: StillTarget | None) -> None:
        """What a still may cost from now on; None: nobody has said."""
        if target is not None and target != self._target:
            self._target = target
            self._pace = Pace(min(target.fps, self._most_fps))

    def due_us(self, now_us: int) -> int | None:
        """In motion a request makes no still come sooner: the viewers may not take more."""
        due_us = super().due_us(now_us)
        if self.unseen:
            paced_us = self._pace.wait_us(now_us) if self._pace else 0
            asked_us = None if self.is_watched else self._requests.due_us(now_us)
            return max(paced_us, asked_us or 0)
        if self._rests_at_us is None:
            return due_us
        rest_us = max(0, self._rests_at_us - now_us)
        return rest_us if due_us is None else min(due_us, rest_us)

    def encoded(self, *, is_keyframe: bool, now_us: int) -> None:
        self._rests_at_us = None if self.quality is None else now_us + REST_US
        super().encoded(is_keyframe=is_keyframe, now_us=now_us)
