"""A keymap with keys for characters that a us keyboard lacks. Pure.

The compositor compiles the text (XKB). It passes the keymap on before the keys that use it, so a
program never reads an old one.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from samescreen.control.keysyms import keysym_of

_TO_X: Final = 8
_FIRST, _LAST = 208, 255
"""The X keycodes of spare keys; XWayland knows none above 255."""

_TEXT: Final = """xkb_keymap {{
xkb_keycodes {{ include "evdev+aliases(qwerty)" }};
xkb_types {{ include "complete" }};
xkb_compat {{ include "complete" }};
xkb_symbols {{ include "pc+us+inet(evdev)"
{} }};
}};
"""


class CharKeys:
    """Gives characters a key each; the one that was used longest ago makes room."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, int] = OrderedDict()

    def code_of(self, char: str, in_use: frozenset[int]) -> tuple[int, bool]:
        """The Linux code of the character's key, and whether the keymap has changed for it.

        The keys that are `in_use` keep their characters.
        """
        keycode = self._keys.get(char)
        if keycode is not None:
            self._keys.move_to_end(char)
            return keycode - _TO_X, False
        self._keys[char] = keycode = self._room(in_use)
        return keycode - _TO_X, True

    @property
    def keymap(self) -> str:
        rows = (
            f"replace key <I{keycode}> {{ [ 0x{keysym_of(char):x}, 0x{keysym_of(char):x} ] }};"
            for char, keycode in self._keys.items()
        )
        return _TEXT.format("\n".join(rows))

    def _room(self, in_use: frozenset[int]) -> int:
        taken = set(self._keys.values())
        for keycode in range(_FIRST, _LAST + 1):
            if keycode not in taken:
                return keycode
        for char, keycode in self._keys.items():
            if keycode - _TO_X not in in_use:
                del self._keys[char]
                return keycode
        return _LAST
