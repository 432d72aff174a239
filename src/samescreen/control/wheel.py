"""Turns of a wheel, of which XTEST knows whole notches only. Pure."""

from __future__ import annotations

from typing import Final

NOTCH: Final = 120
MOST_NOTCHES: Final = 64
_REST_US: Final = 1_000_000
_UP, _DOWN, _LEFT, _RIGHT = 4, 5, 6, 7


def bounded(turned: int) -> int:
    """A turn in 1/120 of a notch, as far as one message may turn the wheel."""
    return max(-MOST_NOTCHES * NOTCH, min(MOST_NOTCHES * NOTCH, turned))


class Whole:
    """Counts amounts in whole units, and keeps what is left over for the next one."""

    def __init__(self) -> None:
        self._left: float = 0

    def take(self, amount: float, unit: float = 1) -> int:
        """The whole units of this amount and of what was left over."""
        total = self._left + amount
        whole = int(total / unit)  # towards zero
        self._left = total - whole * unit
        return whole


class Notches:
    """Adds up small turns; what is left over after a rest or a turn back is forgotten."""

    def __init__(self) -> None:
        self._left = [0, 0]
        self._turned_us = 0

    def turn(self, dx: int, dy: int, now_us: int) -> list[int]:
        """The wheel turned by so many 1/120 of a notch. The X buttons to click, in order."""
        if now_us - self._turned_us > _REST_US:
            self._left = [0, 0]
        self._turned_us = now_us
        across, along = self._take(0, dx), self._take(1, dy)
        return [
            *[_DOWN if along > 0 else _UP] * min(abs(along), MOST_NOTCHES),
            *[_RIGHT if across > 0 else _LEFT] * min(abs(across), MOST_NOTCHES),
        ]

    def _take(self, axis: int, turned: int) -> int:
        if turned * self._left[axis] < 0:
            self._left[axis] = 0
        total = self._left[axis] + turned
        notches = int(total / NOTCH)  # towards zero
        self._left[axis] = total - notches * NOTCH
        return notches
