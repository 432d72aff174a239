"""Which windows there are, what they are called, and which one somebody means.

Runs on any one thread at a time: the track's, or the command line's.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import xcffib
import xcffib.xproto

from samescreen.errors import SourceUnavailable

from .display import Display, lost_on_error

_ANY_TYPE: Final = 0
_MAX_WORDS: Final = 256  # of a property: 1 KiB, more than any title that is worth showing
_MAX_CLIENTS: Final = 4096
_MAX_TITLE: Final = 80
_DEPTH: Final = 4  # how far down frames a client is searched
_VIEWABLE: Final = xcffib.xproto.MapState.Viewable
_MOST_NAMED: Final = 6
_NAMES: Final = ("WM_CLASS", "_NET_WM_NAME", "WM_NAME")
_NO_APPLICATION: Final = ("_NET_WM_WINDOW_TYPE_DESKTOP", "_NET_WM_WINDOW_TYPE_DOCK")


@dataclass(frozen=True, slots=True)
class TopLevel:
    """A client's window: `title` and `kind` (both parts of WM_CLASS) are fit for a terminal.

    `pid` as the client says, 0 when it does not.
    """

    xid: int
    title: str
    kind: tuple[str, ...]
    pid: int
    is_visible: bool

    @property
    def words(self) -> str:
        """What to say to share it."""
        return f"window:0x{self.xid:x}"

    @property
    def name(self) -> str:
        """The shortest thing that tells it; may be empty."""
        return self.title or (self.kind[-1] if self.kind else "")

    @property
    def description(self) -> str:
        name = " — ".join(filter(None, (self.kind[-1] if self.kind else "", self.title)))
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
            title = _text(display, xid, "_NET_WM_NAME") or _text(display, xid, "WM_NAME")
            kind = _property(display, xid, "WM_CLASS").decode("latin-1").split("\0")
            pid = _numbers(display, xid, "_NET_WM_PID")
        except xcffib.xproto.WindowError:
            return None
    shown = tuple(name for name in map(_plain, kind) if name)
    is_visible = attributes.map_state == _VIEWABLE
    return TopLevel(xid, _plain(title), shown, pid[0] if pid else 0, is_visible)


def shadow_around(display: Display, xid: int) -> tuple[int, int, int, int]:
    """How wide the shadow is that a client draws around itself: left, right, top, bottom, in px.

    Raises:
        SourceLost: the server or the window is gone.
    """
    with lost_on_error("asked for a window's frame"):
        extents = _numbers(display, xid, "_GTK_FRAME_EXTENTS")
    left, right, top, bottom = extents if len(extents) == 4 else (0, 0, 0, 0)
    return left, right, top, bottom


def find_toplevel(display: Display, words: str) -> TopLevel:
    """The window that a number (0x1a00003) names, or a part of a title or of a WM_CLASS.

    Raises:
        SourceUnavailable: none is meant, or several are.
        SourceLost: the server is gone.
    """
    xid = number_in(words)
    if xid is not None:
        found = describe(display, xid)
        if found is None or xid == display.root:
            raise SourceUnavailable(f"there is no window {words}; `samescreen sources` lists them")
        return found
    matches = matching_toplevels(display, words)
    if not matches:
        raise SourceUnavailable(
            f"no window's title or class contains {words!r}; `samescreen sources` lists them"
        )
    return the_only(matches, words)


def matching_toplevels(display: Display, words: str) -> list[TopLevel]:
    """By a part of title or class; those whose title or class is just that, if there are any.

    Raises:
        SourceLost: the server is gone.
    """
    wanted = words.casefold()
    windows = list_toplevels(display)
    # A terminal's title may be the very command that asks for this window.
    others = [each for each in windows if f"window:{wanted}" not in each.title.casefold()]
    texts = {each.xid: [text.casefold() for text in (each.title, *each.kind)] for each in others}
    exact = [each for each in others if wanted in texts[each.xid]]
    return exact or [each for each in others if any(wanted in t for t in texts[each.xid])]


def the_only(matches: Sequence[TopLevel], words: str) -> TopLevel:
    """The one of them.

    Raises:
        SourceUnavailable: there are more; names them.
    """
    if len(matches) == 1:
        return matches[0]
    named = "; ".join(f"{each.words} {each.description}" for each in matches[:_MOST_NAMED])
    more = "; …" if len(matches) > _MOST_NAMED else ""
    raise SourceUnavailable(f"{len(matches)} windows match {words!r}, choose one: {named}{more}")


def number_in(words: str) -> int | None:
    """The window's number, if it is one: hexadecimal, or as long a decimal as tools print."""
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,8}", words):
        return int(words, 16)
    if re.fullmatch(r"[1-9][0-9]{6,9}", words) and int(words) < 1 << 32:
        return int(words)
    return None


def _managed_clients(display: Display) -> list[int] | None:
    """None when no window manager is there to say; a dead one's list would mislead."""
    check = _numbers(display, display.root, "_NET_SUPPORTING_WM_CHECK")
    try:
        if not check or _numbers(display, check[0], "_NET_SUPPORTING_WM_CHECK") != check:
            return None
    except xcffib.xproto.WindowError:
        return None
    clients = _numbers(display, display.root, "_NET_CLIENT_LIST")
    return [xid for xid in clients if _is_application(display, xid)]


def _is_application(display: Display, xid: int) -> bool:
    """Not the desktop itself, and not a panel."""
    with suppress(xcffib.xproto.WindowError):
        types = _numbers(display, xid, "_NET_WM_WINDOW_TYPE")
        return not {_atom(display, name) for name in _NO_APPLICATION}.intersection(types)
    return False


def _shown_clients(display: Display) -> Iterator[int]:
    for top in display.connection.core.QueryTree(display.root).reply().children:
        with suppress(xcffib.xproto.WindowError):  # it has just gone
            if display.connection.core.GetWindowAttributes(top).reply().map_state == _VIEWABLE:
                yield from _client_under(display, top)


def _client_under(display: Display, top: int) -> list[int]:
    """The nearest window with a class or a name, in or under a frame; menus are none."""
    core: Any = display.connection.core
    level = [top]
    for _ in range(_DEPTH):
        for xid in level:
            is_named = any(_property(display, xid, name) for name in _NAMES)
            if is_named and not core.GetWindowAttributes(xid).reply().override_redirect:
                return [xid]
        level = [child for xid in level for child in core.QueryTree(xid).reply().children]
    return []


def _atom(display: Display, name: str) -> int:
    return int(display.connection.core.InternAtom(False, len(name), name).reply().atom)


def _property(display: Display, xid: int, name: str, words: int = _MAX_WORDS) -> bytes:
    """Empty when there is none."""
    atom = _atom(display, name)
    reply = display.connection.core.GetProperty(False, xid, atom, _ANY_TYPE, 0, words).reply()
    return b"".join(reply.value)


def _numbers(display: Display, xid: int, name: str) -> tuple[int, ...]:
    raw = _property(display, xid, name, _MAX_CLIENTS)
    return struct.unpack(f"={len(raw) // 4}I", raw[: len(raw) // 4 * 4])


def _text(display: Display, xid: int, name: str) -> str:
    """UTF-8 as most clients write it, else Latin-1 as the old ones do."""
    raw = _property(display, xid, name)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _plain(text: str) -> str:
    """On one line, without control characters, which could drive the terminal."""
    visible = "".join(char if char.isprintable() else " " for char in text)
    words = " ".join(visible.split())
    return words if len(words) <= _MAX_TITLE else words[: _MAX_TITLE - 1] + "…"
