"""A single window as a source of pictures, whole even where other windows cover it.

Runs on the track's thread. With the Composite extension the server keeps the window's pixels in a
pixmap. When the window is resized or shown again, the server uses a new pixmap, and this module
asks for its name; the old one stays valid, with its last picture, until we free it. The window's
own menus and tooltips are drawn over it, as far as they lie within it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import xcffib
import xcffib.composite
import xcffib.xproto

from samescreen.capture.cursor import CursorSeen
from samescreen.errors import CaptureError, SourceLost, SourceUnavailable
from samescreen.media import Region

from .canvas import Canvas
from .display import Changes, Display, lost_on_error
from .popups import Popups
from .redirect import redirect
from .source import View, X11Source
from .toplevels import (
    TopLevel,
    describe,
    find_toplevel,
    matching_toplevels,
    number_in,
    shadow_around,
    the_only,
)
from .trail import Hole

_STRUCTURE: Final = xcffib.xproto.EventMask.StructureNotify
_PROPERTIES: Final = xcffib.xproto.EventMask.PropertyChange
_VIEWABLE: Final = xcffib.xproto.MapState.Viewable
_HIDDEN: Final = "the window is minimised or hidden; its picture comes back when it is shown again"


class X11Window(X11Source):
    """The window that `spec` names: a part of its title or WM_CLASS, or its number (0x1a00003).

    Once found, it stays the same window, even when its title changes. After it was closed, another
    window with the name takes its place; a number does not match again, because the server may
    reuse it for an unrelated window.
    """

    def __init__(self, spec: str, display: str | None = None) -> None:
        super().__init__(display)
        self._spec = spec
        self._window: TopLevel | None = None
        self._pixmap: int | None = None
        self._inside = Region(0, 0, 0, 0)  # of the pixmap, within the window's border
        self._popups: Popups | None = None
        self._corner = (0, 0)  # of the picture on the root window, when menus were last drawn
        self._top = 0  # the root window's child that this window is, or is in

    def _subscribe(self, display: Display) -> None:
        if not display.has("Composite"):
            raise SourceUnavailable(
                f"X display {display.name} has no Composite extension, which single windows need; "
                "share `screen` or `region:X,Y,W,H` instead"
            )
        self._pixmap = None
        self._window = self._find(display)
        xid = self._window.xid
        composite = display.connection(xcffib.composite.key)
        with lost_on_error("asked for a window"):
            composite.QueryVersion(0, 4).reply()
            try:
                redirect(display, xid)
            except xcffib.xproto.WindowError as error:
                raise self._closed() from error
        display.subscribe(xid)
        self._popups = Popups(display, xid)

    def _follow_siblings(self, display: Display, changes: Changes) -> None:
        if self._popups is not None:
            self._popups.follow(changes)

    def _draw_over(self, canvas: Canvas) -> tuple[Region, ...]:
        if not self._popups or self._view is None or self._display is None:
            return ()
        core: Any = self._display.connection.core
        assert self._window is not None
        with lost_on_error("asked for the window's place"):
            at = core.TranslateCoordinates(self._window.xid, self._display.root, 0, 0).reply()
        self._corner = at.dst_x + self._view.x, at.dst_y + self._view.y
        return self._popups.draw(canvas.pixels, *self._corner)

    def _place(self, holes: Iterable[Hole], regions: Iterable[Region]) -> list[Region]:
        """All of it, if it is hidden or in a hidden window; hidden menus; and the regions.

        A hidden window that covers this one is not in its pixels. The regions are the picture's.
        """
        hidden = {hole.xid for hole in holes}
        menus = self._popups.places(hidden, *self._corner) if self._popups else []
        if self._top in hidden and self._view is not None:
            return [Region(0, 0, self._view.region.width, self._view.region.height)]
        return [*menus, *regions]

    @property
    def _window_id(self) -> int:
        return 0 if self._window is None else self._window.xid

    def _find(self, display: Display) -> TopLevel:
        """The same window as before while it exists, otherwise one that the spec names."""
        before = self._window
        if before is None:
            return find_toplevel(display, self._spec)
        now = describe(display, before.xid)
        if now is not None and now.is_same(before):
            return now
        if number_in(self._spec) is not None:
            raise self._closed()
        matches = matching_toplevels(display, self._spec)
        if not matches:
            raise self._closed()
        return the_only(matches, self._spec)

    def _closed(self) -> CaptureError:
        if number_in(self._spec) is not None:
            return SourceUnavailable("the window was closed")
        return SourceLost(
            f"the window was closed; another that {self._spec!r} names is shown once it is opened"
        )

    def _look(self, display: Display, *, remapped: bool) -> View:
        assert self._window is not None
        xid = self._window.xid
        core: Any = display.connection.core
        with lost_on_error("asked for the window"):
            try:
                if remapped:
                    self._top = _follow(core, xid, display.root)
                attributes = core.GetWindowAttributes(xid).reply()
                geometry = core.GetGeometry(xid).reply()
            except (xcffib.xproto.WindowError, xcffib.xproto.DrawableError) as error:
                raise self._closed() from error
        if attributes.map_state != _VIEWABLE:
            raise SourceLost(_HIDDEN)
        form = display.pixel_format(attributes.visual, geometry.depth)
        if form is None:
            raise SourceUnavailable(
                f"the window shows {geometry.depth} bits through a palette, which cannot be shared"
            )
        border = geometry.border_width
        inside = Region(border, border, geometry.width, geometry.height)
        if remapped or self._pixmap is None or inside != self._inside:
            self._name_pixmap(display, xid, border)
        assert self._pixmap is not None
        inside = self._inside
        shown = _within_shadow(inside, *shadow_around(display, xid))
        self.label = f"window {self._window.name or self._spec} {shown.width}×{shown.height}"
        return View(self._pixmap, shown, shown.x - inside.x, shown.y - inside.y, form)

    def _name_pixmap(self, display: Display, xid: int, border: int) -> None:
        composite = display.connection(xcffib.composite.key)
        core: Any = display.connection.core
        with lost_on_error("asked for the window's picture"):
            pixmap = display.connection.generate_id()
            try:
                composite.NameWindowPixmapChecked(xid, pixmap).check()
            except (xcffib.xproto.WindowError, xcffib.xproto.MatchError) as error:
                raise SourceLost(_HIDDEN) from error  # hidden after `_look` asked
            if self._pixmap is not None:
                core.FreePixmap(self._pixmap)
            self._pixmap = pixmap
            # The window may have a new size already; only the pixmap's own size is safe to read.
            size = core.GetGeometry(pixmap).reply()
        self._inside = Region(border, border, size.width - 2 * border, size.height - 2 * border)

    def _draw_cursor(self, canvas: Canvas, seen: CursorSeen) -> tuple[Region, ...]:
        """Draw the cursor only while the pointer is inside the window."""
        if not (0 <= seen.x < canvas.region.width and 0 <= seen.y < canvas.region.height):
            return ()
        return super()._draw_cursor(canvas, seen)


def _within_shadow(region: Region, left: int, right: int, top: int, bottom: int) -> Region:
    """The region without its shadow; the whole region when the client's widths make no sense."""
    width, height = region.width - left - right, region.height - top - bottom
    part = Region(region.x + left, region.y + top, width, height)
    return part if part else region


def _follow(core: Any, xid: int, root: int) -> int:
    """Ask for events when the window or a frame around it is moved, resized, shown or hidden.

    Returns the outermost of these, a child of the root window.
    """
    top = xid
    mask = _STRUCTURE | _PROPERTIES
    while xid not in (root, xcffib.NONE):
        core.ChangeWindowAttributesChecked(xid, xcffib.xproto.CW.EventMask, [mask]).check()
        mask = _STRUCTURE
        top, xid = xid, core.QueryTree(xid).reply().parent
    return top
