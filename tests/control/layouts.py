"""Small layouts for tests, in the form of the X Keyboard Extension."""

from __future__ import annotations

from samescreen.control.keymap import Group, Keymap
from samescreen.control.keysyms import keysym_of
from samescreen.control.places import PLACES

SHIFT, LOCK, CTRL, ALT, LEVEL3 = 1, 2, 4, 8, 128
_MODIFIERS = {
    PLACES["ShiftLeft"] + 8: SHIFT,
    PLACES["ShiftRight"] + 8: SHIFT,
    PLACES["ControlLeft"] + 8: CTRL,
    PLACES["AltLeft"] + 8: ALT,
}
_PLAIN = {"Enter": 0xFF0D, "Tab": 0xFF09, "Escape": 0xFF1B}


def _group(chars: str) -> Group:
    """A key's levels, in order: plain, Shift, AltGr, AltGr with Shift."""
    mods = (0, SHIFT, LEVEL3, LEVEL3 | SHIFT)
    keysyms = {mod: keysym_of(char) for mod, char in zip(mods, chars, strict=False)}
    if chars[0].upper() == chars[1]:
        keysyms[LOCK] = keysym_of(chars[0].upper())
        return Group(SHIFT | LOCK | LEVEL3, keysyms)
    return Group(SHIFT | LEVEL3, keysyms)


def layout(altgr: int, *groups: dict[str, str]) -> Keymap:
    """Keys by place; `altgr` is what the right Alt turns on."""
    places = {place for group in groups for place in group}
    keys = {
        PLACES[place] + 8: tuple(_group(group[place]) for group in groups if place in group)
        for place in places
    }
    keys |= {PLACES[name] + 8: (Group(0, {0: keysym}),) for name, keysym in _PLAIN.items()}
    return Keymap(keys, _MODIFIERS | {PLACES["AltRight"] + 8: altgr})


_LETTERS = {f"Key{char.upper()}": char + char.upper() for char in "abcdefghijklmnopqrstuvwxyz"}
_US = {f"Digit{n}": n + char for n, char in zip("1234567890", "!@#$%^&*()", strict=True)}
US = layout(ALT, _LETTERS | _US | {"Minus": "-_", "Slash": "/?", "Semicolon": ";:"})
_DE = {f"Digit{n}": n + char for n, char in zip("1234567890", '!"§$%&/()=', strict=True)}
_SWAPPED = {"KeyY": "zZ", "KeyZ": "yY", "KeyQ": "qQ@", "KeyE": "eE€"}
DE = layout(
    LEVEL3, _LETTERS | _SWAPPED | _DE | {"Minus": "ß?", "Slash": "-_", "Semicolon": "öÖ"}
)
_RU = {"KeyC": "сС", "KeyA": "фФ", "KeyV": "мМ", "KeyZ": "яЯ"}
US_RU = layout(ALT, _LETTERS | _US, {**_LETTERS, **_US, **_RU})
