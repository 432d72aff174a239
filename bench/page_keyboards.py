"""What the page of a viewer sends for a text, for each layout of the viewer's keyboard.

The layouts are those of the system's xkeyboard-config, read through libxkbcommon, not by the code
under test. A character that no key of the layout makes comes as committed text, as from a dead
key, an input method or a phone.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]
from samescreen.control.events import Key, Mods, Text  # noqa: E402
from samescreen.control.places import PLACES  # noqa: E402

LAYOUTS: Final = {
    "us": ("us", ""),
    "de": ("de", ""),
    "fr": ("fr", ""),
    "ch": ("ch", ""),
    "ru": ("ru,us", ","),
    "gr": ("gr,us", ","),
    "jp": ("jp", ""),
    "kr": ("kr", ""),
    "dvorak": ("us", "dvorak"),
}
"""xkb layout and variant by name. People with a Cyrillic or Greek layout have a Latin one too."""
_TO_X: Final = 8
_LEVELS: Final = ("", "s", "a", "as")
"""Plain, with Shift, with AltGr, with both."""


class _Names(ctypes.Structure):
    _fields_ = [(n, ctypes.c_char_p) for n in ("rules", "model", "layout", "variant", "options")]


def _library() -> Any:
    xkb = ctypes.CDLL("libxkbcommon.so.0")
    for name in ("context_new", "keymap_new_from_names", "state_new"):
        getattr(xkb, f"xkb_{name}").restype = ctypes.c_void_p
    xkb.xkb_context_new.argtypes = [ctypes.c_int]
    xkb.xkb_keymap_new_from_names.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
    xkb.xkb_keymap_num_layouts.argtypes = [ctypes.c_void_p]
    xkb.xkb_keymap_mod_get_index.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    xkb.xkb_state_new.argtypes = [ctypes.c_void_p]
    xkb.xkb_state_update_mask.argtypes = [ctypes.c_void_p, *[ctypes.c_uint32] * 6]
    xkb.xkb_state_key_get_utf32.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    xkb.xkb_state_key_get_utf32.restype = ctypes.c_uint32
    return xkb


@dataclass(frozen=True, slots=True)
class PageKeyboard:
    """A viewer's keyboard: where each character is, as place and held modifiers ("s", "a")."""

    keys: dict[str, tuple[str, str]]

    def typed(self, text: str) -> list[Key | Text]:
        """What the page sends while somebody types this text."""
        return [event for char in text for event in self._events(char)]

    def _events(self, char: str) -> Iterator[Key | Text]:
        if char not in self.keys:
            yield Text(char)
            return
        place, held = self.keys[char]
        altgr = Mods.ALTGR if "a" in held else Mods.NONE
        mods = altgr | (Mods.SHIFT if "s" in held else Mods.NONE)
        if "s" in held:
            yield Key(True, PLACES["ShiftLeft"], Mods.SHIFT)
        if "a" in held:
            yield Key(True, PLACES["AltRight"], mods)
        shown = "" if char == "\n" else char
        yield Key(True, PLACES[place], mods, shown)
        yield Key(False, PLACES[place], mods)
        if "a" in held:
            yield Key(False, PLACES["AltRight"], mods & ~Mods.ALTGR)
        if "s" in held:
            yield Key(False, PLACES["ShiftLeft"])


def page_keyboard(name: str) -> PageKeyboard:
    """The keyboard of a viewer whose machine has this layout."""
    xkb = _library()
    layout, variant = (each.encode() for each in LAYOUTS[name])
    names = _Names(b"evdev", b"pc105", layout, variant, None)
    keymap = xkb.xkb_keymap_new_from_names(xkb.xkb_context_new(0), ctypes.byref(names), 0)
    if not keymap:
        raise SystemExit(f"libxkbcommon has no layout {name}: install xkb-data")
    shift, altgr = (1 << xkb.xkb_keymap_mod_get_index(keymap, n) for n in (b"Shift", b"Mod5"))
    state = xkb.xkb_state_new(keymap)
    keys = {"\n": ("Enter", "")}
    for group in range(xkb.xkb_keymap_num_layouts(keymap)):
        for held in _LEVELS:
            mods = (shift if "s" in held else 0) | (altgr if "a" in held else 0)
            xkb.xkb_state_update_mask(state, mods, 0, 0, 0, 0, group)
            for place, code in PLACES.items():
                point = xkb.xkb_state_key_get_utf32(state, code + _TO_X)
                if point >= 0x20 and not place.startswith("Numpad") and place != "Delete":
                    keys.setdefault(chr(point), (place, held))
    return PageKeyboard(keys)
