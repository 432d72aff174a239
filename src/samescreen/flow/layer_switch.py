"""Which video rendition one viewer is sent: main, or the smaller low one. Pure.

WebRTC's simulcast calls such renditions layers. A viewer that fell behind recovers on low. Low has
regular keyframes, so the other viewers do not pay for an extra keyframe of main. The viewer returns
to main after a calm time. That time doubles with each return that failed. (The hysteresis is that
of neko, with shorter times.)
"""

from __future__ import annotations

from typing import Final

from samescreen.media import Rendition

CALM_US: Final = 4_000_000
LONGEST_CALM_US: Final = 64_000_000
_FAILED_WITHIN_US: Final = 10_000_000
"""A return to main failed if the viewer falls behind again this soon."""


class LayerSwitch:
    """Starts on main."""

    __slots__ = ("_calm_since_us", "_calm_us", "_rose_us", "rendition")

    def __init__(self) -> None:
        self.rendition = Rendition.MAIN
        self._calm_us = CALM_US
        self._calm_since_us = 0
        self._rose_us: int | None = None

    def step_down(self, now_us: int) -> bool:
        """Move a viewer that fell behind to low; False if it is there already."""
        if self.rendition is Rendition.LOW:
            return False
        if self._rose_us is not None and now_us - self._rose_us < _FAILED_WITHIN_US:
            self._calm_us = min(2 * self._calm_us, LONGEST_CALM_US)
        else:
            self._calm_us = CALM_US
        self.rendition = Rendition.LOW
        self._calm_since_us = now_us
        return True

    def on_congestion(self, now_us: int) -> None:
        """Restart the calm time: the link is congested, or the viewer fell behind on low too."""
        self._calm_since_us = now_us

    def try_step_up(self, now_us: int) -> bool:
        """Return to main if the viewer was calm for long enough; True if it did."""
        if self.rendition is Rendition.MAIN or now_us - self._calm_since_us < self._calm_us:
            return False
        self.rendition = Rendition.MAIN
        self._rose_us = now_us
        return True
