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
        self._is_covered = False
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
    def is_covered(self) -> bool:
        """Whether another window came to cover a part of it since it rose."""
        return self._is_covered

    def look(self) -> bool:
        """Read the server's reports. Whether the window must be drawn again."""
        is_stale = False
        while (event := self._display.connection.poll_for_event()) is not None:
            is_stale |= isinstance(event, x.ExposeEvent)
            if isinstance(event, x.VisibilityNotifyEvent):
                self._is_covered = event.state != x.Visibility.Unobscured
        return is_stale

    def put(self, left: int, top: int, width: int, height: int) -> None:
        """Place it, above all others."""
        place = x.ConfigWindow
        self._core.ConfigureWindow(
            self.xid,
            place.X | place.Y | place.Width | place.Height | place.StackMode,
            [left, top, width, height, x.StackMode.Above],
        )

    def rise(self) -> None:
        """Put it above all others. What covers it even so is left alone."""
        self._is_covered = False
        self._core.ConfigureWindow(self.xid, x.ConfigWindow.StackMode, [x.StackMode.Above])

    def show(self) -> None:
        self._core.MapWindow(self.xid)

    def hide(self) -> None:
        self._core.UnmapWindow(self.xid)
