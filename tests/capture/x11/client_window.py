"""A client's window that a test controls: paint, move, resize, hide, put into a frame."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import xcffib.shape
import xcffib.xproto as x

from samescreen.capture.x11.window import X11Window
from samescreen.media import Frame, Pixels, Region
from tests.stage.scene import Colour
from tests.stage.x_client import XClient, connected

BACK: Final[Colour] = (60, 70, 80)
RED: Final[Colour] = (200, 30, 20)
BLUE: Final[Colour] = (10, 60, 220)

OpenWindow = Callable[[str], X11Window]


class ClientWindow:
    """A window with its own connection. The server has handled each call when it returns."""

    def __init__(
        self,
        client: XClient,
        place: Region,
        *,
        title: str = "",
        kind: tuple[str, str] | None = None,
        depth: int = 24,
        border: int = 0,
        is_menu: bool = False,
        is_shown: bool = True,
    ) -> None:
        self._client = client
        self.xid: int = client.connection.generate_id()
        self._gc = client.connection.generate_id()
        visual, colormap = _visual(client, depth)
        values = [_pixel(BACK), 0, is_menu, colormap]
        client.core.CreateWindow(
            depth, self.xid, client.root, place.x, place.y, place.width, place.height, border,
            x.WindowClass.InputOutput, visual,
            x.CW.BackPixel | x.CW.BorderPixel | x.CW.OverrideRedirect | x.CW.Colormap, values,
        )  # fmt: skip
        client.core.CreateGC(self._gc, self.xid, x.GC.GraphicsExposures, [0])
        if title:
            self.title(title)
        if kind:
            self._set("WM_CLASS", "STRING", "\0".join((*kind, "")).encode())
        if is_shown:
            self.show()

    def title(self, title: str) -> None:
        self._set("_NET_WM_NAME", "UTF8_STRING", title.encode())

    def old_title(self, title: bytes, kind: str = "STRING") -> None:
        self._set("WM_NAME", kind, title)

    def set_kind(self, kind: bytes, of_type: str) -> None:
        self._set("WM_CLASS", of_type, kind)

    def transient_for(self, xid: int) -> None:
        self._set("WM_TRANSIENT_FOR", "WINDOW", struct.pack("=I", xid), self.xid, 32)

    def set_leader(self, xid: int) -> None:
        self._set("WM_CLIENT_LEADER", "WINDOW", struct.pack("=I", xid), self.xid, 32)

    def set_pid(self, pid: int) -> None:
        self._set("_NET_WM_PID", "CARDINAL", struct.pack("=I", pid), self.xid, 32)

    def focus(self) -> None:
        self._client.core.SetInputFocus(x.InputFocus.PointerRoot, self.xid, 0)
        self._client.settle()

    def lower(self) -> None:
        self._configure(x.ConfigWindow.StackMode, [x.StackMode.Below])

    def rect(self, region: Region, colour: Colour, *, alpha: int = 255) -> None:
        self._client.core.ChangeGC(self._gc, x.GC.Foreground, [_pixel(colour, alpha)])
        box = x.RECTANGLE.synthetic(region.x, region.y, region.width, region.height)
        self._client.core.PolyFillRectangle(self.xid, self._gc, 1, [box])
        self._client.settle()

    def fill(self, colour: Colour) -> None:
        """Paint all of it, and again after each exposure, like a client that draws on request."""
        self._client.core.ChangeWindowAttributes(self.xid, x.CW.BackPixel, [_pixel(colour)])
        self._client.core.ClearArea(False, self.xid, 0, 0, 0, 0)
        self._client.settle()

    def without_background(self) -> None:
        """Remove the background, as toolkits do: the server then paints nothing on exposure."""
        self._client.core.ChangeWindowAttributes(self.xid, x.CW.BackPixmap, [0])
        self._client.settle()

    def move(self, left: int, top: int) -> None:
        self._configure(x.ConfigWindow.X | x.ConfigWindow.Y, [left, top])

    def resize(self, width: int, height: int) -> None:
        self._configure(x.ConfigWindow.Width | x.ConfigWindow.Height, [width, height])

    def show(self) -> None:
        self._client.core.MapWindow(self.xid)
        self._client.settle()

    def hide(self) -> None:
        self._client.core.UnmapWindow(self.xid)
        self._client.settle()

    def close(self) -> None:
        self._client.core.DestroyWindow(self.xid)
        self._client.settle()

    def take_out(self, left: int, top: int) -> None:
        """Put it on the root window, as a window manager that ends does."""
        self._client.core.ReparentWindow(self.xid, self._client.root, left, top)
        self._client.settle()

    def forge_unmap(self) -> None:
        """Send the root window a report that this window was hidden, which is not true."""
        event = x.UnmapNotifyEvent.synthetic(self._client.root, self.xid, 0).pack()
        mask = x.EventMask.SubstructureNotify
        self._client.core.SendEvent(False, self._client.root, mask, event)
        self._client.settle()

    def put_into(self, frame: ClientWindow, left: int, top: int) -> None:
        """Put it into a frame, as a window manager does."""
        self._client.core.ReparentWindow(self.xid, frame.xid, left, top)
        self._client.settle()

    def manage(self, clients: list[ClientWindow]) -> None:
        """Make this the window of a window manager that lists these clients."""
        for owner in (self.xid, self._client.root):
            check = struct.pack("=I", self.xid)
            self._set("_NET_SUPPORTING_WM_CHECK", "WINDOW", check, owner, 32)
        listed = struct.pack(f"={len(clients)}I", *(each.xid for each in clients))
        self._set("_NET_CLIENT_LIST", "WINDOW", listed, self._client.root, 32)

    def set_type(self, name: str) -> None:
        atom = struct.pack("=I", self._atom(name))
        self._set("_NET_WM_WINDOW_TYPE", "ATOM", atom, self.xid, 32)

    def set_shadow(self, *extents: int) -> None:
        """Set the widths of the shadow (left, right, top, bottom) as GTK does."""
        value = struct.pack("=4I", *extents)
        self._set("_GTK_FRAME_EXTENTS", "CARDINAL", value, self.xid, 32)

    def composite(self) -> None:
        """Make this the window of a compositor, as other clients see it."""
        atom = self._atom(f"_NET_WM_CM_S{self._client.connection.pref_screen}")
        self._client.core.SetSelectionOwner(self.xid, atom, 0)
        self._client.settle()

    def _configure(self, mask: int, values: list[int]) -> None:
        self._client.core.ConfigureWindow(self.xid, mask, values)
        self._client.settle()

    def cut(self, *parts: Region) -> None:
        """Reduce the window to these rectangles (SHAPE)."""
        boxes = [x.RECTANGLE.synthetic(r.x, r.y, r.width, r.height) for r in parts]
        self._client.connection(xcffib.shape.key).Rectangles(
            xcffib.shape.SO.Set, xcffib.shape.SK.Bounding, x.ClipOrdering.Unsorted, self.xid,
            0, 0, len(boxes), boxes,
        )  # fmt: skip
        self._client.settle()

    def _set(
        self, name: str, kind: str, value: bytes, owner: int | None = None, bits: int = 8
    ) -> None:
        self._client.core.ChangeProperty(
            x.PropMode.Replace, owner or self.xid, self._atom(name), self._atom(kind), bits,
            len(value) * 8 // bits, value,
        )  # fmt: skip
        self._client.settle()

    def _atom(self, name: str) -> int:
        atom: int = self._client.core.InternAtom(False, len(name), name).reply().atom
        return atom


class Clients:
    """Opens windows on one display."""

    def __init__(self, client: XClient) -> None:
        self.client = client

    def open(
        self,
        title: str = "",
        place: Region = Region(0, 0, 100, 60),  # noqa: B008 - frozen
        *,
        kind: tuple[str, str] | None = None,
        depth: int = 24,
        border: int = 0,
    ) -> ClientWindow:
        return ClientWindow(
            self.client, place, title=title, kind=kind, depth=depth, border=border
        )

    def open_menu(
        self, place: Region, colour: Colour, *, depth: int = 24, border: int = 0, title: str = ""
    ) -> ClientWindow:
        """A window that no window manager manages, in one colour."""
        menu = ClientWindow(
            self.client, place, title=title, depth=depth, border=border, is_menu=True
        )
        menu.fill(colour)
        return menu


@contextmanager
def clients_on(display: str) -> Iterator[Clients]:
    with connected(display) as client:
        yield Clients(client)


def rgb(taken: Frame) -> Pixels:
    return taken.pixels[:, :, 2::-1]


def is_all(taken: Frame, region: Region, colour: Colour) -> bool:
    part = rgb(taken)[region.y : region.bottom, region.x : region.right]
    return bool((part == colour).all())


def _visual(client: XClient, depth: int) -> tuple[int, int]:
    """A visual of this depth, and a colour map for it."""
    visuals = [v for d in client.screen.allowed_depths if d.depth == depth for v in d.visuals]
    true_colour = next(v for v in visuals if v._class == x.VisualClass.TrueColor)
    colormap = client.connection.generate_id()
    client.core.CreateColormap(0, colormap, client.root, true_colour.visual_id)
    return true_colour.visual_id, colormap


def _pixel(colour: Colour, alpha: int = 255) -> int:
    red, green, blue = colour
    return alpha << 24 | red << 16 | green << 8 | blue
