"""Lists an X server's windows, describes them, and finds the one that a spec names.

Runs on one thread at a time: the track's, or the command line's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import xcffib
import xcffib.xproto

from samescreen.errors import SourceUnavailable

from .display import Display, lost_on_error
from .plain_text import one_line
from .properties import numbers, text

_MAX_TITLE: Final = 80
_MOST_WINDOWS: Final = 8192
_DEPTH: Final = 4  # how deep inside a frame a client is searched
_VIEWABLE: Final = xcffib.xproto.MapState.Viewable
_MOST_NAMED: Final = 6
_NAMES: Final = ("WM_CLASS", "_NET_WM_NAME", "WM_NAME")
_NO_APPLICATION: Final = ("_NET_WM_WINDOW_TYPE_DESKTOP", "_NET_WM_WINDOW_TYPE_DOCK")


@dataclass(frozen=True, slots=True)
class TopLevel:
    """A client's window. `title` and `kind` (both parts of WM_CLASS) are safe to print.

    `title` is complete; `name` and `description` shorten it. `pid` is what the client states, or 0.
    """

    xid: int
    title: str
    kind: tuple[str, ...]
    pid: int
    is_visible: bool

    @property
    def spec(self) -> str:
        """What to type to share it."""
        return f"window:0x{self.xid:x}"

    @property
    def name(self) -> str:
        """Its title, or its class where it has none; may be empty."""
        return _shortened(self.title or (self.kind[-1] if self.kind else ""))

    @property
    def full_name(self) -> str:
        """Class and title, in full."""
        return " — ".join(filter(None, (self.kind[-1] if self.kind else "", self.title)))

    @property
    def description(self) -> str:
        name = _shortened(self.full_name)
        return name if self.is_visible else f"{name} (minimised)"

    def is_same(self, other: TopLevel) -> bool:
        """Whether it is still that window, and not another one that was given its number."""
        return (self.xid, self.kind, self.pid) == (other.xid, other.kind, other.pid)


def list_toplevels(display: Display) -> list[TopLevel]:
    """The clients' windows, as the window manager lists them, else all that are shown.

    Raises:
        SourceLost: the server is gone.
    """
    with lost_on_error("asked for its windows"):
        managed = _managed_clients(display)
        xids = _shown_clients(display) if managed is None else managed
        found = [describe(display, xid) for xid in xids]
        return [each for each in found if each is not None and (each.title or each.kind)]


def describe(display: Display, xid: int) -> TopLevel | None:
    """What is known of a window; None: there is no such window.

    Raises:
        SourceLost: the server is gone.
    """
    with lost_on_error("asked for a window"):
        try:
            attributes = display.connection.core.GetWindowAttributes(xid).reply()
            if attributes._class != xcffib.xproto.WindowClass.InputOutput:
                return None
            title = text(display, xid, "_NET_WM_NAME") or text(display, xid, "WM_NAME")
            kind = text(display, xid, "WM_CLASS").split("\0")
            pid = numbers(display, xid, "_NET_WM_PID")
        except xcffib.xproto.WindowError:
            return None
    shown = tuple(name for name in map(one_line, kind) if name)
    is_visible = attributes.map_state == _VIEWABLE
    return TopLevel(xid, one_line(title), shown, pid[0] if pid else 0, is_visible)


def shadow_around(display: Display, xid: int) -> tuple[int, int, int, int]:
    """How wide the shadow is that a client draws around itself: left, right, top, bottom, in px.

    Raises:
        SourceLost: the server or the window is gone.
    """
    with lost_on_error("asked for a window's frame"):
        extents = numbers(display, xid, "_GTK_FRAME_EXTENTS")
    left, right, top, bottom = extents if len(extents) == 4 else (0, 0, 0, 0)
    return left, right, top, bottom


def find_toplevel(display: Display, spec: str) -> TopLevel:
    """The window that `spec` names: a number (0x1a00003), or a part of a title or WM_CLASS.

    Raises:
        SourceUnavailable: no window matches, or several do.
        SourceLost: the server is gone.
    """
    xid = number_in(spec)
    if xid is not None:
        found = describe(display, xid)
        if found is None or xid == display.root:
            raise SourceUnavailable(f"there is no window {spec}; `samescreen sources` lists them")
        return found
    matches = matching_toplevels(display, spec)
    if not matches:
        raise SourceUnavailable(
            f"no window's title or class contains {spec!r}; `samescreen sources` lists them"
        )
    return the_only(matches, spec)


def matching_toplevels(display: Display, spec: str) -> list[TopLevel]:
    """The windows with `spec` in their title or class. Exact matches, if any, exclude the others.

    Windows that are not listed (menus, panels, parts of windows, hidden ones) count only when no
    listed window matches. Of those, visible ones exclude hidden ones: toolkits make hidden windows
    with the same name.

    Raises:
        SourceLost: the server is gone.
    """
    wanted = _comparable(spec)
    if not wanted:
        return []
    if found := _matching(list_toplevels(display), wanted):
        return found
    others = _matching(_every_window(display), wanted)
    return [each for each in others if each.is_visible] or others


def _matching(windows: Iterable[TopLevel], wanted: str) -> list[TopLevel]:
    texts = {
        each: [_comparable(name) for name in (each.title, *each.kind, each.full_name)]
        for each in windows
        # A terminal may show the very command that names this window as its title.
        if f"window:{wanted}" not in _comparable(each.title)
    }
    exact = [each for each, found in texts.items() if wanted in found]
    return exact or [each for each, found in texts.items() if any(wanted in t for t in found)]


def is_named(window: TopLevel, spec: str) -> bool:
    """Whether `spec` is its number, or is in its title or class. A blank `spec` names nothing."""
    if window.xid == number_in(spec):
        return True
    names = (window.title, *window.kind, window.full_name)
    wanted = _comparable(spec)
    return bool(wanted) and any(wanted in _comparable(name) for name in names)


def _comparable(name: str) -> str:
    """The name as it is listed, in one case and one Unicode normal form."""
    return unicodedata.normalize("NFC", one_line(name).removesuffix("…").casefold())


def _every_window(display: Display) -> Iterator[TopLevel]:
    """All windows below the root that have a name, parents before children."""
    with lost_on_error("asked for its windows"):
        xids = _descendants(display)
    for xid in xids:
        found = describe(display, xid)
        if found is not None and (found.title or found.kind):
            yield found


def _descendants(display: Display) -> list[int]:
    core: Any = display.connection.core
    found: list[int] = []
    level = [display.root]
    while level and len(found) < _MOST_WINDOWS:
        asked = [core.QueryTree(xid) for xid in level]
        level = []
        for each in asked:
            with suppress(xcffib.xproto.WindowError):  # it was just destroyed
                level += each.reply().children
        found += level
    return found[:_MOST_WINDOWS]


def the_only(matches: Sequence[TopLevel], spec: str) -> TopLevel:
    """The only one of the matches.

    Raises:
        SourceUnavailable: there are several; the message names them.
    """
    if len(matches) == 1:
        return matches[0]
    named = "; ".join(f"{each.spec} {each.description}" for each in matches[:_MOST_NAMED])
    more = "; …" if len(matches) > _MOST_NAMED else ""
    raise SourceUnavailable(f"{len(matches)} windows match {spec!r}, choose one: {named}{more}")


def number_in(spec: str) -> int | None:
    """The window's number that `spec` is: hexadecimal, or a long decimal as tools print it."""
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,8}", spec):
        return int(spec, 16)
    if re.fullmatch(r"[1-9][0-9]{6,9}", spec) and int(spec) < 1 << 32:
        return int(spec)
    return None


def _managed_clients(display: Display) -> list[int] | None:
    """The window manager's clients; None when none runs, as a dead one's list would mislead."""
    check = numbers(display, display.root, "_NET_SUPPORTING_WM_CHECK")
    try:
        if not check or numbers(display, check[0], "_NET_SUPPORTING_WM_CHECK") != check:
            return None
    except xcffib.xproto.WindowError:
        return None
    clients = numbers(display, display.root, "_NET_CLIENT_LIST")
    return [xid for xid in clients if _is_application(display, xid)]


def _is_application(display: Display, xid: int) -> bool:
    """Whether it is neither the desktop itself nor a panel."""
    with suppress(xcffib.xproto.WindowError):
        types = numbers(display, xid, "_NET_WM_WINDOW_TYPE")
        return not {display.atom(name) for name in _NO_APPLICATION}.intersection(types)
    return False


def _shown_clients(display: Display) -> Iterator[int]:
    for top in display.connection.core.QueryTree(display.root).reply().children:
        with suppress(xcffib.xproto.WindowError):  # it was just destroyed
            if display.connection.core.GetWindowAttributes(top).reply().map_state == _VIEWABLE:
                yield from _client_under(display, top)


def _client_under(display: Display, top: int) -> list[int]:
    """The first window with a class or a name, in or below a frame; menus do not count."""
    core: Any = display.connection.core
    level = [top]
    for _ in range(_DEPTH):
        for xid in level:
            is_named = any(text(display, xid, name) for name in _NAMES)
            if is_named and not core.GetWindowAttributes(xid).reply().override_redirect:
                return [xid]
        level = [child for xid in level for child in core.QueryTree(xid).reply().children]
    return []


def _shortened(title: str) -> str:
    return title if len(title) <= _MAX_TITLE else title[: _MAX_TITLE - 1] + "…"
