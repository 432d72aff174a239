"""Repeats a held key on systems that repeat only what a real keyboard holds. Pure."""

from __future__ import annotations

from typing import Final

FIRST_US: Final = 500_000
NEXT_US: Final = 33_000


class Repeats:
    """The key that was pressed last, as a keyboard would repeat it. Times are µs."""

    def __init__(self) -> None:
        self._keycode: int | None = None
        self._due_us = 0

    @property
    def due_us(self) -> int | None:
        """When the key repeats; None: no key does."""
        return None if self._keycode is None else self._due_us

    def pressed(self, keycode: int, now_us: int) -> None:
        self._keycode = keycode
        self._due_us = now_us + FIRST_US

    def lifted(self, keycode: int) -> None:
        if keycode == self._keycode:
            self._keycode = None

    def take(self, now_us: int) -> int | None:
        """The key to press again now; None: it is not time yet. What was missed is left out."""
        if self._keycode is None or now_us < self._due_us:
            return None
        self._due_us = now_us + NEXT_US
        return self._keycode
