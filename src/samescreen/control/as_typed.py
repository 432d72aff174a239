"""A layout for hosts whose own layout cannot be read: each key makes what it made for the viewer.

Pure. With it a key goes by its place, so it can be held; a system that can attach a character to a
key attaches the viewer's. Text that no key made is typed on `US`, or by the system's own way.
"""

from __future__ import annotations

from typing import Final

from . import keysyms, places
from .events import Event, Key
from .keyboard import Layout
from .keymap import Group, Keymap
from .places import PLACES

_TO_X: Final = 8
SHIFT, CTRL, ALT, META, ALTGR = 1, 4, 8, 64, 128
MODIFIERS: Final = {
    code + _TO_X: modifier
    for codes, modifier in (
        (places.SHIFTS, SHIFT),
        (places.CONTROLS, CTRL),
        (places.ALTS - {places.ALT_RIGHT}, ALT),
        (places.METAS, META),
        ({places.ALT_RIGHT}, ALTGR),
    )
    for code in codes
}
"""What each modifier key turns on, by X keycode."""

NAMED: Final = {
    PLACES["Enter"] + _TO_X: (Group(0, {0: keysyms.RETURN}),),
    PLACES["Tab"] + _TO_X: (Group(0, {0: keysyms.TAB}),),
}
"""The keys of line breaks and tabs."""

_NO_CHARS: Final = Layout(Keymap(NAMED, MODIFIERS))
_ROWS: Final = (
    ("Backquote Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal",
     "`1234567890-=", "~!@#$%^&*()_+"),
    ("KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Backslash",
     "qwertyuiop[]\\", "QWERTYUIOP{}|"),
    ("KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote",
     "asdfghjkl;'", 'ASDFGHJKL:"'),
    ("KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash Space",
     "zxcvbnm,./ ", "ZXCVBNM<>? "),
)  # fmt: skip


def _us_keys() -> dict[int, tuple[Group, ...]]:
    return {
        PLACES[name] + _TO_X: (Group(SHIFT, {0: ord(plain), SHIFT: ord(shifted)}),)
        for names, low, high in _ROWS
        for name, plain, shifted in zip(names.split(), low, high, strict=True)
    }


US: Final = Layout(Keymap({**NAMED, **_us_keys()}, MODIFIERS))


def as_typed(event: Event, otherwise: Layout = _NO_CHARS) -> Layout:
    """The layout on which this key makes what it made for the viewer; else `otherwise`."""
    if not isinstance(event, Key) or not event.char or event.code not in places.KNOWN:
        return otherwise
    made = (Group(0, {0: keysyms.keysym_of(event.char)}),)
    return Layout(Keymap({**NAMED, event.code + _TO_X: made}, MODIFIERS))
