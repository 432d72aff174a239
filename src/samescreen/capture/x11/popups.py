"""Finds the menus and tooltips of the shared window, and draws them over its picture.

Runs on the track's thread. Each is redirected into a pixmap (Composite), so that another program's
windows over it are never in the picture.
"""

from __future__ import annotations

from collections.abc import Container
from contextlib import suppress
from typing import Any, Final

import numpy as np
import xcffib
import xcffib.composite
import xcffib.shape
import xcffib.xproto

from samescreen.errors import SourceLost
from samescreen.media import Pixels, Region

from .canvas import CopiedCanvas
from .display import Changes, Display, lost_on_error
from .pixel_format import PixelFormat
from .popup_owner import belongs
from .redirect import redirect

_VIEWABLE: Final = xcffib.xproto.MapState.Viewable
_GONE: Final = (
    xcffib.xproto.WindowError,
    xcffib.xproto.DrawableError,
    xcffib.xproto.MatchError,
)
_WITH_ALPHA: Final = 32


class Popup:
    """One visible menu or tooltip. `place` is its region on the root window, border included.

    Raises:
        xcffib.Error: it was closed meanwhile.
    """

    def __init__(self, display: Display, xid: int, place: Region, form: PixelFormat) -> None:
        self.place = place
        self._display = display
        self._xid = xid
        core: Any = display.connection.core
        self._composite = display.connection(xcffib.composite.key)
        self._damage, self._pixmap = 0, display.connection.generate_id()
        depth = core.GetGeometry(xid).reply().depth
        try:
            redirect(display, xid)
            self._damage = display.watch_damage(xid)
            self._composite.NameWindowPixmapChecked(xid, self._pixmap).check()
            self._parts = _shape(display, xid, place)
        except xcffib.Error:
            self.close()
            raise
        size = core.GetGeometry(self._pixmap).reply()
        self._canvas = CopiedCanvas(
            display, Region(0, 0, size.width, size.height), self._pixmap, form
        )
        self._is_blended = depth == _WITH_ALPHA and is_composited(display)
        self._is_stale = True

    def draw(self, pixels: Pixels, x: int, y: int) -> Region:
        """Draw it over a picture whose corner is at (x, y) on the root window.

        Returns the region of the picture that it covers.
        """
        self._refresh()
        height, width = pixels.shape[:2]
        size = self._canvas.region
        whole = Region(self.place.x - x, self.place.y - y, size.width, size.height)
        covered = whole.intersection(Region(0, 0, width, height))
        if not covered:
            return Region(0, 0, 0, 0)
        for part in self._parts:
            shown = part.moved(whole.x, whole.y).intersection(covered)
            if shown:
                inside = shown.moved(-whole.x, -whole.y)
                self._put(
                    pixels[shown.y : shown.bottom, shown.x : shown.right],
                    self._canvas.pixels[inside.y : inside.bottom, inside.x : inside.right],
                )
        return covered

    def _refresh(self) -> None:
        if self._display.has_damage(self._damage) or self._is_stale:
            self._is_stale = False
            self._canvas.read((0, self._canvas.region.height))

    def _put(self, under: Pixels, over: Pixels) -> None:
        if not self._is_blended:
            under[:, :, :3] = over[:, :, :3]
            return
        through = 255 - over[:, :, 3:].astype(np.uint16)
        blended = over[:, :, :3] + (under[:, :, :3] * through + 127) // 255
        under[:, :, :3] = np.minimum(blended, 255)

    def close(self) -> None:
        """Free what the server keeps for this popup."""
        connection = self._display.connection
        automatic = xcffib.composite.Redirect.Automatic
        for request in (
            connection.core.FreePixmapChecked(self._pixmap),
            connection.damage.DestroyChecked(self._damage),
            self._composite.UnredirectWindowChecked(self._xid, automatic),
        ):
            with suppress(xcffib.XcffibException):  # freed already, with the window
                request.check()


class Popups:
    """The popups that belong to `window`, lowest first."""

    def __init__(self, display: Display, window: int) -> None:
        self._display = display
        self._window = window
        self._shown: dict[int, Popup] = {}
        self._look(None)

    def __bool__(self) -> bool:
        return bool(self._shown)

    def follow(self, changes: Changes) -> None:
        """Check the windows again that were shown, hidden, moved or closed.

        Raises:
            SourceLost: the server is gone.
        """
        if again := changes.siblings | (changes.moved & self._shown.keys()):
            self._look(again)

    def draw(self, pixels: Pixels, x: int, y: int) -> tuple[Region, ...]:
        """Draw all over a picture whose corner is at (x, y) on the root window.

        Returns the regions of the picture that they cover.
        """
        covered = []
        for xid, popup in list(self._shown.items()):
            try:
                covered.append(popup.draw(pixels, x, y))
            except SourceLost:
                self._forget(xid)  # closed; the server's report will follow
        return tuple(region for region in covered if region)

    def places(self, xids: Container[int], x: int, y: int) -> list[Region]:
        """Where those of these numbers lie in a picture whose corner is at (x, y)."""
        return [p.place.moved(-x, -y) for xid, p in self._shown.items() if xid in xids]

    def _look(self, changed: frozenset[int] | None) -> None:
        """Check the `changed` windows; None: all windows."""
        core: Any = self._display.connection.core
        with lost_on_error("asked for a window's menus"):
            stacked = list(core.QueryTree(self._display.root).reply().children)
            for xid in stacked if changed is None else changed:
                self._forget(xid)
                if xid in stacked and xid != self._window:
                    with suppress(*_GONE):
                        self._add(xid)
        self._shown = {xid: self._shown[xid] for xid in stacked if xid in self._shown}

    def _add(self, xid: int) -> None:
        """Add a window if it is visible, not managed by a window manager, and belongs to ours."""
        core: Any = self._display.connection.core
        attributes = core.GetWindowAttributes(xid).reply()
        if not attributes.override_redirect or attributes.map_state != _VIEWABLE:
            return
        at = core.GetGeometry(xid).reply()
        form = self._display.pixel_format(attributes.visual, at.depth)
        if form is None or attributes._class != xcffib.xproto.WindowClass.InputOutput:
            return
        edge = 2 * at.border_width
        place = Region(at.x, at.y, at.width + edge, at.height + edge)
        if belongs(self._display, xid, place, self._window):
            self._shown[xid] = Popup(self._display, xid, place, form)

    def _forget(self, xid: int) -> None:
        if (popup := self._shown.pop(xid, None)) is not None:
            popup.close()


def is_composited(display: Display) -> bool:
    """Whether a compositor runs, which blends transparent windows."""
    name = f"_NET_WM_CM_S{display.connection.pref_screen}"
    return bool(display.connection.core.GetSelectionOwner(display.atom(name)).reply().owner)


def _shape(display: Display, xid: int, place: Region) -> list[Region]:
    """The rectangles that a window consists of, relative to its border's corner."""
    whole = [Region(0, 0, place.width, place.height)]
    if not display.has("SHAPE"):
        return whole
    shape = display.connection(xcffib.shape.key)
    if not shape.QueryExtents(xid).reply().bounding_shaped:
        return whole
    edge = int(display.connection.core.GetGeometry(xid).reply().border_width)
    found = shape.GetRectangles(xid, xcffib.shape.SK.Bounding).reply().rectangles
    return [Region(r.x + edge, r.y + edge, r.width, r.height) for r in found]
