"""A window of ours on the desktop that no click reaches: the sign and the marks are drawn in one.

Only one thread may use a window. The window ends with its connection, however the program ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import xcffib.shape
import xcffib.xproto as x

from .display import Display

MARKS: Final = "samescreen-marks"
"""Both parts of the WM_CLASS of the window with the marks, which has no title."""
AGAIN_US: Final = 500_000
_MOST_RISES: Final = 7
_TYPE: Final = "_NET_WM_WINDOW_TYPE"
_PLAIN: Final = "_NET_WM_WINDOW_TYPE_DND"
"""Compositors draw no shadow around windows of this type."""


class ClickThrough:
    """An invisible window of this class, which no window manager manages, on the root window.

    `has_shape`: whether the server can cut windows. Clicks reach what is below only if it can.

    Raises:
        xcffib.Error: the server refuses it.
    """

    def __init__(self, display: Display, name: str, mask: int, values: Sequence[int]) -> None:
        """`mask` and `values`: further attributes, in the order of the protocol."""
        self.xid = display.connection.generate_id()
        self.has_shape = display.has("SHAPE")
        self._display = display
        self._rises_us: int | None = None
        self._rises = 0
        self._core: Any = display.connection.core
        events = x.EventMask.Exposure | x.EventMask.VisibilityChange
        self._core.CreateWindowChecked(
            *(0, self.xid, display.root, 0, 0, 1, 1, 0, x.WindowClass.InputOutput, 0),
            mask | x.CW.OverrideRedirect | x.CW.EventMask,
            [*values, 1, events],
        ).check()
        named = f"{name}\0{name}\0"
        place = x.PropMode.Replace, self.xid
        self._core.ChangePropertyChecked(
            *(*place, x.Atom.WM_CLASS, x.Atom.STRING, 8, len(named), named)
        ).check()
        self._core.ChangePropertyChecked(
            *(*place, display.atom(_TYPE), x.Atom.ATOM, 32, 1, [display.atom(_PLAIN)])
        ).check()
        if self.has_shape:
            shape, kinds = self.shape, xcffib.shape
            shape.Rectangles(kinds.SO.Set, kinds.SK.Input, 0, self.xid, 0, 0, 0, [])

    @property
    def shape(self) -> Any:
        """The extension that cuts windows."""
        return self._display.connection(xcffib.shape.key)

    @property
    def due_us(self) -> int | None:
        """When to `look` again, to rise above a window that covers it; None: none does."""
        return self._rises_us

    def look(self, now_us: int) -> bool:
        """Read the server's reports, and rise if that is due. Whether it must be drawn again."""
        is_stale = False
        while (event := self._display.connection.poll_for_event()) is not None:
            is_stale |= isinstance(event, x.ExposeEvent)
            if isinstance(event, x.VisibilityNotifyEvent):
                self._covered(event.state != x.Visibility.Unobscured, now_us)
        if self._rises_us is not None and now_us >= self._rises_us:
            self._rise()
        return is_stale

    def _covered(self, is_covered: bool, now_us: int) -> None:
        """Rise some time after it was covered, later each time: two windows that both want to be
        above come to rest."""
        if not is_covered:
            self._rises_us = None
        elif self._rises_us is None:
            self._rises_us = now_us + (AGAIN_US << self._rises)

    def _rise(self) -> None:
        """Go above all others. What covers it even so is left alone."""
        self._rises_us = None
        self._rises = min(self._rises + 1, _MOST_RISES)
        self._core.ConfigureWindow(self.xid, x.ConfigWindow.StackMode, [x.StackMode.Above])

    def put(self, left: int, top: int, width: int, height: int) -> None:
        """Place it, above all others."""
        self._rises = 0
        place = x.ConfigWindow
        self._core.ConfigureWindow(
            self.xid,
            place.X | place.Y | place.Width | place.Height | place.StackMode,
            [left, top, width, height, x.StackMode.Above],
        )

    def show(self) -> None:
        self._core.MapWindow(self.xid)

    def hide(self) -> None:
        self._rises_us = None
        self._core.UnmapWindow(self.xid)
