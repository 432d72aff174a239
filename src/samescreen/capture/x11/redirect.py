"""Makes the server keep a window's pixels in a pixmap, without the pixels of windows that cover it.

Runs on the track's thread. When a window is redirected (Composite), the server fills its new pixmap
from the screen, other windows' pixels included, and asks the client to repaint the covered parts.
In a window without a background the others would stay visible until then, so this module paints
the covered parts black first.
"""

from __future__ import annotations

from typing import Any

import xcffib
import xcffib.composite
import xcffib.xproto

from samescreen.media import Region

from .display import Display


def redirect(display: Display, xid: int) -> None:
    """Redirect a window. Its covered parts are black until its client repaints them.

    Raises:
        xcffib.Error: there is no such window.
    """
    composite = display.connection(xcffib.composite.key)
    core: Any = display.connection.core
    core.GrabServer()  # otherwise the client might repaint before we paint
    try:
        was_redirected = _has_pixmap(display, xid)
        composite.RedirectWindowChecked(xid, xcffib.composite.Redirect.Automatic).check()
        if not was_redirected and _has_pixmap(display, xid):
            _paint_over(display, xid, _covering(display, xid))
    finally:
        core.UngrabServer()
        display.connection.flush()


def _has_pixmap(display: Display, xid: int) -> bool:
    pixmap = display.connection.generate_id()
    composite = display.connection(xcffib.composite.key)
    try:
        composite.NameWindowPixmapChecked(xid, pixmap).check()
    except xcffib.xproto.MatchError:
        return False
    display.connection.core.FreePixmap(pixmap)
    return True


def _covering(display: Display, xid: int) -> list[Region]:
    """The regions, on the root window, of windows above this one or above one of its parents.

    Stops at a parent that a compositor has redirected: nothing else is in that one's pixels.
    """
    core: Any = display.connection.core
    found = []
    while xid != display.root:
        parent = core.QueryTree(xid).reply().parent
        stacked = list(core.QueryTree(parent).reply().children)
        for sibling in stacked[stacked.index(xid) + 1 :]:
            attributes = core.GetWindowAttributes(sibling).reply()
            is_seen = attributes.map_state == xcffib.xproto.MapState.Viewable
            if is_seen and attributes._class == xcffib.xproto.WindowClass.InputOutput:
                found.append(_outside(display, sibling))
        xid = parent
        if xid != display.root and _has_pixmap(display, xid):
            break
    return found


def _outside(display: Display, xid: int) -> Region:
    """A window's region on the root window, border included."""
    core: Any = display.connection.core
    size = core.GetGeometry(xid).reply()
    edge = size.border_width
    at = core.TranslateCoordinates(xid, display.root, -edge, -edge).reply()
    return Region(at.dst_x, at.dst_y, size.width + 2 * edge, size.height + 2 * edge)


def _paint_over(display: Display, xid: int, places: list[Region]) -> None:
    core: Any = display.connection.core
    window = _outside(display, xid)
    edge = core.GetGeometry(xid).reply().border_width
    hidden = [place.intersection(window).moved(-window.x, -window.y) for place in places]
    hidden = [region for region in hidden if region]
    if not hidden:
        return
    pixmap, gc = display.connection.generate_id(), display.connection.generate_id()
    composite = display.connection(xcffib.composite.key)
    composite.NameWindowPixmapChecked(xid, pixmap).check()
    core.CreateGC(gc, pixmap, xcffib.xproto.GC.Foreground, [0])
    boxes = [xcffib.xproto.RECTANGLE.synthetic(r.x, r.y, r.width, r.height) for r in hidden]
    core.PolyFillRectangle(pixmap, gc, len(boxes), boxes)
    for r in hidden:
        core.ClearArea(True, xid, r.x - edge, r.y - edge, r.width, r.height)
    core.FreeGC(gc)
    core.FreePixmap(pixmap)
