"""The root window's children, kept up to date by the server's reports, with what is inside them.

Runs on the track's thread, on a connection of its own. A child is a client's window, or the frame
that a window manager put around it, or a menu.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import xcffib.xproto as x

from samescreen.media import Region, hull

from .bookmark import Bookmark
from .display import Display, lost_on_error
from .popup_owner import Program, program_of
from .properties import numbers
from .toplevels import TopLevel, describe

_REPORTS: Final = x.EventMask.PropertyChange | x.EventMask.SubstructureNotify
_DEPTH: Final = 4
_MOST_INSIDE: Final = 256
_MOST_PLACES: Final = 8
_MOST_AT_ONCE: Final = 1000
_SYNTHETIC: Final = 0x80
_TELLING: Final = (
    *("_NET_WM_NAME", "WM_NAME", "WM_CLASS", "WM_TRANSIENT_FOR", "_NET_WM_WINDOW_TYPE"),
    *("_NET_WM_PID", "WM_CLIENT_LEADER", "WM_CLIENT_MACHINE"),
)
_DIALOGS: Final = ("DIALOG", "UTILITY", "SPLASH", "TOOLBAR", "MENU")
_INSIDE_EVENTS: Final = (
    x.CreateNotifyEvent | x.DestroyNotifyEvent | x.MapNotifyEvent | x.ReparentNotifyEvent
)


@dataclass(slots=True)
class Child:
    """A child of the root window.

    `region`: its place, border included. `places`: where it was while visible, since `rest`.
    `inside`: itself and the windows in it that have been described; empty: not looked at yet.
    `owners`: what WM_TRANSIENT_FOR names. `is_extra`: a menu, tooltip or dialog by its type.
    `guests`: former children that were put into it since `rest`, and may have left it again.
    `is_named`: whether it is one that somebody looks for; None: not decided since the last look.
    """

    xid: int
    region: Region
    is_visible: bool = False
    is_menu: bool = False
    places: list[Region] = field(default_factory=list)
    inside: dict[int, TopLevel | None] = field(default_factory=dict)
    owners: frozenset[int] = frozenset()
    is_extra: bool = False
    program: Program | None = None
    is_named: bool | None = None
    guests: list[Child] = field(default_factory=list)

    @property
    def clients(self) -> list[int]:
        """The windows in it that have a title or a class; without any, itself."""
        named = [xid for xid, window in self.inside.items() if window and window.full_name]
        return named or [self.xid]

    def moved(self, region: Region) -> None:
        self.region = region
        self.seen()

    def seen(self) -> None:
        """Note its place, if it is visible there. Many places become their hull."""
        if self.is_visible and self.region not in self.places:
            self.places.append(self.region)
            if len(self.places) > _MOST_PLACES:
                self.places = [hull(self.places)]

    def rest(self) -> None:
        """Begin anew with where it is now."""
        self.places = [self.region] if self.is_visible else []
        self.guests = []


class WindowTree:
    """All children of the root window. `gone` are those that ended since `take_gone`.

    Raises:
        SourceLost: the server is gone.
    """

    def __init__(self, display: Display) -> None:
        self._display = display
        self._telling = {display.atom(name) for name in _TELLING}
        self._dialogs = {display.atom(f"_NET_WM_WINDOW_TYPE_{name}") for name in _DIALOGS}
        self._children: dict[int, Child] = {}
        self._owner_of: dict[int, int] = {}
        self._gone: list[Child] = []
        self._unsure: set[int] = set()
        self._bookmark = Bookmark(display)
        with lost_on_error("asked for its windows"):
            core: Any = display.connection.core
            mask = x.EventMask.SubstructureNotify
            core.ChangeWindowAttributesChecked(display.root, x.CW.EventMask, [mask]).check()
            for xid in core.QueryTree(display.root).reply().children:
                self._found(xid)
        self.look()

    def __iter__(self) -> Iterator[Child]:
        return iter(self._children.values())

    @property
    def fd(self) -> int:
        """Readable when the server has sent a report."""
        return self._display.fd

    def get(self, xid: int) -> Child | None:
        """The child of that number."""
        return self._children.get(xid)

    def child_with(self, xid: int) -> Child | None:
        """The child that `xid` is, or that it is in."""
        return self._children.get(self._owner_of.get(xid, xid))

    def take_gone(self) -> list[Child]:
        """The children that ended since the last call."""
        gone, self._gone = self._gone, []
        return gone

    def follow(self, *, to_now: bool) -> bool:
        """Read the reports. `to_now`: everything that has happened so far, not only what came.

        Returns whether there were any. Raises SourceLost when the server is gone.
        """
        with lost_on_error("asked for its windows"):
            any_came = False
            for event in self._bookmark.before() if to_now else self._waiting():
                if not event.response_type & _SYNTHETIC:
                    any_came |= self._note(event)
            return any_came

    def _waiting(self) -> Iterator[Any]:
        """The reports that came, not endlessly many."""
        for _ in range(_MOST_AT_ONCE):
            event = self._display.connection.poll_for_event()
            if event is None:
                return
            yield event

    def program_of(self, child: Child) -> Program | None:
        """The program that owns what is in it; None when it has just ended."""
        if child.program is None:
            with lost_on_error("asked for a window's program"), suppress(x.WindowError):
                child.program = program_of(self._display, child.clients[0])
        return child.program

    def look(self) -> None:
        """Look at the children that are new or have changed, invisible ones too: they own menus."""
        with lost_on_error("asked for its windows"):
            unsure, self._unsure = self._unsure, set()
            for xid in unsure:
                if (child := self._children.get(xid)) is not None:
                    self._look_at(child)

    # Reports

    def _note(self, event: Any) -> bool:
        if isinstance(event, x.PropertyNotifyEvent):
            if event.atom in self._telling:
                self._doubt(event.window)
                return True
            return False
        about_root = getattr(event, "event", None) == self._display.root or (
            isinstance(event, x.CreateNotifyEvent) and event.parent == self._display.root
        )
        if about_root:
            self._note_child(event)
        elif isinstance(event, _INSIDE_EVENTS):
            self._doubt(event.parent if isinstance(event, x.CreateNotifyEvent) else event.event)
            if isinstance(event, x.ReparentNotifyEvent):
                self._doubt(event.parent)
        return True

    def _note_child(self, event: Any) -> None:
        """A report on a child of the root window."""
        child = self._children.get(event.window)
        if isinstance(event, x.CreateNotifyEvent):
            self._came(event.window, _region_of(event), bool(event.override_redirect))
        elif isinstance(event, x.ReparentNotifyEvent):
            self._reparented(event)
        elif isinstance(event, x.DestroyNotifyEvent):
            self._left(event.window)
        elif child is None:
            return
        elif isinstance(event, x.MapNotifyEvent):
            child.is_visible = True
            child.is_menu = bool(event.override_redirect)
            child.seen()
            if not child.inside:
                self._unsure.add(child.xid)
        elif isinstance(event, x.UnmapNotifyEvent):
            child.is_visible = False
        elif isinstance(event, x.ConfigureNotifyEvent):
            child.moved(_region_of(event))
        elif isinstance(event, x.GravityNotifyEvent):
            child.moved(Region(event.x, event.y, child.region.width, child.region.height))

    def _reparented(self, event: Any) -> None:
        if event.parent == self._display.root:
            self._took_out(event)
            return
        child = self._children.get(event.window)
        self._left(event.window)
        with suppress(x.WindowError):
            outer = self._children.get(self._outermost(event.parent))
            if outer is not None:
                self._unsure.add(outer.xid)
                outer.guests += [child] if child is not None else []

    def _took_out(self, event: Any) -> None:
        """A window was put on the root window. If it is visible, a MapNotify follows."""
        size = self._display.desktop()  # of a window that has ended since: large enough
        with suppress(x.DrawableError, x.WindowError):
            size = _region_of(self._display.connection.core.GetGeometry(event.window).reply())
        place = Region(event.x, event.y, size.width, size.height)
        if (child := self._children.get(event.window)) is None:
            self._came(event.window, place, bool(event.override_redirect))
        else:
            child.moved(place)

    def _outermost(self, xid: int) -> int:
        """The child of the root window that `xid` is, or is in."""
        core: Any = self._display.connection.core
        while xid not in self._owner_of:
            parent = core.QueryTree(xid).reply().parent
            if parent in (self._display.root, 0):
                break
            xid = int(parent)
        return xid

    def _doubt(self, xid: int) -> None:
        """Something about this window, or inside it, may have changed."""
        child = self.child_with(xid)
        if child is not None:
            self._unsure.add(child.xid)

    # Children

    def _found(self, xid: int) -> None:
        """A child that was there before its report."""
        core: Any = self._display.connection.core
        with suppress(x.WindowError, x.DrawableError):
            attributes = core.GetWindowAttributes(xid).reply()
            size = core.GetGeometry(xid).reply()
            child = self._came(xid, _region_of(size), bool(attributes.override_redirect))
            child.is_visible = attributes.map_state != x.MapState.Unmapped
            child.seen()

    def _came(self, xid: int, region: Region, is_menu: bool) -> Child:
        child = self._children[xid] = Child(xid, region, is_menu=is_menu)
        self._owner_of[xid] = xid
        self._unsure.add(xid)
        self._listen(xid)
        return child

    def _left(self, xid: int) -> None:
        child = self._children.pop(xid, None)
        if child is not None:
            self._gone.append(child)
            self._unsure.discard(xid)
            for inner in (xid, *child.inside):
                self._owner_of.pop(inner, None)

    def _look_at(self, child: Child) -> None:
        """Describe what is in it. Reports are asked for first, so that no change is missed."""
        core: Any = self._display.connection.core
        inside: dict[int, TopLevel | None] = {}
        level = [child.xid]
        for _ in range(_DEPTH):
            below: list[int] = []
            for xid in level[: _MOST_INSIDE - len(inside)]:
                with suppress(x.WindowError):
                    self._listen(xid)
                    described = describe(self._display, xid)
                    below += core.QueryTree(xid).reply().children  # proves that it was there
                    inside[xid] = described
            level = below
        for xid in child.inside.keys() - inside.keys():
            self._owner_of.pop(xid, None)
        self._owner_of.update(dict.fromkeys(inside, child.xid))
        child.inside = inside
        self._look_for_owners(child)

    def _look_for_owners(self, child: Child) -> None:
        owners: set[int] = set()
        child.is_extra, child.program, child.is_named = child.is_menu, None, None
        for xid in child.clients:
            with suppress(x.WindowError):
                owners.update(numbers(self._display, xid, "WM_TRANSIENT_FOR"))
                types = numbers(self._display, xid, "_NET_WM_WINDOW_TYPE")
                child.is_extra |= not self._dialogs.isdisjoint(types)
        child.owners = frozenset(owners)

    def _listen(self, xid: int) -> None:
        with suppress(x.WindowError):
            core: Any = self._display.connection.core
            core.ChangeWindowAttributesChecked(xid, x.CW.EventMask, [_REPORTS]).check()


def _region_of(event: Any) -> Region:
    edge = 2 * event.border_width
    return Region(event.x, event.y, event.width + edge, event.height + edge)
