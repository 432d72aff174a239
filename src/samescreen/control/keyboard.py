"""Chooses how the host types what a viewer pressed, and knows which keys it holds down. Pure.

A page sends the place of a key and the character that it made for the viewer. The layouts of the
two machines may differ, and only the host knows its own. So the host chooses, in this order:
the same place, if it makes the same character (it can then be held, as games need); a shortcut
with Ctrl, Alt or Meta by its letter; another key that has the character, tapped; a character that
no key has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from . import keysyms, places
from .events import Key, Mods
from .keymap import Keymap, Spot
from .strokes import Lift, Press, Stroke, Tap, TypeMissing

_TO_X: Final = 8
"""An X keycode is the Linux key code plus this."""
_CHORD: Final = Mods.CTRL | Mods.ALT | Mods.META
_COMES_BACK: Final = places.SHIFTS | places.CONTROLS
"""Pressed again when a lease lapsed too early: alone they do nothing."""

_SILENT: Final = places.SHIFTS | places.CONTROLS | places.ALTS | places.METAS


@dataclass(frozen=True, slots=True)
class Layout:
    """The keyboard now: its keymap, the group that is on, and the modifiers that are locked."""

    keymap: Keymap
    group: int = 0
    locked: int = 0


class Keyboard:
    """The keys that a viewer holds, and what each of them pressed on the host.

    `is_desktop`: the whole desktop is shared, so its own shortcuts (Meta, Alt+Tab) work too.
    """

    def __init__(self, *, is_desktop: bool = True) -> None:
        self.is_desktop = is_desktop
        self._down: dict[int, int | None] = {}

    @property
    def is_idle(self) -> bool:
        """Whether the viewer holds no key."""
        return not self._down

    @property
    def keycodes(self) -> frozenset[int]:
        """The X keycodes that are down on the host."""
        return frozenset(keycode for keycode in self._down.values() if keycode is not None)

    @property
    def repeating(self) -> frozenset[int]:
        """The viewer's keys that are down on the host, and that a desktop repeats."""
        return frozenset(
            code
            for code, keycode in self._down.items()
            if keycode is not None and code not in _SILENT
        )

    def press(self, key: Key, layout: Layout) -> list[Stroke]:
        """The viewer pressed a key. A key that is down already does nothing."""
        if key.code in self._down or self._is_refused(key.code):
            return []
        keycode = key.code + _TO_X
        if not key.char:
            return self._press_named(key, keycode, layout)
        if key.mods & _CHORD and not key.mods & Mods.ALTGR:
            return self._hold(key.code, _chord(key, keycode, layout))
        # A Ctrl that is still down would make a command of a character: it is undone instead.
        if layout.keymap.char(keycode, layout.group, self._mods(layout)) == key.char and (
            not self._base(layout) & 0x0C
        ):
            return self._hold(key.code, keycode)
        self._down[key.code] = None
        spot = layout.keymap.at(keycode, key.char, layout.group)
        return self._type(key.char, spot, layout)

    def lift(self, code: int) -> list[Stroke]:
        """The viewer let a key go."""
        keycode = self._down.pop(code, None)
        if keycode is None or keycode in self.keycodes:
            return []
        return [Lift(keycode)]

    def keep(self, codes: frozenset[int], layout: Layout) -> list[Stroke]:
        """The viewer holds exactly these keys."""
        strokes = [stroke for code in set(self._down) - codes for stroke in self.lift(code)]
        for code in sorted(codes & _COMES_BACK - set(self._down)):
            strokes += self.press(Key(True, code), layout)
        return strokes

    def type_text(self, text: str, layout: Layout) -> list[Stroke]:
        """Type a text, each character for itself."""
        return [
            stroke
            for char in text.replace("\r\n", "\n")
            for stroke in self._type(char, None, layout)
        ]

    def release(self) -> list[Stroke]:
        """Let every key go."""
        strokes: list[Stroke] = [Lift(keycode) for keycode in sorted(self.keycodes)]
        self._down.clear()
        return strokes

    # How one key is typed

    def _press_named(self, key: Key, keycode: int, layout: Layout) -> list[Stroke]:
        """A key that makes no character goes by its place. Locks come with each character."""
        if key.code not in places.KNOWN or key.code in places.LOCKS:
            return []
        is_altgr = key.code == places.ALT_RIGHT and key.mods & Mods.ALTGR
        if is_altgr and not layout.keymap.is_altgr(keycode):
            return []  # it would be an Alt here
        return self._hold(key.code, keycode)

    def _hold(self, code: int, keycode: int) -> list[Stroke]:
        is_down = keycode in self.keycodes
        self._down[code] = keycode
        return [Lift(keycode), Press(keycode)] if is_down else [Press(keycode)]

    def _type(self, char: str, spot: Spot | None, layout: Layout) -> list[Stroke]:
        """Tap the key that has this character, while the keys that would spoil it are up."""
        keymap = layout.keymap
        spot = spot or _named(char, keymap) or keymap.find(char, layout.group)
        if spot is None and not char.isprintable():
            return []
        wanted = spot.mods if spot is not None else 0
        spoiling = [
            keycode
            for keycode in sorted(self.keycodes)
            if keymap.modifiers.get(keycode, 0) & ~wanted
        ]
        typed: list[Stroke] = [TypeMissing(char) if spot is None else Tap(spot)]
        if spot is not None and spot.keycode in self.keycodes:
            typed.insert(0, Lift(spot.keycode))
            self._forget(spot.keycode)
        return [*map(Lift, spoiling), *typed, *map(Press, spoiling)]

    def _forget(self, keycode: int) -> None:
        for code, pressed in self._down.items():
            if pressed == keycode:
                self._down[code] = None

    def _is_refused(self, code: int) -> bool:
        """Whether the key would reach past what is shared, with what is held now."""
        has_alt = not self._down.keys().isdisjoint(places.ALTS)
        has_ctrl = not self._down.keys().isdisjoint(places.CONTROLS)
        if has_alt and has_ctrl and code in places.LEAVES_THE_SESSION:
            return True
        return not self.is_desktop and (code in places.METAS or (code == places.TAB and has_alt))

    def _base(self, layout: Layout) -> int:
        modifiers = layout.keymap.modifiers
        base = 0
        for keycode in self.keycodes:
            base |= modifiers.get(keycode, 0)
        return base

    def _mods(self, layout: Layout) -> int:
        return self._base(layout) | layout.locked


def _chord(key: Key, keycode: int, layout: Layout) -> int:
    """The key of a shortcut: the one with that letter, else the one at that place."""
    keymap, char = layout.keymap, key.char.lower()
    if not char.isascii() or keymap.at(keycode, char, layout.group):
        return keycode
    spot = keymap.find(char, layout.group)
    return keycode if spot is None else spot.keycode


def _named(char: str, keymap: Keymap) -> Spot | None:
    """The key of a line break or a tab."""
    name = {"\n": "Enter", "\r": "Enter", "\t": "Tab"}.get(char)
    if name is None:
        return None
    keycode = places.PLACES[name] + _TO_X
    has = keymap.keysym(keycode, 0, 0) in (keysyms.RETURN, keysyms.TAB)
    return Spot(keycode, 0, 0, 0) if has else None
