"""Moves the pointer and types through the Linux kernel, by uinput. On the injecting thread.

The kernel knows neither screens nor layouts. So the picture must show the whole desktop; a key goes
by its place, and text is typed as on a us keyboard, without characters that it lacks. Who sits at
the machine is not noticed: that would need the right to read every device.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from samescreen.clock import clock_us
from samescreen.control.as_typed import SHIFT, US, as_typed
from samescreen.control.events import Event
from samescreen.control.keyboard import Layout
from samescreen.control.keymap import Spot
from samescreen.control.orders import Orders
from samescreen.control.places import KNOWN, PLACES, SHIFTS
from samescreen.control.wheel import NOTCH
from samescreen.media import OnDesktop

from . import kernel as uinput
from .kernel import Abilities, Device, Kernel, LinuxKernel

_log: Final = logging.getLogger(__name__)
_TO_X: Final = 8
_READY_US: Final = 500_000
"""How long the desktop may take to find a new device; what comes before is lost."""

_BUTTONS: Final = {1: 0x110, 2: 0x112, 3: 0x111, 8: 0x113, 9: 0x114}
"""BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE and BTN_EXTRA by X button."""

_TURNS: Final = {
    4: (uinput.WHEEL, uinput.WHEEL_HI_RES, 1),
    5: (uinput.WHEEL, uinput.WHEEL_HI_RES, -1),
    6: (uinput.HWHEEL, uinput.HWHEEL_HI_RES, -1),
    7: (uinput.HWHEEL, uinput.HWHEEL_HI_RES, 1),
}
_WHEELS: Final = (uinput.HWHEEL, uinput.WHEEL, uinput.WHEEL_HI_RES, uinput.HWHEEL_HI_RES)


class UinputDesk:
    """A keyboard and a pointer of this machine's. `kernel`: None for this machine's."""

    repeats_keys = True

    def __init__(
        self,
        orders: Orders,
        kernel: Kernel | None = None,
        now_us: Callable[[], int] = clock_us,
    ) -> None:
        kernel = kernel or LinuxKernel()
        keys = Abilities(keys=sorted(KNOWN), repeats=True)
        self._keyboard = Device("Samescreen keyboard", 1, keys, kernel)
        pointer = Abilities(sorted(_BUTTONS.values()), _WHEELS, (uinput.ABS_X, uinput.ABS_Y))
        try:
            self._pointer = Device("Samescreen pointer", 2, pointer, kernel)
        except BaseException:
            self._keyboard.close()
            raise
        self._is_incomplete = False
        self._down: set[int] = set()
        _log.warning("by uinput, remote control does not notice your own mouse and keyboard")
        ready_us = now_us() + _READY_US
        while now_us() < ready_us and not orders.is_stopped:
            orders.wait(ready_us - now_us())

    def layout(self, event: Event) -> Layout:
        return as_typed(event, US)

    def move(self, x: int, y: int, place: OnDesktop) -> None:
        across = x * uinput.FULL // max(1, place.region.width - 1)
        along = y * uinput.FULL // max(1, place.region.height - 1)
        self._pointer.send((uinput.ABS, uinput.ABS_X, across), (uinput.ABS, uinput.ABS_Y, along))

    def button(self, button: int, *, is_down: bool) -> None:
        self._pointer.send((uinput.KEY, _BUTTONS[button], int(is_down)))

    def turn(self, button: int) -> None:
        axis, fine, by = _TURNS[button]
        self._pointer.send((uinput.REL, axis, by), (uinput.REL, fine, by * NOTCH))

    def key(self, keycode: int, *, is_down: bool, char: str = "", repeats: bool = False) -> None:
        code = keycode - _TO_X
        (self._down.add if is_down else self._down.discard)(code)
        self._keyboard.send((uinput.KEY, code, int(is_down)))

    def tap(self, spot: Spot, char: str) -> None:
        needs_shift = bool(spot.mods & SHIFT) and self._down.isdisjoint(SHIFTS)
        codes = [*([PLACES["ShiftLeft"]] if needs_shift else []), spot.keycode - _TO_X]
        for code in codes:
            self._keyboard.send((uinput.KEY, code, 1))
        for code in reversed(codes):
            self._keyboard.send((uinput.KEY, code, 0))

    def type_missing(self, char: str) -> None:
        if not self._is_incomplete:
            self._is_incomplete = True
            _log.warning("by uinput, only characters of a us keyboard can be typed as text")

    def close(self) -> None:
        self._keyboard.close()
        self._pointer.close()
