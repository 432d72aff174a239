"""From a pixel of the picture to a place on the desktop, and whether input may go there.

On the injecting thread. A shared window takes input only while it lies on top there (clicks) and
has the focus (keys): a viewer who may use one window must not reach another one.
"""

from __future__ import annotations

from typing import Any, Final

import xcffib
import xcffib.xproto

from samescreen.media import OnDesktop

from .connecting import InputConnection

_FOCUS_POINTER_ROOT: Final = 1
_DEEPEST: Final = 32


class Aim:
    """Where the picture `place` lies now. It asks the server only about windows."""

    def __init__(self, connection: InputConnection, place: OnDesktop) -> None:
        self._connection = connection
        self._core: Any = connection.core
        self.place = place

    def at(self, x: int, y: int) -> tuple[int, int] | None:
        """The place on the desktop of a pixel, clamped to the picture; None: the window is gone."""
        region, window = self.place.region, self.place.window
        inside = (
            region.x + min(max(x, 0), region.width - 1),
            region.y + min(max(y, 0), region.height - 1),
        )
        if not window:
            return inside
        try:
            found = self._core.TranslateCoordinates(window, self._connection.root, *inside).reply()
        except xcffib.xproto.WindowError:
            return None
        return found.dst_x, found.dst_y

    def way_back(self) -> tuple[int, int] | None:
        """The nearest place inside the picture; None: the pointer is inside, or the window gone."""
        region = self.place.region
        try:
            found = self._core.QueryPointer(self.place.window or self._connection.root).reply()
        except xcffib.xproto.WindowError:
            return None
        x, y = found.win_x - region.x, found.win_y - region.y
        is_inside = 0 <= x < region.width and 0 <= y < region.height
        return None if is_inside else self.at(x, y)

    def takes_clicks(self) -> bool:
        """Whether what lies under the pointer belongs to the picture."""
        if not self.place.window:
            return True
        under = self._core.QueryPointer(self._connection.root).reply().child
        return self._is_ours(under)

    def takes_keys(self) -> bool:
        """Whether keys reach what the picture shows."""
        if not self.place.window:
            return True
        focus = self._core.GetInputFocus().reply().focus
        if focus == _FOCUS_POINTER_ROOT:
            return self.takes_clicks()
        return focus != xcffib.NONE and self._is_ours(self._top_of(focus))

    def activate(self) -> None:
        """Ask for the window to be on top, with the focus."""
        window = self.place.window
        self._core.ConfigureWindow(
            window, xcffib.xproto.ConfigWindow.StackMode, [xcffib.xproto.StackMode.Above]
        )
        name = "_NET_ACTIVE_WINDOW"
        atom = self._core.InternAtom(False, len(name), name).reply().atom
        event = xcffib.xproto.ClientMessageEvent.synthetic(
            32, window, atom, xcffib.xproto.ClientMessageData.synthetic([2, 0, 0, 0, 0], "IIIII")
        )
        mask = (
            xcffib.xproto.EventMask.SubstructureRedirect
            | xcffib.xproto.EventMask.SubstructureNotify
        )
        self._core.SendEvent(False, self._connection.root, mask, event.pack())

    def _is_ours(self, top: int) -> bool:
        """Whether a child of the root is the shared window, its frame, or a menu of it."""
        window = self.place.window
        if not top or top == self._top_of(window):
            return bool(top)
        ids = ~int(self._connection.connection.get_setup().resource_id_mask)
        if top & ids != window & ids:
            return False
        try:
            return bool(self._core.GetWindowAttributes(top).reply().override_redirect)
        except xcffib.xproto.WindowError:
            return False

    def _top_of(self, window: int) -> int:
        """The child of the root that holds this window; 0: it is gone."""
        try:
            for _ in range(_DEEPEST):
                parent = self._core.QueryTree(window).reply().parent
                if parent in (self._connection.root, xcffib.NONE):
                    return window
                window = parent
        except xcffib.xproto.WindowError:
            pass
        return 0
