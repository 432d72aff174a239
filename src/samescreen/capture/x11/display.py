"""One connection to an X server: what it can do, its monitors, and what it reports.

Runs on the track's thread. Knows requests and events, not pixels.
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
import xcffib.xinput
import xcffib.xproto

from samescreen.errors import BackendMissing, SourceLost, SourceUnavailable
from samescreen.media import Region

_GENERIC_EVENT: Final = 35
_ALL_MASTER_DEVICES: Final = 1
_MAX_HINTS: Final = 48


@dataclass(frozen=True, slots=True)
class Monitor:
    """One RandR monitor; `number` counts from 1, the primary one first."""

    number: int
    name: str
    region: Region


@dataclass(frozen=True, slots=True)
class Changes:
    """What the server has reported since last asked.

    `layout_changed`: something has another size, place or name, or is gone. `remapped`: a window
    was shown, hidden or put into another one, after which it has other pixels.
    """

    damaged: bool = False
    pointer_moved: bool = False
    cursor_changed: bool = False
    layout_changed: bool = False
    remapped: bool = False

    def __or__(self, other: Changes) -> Changes:
        return Changes(
            self.damaged or other.damaged,
            self.pointer_moved or other.pointer_moved,
            self.cursor_changed or other.cursor_changed,
            self.layout_changed or other.layout_changed,
            self.remapped or other.remapped,
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
        SourceUnavailable: no display is named, or its pixels are of an unknown form.
        SourceLost: a display is named but does not answer (it may come back).
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or os.environ.get("DISPLAY", "")
        if not self.name:
            raise SourceUnavailable(
                "this machine has no X display (DISPLAY is not set); run it inside the desktop "
                "session, or `samescreen share testcard`"
            )
        try:
            self.connection: Any = xcffib.connect(display=self.name)
            screens = self.connection.get_setup().roots
            self.screen: Any = screens[self.connection.pref_screen]
        except (xcffib.XcffibException, OSError) as error:
            raise SourceLost(
                f"X display {self.name} does not answer; check DISPLAY and XAUTHORITY"
            ) from error
        self.root: int = self.screen.root
        self._watched = self.root
        self._refuse_unknown_pixels()
        self._refuse_wayland()
        self._region: int | None = None
        self._damage: int | None = None

    def has(self, extension: str) -> bool:
        """Whether the server offers `extension`, such as "MIT-SHM"."""
        with lost_on_error("asked for its extensions"):
            reply = self.connection.core.QueryExtension(len(extension), extension).reply()
            return bool(reply.present)

    def monitors(self) -> list[Monitor]:
        """All monitors, the primary first; the whole desktop when RandR tells of none."""
        with lost_on_error("asked for its monitors"):
            found = self._randr_monitors() if self.has("RANDR") else []
            return found or [Monitor(1, "desktop", self._root_region())]

    def desktop(self) -> Region:
        """All of it, over every monitor."""
        with lost_on_error("asked for its size"):
            return self._root_region()

    def _root_region(self) -> Region:
        geometry = self.connection.core.GetGeometry(self.root).reply()
        return Region(0, 0, geometry.width, geometry.height)

    def subscribe(self, window: int | None = None) -> None:
        """Ask to be told of damage to a window (None: to the root window, so to the screen), cursor
        shapes, pointer motion and changes of the desktop's layout.

        Raises:
            BackendMissing: the server has no XDamage or XFixes.
        """
        self._watched = self.root if window is None else window
        for extension in ("DAMAGE", "XFIXES"):
            if not self.has(extension):
                raise BackendMissing(f"X display {self.name} has no {extension} extension")
        with lost_on_error("asked for damage reports"):
            self._subscribe_damage()
            self._subscribe_layout()
            if self.has("XInputExtension"):
                self._subscribe_pointer()
            self.connection.flush()

    @property
    def fd(self) -> int:
        """Readable when the server has sent something."""
        return int(self.connection.get_file_descriptor())

    def changes(self) -> Changes:
        """All that arrived since last asked, without waiting."""
        damaged = moved = cursor = layout = remapped = False
        with lost_on_error("sharing"):
            while (event := self.connection.poll_for_event()) is not None:
                damaged |= isinstance(event, xcffib.damage.NotifyEvent)
                cursor |= isinstance(event, xcffib.xfixes.CursorNotifyEvent)
                moved |= event.response_type & 0x7F == _GENERIC_EVENT
                remapped |= isinstance(event, _MAPPING_EVENTS)
                layout |= isinstance(event, _LAYOUT_EVENTS | _MAPPING_EVENTS)
        return Changes(damaged, moved, cursor, layout, remapped)

    def take_damage(self) -> list[Region]:
        """The regions damaged since last taken, as the window subscribed to counts; taking resets
        them.
        """
        with lost_on_error("asked what changed"):
            self.connection.damage.Subtract(self._damage, 0, self._region)
            reply = self.connection.xfixes.FetchRegion(self._region).reply()
        if len(reply.rectangles) > _MAX_HINTS:
            return [_region(reply.extents)]
        return [_region(rectangle) for rectangle in reply.rectangles]

    def pointer_position(self) -> tuple[int, int]:
        """The pointer's place, as the window subscribed to counts."""
        with lost_on_error("asked for the pointer"):
            reply = self.connection.core.QueryPointer(self._watched).reply()
        return int(reply.win_x), int(reply.win_y)

    def close(self) -> None:
        """Hang up; the server frees what belonged to the connection."""
        with suppress(xcffib.XcffibException):  # it may be gone already
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
            Monitor(number, name.reply().name.to_string(), _region(info).intersection(root))
            for number, (info, name) in enumerate(zip(infos, names, strict=True), start=1)
        ]

    def _refuse_unknown_pixels(self) -> None:
        depth = self.screen.root_depth
        formats = {f.depth: f.bits_per_pixel for f in self.connection.setup.pixmap_formats}
        if depth not in (24, 32) or formats.get(depth) != 32:
            self.close()
            raise SourceUnavailable(
                f"X display {self.name} has a depth of {depth} bits; only 24 and 32 can be "
                "shared: start it with `-screen 0 1280x720x24`"
            )

    def _refuse_wayland(self) -> None:
        """XWayland's root window is black: better no picture than a black one."""
        if self.has("XWAYLAND"):
            self.close()
            raise SourceUnavailable(
                f"X display {self.name} is XWayland, which cannot see the desktop; log in to an "
                "Xorg session to share it"
            )

    def _subscribe_damage(self) -> None:
        connection = self.connection
        connection.damage = connection(xcffib.damage.key)
        connection.xfixes = connection(xcffib.xfixes.key)
        connection.damage.QueryVersion(1, 1).reply()
        connection.xfixes.QueryVersion(4, 0).reply()
        self._region = connection.generate_id()
        connection.xfixes.CreateRegion(self._region, 0, [])
        self._damage = connection.generate_id()
        level = xcffib.damage.ReportLevel.NonEmpty
        connection.damage.CreateChecked(self._damage, self._watched, level).check()
        mask = xcffib.xfixes.CursorNotifyMask.DisplayCursor
        connection.xfixes.SelectCursorInput(self.root, mask)

    def _subscribe_layout(self) -> None:
        mask = xcffib.xproto.EventMask.StructureNotify
        self.connection.core.ChangeWindowAttributes(
            self.root, xcffib.xproto.CW.EventMask, [mask]
        )
        if self.has("RANDR"):
            randr = self.connection(xcffib.randr.key)
            randr.SelectInput(self.root, xcffib.randr.NotifyMask.ScreenChange)

    def _subscribe_pointer(self) -> None:
        """Raw motion: the only report of a pointer moving over other people's windows."""
        xinput = self.connection(xcffib.xinput.key)
        xinput.XIQueryVersion(2, 2).reply()
        mask = xcffib.xinput.EventMask.synthetic(
            _ALL_MASTER_DEVICES, 1, [xcffib.xinput.XIEventMask.RawMotion]
        )
        xinput.XISelectEvents(self.root, 1, [mask])


def _region(rectangle: Any) -> Region:
    return Region(rectangle.x, rectangle.y, rectangle.width, rectangle.height)
