"""A keyboard's layout: which key makes which character, with which modifiers. Pure.

The values are those of the X Keyboard Extension: a key has groups (languages), a group has levels
(plain, with Shift, with AltGr), and the key's type says which modifiers reach a level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .keysyms import char_of, is_keypad

LOCK: Final = 2
"""The modifier of Caps Lock."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a key. `mask`: the modifiers that choose the level.

    `keysyms` by modifiers; others of the mask reach the level of no modifiers.
    """

    mask: int
    keysyms: Mapping[int, int]

    def keysym(self, mods: int) -> int:
        """What the key makes with these modifiers; 0 for nothing."""
        return self.keysyms.get(mods & self.mask, self.keysyms.get(0, 0))


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a character is: of the modifiers in `mask`, exactly `mods` must be on."""

    keycode: int
    mods: int
    mask: int
    group: int


@dataclass(frozen=True, slots=True)
class Keymap:
    """All keys by X keycode. `modifiers`: what each modifier key turns on."""

    keys: Mapping[int, tuple[Group, ...]]
    modifiers: Mapping[int, int]
    _found: dict[int, dict[str, Spot]] = field(default_factory=dict, compare=False, repr=False)

    def group_at(self, keycode: int, group: int) -> Group | None:
        """The key's own group while that group is on; None: the key makes nothing."""
        groups = self.keys.get(keycode, ())
        return groups[group % len(groups)] if groups else None

    def keysym(self, keycode: int, group: int, mods: int) -> int:
        """What the key makes; 0 for nothing."""
        found = self.group_at(keycode, group)
        return found.keysym(mods) if found is not None else 0

    def char(self, keycode: int, group: int, mods: int) -> str:
        """The character that the key makes for a program; "" for none.

        Where Caps Lock chooses no level of the key, the program itself makes a capital: X Keyboard
        Extension, "Capitalization Transformation".
        """
        found = self.group_at(keycode, group)
        if found is None:
            return ""
        char = char_of(found.keysym(mods))
        is_capital = mods & LOCK and not found.mask & LOCK and len(char.upper()) == 1
        return char.upper() if is_capital else char

    def find(self, char: str, group: int) -> Spot | None:
        """The easiest way to type a character, in this group if it has it; None: no key has it."""
        groups = range(max((len(each) for each in self.keys.values()), default=0))
        for each in (group, *groups):
            if spot := self._spots(each).get(char):
                return spot
        return None

    def at(self, keycode: int, char: str, group: int) -> Spot | None:
        """How this key makes the character; None: it does not."""
        made = self._made(keycode, group)
        return min(
            (spot for spot, keysym in made if char_of(keysym) == char), key=_effort, default=None
        )

    def _spots(self, group: int) -> dict[str, Spot]:
        """The easiest spot of each character, without the keypad's."""
        if group not in self._found:
            spots: dict[str, Spot] = {}
            made = (each for keycode in sorted(self.keys) for each in self._made(keycode, group))
            for spot, keysym in made:
                char = "" if is_keypad(keysym) else char_of(keysym)
                if char and (char not in spots or _effort(spot) < _effort(spots[char])):
                    spots[char] = spot
            self._found[group] = spots
        return self._found[group]

    def _made(self, keycode: int, group: int) -> list[tuple[Spot, int]]:
        found = self.group_at(keycode, group)
        if found is None:
            return []
        mask = found.mask | LOCK  # programs make capitals while it is on
        return [
            (Spot(keycode, mods, mask, group), keysym) for mods, keysym in found.keysyms.items()
        ]

    def is_altgr(self, keycode: int) -> bool:
        """Whether the key reaches third levels instead of being an Alt."""
        mods = self.modifiers.get(keycode, 0)
        return bool(mods) and not mods & 0x0F  # Shift, Lock, Control, Alt


def _effort(spot: Spot) -> tuple[bool, int, int]:
    return bool(spot.mods & LOCK), spot.mods.bit_count(), spot.keycode
