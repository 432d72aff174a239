"""When the track should encode an unchanged picture once more, to make it better. Pure.

In motion and in keyframes, the encoder keeps within its bitrate by coarse quantisation. Once the
screen rests, the track encodes the same picture again and again, each time closer to the screen,
until it has the target quality. Viewers paint only the last of these packets, so they do not see
the steps. They paint it only where coarse packets painted, because stills show the rest better.
"""

from __future__ import annotations

from typing import Final

from samescreen.media import Damage

REST_US: Final = 100_000
MAX_ROUNDS: Final = 12


class Settling:
    """Watches the packets of one rendition."""

    __slots__ = ("_below_target_quality", "_rounds", "_since_us", "coarse")

    def __init__(self) -> None:
        self._below_target_quality = False
        self._rounds = 0
        self._since_us = 0
        self.coarse: Damage = Damage.NONE
        """Where viewers see less than the target quality; the caller resets it."""

    def encoded(self, damage: Damage, *, below_target_quality: bool, now_us: int) -> None:
        """Record a packet of a changed picture, or a keyframe; `damage` is what it paints."""
        if below_target_quality:
            self.coarse |= damage
        self._below_target_quality = below_target_quality or self._below_target_quality
        self._rounds = 0
        self._since_us = now_us

    def settled(self, *, below_target_quality: bool) -> bool:
        """Record another packet of the same picture; True if it is the last."""
        self._rounds += 1
        self._below_target_quality = below_target_quality and self._rounds < MAX_ROUNDS
        return not self._below_target_quality

    def due_us(self, now_us: int) -> int | None:
        """Microseconds until the next round is due (0: now); None if the picture is good."""
        if not self._below_target_quality:
            return None
        if self._rounds:
            return 0
        return max(0, self._since_us + REST_US - now_us)
