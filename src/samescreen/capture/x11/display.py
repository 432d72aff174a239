"""A connection to an X server: its extensions, its monitors, its reports of changes.

Runs on the track's thread. Sends requests and reads events; handles no pixels.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import xcffib
import xcffib.damage
import xcffib.randr
import xcffib.shm
import xcffib.xfixes
import xcffib.xproto

from samescreen.errors import BackendMissing, NoScreen, SourceLost, SourceUnavailable
from samescreen.media import Region

from .connecting import connected
from .pixel_format import PixelFormat
from .plain_text import from_string, one_line
from .servers import ServerKind, server_kind

_GENERIC_EVENT: Final = 35
_MAX_HINTS: Final = 48
_Z_PIXMAP: Final = 2
_ALL_PLANES: Final = 0xFFFFFFFF
_READABLE_BITS: Final = (8, 16, 24, 32)
_HAS_MASKS: Final = (
    xcffib.xproto.VisualClass.TrueColor,
    xcffib.xproto.VisualClass.DirectColor,
)


@dataclass(frozen=True, slots=True)
class Monitor:
    """One RandR monitor; `number` counts from 1, the primary one first."""

    number: int
    name: str
    region: Region


@dataclass(frozen=True, slots=True)
class Changes:
    """What the server has reported since the last call of `Display.changes`.

    `layout_changed`: a size, position or name changed, or something was destroyed. `remapped`: the
    window was shown, hidden or reparented, after which its pixels are in a new pixmap. `siblings`:
    other children of the root window that were shown, hidden or closed. `moved`: such windows
    whose position, size or stacking order changed.
    """

    damaged: bool = False
    pointer_moved: bool = False
    cursor_changed: bool = False
    layout_changed: bool = False
    remapped: bool = False
    siblings: frozenset[int] = frozenset()
    moved: frozenset[int] = frozenset()

    def __or__(self, other: Changes) -> Changes:
        return Changes(
            self.damaged or other.damaged,
            self.pointer_moved or other.pointer_moved,
            self.cursor_changed or other.cursor_changed,
            self.layout_changed or other.layout_changed,
            self.remapped or other.remapped,
            self.siblings | other.siblings,
            self.moved | other.moved,
        )

    def __bool__(self) -> bool:
        return self != _NO_CHANGES


_NO_CHANGES: Final = Changes()


_LAYOUT_EVENTS: Final = (
    xcffib.randr.ScreenChangeNotifyEvent
    | xcffib.xproto.ConfigureNotifyEvent
    | xcffib.xproto.DestroyNotifyEvent
    | xcffib.xproto.PropertyNotifyEvent
)
_MAPPING_EVENTS: Final = (
    xcffib.xproto.MapNotifyEvent
    | xcffib.xproto.UnmapNotifyEvent
    | xcffib.xproto.ReparentNotifyEvent
)
_MOVING_EVENTS: Final = xcffib.xproto.ConfigureNotifyEvent | xcffib.xproto.CirculateNotifyEvent
_SIBLING_EVENTS: Final = _MOVING_EVENTS | xcffib.xproto.DestroyNotifyEvent | _MAPPING_EVENTS


@contextmanager
def lost_on_error(what: str) -> Iterator[None]:
    """Turn a broken connection or a refused request into SourceLost."""
    try:
        yield
    except xcffib.Error as error:
        raise SourceLost(f"the X server refused {what}: {error!r}") from error
    except xcffib.XcffibException as error:
        raise SourceLost(f"the X server went away while {what}") from error


class Display:
    """A connection to the X server `name` (None: $DISPLAY).

    Raises:
        NoScreen: no display is named.
        SourceUnavailable: the server refuses this program, or its pixels cannot be read.
        SourceLost: a display is named, but no server answers (it may come back).
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or os.environ.get("DISPLAY", "")
        if not self.name:
            raise NoScreen(
                "this machine has no X display (DISPLAY is not set); run it inside the desktop "
                "session, or `samescreen share testcard`"
            )
        self.connection: Any = connected(self.name)
        self.screen: Any = self.connection.get_setup().roots[self.connection.pref_screen]
        self.root: int = self.screen.root
        self._watched = self.root
        self._region: int | None = None
        self._damage: int | None = None
        self._atoms: dict[str, int] = {}
        try:
            self._refuse_wayland()
            self.root_format = self._known_root_format()
            self._refuse_unreadable()
        except SourceUnavailable:
            self.close()
            raise

    def has(self, extension: str) -> bool:
        """Whether the server has `extension`, such as "MIT-SHM"."""
        with lost_on_error("asked for its extensions"):
            reply = self.connection.core.QueryExtension(len(extension), extension).reply()
            return bool(reply.present)

    def atom(self, name: str) -> int:
        """The server's number for a name. Each name is asked for only once."""
        if name not in self._atoms:
            with lost_on_error("asked for a name"):
                reply = self.connection.core.InternAtom(False, len(name), name).reply()
            self._atoms[name] = int(reply.atom)
        return self._atoms[name]

    def monitors(self) -> list[Monitor]:
        """All monitors, the primary one first; the whole desktop when RandR lists none."""
        with lost_on_error("asked for its monitors"):
            found = self._randr_monitors() if self.has("RANDR") else []
            return found or [Monitor(1, "desktop", self._root_region())]

    def desktop(self) -> Region:
        """The region of the whole desktop, which covers every monitor."""
        with lost_on_error("asked for its size"):
            return self._root_region()

    def _root_region(self) -> Region:
        geometry = self.connection.core.GetGeometry(self.root).reply()
        return Region(0, 0, geometry.width, geometry.height)

    def pixel_format(self, visual: int, depth: int) -> PixelFormat | None:
        """How a drawable of this visual and depth stores its pixels; None: it is not true colour.

        Raises:
            SourceLost: the server is gone.
        """
        setup = self.connection.get_setup()
        stored = next((f for f in setup.pixmap_formats if f.depth == depth), None)
        visuals = (v for d in self.screen.allowed_depths for v in d.visuals)
        found = next((v for v in visuals if v.visual_id == visual), None)
        if stored is None or found is None or found._class not in _HAS_MASKS:
            return None
        if stored.bits_per_pixel not in _READABLE_BITS:
            return None
        return PixelFormat(
            stored.bits_per_pixel,
            stored.scanline_pad,
            setup.image_byte_order == xcffib.xproto.ImageOrder.MSBFirst,
            found.red_mask,
            found.green_mask,
            found.blue_mask,
        )

    def subscribe(self, window: int | None = None) -> None:
        """Ask for reports of damage to a window (None: to the root window, which is the screen).

        Also ask for reports of changes of the desktop's layout, and with a window of the root
        window's other children, since its menus are among them. For the pointer, see `pointer.py`.

        Raises:
            SourceUnavailable: the server has no XDamage or XFixes; BackendMissing where mss may do.
        """
        self._watched = self.root if window is None else window
        missing = [name for name in ("XFIXES", "DAMAGE") if not self.has(name)]
        if missing:
            # mss treats every screen as BGRX.
            kind = BackendMissing if self.root_format.is_bgrx else SourceUnavailable
            raise kind(
                f"X display {self.name} has no {' and no '.join(missing)} extension, which reports "
                "changes"
            )
        with lost_on_error("asked for damage reports"):
            self._subscribe_damage()
            self._subscribe_layout()
            self.connection.flush()

    @property
    def fd(self) -> int:
        """A file descriptor that is readable when the server has sent something."""
        return int(self.connection.get_file_descriptor())

    def changes(self) -> Changes:
        """All reports that have arrived since the last call. Does not wait."""
        damaged = moved = cursor = layout = remapped = False
        siblings: tuple[set[int], set[int]] = (set(), set())  # mapped, moved
        with lost_on_error("sharing"):
            while (event := self.connection.poll_for_event()) is not None:
                if self._is_about_a_sibling(event):
                    siblings[isinstance(event, _MOVING_EVENTS)].add(event.window)
                    continue
                damaged |= isinstance(event, xcffib.damage.NotifyEvent)
                cursor |= isinstance(event, xcffib.xfixes.CursorNotifyEvent)
                moved |= event.response_type & 0x7F == _GENERIC_EVENT
                remapped |= isinstance(event, _MAPPING_EVENTS)
                layout |= isinstance(event, _LAYOUT_EVENTS | _MAPPING_EVENTS)
        return Changes(damaged, moved, cursor, layout, remapped, *map(frozenset, siblings))

    def _is_about_a_sibling(self, event: Any) -> bool:
        """Whether a report is about another child of the root window.

        The root window also reports itself, and the watched window a second time.
        """
        if not isinstance(event, _SIBLING_EVENTS) or event.event != self.root:
            return False
        return event.window not in (self.root, self._watched)

    def take_damage(self) -> list[Region]:
        """The regions damaged since the last call, in the coordinates of the subscribed window.

        More than 48 regions become one, their hull.
        """
        assert self._damage is not None, "subscribe first"
        with lost_on_error("asked what changed"):
            self.connection.damage.Subtract(self._damage, 0, self._region)
            reply = self.connection.xfixes.FetchRegion(self._region).reply()
        if len(reply.rectangles) > _MAX_HINTS:
            return [_region(reply.extents)]
        return [_region(rectangle) for rectangle in reply.rectangles]

    def watch_damage(self, drawable: int) -> int:
        """Ask for reports of damage to another drawable. Returns the number for `has_damage`.

        Raises:
            xcffib.Error: there is no such drawable.
        """
        damage: int = self.connection.generate_id()
        level = xcffib.damage.ReportLevel.NonEmpty
        self.connection.damage.CreateChecked(damage, drawable, level).check()
        return damage

    def has_damage(self, damage: int) -> bool:
        """Whether the drawable was damaged since the last call.

        Raises:
            SourceLost: the drawable or the server is gone.
        """
        with lost_on_error("asked what changed"):
            self.connection.damage.SubtractChecked(damage, 0, self._region).check()
            return bool(self.connection.xfixes.FetchRegion(self._region).reply().rectangles)

    def pointer_position(self, window: int | None = None) -> tuple[int, int]:
        """The pointer's position, in the coordinates of a window (None: the subscribed one)."""
        with lost_on_error("asked for the pointer"):
            reply = self.connection.core.QueryPointer(window or self._watched).reply()
        return int(reply.win_x), int(reply.win_y)

    def close(self) -> None:
        """Disconnect. The server frees what belonged to the connection."""
        with suppress(xcffib.XcffibException):  # the server may be gone already
            self.connection.disconnect()

    def _randr_monitors(self) -> list[Monitor]:
        randr = self.connection(xcffib.randr.key)
        version = randr.QueryVersion(1, 5).reply()
        if (version.major_version, version.minor_version) < (1, 5):
            return []
        root = self._root_region()
        infos = [i for i in randr.GetMonitors(self.root, 1).reply().monitors if _region(i)]
        infos.sort(key=lambda info: not info.primary)
        names = [self.connection.core.GetAtomName(info.name) for info in infos]
        return [
            Monitor(number, _name(name.reply()), _region(info).intersection(root))
            for number, (info, name) in enumerate(zip(infos, names, strict=True), start=1)
        ]

    def _kind(self) -> ServerKind:
        with lost_on_error("asked what it is"):
            listed = self.connection.core.ListExtensions().reply().names
            extensions = {name.name.to_string() for name in listed}
            outputs = self._outputs() if "RANDR" in extensions else []
        vendor = bytes(self.connection.get_setup().vendor.buf()).decode("latin-1")
        return server_kind(vendor, extensions, outputs)

    def _outputs(self) -> list[str]:
        randr = self.connection(xcffib.randr.key)
        version = randr.QueryVersion(1, 3).reply()
        if (version.major_version, version.minor_version) < (1, 3):
            return []
        listed = randr.GetScreenResourcesCurrent(self.root).reply().outputs
        asked = [randr.GetOutputInfo(output, 0) for output in listed]
        return [_name(each.reply()) for each in asked]

    def _known_root_format(self) -> PixelFormat:
        depth = self.screen.root_depth
        found = self.pixel_format(self.screen.root_visual, depth)
        if found is None:
            raise SourceUnavailable(
                f"X display {self.name} has a depth of {depth} bits with a palette, which cannot "
                f"be shared: {self._kind().value}"
            )
        return found

    def _refuse_wayland(self) -> None:
        """Refuse XWayland, whose root window is always black."""
        if self._kind() is ServerKind.XWAYLAND:
            raise SourceUnavailable(
                f"X display {self.name} is XWayland, which cannot see the desktop; set "
                "WAYLAND_DISPLAY, and leave --backend out"
            )

    def _refuse_unreadable(self) -> None:
        """Refuse a server that does not let this program read pixels (untrusted clients)."""
        try:
            with lost_on_error("asked for a pixel"):
                try:
                    self.connection.core.GetImage(
                        _Z_PIXMAP, self.root, 0, 0, 1, 1, _ALL_PLANES
                    ).reply()
                except xcffib.xproto.AccessError as error:
                    raise SourceUnavailable(
                        f"X display {self.name} does not let this program see the screen, because "
                        "its key is untrusted (`ssh -X` makes such keys): use `ssh -Y`, or run "
                        "samescreen on the machine that has the screen"
                    ) from error
        except SourceLost:
            self.close()
            raise

    def _subscribe_damage(self) -> None:
        connection = self.connection
        connection.damage = connection(xcffib.damage.key)
        connection.xfixes = connection(xcffib.xfixes.key)
        connection.damage.QueryVersion(1, 1).reply()
        connection.xfixes.QueryVersion(4, 0).reply()
        self._region = connection.generate_id()
        connection.xfixes.CreateRegion(self._region, 0, [])
        self._damage = self.watch_damage(self._watched)

    def _subscribe_layout(self) -> None:
        mask = xcffib.xproto.EventMask.StructureNotify
        if self._watched != self.root:
            mask |= xcffib.xproto.EventMask.SubstructureNotify
        self.connection.core.ChangeWindowAttributes(self.root, xcffib.xproto.CW.EventMask, [mask])
        if self.has("RANDR"):
            randr = self.connection(xcffib.randr.key)
            randr.SelectInput(self.root, xcffib.randr.NotifyMask.ScreenChange)


def _name(reply: Any) -> str:
    """The name in a reply about an atom or an output."""
    return one_line(from_string(bytes(reply.name.buf())))


def _region(rectangle: Any) -> Region:
    return Region(rectangle.x, rectangle.y, rectangle.width, rectangle.height)
