"""A virtual pointer and a virtual keyboard of a Wayland compositor. On the injecting thread.

Source: wlr-virtual-pointer-unstable-v1.xml, virtual-keyboard-unstable-v1.xml.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from samescreen.clock import clock_us
from samescreen.errors import SourceUnavailable
from samescreen.wayland.desktop import Desktop, Global

_SEAT: Final = "wl_seat"
_POINTERS: Final = "zwlr_virtual_pointer_manager_v1"
_KEYBOARDS: Final = "zwp_virtual_keyboard_manager_v1"
_OF_OUTPUTS: Final = 2
"""The version of the pointers' protocol from which one can belong to an output."""

_CREATE_KEYBOARD, _CREATE_POINTER_OF_OUTPUT = 0, 2
_MOTION, _MOTION_ABSOLUTE, _BUTTON, _AXIS, _FRAME, _AXIS_SOURCE, _AXIS_DISCRETE, _DESTROY = (
    *(0, 1, 2, 3, 4, 5, 7, 8),
)
_KEYMAP, _KEY, _MODIFIERS = 0, 1, 2
_XKB_TEXT: Final = 1
_OF_WHEEL: Final = 0

NO_INPUT: Final = (
    "this Wayland compositor lets no program move its pointer and type; viewers can only watch"
)


def _now_ms() -> int:
    return clock_us() // 1000 & 0xFFFFFFFF


def _fixed(value: float) -> int:
    return round(value * 256)


def offered(desktop: Desktop) -> tuple[Global, Global, Global]:
    """The seat, and what makes pointers and keyboards.

    Raises:
        SourceUnavailable: the compositor lacks one.
    """
    seat, pointers, keyboards = map(desktop.offered, (_SEAT, _POINTERS, _KEYBOARDS))
    if seat is None or pointers is None or keyboards is None or pointers.version < _OF_OUTPUTS:
        raise SourceUnavailable(NO_INPUT)
    return seat, pointers, keyboards


class Pointer:
    """A pointer on one output. Each method raises SourceLost when the compositor is gone."""

    def __init__(self, desktop: Desktop, manager: int, seat: int, output: int) -> None:
        self._connection = desktop.connection
        self._id = self._connection.create(lambda _: None)
        self._connection.send(manager, _CREATE_POINTER_OF_OUTPUT, seat, output, self._id)

    def move(self, x: int, y: int, width: int, height: int) -> None:
        """To this place on the output, whose picture has that size."""
        self._report(lambda send: send(_MOTION_ABSOLUTE, _now_ms(), x, y, width, height))

    def nudge(self, dx: float, dy: float) -> None:
        """By so much, in the desktop's units."""
        self._report(lambda send: send(_MOTION, _now_ms(), _fixed(dx), _fixed(dy)))

    def button(self, code: int, *, is_down: bool) -> None:
        self._report(lambda send: send(_BUTTON, _now_ms(), code, int(is_down)))

    def turn(self, axis: int, by: float, notches: int) -> None:
        """Turn the wheel (axis 0: down, 1: right) by that length, which is so many notches."""
        if notches:
            self._report(
                lambda send: send(_AXIS_DISCRETE, _now_ms(), axis, _fixed(by), notches), _OF_WHEEL
            )
        else:
            self._report(lambda send: send(_AXIS, _now_ms(), axis, _fixed(by)), _OF_WHEEL)

    def close(self) -> None:
        self._connection.destroy(self._id, _DESTROY)

    def _report(
        self, send_event: Callable[[Callable[..., None]], None], source: int | None = None
    ) -> None:
        def send(opcode: int, *arguments: int) -> None:
            self._connection.send(self._id, opcode, *arguments)

        if source is not None:
            send(_AXIS_SOURCE, source)
        send_event(send)
        send(_FRAME)


class Keyboard:
    """A keyboard with a keymap of its own. Each method raises as those of `Pointer`."""

    def __init__(self, desktop: Desktop, manager: int, seat: int) -> None:
        self._connection = desktop.connection
        self._id = self._connection.create(lambda _: None)
        self._connection.send(manager, _CREATE_KEYBOARD, seat, self._id)

    def use(self, keymap: str) -> None:
        """Use this keymap (XKB) from now on."""
        raw = keymap.encode() + b"\0"
        fd = os.memfd_create("samescreen-keymap", os.MFD_CLOEXEC)
        try:
            os.write(fd, raw)
            self._connection.send(self._id, _KEYMAP, _XKB_TEXT, len(raw), fds=[fd])
        finally:
            os.close(fd)

    def key(self, code: int, *, is_down: bool) -> None:
        self._connection.send(self._id, _KEY, _now_ms(), code, int(is_down))

    def modify(self, modifiers: int) -> None:
        """These modifiers are on from now on: compositors do not follow the keys themselves."""
        self._connection.send(self._id, _MODIFIERS, modifiers, 0, 0, 0)
