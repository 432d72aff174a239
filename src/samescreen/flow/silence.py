"""Whether sound is worth sending: lasting silence is not. Pure."""

from __future__ import annotations

from typing import Final

INAUDIBLE: Final = 0.5 / 32768
"""Less than half a step of 16-bit sound: what a computer that plays nothing records."""

HOLD_US: Final = 500_000


class Silence:
    """Lets sound pass, and the first half second of each silence, so that pauses have no seam."""

    __slots__ = ("_sound_us",)

    def __init__(self) -> None:
        self._sound_us: int | None = None

    def passes(self, peak: float, pts_us: int) -> bool:
        """Whether to send a block; `peak`: its largest sample, 0…1; `pts_us`: when it began."""
        if peak > INAUDIBLE:
            self._sound_us = pts_us
        return self._sound_us is not None and pts_us - self._sound_us <= HOLD_US
