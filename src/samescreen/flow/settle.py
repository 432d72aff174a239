"""When a picture that stands still deserves another encode. Pure.

In motion, and in a keyframe, the encoder keeps within its bitrate by being coarse. Once the
screen rests, the same picture is encoded again, each time nearer to the screen, until it is as
good as asked for. Only the last of these is painted, so nobody sees the steps, and only where
coarse packets painted before, since stills show the rest better.
"""

from __future__ import annotations

from typing import Final

from samescreen.media import Damage

REST_US: Final = 100_000
MAX_ROUNDS: Final = 12


class Settling:
    """Follows the packets of one rendition."""

    __slots__ = ("_below_target_quality", "_rounds", "_since_us", "coarse")

    def __init__(self) -> None:
        self._below_target_quality = False
        self._rounds = 0
        self._since_us = 0
        self.coarse: Damage = Damage.NONE
        """Where viewers see less than was asked for."""

    def encoded(self, damage: Damage, *, below_target_quality: bool, now_us: int) -> None:
        """A changed picture, or a keyframe, was encoded; `damage` is what it paints."""
        if below_target_quality:
            self.coarse |= damage
        self._below_target_quality = below_target_quality or self._below_target_quality
        self._rounds = 0
        self._since_us = now_us

    def settled(self, *, below_target_quality: bool) -> bool:
        """The same picture was encoded again; True when this was the last time."""
        self._rounds += 1
        self._below_target_quality = below_target_quality and self._rounds < MAX_ROUNDS
        return not self._below_target_quality

    def due_us(self, now_us: int) -> int | None:
        """How long until another round is due (0: now); None when the picture is good."""
        if not self._below_target_quality:
            return None
        if self._rounds:
            return 0
        return max(0, self._since_us + REST_US - now_us)
