"""Moves the pointer and types through a Wayland compositor. On the injecting thread.

The keyboard has a keymap of its own: us, and a spare key for each other character that a viewer
types, so text is right whatever the desktop's layout is. A key that makes no character goes by its
place. Who sits at the machine is not noticed: the protocols report nobody's input.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import Final

from samescreen.control.as_typed import ALTGR, MODIFIERS, SHIFT, US, as_typed
from samescreen.control.events import Event
from samescreen.control.keyboard import Layout
from samescreen.control.keymap import Spot
from samescreen.control.places import PLACES
from samescreen.control.wheel import NOTCH, Whole
from samescreen.errors import CaptureError, SourceLost
from samescreen.media import OnDesktop
from samescreen.wayland.desktop import Desktop, Output
from samescreen.wayland.wire import Body, Message

from .char_keys import CharKeys
from .devices import Keyboard, Pointer, offered

_log: Final = logging.getLogger(__name__)
_TO_X: Final = 8
_LENGTH_OF_A_NOTCH: Final = 15.0
"""As compositors report a mouse's wheel, in the desktop's units."""

_BOTH: Final = 3
"""What a seat can do that has a pointer and a keyboard."""

_READY_US: Final = 200_000

BUTTONS: Final = {1: 0x110, 2: 0x112, 3: 0x111, 8: 0x113, 9: 0x114}
"""BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE and BTN_EXTRA by X button."""


class WaylandDesk:
    """A keyboard and a pointer on the compositor whose socket `place` names.

    Raises:
        CaptureError: the compositor is gone, or has no such devices.
    """

    repeats_keys = True

    def __init__(self, place: OnDesktop) -> None:
        self._desktop = Desktop(Path(place.display))
        try:
            self._make_devices(place)
        except CaptureError:
            self._desktop.close()
            raise
        self._down: dict[int, int] = {}
        self._at = (0.0, 0.0)
        self._notches = (Whole(), Whole())
        _log.warning("on Wayland, remote control does not notice your own mouse and keyboard")

    def _make_devices(self, place: OnDesktop) -> None:
        seat, pointers, keyboards = offered(self._desktop)
        able: list[int] = []
        self._seat = self._desktop.bind(seat, 1, lambda message: able.append(_ability(message)))
        self._pointers = self._desktop.bind(pointers, 2)
        self._keyboard = Keyboard(self._desktop, self._desktop.bind(keyboards, 1), self._seat)
        self._chars = CharKeys()
        self._keyboard.use(self._chars.keymap)
        self._pointer: tuple[str, Pointer] | None = None
        self._on(place)
        self._desktop.connection.roundtrip()
        if able[:1] != [_BOTH]:  # until programs see the first mouse, what it does is lost
            self._desktop.connection.wait_for(lambda: False, _READY_US)

    def layout(self, event: Event) -> Layout:
        return as_typed(event, US)

    def move(self, x: int, y: int, place: OnDesktop) -> None:
        output, pointer = self._on(place)
        self._at = (float(x), float(y))
        region = place.region
        pointer.move(region.x + x, region.y + y, output.width, output.height)

    def nudge(self, dx: int, dy: int, place: OnDesktop) -> None:
        output, pointer = self._on(place)
        self._at = (self._at[0] + dx, self._at[1] + dy)
        across = output.region.width / max(1, output.width)
        along = output.region.height / max(1, output.height)
        pointer.nudge(dx * across, dy * along)

    def come_back(self, place: OnDesktop) -> None:
        x, y = (int(each) for each in self._at)
        inside_x = min(max(x, 0), place.region.width - 1)
        inside_y = min(max(y, 0), place.region.height - 1)
        if (x, y) != (inside_x, inside_y):
            self.move(inside_x, inside_y, place)

    def button(self, button: int, *, is_down: bool) -> None:
        if self._pointer is not None:
            self._pointer[1].button(BUTTONS[button], is_down=is_down)
            self._desktop.connection.dispatch()

    def turn(self, dx: int, dy: int) -> None:
        if self._pointer is None:
            return
        for axis, by, rest in zip((0, 1), (dy, dx), self._notches, strict=True):
            if by:
                notches = rest.take(by, NOTCH)
                self._pointer[1].turn(axis, by * _LENGTH_OF_A_NOTCH / NOTCH, notches)
        self._desktop.connection.dispatch()

    def key(self, keycode: int, *, is_down: bool, char: str = "", repeats: bool = False) -> None:
        if is_down:
            self._press(keycode, self._code_for(keycode, char))
        elif (code := self._down.pop(keycode, None)) is not None:
            self._keyboard.key(code, is_down=False)
            self._modify()
        self._desktop.connection.dispatch()

    def tap(self, spot: Spot, char: str) -> None:
        self._tap(spot.keycode - _TO_X, SHIFT if spot.mods & SHIFT else 0)

    def type_missing(self, char: str) -> None:
        self._tap(self._spare(char))

    def close(self) -> None:
        with suppress(SourceLost):
            self._desktop.connection.roundtrip()  # so that nothing that was sent gets lost
        self._desktop.close()  # which takes the devices away

    def _code_for(self, keycode: int, char: str) -> int:
        """The Linux code of the key to press for what the viewer's key made."""
        if not char or keycode in MODIFIERS or self._made_at(keycode) == char:
            return keycode - _TO_X
        return self._spare(char)

    def _made_at(self, keycode: int) -> str:
        """What this key makes on our keymap now."""
        return US.keymap.char(keycode, 0, self._modifiers & SHIFT)

    def _spare(self, char: str) -> int:
        code, is_new = self._chars.code_of(char, frozenset(self._down.values()))
        if is_new:
            self._keyboard.use(self._chars.keymap)
            self._modify()
        return code

    @property
    def _modifiers(self) -> int:
        found = 0
        for keycode in self._down:
            found |= MODIFIERS.get(keycode, 0)
        return found & ~ALTGR  # what it makes arrives as a character

    def _press(self, keycode: int, code: int) -> None:
        self._down[keycode] = code
        if code == PLACES["AltRight"] and MODIFIERS.get(keycode) == ALTGR:
            return
        self._keyboard.key(code, is_down=True)
        self._modify()

    def _modify(self) -> None:
        self._keyboard.modify(self._modifiers)

    def _tap(self, code: int, modifier: int = 0) -> None:
        if modifier:
            self._keyboard.modify(self._modifiers | modifier)
        for is_down in (True, False):
            self._keyboard.key(code, is_down=is_down)
        if modifier:
            self._modify()
        self._desktop.connection.dispatch()

    def _on(self, place: OnDesktop) -> tuple[Output, Pointer]:
        """The output of `place`, and a pointer on it."""
        self._desktop.connection.dispatch()
        for output in self._desktop.outputs:
            if output.name == place.screen:
                break
        else:
            raise SourceLost(f"the screen {place.screen} is gone")
        if self._pointer is None or self._pointer[0] != place.screen:
            if self._pointer is not None:
                self._pointer[1].close()
            made = Pointer(self._desktop, self._pointers, self._seat, output.object_id)
            self._pointer = (place.screen, made)
        return output, self._pointer[1]


def _ability(message: Message) -> int:
    """What the seat can do: 1 a pointer, 2 a keyboard."""
    return Body(message).number() & _BOTH if message.opcode == 0 else 0
