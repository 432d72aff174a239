"""Which video rendition suits one viewer: main, or the low one. Pure.

A viewer that fell behind recovers on the low rendition, whose keyframes come every second anyway,
so that nobody else pays for it with a keyframe of the main one. It goes back up after a calm
time that doubles each time going up was a mistake (the hysteresis is neko's, with faster
constants).
"""

from __future__ import annotations

from typing import Final

from samescreen.media import Rendition

CALM_US: Final = 4_000_000
LONGEST_CALM_US: Final = 64_000_000
_MISTAKE_US: Final = 10_000_000


class Lane:
    """Main at first."""

    __slots__ = ("_calm_since_us", "_patience_us", "_up_us", "rendition")

    def __init__(self) -> None:
        self.rendition = Rendition.MAIN
        self._patience_us = CALM_US
        self._calm_since_us = 0
        self._up_us: int | None = None

    def down(self, now_us: int) -> bool:
        """It fell behind on the main rendition; True when it changes lanes."""
        if self.rendition is Rendition.LOW:
            return False
        if self._up_us is not None and now_us - self._up_us < _MISTAKE_US:
            self._patience_us = min(2 * self._patience_us, LONGEST_CALM_US)
        else:
            self._patience_us = CALM_US
        self.rendition = Rendition.LOW
        self._calm_since_us = now_us
        return True

    def disturbed(self, now_us: int) -> None:
        """Its link is congested, or it fell behind even on the low rendition."""
        self._calm_since_us = now_us

    def up(self, now_us: int) -> bool:
        """Whether it has been calm for long enough; if so it is on the main rendition now."""
        if self.rendition is Rendition.MAIN or now_us - self._calm_since_us < self._patience_us:
            return False
        self.rendition = Rendition.MAIN
        self._up_us = now_us
        return True
