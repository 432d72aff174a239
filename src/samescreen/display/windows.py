"""A small window manager. A program's windows fill the screen, dialogs lie in its middle.

On the thread of `desktop.py`. It draws nothing: no frames, no bars. Without any window manager no
program could fill the screen, and menus and dialogs of some would lack the focus.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import xcffib
import xcffib.xproto as x

from samescreen.errors import DisplayError

from .x_connection import XConnection

_HINTS_MIN, _HINTS_MAX = 1 << 4, 1 << 5
_INPUT_HINT: Final = 1
_NORMAL_STATE: Final = 1
_LEFT_PTR: Final = 68
_SMALL: Final = tuple(
    f"_NET_WM_WINDOW_TYPE_{kind}" for kind in ("DIALOG", "UTILITY", "SPLASH", "TOOLBAR", "MENU")
)
_PARTS: Final = tuple(f"_NET_WM_WINDOW_TYPE_{kind}" for kind in ("DOCK", "DESKTOP", "NOTIFICATION"))
_PLACED: Final = (x.ConfigWindow.X, x.ConfigWindow.Y, x.ConfigWindow.Width, x.ConfigWindow.Height)
_FILLING: Final = (
    "_NET_WM_STATE_MAXIMIZED_HORZ",
    "_NET_WM_STATE_MAXIMIZED_VERT",
)
_SUPPORTED: Final = (
    *("_NET_SUPPORTING_WM_CHECK", "_NET_WM_NAME", "_NET_CLIENT_LIST", "_NET_ACTIVE_WINDOW"),
    *("_NET_WM_STATE", "_NET_WM_STATE_FULLSCREEN", *_FILLING, "_NET_WORKAREA"),
    *("_NET_WM_WINDOW_TYPE", *_SMALL, *_PARTS),
)


@dataclass(slots=True)
class _Window:
    """How one window lies: `fills` the screen, lies in its middle, or (`is_part`) where it says."""

    fills: bool
    is_part: bool
    width: int
    height: int


class TopWindows:
    """Manages the windows of an X server that has no other window manager.

    Raises:
        DisplayError: another one runs there.
    """

    def __init__(self, connection: XConnection) -> None:
        self._x = connection
        self._core = connection.core
        self._windows: dict[int, _Window] = {}
        """Those that are shown, the one that was raised last at the end."""
        self._size = connection.size()
        self._top = 0
        """The window that has the keyboard; 0: none."""
        events = x.EventMask.SubstructureRedirect | x.EventMask.SubstructureNotify
        try:
            self._core.ChangeWindowAttributesChecked(
                connection.root, x.CW.EventMask, [events | x.EventMask.StructureNotify]
            ).check()
        except xcffib.xproto.AccessError as error:
            raise DisplayError("another window manager runs there already") from error
        self._show_arrow()
        self._introduce()
        self._publish()

    @property
    def count(self) -> int:
        """How many windows of programs are shown."""
        return sum(not each.is_part for each in self._windows.values())

    def _show_arrow(self) -> None:
        """A server's own cursor is a cross, or none."""
        font, cursor = self._x.connection.generate_id(), self._x.connection.generate_id()
        self._core.OpenFont(font, len("cursor"), "cursor")
        black, white = (0, 0, 0), (0xFFFF, 0xFFFF, 0xFFFF)
        self._core.CreateGlyphCursor(
            cursor, font, font, _LEFT_PTR, _LEFT_PTR + 1, *black, *white
        )
        self._core.ChangeWindowAttributes(self._x.root, x.CW.Cursor, [cursor])

    def _introduce(self) -> None:
        """Tell programs that there is a window manager, and what it knows."""
        check = self._x.connection.generate_id()
        kind = x.WindowClass.InputOnly
        self._core.CreateWindow(0, check, self._x.root, -1, -1, 1, 1, 0, kind, 0, 0, [])
        for window in (self._x.root, check):
            self._x.set_numbers(window, "_NET_SUPPORTING_WM_CHECK", "WINDOW", [check])
        self._x.set_text(check, "_NET_WM_NAME", "samescreen")
        known = [self._x.atom(name) for name in _SUPPORTED]
        self._x.set_numbers(self._x.root, "_NET_SUPPORTED", "ATOM", known)

    def _publish(self) -> None:
        """Say which windows there are, which one has the focus, and how large the screen is."""
        root, windows = self._x.root, list(self._windows)
        self._x.set_numbers(root, "_NET_CLIENT_LIST", "WINDOW", windows)
        self._x.set_numbers(root, "_NET_ACTIVE_WINDOW", "WINDOW", [self._top])
        self._x.set_numbers(root, "_NET_WORKAREA", "CARDINAL", [0, 0, *self._size])

    # Events

    def handle(self, event: Any) -> None:
        """React to an event of the server."""
        react = _REACTIONS.get(type(event))
        if react is not None:
            react(self, event)

    def _asked_to_show(self, event: Any) -> None:
        self._manage(event.window)

    def _asked_to_place(self, event: Any) -> None:
        """Windows that fill the screen stay as they are, and learn that; others may move."""
        window = self._windows.get(event.window)
        if window is not None and window.fills:
            self._tell_place(event.window)
            return
        if window is not None and event.value_mask & (_PLACED[2] | _PLACED[3]):
            window.width, window.height = event.width, event.height
        wanted = {
            x.ConfigWindow.X: event.x,
            x.ConfigWindow.Y: event.y,
            x.ConfigWindow.Width: event.width,
            x.ConfigWindow.Height: event.height,
            x.ConfigWindow.BorderWidth: event.border_width,
            x.ConfigWindow.Sibling: event.sibling,
            x.ConfigWindow.StackMode: event.stack_mode,
        }
        given = {bit: value for bit, value in wanted.items() if event.value_mask & bit}
        self._core.ConfigureWindow(event.window, sum(given), [*given.values()])

    def _gone(self, event: Any) -> None:
        if self._windows.pop(event.window, None) is not None:
            self._focus_top()

    def _resized(self, event: Any) -> None:
        """The screen has another size."""
        if event.window != self._x.root or (event.width, event.height) == self._size:
            return
        self._size = (event.width, event.height)
        for xid in self._windows:
            self._place(xid)
        self._publish()

    def _clicked(self, event: Any) -> None:
        """A click into a window raises it; the window gets the click as well."""
        if event.event in self._windows:
            self._raise(event.event)
        self._core.AllowEvents(x.Allow.ReplayPointer, event.time)

    def _asked(self, event: Any) -> None:
        """A program asks for the focus, or to fill the screen without its bars."""
        if event.window not in self._windows:
            return
        if event.type == self._x.atom("_NET_ACTIVE_WINDOW"):
            self._raise(event.window)
        elif event.type == self._x.atom("_NET_WM_STATE"):
            action, *states = event.data.data32[:3]
            full = self._x.atom("_NET_WM_STATE_FULLSCREEN")
            if full in states:
                was = self._x.has_atom(event.window, "_NET_WM_STATE", "_NET_WM_STATE_FULLSCREEN")
                self._show_state(event.window, is_full=action == 1 or (action == 2 and not was))

    # Windows

    def _manage(self, xid: int) -> None:
        try:
            shape = self._core.GetGeometry(xid).reply()
        except xcffib.Error:
            return  # it has gone already
        is_part = self._is_any_of(xid, _PARTS)
        fills = not is_part and not self._is_small(xid)
        self._windows[xid] = _Window(fills, is_part, shape.width, shape.height)
        self._core.ChangeWindowAttributes(xid, x.CW.EventMask, [x.EventMask.PropertyChange])
        self._core.ConfigureWindow(xid, x.ConfigWindow.BorderWidth, [0])
        self._place(xid)
        self._x.set_numbers(xid, "WM_STATE", "WM_STATE", [_NORMAL_STATE, 0])
        if fills:
            full = self._x.has_atom(xid, "_NET_WM_STATE", "_NET_WM_STATE_FULLSCREEN")
            self._show_state(xid, is_full=full)
        self._core.MapWindow(xid)
        if is_part:
            self._publish()
        else:
            self._raise(xid)

    def _is_any_of(self, xid: int, kinds: tuple[str, ...]) -> bool:
        known = {self._x.atom(kind) for kind in kinds}
        return bool(known & {*self._x.numbers(xid, "_NET_WM_WINDOW_TYPE")})

    def _is_small(self, xid: int) -> bool:
        """Whether a window must not be stretched: a dialog, or one of a fixed size."""
        if self._x.numbers(xid, "WM_TRANSIENT_FOR") or self._is_any_of(xid, _SMALL):
            return True
        flags, *hints = (*self._x.numbers(xid, "WM_NORMAL_HINTS"), *[0] * 9)[:9]
        both = _HINTS_MIN | _HINTS_MAX
        return flags & both == both and hints[4:6] == hints[6:8]

    def _show_state(self, xid: int, *, is_full: bool) -> None:
        states = [self._x.atom(name) for name in _FILLING]
        states += [self._x.atom("_NET_WM_STATE_FULLSCREEN")] if is_full else []
        self._x.set_numbers(xid, "_NET_WM_STATE", "ATOM", states)

    def _place(self, xid: int) -> None:
        window, (width, height) = self._windows[xid], self._size
        if window.is_part:
            return
        if window.fills:
            place = (0, 0, width, height)
        else:
            left, top = (width - window.width) // 2, (height - window.height) // 2
            place = (max(0, left), max(0, top), window.width, window.height)
        self._core.ConfigureWindow(xid, sum(_PLACED), [*place])

    def _tell_place(self, xid: int) -> None:
        told = x.ConfigureNotifyEvent.synthetic(xid, xid, 0, 0, 0, *self._size, 0, 0)
        self._core.SendEvent(False, xid, x.EventMask.StructureNotify, told.pack())

    def _raise(self, xid: int) -> None:
        """Put a window on top, and give it the keyboard. None that fills the screen hides others.

        Nobody could reach those: there is no bar that lists them.
        """
        window = self._windows[xid] = self._windows.pop(xid)
        over = [each for each, other in self._windows.items() if not other.fills and each != xid]
        for each in (xid, *(over if window.fills else ())):
            self._core.ConfigureWindow(each, x.ConfigWindow.StackMode, [x.StackMode.Above])
        self._focus_top()

    def _focus_top(self) -> None:
        """Give the keyboard to the topmost window."""
        windows = [xid for xid, window in self._windows.items() if not window.is_part]
        before, self._top = self._top, windows[-1] if windows else 0
        if before in self._windows and before != self._top:
            self._grab_clicks(before)
        self._publish()
        if not windows:
            self._core.SetInputFocus(x.InputFocus.PointerRoot, x.InputFocus.PointerRoot, 0)
            return
        xid = self._top
        self._core.UngrabButton(x.ButtonIndex.Any, xid, x.ModMask.Any)
        flags, takes_input = (*self._x.numbers(xid, "WM_HINTS"), 0, 0)[:2]
        if takes_input or not flags & _INPUT_HINT:
            self._core.SetInputFocus(x.InputFocus.PointerRoot, xid, 0)
        if self._x.has_atom(xid, "WM_PROTOCOLS", "WM_TAKE_FOCUS"):
            self._x.send(xid, "WM_PROTOCOLS", [self._x.atom("WM_TAKE_FOCUS"), 0])

    def _grab_clicks(self, xid: int) -> None:
        """Learn of clicks into a window; those into the topmost one never wait for this thread."""
        sync, asynchronous = x.GrabMode.Sync, x.GrabMode.Async
        pressed = x.EventMask.ButtonPress
        self._core.GrabButton(
            *(False, xid, pressed, sync, asynchronous, 0, 0),
            *(x.ButtonIndex.Any, x.ModMask.Any),
        )


_REACTIONS: Final[dict[type, Any]] = {
    x.MapRequestEvent: TopWindows._asked_to_show,
    x.ConfigureRequestEvent: TopWindows._asked_to_place,
    x.UnmapNotifyEvent: TopWindows._gone,
    x.DestroyNotifyEvent: TopWindows._gone,
    x.ConfigureNotifyEvent: TopWindows._resized,
    x.ButtonPressEvent: TopWindows._clicked,
    x.ClientMessageEvent: TopWindows._asked,
}
