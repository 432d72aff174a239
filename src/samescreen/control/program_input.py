"""A viewer's input as a Python program gets it, instead of a desktop. Pure.

Positions are pixels of the picture that the program shows. What a viewer holds is a lease here too:
after a silence of `LEASE_US` everything goes up, so nothing stays down when a page dies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from .events import (
    HERE,
    Button,
    Event,
    Held,
    Key,
    Mods,
    Move,
    Pen,
    Release,
    Shift,
    Text,
    Wheel,
)
from .hands import LEASE_US
from .places import ALTS, CONTROLS, METAS, PLACES, SHIFTS

Modifier = Literal["shift", "ctrl", "alt", "meta"]
_BUTTONS: Final = ("left", "middle", "right", "back", "forward")
_NAMES: Final = {code: name for name, code in PLACES.items()}
_MODIFIERS: Final[dict[Modifier, frozenset[int]]] = {
    "shift": SHIFTS,
    "ctrl": CONTROLS,
    "alt": ALTS,
    "meta": METAS,
}
_NOTCH: Final = 120
_FULL: Final = 65_535


@dataclass(frozen=True, slots=True)
class PointerEvent:
    """The pointer moved, a button went down or up, or the wheel turned, at this pixel.

    `button`: "left", "middle", "right", "back", "forward", or "" for moves and the wheel.
    `buttons` and `mods`: what is down afterwards. `dx`, `dy`: notches of the wheel, right and down
    are positive; of a "move", the pixels that a mouse moved which the viewer has locked in.
    `pressure`: a pen's, from 0 to 1. `stream`: the name of the stream.
    """

    kind: Literal["move", "down", "up", "wheel"]
    x: int
    y: int
    button: str = ""
    buttons: frozenset[str] = frozenset()
    mods: frozenset[Modifier] = frozenset()
    dx: float = 0
    dy: float = 0
    stream: str = ""
    pressure: float = 0


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A key went down or up. Keys that are held do not repeat.

    `key`: the character that it makes for the viewer, or its name, such as "Enter". `code`: where
    the key is, named as on a US keyboard: "KeyA". `mods`: what else is held.
    """

    kind: Literal["down", "up"]
    key: str
    code: str
    mods: frozenset[Modifier] = frozenset()
    stream: str = ""


@dataclass(frozen=True, slots=True)
class TextEvent:
    """Text that the viewer typed: one character, or what an input method made."""

    text: str
    stream: str = ""


ProgramEvent = PointerEvent | KeyEvent | TextEvent


class InputReader:
    """Turns one viewer's input for `stream` into events. Times are µs of a monotonic clock."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._at = (0, 0)
        self._buttons: set[int] = set()
        self._keys: dict[int, str] = {}
        self._renewed_us = 0

    @property
    def due_us(self) -> int | None:
        """When the lease ends; None: nothing is held."""
        return self._renewed_us + LEASE_US if self._buttons or self._keys else None

    def read(self, order: Event, now_us: int) -> list[ProgramEvent]:
        """The events that this makes, in order."""
        if isinstance(order, Move | Pen | Shift):
            return [self._moved(order)]
        if isinstance(order, Wheel):
            self._go(order)
            turned = order.dx / _NOTCH, order.dy / _NOTCH
            return [replace(self._pointer("wheel"), dx=turned[0], dy=turned[1])]
        self._renewed_us = now_us
        if isinstance(order, Button):
            self._go(order)
            return self._button(order.number, is_down=order.is_down)
        return self._typed(order)

    def _go(self, order: Move | Pen | Button | Wheel) -> None:
        if not (isinstance(order, Button | Wheel) and order.is_here):
            self._at = (order.x, order.y)

    def _moved(self, order: Move | Pen | Shift) -> PointerEvent:
        if isinstance(order, Shift):
            x, y = self._at[0] + order.dx, self._at[1] + order.dy
            self._at = (min(max(x, 0), HERE), min(max(y, 0), HERE))
            return replace(self._pointer("move"), dx=order.dx, dy=order.dy)
        self._go(order)
        pressure = order.pressure / _FULL if isinstance(order, Pen) else 0
        return replace(self._pointer("move"), pressure=pressure)

    def _typed(self, order: Key | Text | Held | Release) -> list[ProgramEvent]:
        if isinstance(order, Key):
            return self._press(order) if order.is_down else self._lift(order.code)
        if isinstance(order, Text):
            return [TextEvent(order.text, self._stream)]
        if isinstance(order, Held):
            gone = [code for code in self._keys if code not in order.codes]
            up = [number for number in sorted(self._buttons) if not order.buttons >> number & 1]
            lifted = [event for code in gone for event in self._lift(code)]
            return lifted + [each for n in up for each in self._button(n, is_down=False)]
        return self.release() if isinstance(order, Release) else []

    def lapse(self, now_us: int) -> list[ProgramEvent]:
        """Let everything go if the lease has ended."""
        due_us = self.due_us
        return self.release() if due_us is not None and now_us >= due_us else []

    def release(self) -> list[ProgramEvent]:
        """Let everything go."""
        keys = [event for code in tuple(self._keys) for event in self._lift(code)]
        buttons = sorted(self._buttons)
        return keys + [each for n in buttons for each in self._button(n, is_down=False)]

    @property
    def _mods(self) -> frozenset[Modifier]:
        down = self._keys.keys()
        return frozenset(name for name, codes in _MODIFIERS.items() if down & codes)

    def _pointer(self, kind: Literal["move", "down", "up", "wheel"]) -> PointerEvent:
        buttons = frozenset(_BUTTONS[number] for number in self._buttons)
        x, y = self._at
        return PointerEvent(kind, x, y, "", buttons, self._mods, stream=self._stream)

    def _button(self, number: int, *, is_down: bool) -> list[ProgramEvent]:
        if is_down == (number in self._buttons):
            return []
        self._buttons ^= {number}
        event = self._pointer("down" if is_down else "up")
        return [replace(event, button=_BUTTONS[number])]

    def _press(self, key: Key) -> list[ProgramEvent]:
        name = key.char or _NAMES.get(key.code, "")
        if key.code in self._keys:
            return []
        self._keys[key.code] = name
        mods = self._mods
        code = _NAMES.get(key.code, "")
        events: list[ProgramEvent] = [KeyEvent("down", name, code, mods, self._stream)]
        is_chord = key.mods & (Mods.CTRL | Mods.ALT | Mods.META) and not key.mods & Mods.ALTGR
        if key.char and not is_chord:
            events.append(TextEvent(key.char, self._stream))
        return events

    def _lift(self, code: int) -> list[ProgramEvent]:
        name = self._keys.pop(code, None)
        if name is None:
            return []
        return [KeyEvent("up", name, _NAMES.get(code, ""), self._mods, self._stream)]
