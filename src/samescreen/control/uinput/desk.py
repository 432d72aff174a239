"""Moves the pointer and types through the Linux kernel, by uinput. On the injecting thread.

The kernel knows neither screens nor layouts. So the picture must show the whole desktop; a key goes
by its place, and text is typed as on a us keyboard, without characters that it lacks. Who sits at
the machine is not noticed: that would need the right to read every device.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from samescreen.clock import clock_us
from samescreen.control.as_typed import SHIFT, US, as_typed
from samescreen.control.events import Event
from samescreen.control.keyboard import Layout
from samescreen.control.keymap import Spot
from samescreen.control.orders import Orders
from samescreen.control.places import KNOWN, PLACES, SHIFTS
from samescreen.control.wheel import NOTCH, Whole
from samescreen.media import OnDesktop

from . import kernel as uinput
from .kernel import Abilities, Device, Kernel, LinuxKernel

_log: Final = logging.getLogger(__name__)
_TO_X: Final = 8
_READY_US: Final = 500_000
"""How long the desktop may take to find a new device; what comes before is lost."""

_BUTTONS: Final = {1: 0x110, 2: 0x112, 3: 0x111, 8: 0x113, 9: 0x114}
"""BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE and BTN_EXTRA by X button."""

_MOTIONS: Final = (uinput.REL_X, uinput.REL_Y)
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
        buttons = sorted(_BUTTONS.values())
        keys = Abilities(keys=sorted(KNOWN), repeats=True)
        pointer = Abilities(buttons, _WHEELS, (uinput.ABS_X, uinput.ABS_Y))
        # A device that sends both places and motions counts as neither a tablet nor a mouse.
        mouse = Abilities(buttons, _MOTIONS)
        with ExitStack() as made:
            self._keyboard = Device("Samescreen keyboard", 1, keys, kernel)
            made.callback(self._keyboard.close)
            self._pointer = Device("Samescreen pointer", 2, pointer, kernel)
            made.callback(self._pointer.close)
            self._mouse = Device("Samescreen mouse", 3, mouse, kernel)
            made.callback(self._mouse.close)
            self._devices = made.pop_all()
        self._is_incomplete = False
        self._down: set[int] = set()
        self._notches = (Whole(), Whole())
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

    def nudge(self, dx: int, dy: int, place: OnDesktop) -> None:
        self._mouse.send((uinput.REL, uinput.REL_X, dx), (uinput.REL, uinput.REL_Y, dy))

    def come_back(self, place: OnDesktop) -> None:
        pass  # the picture is the whole desktop

    def button(self, button: int, *, is_down: bool) -> None:
        self._pointer.send((uinput.KEY, _BUTTONS[button], int(is_down)))

    def turn(self, dx: int, dy: int) -> None:
        """Parts of a notch for programs that know them, and whole ones for all others."""
        along = uinput.WHEEL, uinput.WHEEL_HI_RES, -dy
        across = uinput.HWHEEL, uinput.HWHEEL_HI_RES, dx
        for (axis, fine, by), rest in zip((along, across), self._notches, strict=True):
            notches = rest.take(by, NOTCH)
            whole = [(uinput.REL, axis, notches)] if notches else []
            if by:
                self._pointer.send(*whole, (uinput.REL, fine, by))

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
        self._devices.close()
