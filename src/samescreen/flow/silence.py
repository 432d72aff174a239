"""Whether sound is worth sending: silence that lasts is not. Pure."""

from __future__ import annotations

from typing import Final

INAUDIBLE: Final = 0.5 / 32768
"""Less than half a step of 16-bit sound: what a computer that plays nothing gives."""

HOLD_US: Final = 500_000


class Silence:
    """Lets sound pass, and the first half second of a silence, so that pauses stay seamless."""

    __slots__ = ("_heard_us",)

    def __init__(self) -> None:
        self._heard_us: int | None = None

    def passes(self, peak: float, pts_us: int) -> bool:
        """Whether to send a block with this largest sample, recorded then."""
        if peak > INAUDIBLE:
            self._heard_us = pts_us
        return self._heard_us is not None and pts_us - self._heard_us <= HOLD_US
