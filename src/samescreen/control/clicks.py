"""Counts clicks, for systems on which the sender says what a double click is. Pure."""

from __future__ import annotations

from typing import Final

TOGETHER_US: Final = 500_000
NEAR: Final = 4
_MOST: Final = 3


class Clicks:
    """Times are µs; positions are in the system's own units."""

    def __init__(self) -> None:
        self._button = 0
        self._at = (0.0, 0.0)
        self._pressed_us = 0
        self.count = 0
        """How many clicks the last press makes: 1, 2 or 3."""

    def pressed(self, button: int, at: tuple[float, float], now_us: int) -> None:
        """A press of the same button, soon and near, counts on."""
        is_near = abs(at[0] - self._at[0]) <= NEAR and abs(at[1] - self._at[1]) <= NEAR
        is_soon = now_us - self._pressed_us <= TOGETHER_US
        goes_on = button == self._button and is_near and is_soon and self.count < _MOST
        self.count = self.count + 1 if goes_on else 1
        self._button, self._at, self._pressed_us = button, at, now_us
