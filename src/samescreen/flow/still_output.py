"""When the track encodes stills, and how good they are. Pure.

While the picture changes, stills cost what their viewers can take. Once it rests, the track encodes
the last picture again in the best quality, because people read text that stands still.

A large still is encoded beside the track while video goes on: it *begins* with a copy of the newest
picture, and is *posted* later. One is made at a time.
"""

from __future__ import annotations

from typing import Final

from samescreen.media import Damage, Rendition

from .first_still import NO_LIMIT
from .output import Output
from .pace import Pace
from .stills import StillTarget

REST_US: Final = 250_000


class StillOutput(Output):
    """The schedule of a rendition of stills; `fps` is a limit for every target."""

    def __init__(
        self, *, spacing_us: int, fps: int, rendition: Rendition = Rendition.JPEG
    ) -> None:
        super().__init__(rendition, spacing_us=spacing_us, fps=fps)
        self._max_fps = fps
        self._target = StillTarget(fps=fps)
        self._rests_at_us: int | None = None
        self._made: Damage | None = None
        self._limit_bytes = self._made_limit_bytes = 0
        self.is_watched = False
        """Whether a viewer watches this rendition. If not, stills are made only on request."""

    @property
    def quality(self) -> int | None:
        """The highest quality of the next still; None: no limit.

        Without viewers of stills, a still is the first picture of newcomers. Exact pieces replace
        it soon, so it need not take long to arrive.
        """
        return self._target.quality if self.unseen or not self.is_watched else None

    @property
    def is_being_made(self) -> bool:
        """Whether a still has begun that is not posted yet."""
        return self._made is not None

    @property
    def unshown(self) -> Damage:
        """What changed since the still that was posted last, on which keyframes build."""
        return self.unseen | (self._made or Damage.NONE)

    def begun(self, now_us: int) -> None:
        """A still of the newest picture is being encoded beside the track from now on."""
        made, self._made_limit_bytes = self.unseen, self._limit_bytes
        self.encoded(is_keyframe=True, now_us=now_us)
        self._made = made

    def posted(self) -> Damage:
        """The still that began is posted now. Returns what it paints: what it shows first."""
        made, self._made = self._made, None
        return made or Damage.NONE

    def dropped(self) -> None:
        """The still that began, if any, will never be posted. Who asked for it gets another."""
        if self._made is not None:
            self.unseen |= self.posted()
            self.request(self._made_limit_bytes)

    def reset(self) -> None:
        self.dropped()
        super().reset()

    @property
    def limit_bytes(self) -> int:
        """Newcomers limit it who wait for their first still, unless others watch stills."""
        return NO_LIMIT if self.is_watched or not self._limit_bytes else self._limit_bytes

    def request(self, still_bytes: int = NO_LIMIT) -> None:
        """As of `Output`; of several requests the largest limit counts."""
        super().request(still_bytes)
        self._limit_bytes = max(self._limit_bytes, still_bytes)

    def set_target(self, target: StillTarget | None) -> None:
        """Change what stills may cost; None keeps the last target."""
        if target is not None and target != self._target:
            self._target = target
            self._pace = Pace(min(target.fps, self._max_fps))

    def due_us(self, now_us: int) -> int | None:
        """As of `Output`, but in motion a request brings no still forward.

        The viewers who watch stills may not be able to take more of them. While one is being made,
        none is due.
        """
        if self.is_being_made:
            return None
        due_us = super().due_us(now_us)
        if self.unseen:
            paced_us = self._pace.wait_us(now_us) if self._pace else 0
            requested_us = None if self.is_watched else self._requests.due_us(now_us)
            return max(paced_us, requested_us or 0)
        if self._rests_at_us is None:
            return due_us
        rest_us = max(0, self._rests_at_us - now_us)
        return rest_us if due_us is None else min(due_us, rest_us)

    def encoded(self, *, is_keyframe: bool, now_us: int) -> None:
        self._limit_bytes = 0
        self._rests_at_us = None if self.quality is None else now_us + REST_US
        super().encoded(is_keyframe=is_keyframe, now_us=now_us)
