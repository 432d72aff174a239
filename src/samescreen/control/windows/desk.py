"""Moves the pointer and types on Windows, by SendInput. On the injecting thread.

Windows drops input to programs that run as administrator without a word (UIPI), unless this program
runs as administrator too. It refuses input while a secure prompt or the lock screen is shown.
"""

from __future__ import annotations

import ctypes
from typing import Any, Final

from samescreen.control.events import Event
from samescreen.control.keyboard import Layout
from samescreen.control.keymap import Spot
from samescreen.errors import SourceUnavailable
from samescreen.media import OnDesktop

from . import user32 as win
from .layout import WindowsLayout
from .scancodes import EXTENDED, PAUSE, SCANCODES, VK_PAUSE

REFUSED: Final = (
    "Windows took no input: a secure prompt (UAC) or the lock screen is shown, or a program that "
    "runs as administrator; close it, or run samescreen as administrator"
)
_FULL: Final = 65535
_TO_X: Final = 8


class WindowsDesk:
    """The pointer and the keyboard of this session. `user32`: None for Windows's own."""

    repeats_keys = False

    def __init__(self, user32: Any = None) -> None:
        self._user32 = user32 or win.user32()
        if hasattr(self._user32, "SetThreadDpiAwarenessContext"):  # Windows 10, 1607
            self._user32.SetThreadDpiAwarenessContext(win.PER_MONITOR_AWARE_V2)
        self._layouts = WindowsLayout(self._user32)

    def layout(self, event: Event) -> Layout:
        return self._layouts.layout()

    def move(self, x: int, y: int, place: OnDesktop) -> None:
        region, metric = place.region, self._user32.GetSystemMetrics
        across = normalised(region.x + x - metric(win.X_VIRTUAL), metric(win.CX_VIRTUAL))
        along = normalised(region.y + y - metric(win.Y_VIRTUAL), metric(win.CY_VIRTUAL))
        self._send(_mouse(win.MOVE | win.ABSOLUTE | win.VIRTUALDESK, dx=across, dy=along))

    def nudge(self, dx: int, dy: int, place: OnDesktop) -> None:
        """Windows adds the speed and the acceleration that its user chose for the mouse."""
        self._send(_mouse(win.MOVE, dx=dx, dy=dy))

    def come_back(self, place: OnDesktop) -> None:
        at, region = win.Point(), place.region
        if not self._user32.GetCursorPos(ctypes.byref(at)):
            return  # a secure desktop is shown, which takes no input either
        x, y = at.x - region.x, at.y - region.y
        inside = min(max(x, 0), region.width - 1), min(max(y, 0), region.height - 1)
        if inside != (x, y):
            self.move(*inside, place)

    def button(self, button: int, *, is_down: bool) -> None:
        if button in (1, 3) and self._user32.GetSystemMetrics(win.SWAPBUTTON):
            button = 4 - button  # left-handed: Windows swaps them again
        down, up, extra = win.DOWN_UP[button]
        self._send(_mouse(down if is_down else up, extra))

    def turn(self, dx: int, dy: int) -> None:
        for flags, by in ((win.WHEEL, -dy), (win.HWHEEL, dx)):
            if by:
                self._send(_mouse(flags, by & 0xFFFFFFFF))

    def key(self, keycode: int, *, is_down: bool, char: str = "", repeats: bool = False) -> None:
        code, up = keycode - _TO_X, 0 if is_down else win.KEYUP
        if code == PAUSE:
            self._send(_key(vk=VK_PAUSE, flags=up))
        elif code in SCANCODES:
            scan = SCANCODES[code]
            extended = win.EXTENDEDKEY if scan & EXTENDED else 0
            self._send(_key(scan=scan & 0xFF, flags=win.SCANCODE | extended | up))

    def tap(self, spot: Spot, char: str) -> None:
        if char:
            self.type_missing(char)
        else:
            self.key(spot.keycode, is_down=True)
            self.key(spot.keycode, is_down=False)

    def type_missing(self, char: str) -> None:
        encoded = char.encode("utf-16-le")
        units = [int.from_bytes(encoded[n : n + 2], "little") for n in range(0, len(encoded), 2)]
        flags = (win.UNICODE, win.UNICODE | win.KEYUP)
        self._send(*(_key(scan=unit, flags=each) for unit in units for each in flags))

    def close(self) -> None:
        pass

    def _send(self, *inputs: win.Input) -> None:
        count = len(inputs)
        array = (win.Input * count)(*inputs)
        if self._user32.SendInput(count, array, ctypes.sizeof(win.Input)) != count:
            raise SourceUnavailable(REFUSED)


def normalised(at: int, width: int) -> int:
    """A pixel of the whole desktop as SendInput counts: 0 to 65535, rounded up.

    Windows scales back by truncation; rounded down, the pointer would land one pixel before.
    """
    return min(_FULL, max(0, -(-at * _FULL // max(1, width - 1))))


def _mouse(flags: int, extra: int = 0, dx: int = 0, dy: int = 0) -> win.Input:
    made = win.MouseInput(dx, dy, extra, flags, 0, win.MARK)
    return win.Input(type=win.MOUSE, mi=made)


def _key(*, vk: int = 0, scan: int = 0, flags: int) -> win.Input:
    made = win.KeyboardInput(vk, scan, flags, 0, win.MARK)
    return win.Input(type=win.KEYBOARD, ki=made)
