"""Which rendition one viewer of video is sent: main, or one that its link carries. Pure.

WebRTC's simulcast calls such renditions layers. A viewer that fell behind recovers on low. Low has
regular keyframes, so the other viewers do not pay for an extra keyframe of main. The viewer returns
to main after a calm time. Each return costs all viewers of main a keyframe, so a return is a trial:
the calm time doubles with each return that failed (`trials.py`). It is short again when there is
new evidence, because the link carries more, or main costs less, than when the last return failed.

A viewer may prefer something else (`Quality`). One that wants full size recovers on stills in place
of low: fewer pictures, but not smaller ones. One that saves data is on low for good. A changed
preference leaves the calm time as it is.

A publisher may not make all renditions. Main takes the place of those that it does not make.
"""

from __future__ import annotations

from typing import Final

from samescreen.media import Quality, Rendition

from .trials import Backoff, Trials

CALM_US: Final = 4_000_000
LONGEST_CALM_US: Final = 1_024_000_000
"""A link that never carries main fails nine times in half an hour, and then once in 17 minutes. A
link that becomes better without evidence of it is used after 17 minutes at the latest."""
_BACKOFF: Final = Backoff(
    first_us=CALM_US, longest_us=LONGEST_CALM_US, failed_within_us=20_000_000
)
"""A queue shows within seconds that main is too much; 20 s leave room for content that rests."""
_BETTER: Final = 1.5
"""How much better the evidence must be: the packets that measure a link vary by less."""


_RANGE: Final = {
    Quality.AUTO: (Rendition.MAIN, Rendition.LOW),
    Quality.FULL: (Rendition.MAIN, Rendition.JPEG),
    Quality.LOW: (Rendition.LOW, Rendition.LOW),
}
"""By preference: the rendition for a good link, and the one for a link that does not carry it."""
_ALL: Final = frozenset({Rendition.MAIN, Rendition.LOW, Rendition.JPEG})


class LayerSwitch:
    """Starts on main, without a preference."""

    __slots__ = (
        *("_calm_since_us", "_failed_at", "_offered", "_rose_at", "_trials"),
        *("begins_with_still", "preference", "rendition"),
    )

    def __init__(self) -> None:
        self.preference = Quality.AUTO
        self.rendition = Rendition.MAIN
        self._offered = _ALL
        self.begins_with_still = True
        """A newcomer on a long path may wait for a still: the publisher makes them, and at once."""
        self._calm_since_us = 0
        self._trials = Trials(_BACKOFF)
        self._rose_at: float | None = None
        self._failed_at: float | None = None

    def offer(self, renditions: frozenset[Rendition], *, has_slow_stills: bool = False) -> None:
        """There are only these from now on; none: it is not known yet.

        `has_slow_stills`: the first still takes longer than a keyframe.
        """
        renditions = renditions or _ALL
        self.begins_with_still = Rendition.JPEG in renditions and not has_slow_stills
        if renditions != self._offered:
            self._offered = renditions
            self.rendition = self._range[0]

    @property
    def _range(self) -> tuple[Rendition, Rendition]:
        best, lowest = _RANGE[self.preference]
        return self._or_main(best), self._or_main(lowest)

    def _or_main(self, rendition: Rendition) -> Rendition:
        return rendition if rendition in self._offered else Rendition.MAIN

    def prefer(self, quality: Quality) -> None:
        """Keep to this preference from now on, beginning with its rendition for a good link."""
        if quality is not self.preference:
            self.preference = quality
            self.rendition, _ = self._range

    @property
    def is_lowered(self) -> bool:
        """Whether the viewer is on the rendition for a link that does not carry the other one."""
        return self.rendition is not self._or_main(_RANGE[self.preference][0])

    def step_down(self, now_us: int) -> bool:
        """Move a viewer that fell behind down; False if there is nothing below."""
        lowest = self._range[1]
        if self.rendition is lowest:
            return False
        self._failed_at = self._rose_at if self._trials.end(now_us) else None
        self.rendition = lowest
        self._calm_since_us = now_us
        return True

    def on_congestion(self, now_us: int) -> None:
        """Restart the calm time: the link is congested, or the viewer fell behind again."""
        self._calm_since_us = now_us

    def try_step_up(self, now_us: int, margin: float | None = None) -> bool:
        """Return to main if the viewer was calm for long enough; True if it did.

        `margin`: how many times main's bitrate the link carried when it was last measured; None:
        it was not.
        """
        calm_us = CALM_US if self._is_better(margin) else self._trials.wait_us
        if not self.is_lowered or now_us - self._calm_since_us < calm_us:
            return False
        self.rendition = Rendition.MAIN
        self._rose_at = margin
        self._trials.begin(now_us)
        return True

    def _is_better(self, margin: float | None) -> bool:
        """Whether there is evidence that the return which failed last would not fail now."""
        failed_at = self._failed_at
        return margin is not None and failed_at is not None and margin > _BETTER * failed_at
