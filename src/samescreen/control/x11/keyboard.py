"""The keyboard of an X server: reads its layout, taps keys on any level, binds spare keys.

On the injecting thread. The layout is that of the XTEST device: the server translates what we type
by it, and the hardware's own may differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from samescreen.control import places
from samescreen.control.keyboard import Layout
from samescreen.control.keymap import LOCK, Group, Keymap, Spot
from samescreen.control.keysyms import char_of, is_keypad, keysym_of
from samescreen.control.spares import Spares

from .connecting import MAP_PARTS, InputConnection

_CORE_KEYBOARD: Final = 0x100
_GROUPS: Final = 0x0F
_FIRST_KEYCODE: Final = 9
"""Some programs take keycode 8 for none."""


class XKeyboard:
    """The XTEST keyboard of this connection."""

    def __init__(self, connection: InputConnection) -> None:
        self._connection = connection
        self._keymap: Keymap | None = None
        self.spares = Spares(_spare_keycodes(self._read()))

    def changed(self) -> None:
        """The server reported another keymap."""
        self._keymap = None

    def layout(self) -> Layout:
        """The layout, the group and the locks of this moment."""
        if self._keymap is None:
            reply = self._read()
            if not self._has_spares(reply):  # somebody set another layout
                self.spares = Spares(_spare_keycodes(reply))
            self._keymap = _keymap_from(reply, frozenset(self.spares.bound))
        state = self._connection.xkb.GetState(self._connection.devices.keyboard).reply()
        return Layout(self._keymap, state.group, state.lockedMods)

    @property
    def repeat_delay_us(self) -> int:
        """How long a key is down before the server repeats it."""
        controls = self._connection.xkb.GetControls(self._connection.devices.keyboard).reply()
        return int(controls.repeatDelay) * 1000

    def _has_spares(self, reply: Any) -> bool:
        bound = self.spares.bound
        return all(
            rows == [[keysym_of(bound[keycode])] * 2]
            for keycode, _, rows in _rows(reply)
            if keycode in bound
        )

    def _read(self) -> Any:
        device = self._connection.devices.keyboard
        return self._connection.xkb.GetMap(device, MAP_PARTS, *[0] * 16).reply()

    def tap(self, spot: Spot) -> None:
        """Tap a key while exactly the spot's modifiers are locked, and put the locks back."""
        state = self._connection.xkb.GetState(self._connection.devices.keyboard).reply()
        locked = (state.lockedMods & ~spot.mask) | spot.mods
        is_same = locked == state.lockedMods and spot.group == state.group
        if not is_same:
            self._lock(spot.mask, spot.mods, spot.group)
        self._tap_keycode(spot.keycode)
        if not is_same:
            self._lock(spot.mask, state.lockedMods & spot.mask, state.lockedGroup)

    def _lock(self, mask: int, mods: int, group: int) -> None:
        self._connection.xkb.LatchLockState(_CORE_KEYBOARD, mask, mods, True, group, 0, False, 0)

    def tap_spare(self, keycode: int) -> None:
        """Tap a key that makes one character, while Caps Lock is off: it would be a capital."""
        state = self._connection.xkb.GetState(self._connection.devices.keyboard).reply()
        self.tap(Spot(keycode, 0, LOCK, state.group))

    def _tap_keycode(self, keycode: int) -> None:
        self._connection.key(keycode, is_down=True)
        self._connection.key(keycode, is_down=False)

    def bind(self, keycode: int, char: str) -> None:
        """Let a spare key make this character, on two levels: else the server adds a capital."""
        keysym = keysym_of(char)
        self._connection.core.ChangeKeyboardMapping(1, keycode, 2, [keysym, keysym])

    def unbind(self) -> None:
        """Take the characters off the spare keys again."""
        for keycode in self.spares.bound:
            self._connection.core.ChangeKeyboardMapping(1, keycode, 1, [0])


def _rows(reply: Any) -> Iterator[tuple[int, Any, list[list[int]]]]:
    """Each key of a map: its keycode, its entry, and its keysyms by group and level."""
    for keycode, key in enumerate(reply.syms_rtrn, start=reply.firstKeySym):
        count, width = key.groupInfo & _GROUPS, key.width
        syms = list(key.syms)
        yield keycode, key, [syms[n * width : (n + 1) * width] for n in range(count)]


def _keymap_from(reply: Any, spares: frozenset[int]) -> Keymap:
    types = reply.types_rtrn
    keys: dict[int, tuple[Group, ...]] = {}
    for keycode, key, rows in _rows(reply):
        if rows and keycode not in spares:
            keys[keycode] = tuple(
                _group(types[index], row) for index, row in zip(key.kt_index, rows, strict=False)
            )
    modifiers = {each.keycode: each.mods for each in reply.modmap_rtrn}
    return Keymap(keys, modifiers)


def _group(kind: Any, row: list[int]) -> Group:
    keysyms = {0: row[0]} if row and row[0] else {}
    for entry in kind.map:
        if entry.active and entry.level < len(row) and row[entry.level]:
            keysyms[entry.mods_mask] = row[entry.level]
    return Group(kind.mods_mask, keysyms)


def _spare_keycodes(reply: Any) -> list[int]:
    """Keys without a meaning, also those that an earlier run bound and could not give back."""
    taken = {each.keycode for each in reply.modmap_rtrn if each.mods}
    return [
        keycode
        for keycode, _, rows in _rows(reply)
        if keycode >= _FIRST_KEYCODE
        and keycode not in taken
        and keycode - 8 not in places.KNOWN
        and _is_free(rows)
    ]


def _is_free(rows: list[list[int]]) -> bool:
    syms = {sym for row in rows for sym in row}
    if not any(syms):
        return True
    (sym, *others) = syms
    is_ours = not others and len(rows) == 1 and len(rows[0]) == 2
    return is_ours and bool(char_of(sym)) and not is_keypad(sym)
