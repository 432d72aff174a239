"""Decides whether a menu or tooltip belongs to the shared window, not to another program.

Runs on the track's thread. Menus are children of the root window that no window manager manages
(override-redirect).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import xcffib
import xcffib.res
import xcffib.xproto

from samescreen.media import Region

from .display import Display
from .properties import numbers, text
from .toplevels import list_toplevels

_VIEWABLE: Final = xcffib.xproto.MapState.Viewable
_LOCAL_PID: Final = 2  # XRes: ClientIdMask.LocalClientPID
_NO_POPUP: Final = (
    "_NET_WM_WINDOW_TYPE_NOTIFICATION",
    "_NET_WM_WINDOW_TYPE_DESKTOP",
    "_NET_WM_WINDOW_TYPE_DOCK",
)
"""Types of windows that belong to the desktop, not to one window: notifications, panels."""
_CHAIN: Final = 8  # a submenu of a submenu of …


@dataclass(frozen=True, slots=True)
class Program:
    """What identifies the program that owns a window. 0 or "": unknown.

    `client` is the connection, from the window's number. `server_pid` is the process at the other
    end of the connection, as the server sees it: ssh, for windows of other machines. `pid`,
    `machine` and `leader` are what the program states.
    """

    client: int
    server_pid: int
    pid: int
    machine: str
    leader: int

    def may_be(self, other: Program) -> bool:
        """Whether both may be the same program: no known value differs."""
        pairs = (
            (self.server_pid, other.server_pid),
            (self.pid, other.pid),
            (self.machine, other.machine),
        )
        return all(one == another or not (one and another) for one, another in pairs)

    def is_surely(self, other: Program) -> bool:
        """Whether both are the same program: some value proves it, and no known value differs.

        A stated process number alone proves nothing: sandboxed programs all state 2.
        """
        if self.client == other.client:
            return True
        same_process = bool(self.pid and self.pid == other.pid and self.server_pid)
        same_leader = bool(self.leader and self.leader == other.leader)
        return (
            self.may_be(other)
            and self.server_pid == other.server_pid
            and (same_process or same_leader)
        )


def program_of(display: Display, xid: int) -> Program:
    """The program that owns a window. Raises WindowError when there is no such window."""
    pid = numbers(display, xid, "_NET_WM_PID")
    leader = numbers(display, xid, "WM_CLIENT_LEADER")
    return Program(
        client_of(display, xid),
        _server_pid(display, xid),
        pid[0] if pid else 0,
        text(display, xid, "WM_CLIENT_MACHINE"),
        leader[0] if leader else 0,
    )


def client_of(display: Display, xid: int) -> int:
    """The part of a resource's number that all resources of one connection share."""
    return xid & ~int(display.connection.get_setup().resource_id_mask)


def belongs(display: Display, popup: int, place: Region, window: int) -> bool:
    """Whether the popup at `place` (on the root window) belongs to `window`.

    Among the windows of one program, the popup's WM_TRANSIENT_FOR decides. Without that property,
    the popup belongs to the program's window that has the focus; if none has it, to the one that
    the popup covers most.

    Raises WindowError when one of the windows is gone.
    """
    types = numbers(display, popup, "_NET_WM_WINDOW_TYPE")
    if not {display.atom(name) for name in _NO_POPUP}.isdisjoint(types):
        return False
    program = program_of(display, window)
    own = program_of(display, popup)
    if parent := _parent(display, popup):
        is_inside = _within(display, parent, {window}) == window
        is_seen_as_one = own.client == program.client or own.server_pid == program.server_pid
        return is_inside and is_seen_as_one and own.may_be(program)
    if not own.is_surely(program):
        return False
    clients = {own.client, program.client}
    visible = (each.xid for each in list_toplevels(display) if each.is_visible)
    windows = {window, *(xid for xid in visible if client_of(display, xid) in clients)}
    focused = _within(display, display.connection.core.GetInputFocus().reply().focus, windows)
    if len(windows) == 1 or focused:
        return len(windows) == 1 or focused == window
    covered = {xid: _place(display, xid).intersection(place).area for xid in windows}
    return covered[window] > 0 and covered[window] == max(covered.values())


def _parent(display: Display, popup: int) -> int:
    """The window that WM_TRANSIENT_FOR names, skipping other popups; 0: none that is visible."""
    core: Any = display.connection.core
    found = popup
    for _ in range(_CHAIN):
        named = numbers(display, found, "WM_TRANSIENT_FOR")
        if not named or named[0] in (0, display.root):
            return 0
        found = named[0]
        try:
            attributes = core.GetWindowAttributes(found).reply()
        except xcffib.xproto.WindowError:
            return 0
        if not attributes.override_redirect:
            return found if attributes.map_state == _VIEWABLE else 0
    return 0


def _within(display: Display, xid: int, windows: set[int]) -> int:
    """The one of `windows` that is `xid` or one of its parents; 0: none."""
    core: Any = display.connection.core
    while xid not in (0, 1, display.root):  # 1: PointerRoot
        if xid in windows:
            return xid
        try:
            xid = int(core.QueryTree(xid).reply().parent)
        except xcffib.xproto.WindowError:
            return 0
    return 0


def _place(display: Display, xid: int) -> Region:
    core: Any = display.connection.core
    size = core.GetGeometry(xid).reply()
    at = core.TranslateCoordinates(xid, display.root, 0, 0).reply()
    return Region(at.dst_x, at.dst_y, size.width, size.height)


def _server_pid(display: Display, xid: int) -> int:
    """The process that owns a window, as the server sees it; 0 when the server cannot say."""
    if not display.has("X-Resource"):
        return 0
    res = display.connection(xcffib.res.key)
    version = res.QueryVersion(1, 2).reply()
    if (version.server_major, version.server_minor) < (1, 2):
        return 0
    spec = xcffib.res.ClientIdSpec.synthetic(xid, _LOCAL_PID)
    for found in res.QueryClientIds(1, [spec]).reply().ids:
        if found.spec.mask & _LOCAL_PID and len(found.value):
            return int(found.value[0])
    return 0
