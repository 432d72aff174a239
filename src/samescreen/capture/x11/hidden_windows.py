"""Follows the windows to hide, by the server's reports, and says where to paint them out.

Runs on the track's thread, on a connection of its own. The order of requests makes this safe: the
source reads its pixels, and only then asks for all reports up to now. So every place that a window
had at some time while the pixels were read is known before the picture leaves.
"""

from __future__ import annotations

from typing import Final

from samescreen.media import Region, hull

from .click_through import MARKS
from .display import Display, lost_on_error
from .popups import is_composited
from .toplevels import is_named
from .trail import Hole, Trail
from .window_tree import Child, WindowTree

PLAIN_US: Final = 150_000
"""How long a place stays a hole: programs below must first paint it again."""
COMPOSED_US: Final = 400_000
"""The same where a compositor paints the screen, later than windows move, with its fades."""


class HiddenWindows:
    """The windows that `specs` name, with their menus, tooltips and dialogs, on one X server.

    A spec is a number, or a part of a title or class; all windows that it fits are hidden.

    Raises:
        CaptureError: as `Display`.
    """

    def __init__(self, display_name: str | None, specs: tuple[str, ...]) -> None:
        self._display = Display(display_name)
        self._specs = specs
        self._trail = Trail()
        self._hidden: frozenset[int] = frozenset()
        self._shown: frozenset[Hole] = frozenset()
        self._tree = WindowTree(self._display)
        self._decide(0)

    @property
    def fd(self) -> int:
        """Readable when a window may have changed."""
        return self._tree.fd

    @property
    def due_us(self) -> int:
        """When a hole will have to be painted no more, if nothing changes before."""
        return self._trail.due_us

    @property
    def missing(self) -> tuple[str, ...]:
        """The specs that name no window now."""
        found = [window for child in self._tree for window in child.inside.values() if window]
        return tuple(s for s in self._specs if not any(is_named(each, s) for each in found))

    def follow(self, now_us: int) -> bool:
        """Read the reports that came. Whether the holes differ from those of the last picture.

        Raises:
            SourceLost: the server is gone.
        """
        self._trail.expire(now_us)
        if self._tree.follow(to_now=False):
            self._decide(now_us)
        return self._holes() != self._shown

    def before(self, now_us: int) -> frozenset[Hole]:
        """The holes as far as they are known, before the pixels are read. Raises as `follow`."""
        self.follow(now_us)
        return self._holes()

    def after(self, now_us: int) -> frozenset[Hole]:
        """All holes of what was read between `before` and now. Raises as `follow`."""
        if self._tree.follow(to_now=True):
            self._decide(now_us)
        self._shown = self._holes()
        return self._shown

    def close(self) -> None:
        self._display.close()

    def _holes(self) -> frozenset[Hole]:
        hidden = [child for xid in self._hidden if (child := self._tree.get(xid)) is not None]
        now = (Hole(child.xid, child.region) for child in hidden if child.is_visible)
        return frozenset(now) | self._trail.holes

    def _decide(self, now_us: int) -> None:
        """Which windows are hidden now; the places that they or others left stay holes a while."""
        self._tree.look()
        before, self._hidden = self._hidden, self._choose()
        left: list[tuple[Child, Region]] = []
        for child in self._tree:
            if child.xid in before | self._hidden or self._may_have_shown(child):
                is_there = child.xid in self._hidden and child.is_visible
                places = [each for each in child.places if not is_there or each != child.region]
                left.append((child, hull(places)))
            child.rest()
        # What ended before anybody could ask for its title may have been one to hide.
        left += [
            (child, hull(child.places))
            for child in self._tree.take_gone()
            if child.xid in before or not child.inside or self._is_to_hide(child)
        ]
        self._leave([each for each in left if each[1]], now_us)

    def _may_have_shown(self, child: Child) -> bool:
        """Whether something to hide may have been seen in it since the last decision."""
        if not child.inside:
            return bool(child.places)
        gone = (guest for guest in child.guests if guest.xid not in child.inside)
        return any(not guest.inside or self._is_to_hide(guest) for guest in gone)

    def _leave(self, left: list[tuple[Child, Region]], now_us: int) -> None:
        if not left:
            return
        with lost_on_error("asked for its compositor"):
            after_us = COMPOSED_US if is_composited(self._display) else PLAIN_US
        for child, place in left:
            self._trail.leave(child.xid, place, now_us + after_us)

    # Which windows

    def _choose(self) -> frozenset[int]:
        # The window of the marks covers the desktop, and shows nothing but marks.
        tree = [child for child in self._tree if not _has_marks(child)]
        named = {child.xid: child for child in tree if self._is_to_hide(child)}
        if not named:
            return frozenset()
        hidden = dict(named)
        rest = [each for each in tree if each.xid not in named and self._is_extra(each)]
        is_growing = True
        while is_growing:  # a menu of a dialog of a hidden window
            more = [each for each in rest if self._belongs(each, hidden, named)]
            hidden.update((each.xid, each) for each in more)
            rest = [each for each in rest if each.xid not in hidden]
            is_growing = bool(more)
        return frozenset(hidden)

    def _is_to_hide(self, child: Child) -> bool:
        if child.is_named is None:
            windows = [window for window in child.inside.values() if window is not None]
            child.is_named = any(is_named(each, spec) for each in windows for spec in self._specs)
        return child.is_named

    def _is_extra(self, child: Child) -> bool:
        return bool(child.inside) and (child.is_extra or bool(child.owners))

    def _belongs(self, child: Child, hidden: dict[int, Child], named: dict[int, Child]) -> bool:
        """Whether it is of a hidden window: by what it states, else if its program may be."""
        owners = [self._tree.child_with(owner) for owner in child.owners]
        if any(owner is not None and owner.xid in hidden for owner in owners):
            return True
        if any(owner is not None and owner.is_visible for owner in owners):
            return False
        own = self._tree.program_of(child)
        return any(
            own is None or theirs is None or own.client == theirs.client or own.may_be(theirs)
            for theirs in map(self._tree.program_of, named.values())
        )


def _has_marks(child: Child) -> bool:
    windows = [window for window in child.inside.values() if window is not None]
    return [(each.kind, each.title) for each in windows] == [((MARKS, MARKS), "")]
