"""Keys without a meaning, which type characters that the layout lacks. Pure.

A program that is slow translates a key press with the keymap of a later moment. So a spare key
that typed a character keeps it for a while; the one that rested longest gets the next character.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

REST_US: Final = 400_000


class Spares:
    """The spare keycodes, and the character of each."""

    def __init__(self, keycodes: Iterable[int]) -> None:
        self._free = list(keycodes)
        self._bound: OrderedDict[str, int] = OrderedDict()
        self._used_us: dict[int, int] = {}

    @property
    def bound(self) -> dict[int, str]:
        """The characters that keycodes have now."""
        return {keycode: char for char, keycode in self._bound.items()}

    def keycode_of(self, char: str, now_us: int) -> int | None:
        """The keycode that has this character already; None: `bind` one."""
        keycode = self._bound.get(char)
        if keycode is not None:
            self._used_us[keycode] = now_us
            self._bound.move_to_end(char)
        return keycode

    def bind(self, char: str, now_us: int) -> int | None:
        """A keycode for a new character, to be bound now; None: each still needs its own."""
        if self._free:
            keycode = self._free.pop()
        elif self._bound and self.wait_us(now_us) == 0:
            _, keycode = self._bound.popitem(last=False)
        else:
            return None
        self._bound[char] = keycode
        self._used_us[keycode] = now_us
        return keycode

    @property
    def is_hopeless(self) -> bool:
        """The keyboard has no spare key at all."""
        return not self._free and not self._bound

    def wait_us(self, now_us: int) -> int:
        """How long until a key has rested; 0: one is free now."""
        if self._free or not self._bound:
            return 0
        oldest = next(iter(self._bound.values()))
        return max(0, self._used_us[oldest] + REST_US - now_us)
