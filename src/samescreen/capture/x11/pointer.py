"""Fetches the mouse cursor, which X does not include in pictures, and says when to look for it.

Any thread. `PointerWatch` is pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xcffib.xfixes
import xcffib.xinput

from samescreen.capture.cursor import CursorImage

from .display import Display, lost_on_error

_ALL_MASTER_DEVICES: Final = 1
_WARPED_US: Final = 1_000_000
_LIVELY_US: Final = 30_000_000
_QUICK_US: Final = 30_000
_LIVELY_PAUSE_US: Final = 250_000
_STILL_PAUSE_US: Final = 500_000


@dataclass(slots=True)
class PointerWatch:
    """When to ask for the pointer's position: X does not report moves by programs (XWarpPointer).

    Times are the monotonic clock's, in µs. The source asks four times a second; twice a second
    when nothing has happened for 30 s; and 33 times a second for one second after the pointer was
    found elsewhere, because a program that moves it often does so again. Asking costs about 0.3 ms
    of CPU, most of it for waking up.
    """

    position: tuple[int, int] = (0, 0)
    due_us: int = 0
    _warped_us: int = -_WARPED_US
    _lively_us: int = 0

    def found(self, position: tuple[int, int], now_us: int) -> bool:
        """Note a position that was asked for. True when the pointer has moved."""
        if position == self.position:
            self.due_us = now_us + self._pause_us(now_us)
            return False
        self._warped_us = now_us
        self.noted(position, now_us)
        return True

    def noted(self, position: tuple[int, int], now_us: int) -> None:
        """Note the position at which a picture shows it."""
        self.position, self._lively_us = position, now_us
        self.due_us = now_us + self._pause_us(now_us)

    def _pause_us(self, now_us: int) -> int:
        if now_us - self._warped_us < _WARPED_US:
            return _QUICK_US
        return _LIVELY_PAUSE_US if now_us - self._lively_us < _LIVELY_US else _STILL_PAUSE_US


def follow_pointer(display: Display, is_followed: bool = True) -> None:
    """Ask for reports of pointer motion and of new cursors, or for none of them any more.

    Raises:
        SourceLost: the server is gone.
    """
    connection = display.connection
    shapes = xcffib.xfixes.CursorNotifyMask.DisplayCursor if is_followed else 0
    with lost_on_error("asked for the pointer"):
        connection.xfixes = connection(xcffib.xfixes.key)
        connection.xfixes.QueryVersion(4, 0).reply()
        connection.xfixes.SelectCursorInput(display.root, shapes)
        if display.has("XInputExtension"):
            xinput = connection(xcffib.xinput.key)
            xinput.XIQueryVersion(2, 2).reply()
            # Raw motion is the only report of a pointer over other clients' windows.
            events = xcffib.xinput.XIEventMask.RawMotion if is_followed else 0
            mask = xcffib.xinput.EventMask.synthetic(_ALL_MASTER_DEVICES, 1, [events])
            xinput.XISelectEvents(display.root, 1, [mask])
        connection.flush()


def fetch_cursor(display: Display) -> CursorImage:
    """The cursor that the server shows now."""
    with lost_on_error("asked for its cursor"):
        reply: Any = display.connection.xfixes.GetCursorImage().reply()
    words = np.array(reply.cursor_image.list, dtype="<u4")
    bgra = words.view(np.uint8).reshape(reply.height, reply.width, 4)
    return CursorImage(bgra, reply.xhot, reply.yhot)
