"""The backends of each operating system, which capture screens, regions and windows. Any thread.

A backend's module is imported when it is first used, because it needs its own system's libraries; a
missing library is an ImportError. Opens no source.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from samescreen.errors import CaptureError, NoScreen, SourceUnavailable, UsageError
from samescreen.media import Region

from .base import Source
from .desktop_ink import Drawer, Growth
from .session import Way, way_of_this_session

if TYPE_CHECKING:
    from .x11.display import Display


_OF_WAYLAND: Final = (Way.WAYLAND, Way.PORTAL)


@dataclass(frozen=True, slots=True)
class Listed:
    """Something that can be shared: its spec for the command line, and what it is."""

    spec: str
    description: str


_NEW_SCREEN: Final = Listed("screen:new", "a new screen beside the others")


@dataclass(frozen=True, slots=True)
class Backend:
    """One way to capture. `name` is what `--backend` takes; None stands for what it cannot do.

    Each function returns a source whose `open` is the probe. It raises ImportError when a library
    is missing.
    """

    name: str
    screen: Callable[[int | None], Source] | None = None
    region: Callable[[Region], Source] | None = None
    window: Callable[[str], Source] | None = None
    list_screens: Callable[[], Sequence[Listed]] | None = None
    list_windows: Callable[[], Sequence[Listed]] | None = None
    named_screen: Callable[[str], Source] | None = None
    new_screen: Callable[[tuple[int, int]], Source] | None = None

    @property
    def abilities(self) -> str:
        """What it can capture, in words: "screens, regions"."""
        able = {"screens": self.screen, "regions": self.region, "single windows": self.window}
        return ", ".join(what for what, make in able.items() if make is not None)


def backends(name: str = "") -> tuple[Backend, ...]:
    """What this system can capture with, best first; mss comes last, on every system.

    With a `name`: only the backend of that name.

    Raises:
        UsageError: this system has no backend of that name; the message lists those it has.
    """
    of_this_system = (*_BACKENDS.get(sys.platform, ()), _MSS)
    if not name:
        return of_this_system
    for each in of_this_system:
        if each.name == name:
            return (each,)
    names = ", ".join(each.name for each in of_this_system)
    raise UsageError(f"--backend takes {names} on this system, not {name!r}")


def of_this_session(found: Sequence[Backend]) -> tuple[Backend, ...]:
    """Those of several backends that capture this session's screen; a single one is left alone."""
    others = tuple(each for each in found if each.name not in _OF_WAYLAND)
    if len(found) < 2 or len(others) == len(found):
        return tuple(found)
    way = way_of_this_session()
    return others if way is Way.X11 else tuple(each for each in found if each.name == way)


def polled_screen(number: int | None, region: Region | None = None) -> Source:
    """A screen or region captured by mss, which works nearly everywhere."""
    from .polled import PolledScreen

    return PolledScreen(number, region)


def list_polled_screens() -> list[Listed]:
    """The screens, numbered as mss numbers them."""
    from .polled import list_monitors

    return [Listed(f"screen:{n}", text) for n, text in enumerate(list_monitors(), start=1)]


# Linux


def _wayland_screen(wanted: int | str | None) -> Source:
    from .wayland.screen import WaylandScreen

    return WaylandScreen(wanted)


def _wayland_region(region: Region) -> Source:
    from .wayland.screen import WaylandRegion

    return WaylandRegion(region)


def _list_wayland_screens() -> list[Listed]:
    from .wayland.screen import list_outputs

    try:
        outputs, makes_new = list_outputs()
    except CaptureError:
        return []
    found = [Listed(f"screen:{o.number}", f"{o.width}×{o.height} {o.name}") for o in outputs]
    return [*found, *([_NEW_SCREEN] if makes_new else [])]


def _wayland_new_screen(size: tuple[int, int]) -> Source:
    from .wayland.new_screen import WaylandNewScreen

    return WaylandNewScreen(size)


def _portal_screen(number: int | None) -> Source:
    if number not in (None, 1):
        raise SourceUnavailable("this desktop asks which screen to share: share `screen`")
    from .portal.screen import PortalScreen

    return PortalScreen()


def _portal_new_screen(size: tuple[int, int]) -> Source:
    from .portal.screen import PortalScreen

    return PortalScreen(made=size)


def _list_portal_screens() -> list[Listed]:
    """Asks what the portal can do, and opens no dialog."""
    from samescreen.portal.session import Source as Choice

    from .session_report import ASKS, portal_ability

    try:
        able = portal_ability()
    except CaptureError:
        return []
    found = [Listed("screen", ASKS)]
    if able.sources & Choice.VIRTUAL:
        found.append(_NEW_SCREEN)
    return found


def _x11_screen(number: int | None) -> Source:
    with _libxcb():
        from .x11.screen import X11Screen
    return X11Screen(number)


def _x11_region(region: Region) -> Source:
    with _libxcb():
        from .x11.screen import X11Region
    return X11Region(region)


def _x11_window(spec: str) -> Source:
    with _libxcb():
        from .x11.window import X11Window
    return X11Window(spec)


@contextmanager
def _libxcb() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # cffi could not load it
        raise ImportError("libxcb (Debian: apt install libxcb1)") from error


def _list_x11_screens() -> list[Listed]:
    with _asking_x11() as display:
        return [
            Listed(f"screen:{m.number}", f"{m.region.width}×{m.region.height} {m.name}")
            for m in (display.monitors() if display else ())
        ]


def _list_x11_windows() -> list[Listed]:
    with _asking_x11() as display:
        if display is None:
            return []
        from .x11.toplevels import list_toplevels

        return [Listed(window.spec, window.description) for window in list_toplevels(display)]


@contextmanager
def _asking_x11() -> Iterator[Display | None]:
    """A connection to the X server; None when there is no server."""
    from .x11.display import Display

    try:
        display = Display()
    except CaptureError:
        yield None
        return
    try:
        yield display
    finally:
        display.close()


class DesktopSign(Protocol):
    """A sign on this machine's desktop that it is shared. Any thread."""

    def show(self, count: int) -> None:
        """Show that so many people watch; 0: show nothing."""

    def close(self) -> None:
        """Take the sign away."""


class DesktopMarks(Protocol):
    """Marks of viewers on this machine's desktop. Any thread; nothing here waits."""

    @property
    def is_running(self) -> bool:
        """Whether marks are shown, or will be once the desktop is there again."""

    def add(self, growth: Growth) -> None:
        """A stroke grows."""

    def replace(
        self, stream: str, people: Mapping[int, Drawer], kept: Set[tuple[int, int]]
    ) -> None:
        """Only these people draw over that picture, and only these strokes of the pen stay."""

    def close(self) -> None:
        """Take the marks away."""


def open_marks() -> DesktopMarks:
    """Marks on this desktop, which are in the pictures of sources that show it.

    Raises:
        CaptureError: this desktop can have none.
    """
    if sys.platform != "linux":
        raise SourceUnavailable("--show-marks works on X11 desktops only; leave it out")
    try:
        with _libxcb():
            from .x11.marks import Marks
        return Marks()
    except (ImportError, NoScreen) as error:
        raise SourceUnavailable(
            f"--show-marks needs an X11 desktop; leave it out: {error}"
        ) from error


def open_sign() -> DesktopSign:
    """A sign that sources hide from their pictures, if their rules say so (`Hidden.sign`).

    Raises:
        CaptureError: this desktop can have none.
    """
    if sys.platform != "linux":
        raise SourceUnavailable("--sign works on X11 desktops only; leave it out")
    try:
        with _libxcb():
            from .x11.sign import Sign
        return Sign()
    except (ImportError, NoScreen) as error:
        raise SourceUnavailable(f"--sign needs an X11 desktop; leave it out: {error}") from error


# Windows


def _windows_screen(number: int | None) -> Source:
    from .windows.screen import DuplicatedScreen

    return DuplicatedScreen(number)


def _windows_window(spec: str) -> Source:
    from .windows.window import CapturedWindow

    return CapturedWindow(spec)


def _list_windows_screens() -> list[Listed]:
    """The screens, numbered as the source numbers them; as mss does where it cannot be used."""
    from .windows.outputs import load_dxcam, outputs

    try:
        found = outputs(load_dxcam())
    except CaptureError:
        return list_polled_screens()
    return [Listed(f"screen:{at}", f"{o.width}×{o.height}") for at, o in enumerate(found, start=1)]


def _list_windows_windows() -> list[Listed]:
    from .windows.windows import windows

    return [Listed(f"window:{each.handle}", each.title) for each in windows()]


# macOS


def _mac_screen(number: int | None) -> Source:
    from .macos.screen import KitScreen

    return KitScreen(number)


def _list_mac_screens() -> list[Listed]:
    """The screens, numbered as the source numbers them; as mss does where it cannot be used."""
    from .macos.frameworks import displays, load_frameworks, size_px

    try:
        frameworks = load_frameworks()
        sizes = [size_px(frameworks, each) for each in displays(frameworks)]
    except CaptureError:
        return list_polled_screens()
    return [Listed(f"screen:{n}", f"{w}×{h}") for n, (w, h) in enumerate(sizes, start=1)]


_BACKENDS: Final = {
    "linux": (
        Backend(
            Way.WAYLAND.value,
            screen=_wayland_screen,
            region=_wayland_region,
            list_screens=_list_wayland_screens,
            named_screen=_wayland_screen,
            new_screen=_wayland_new_screen,
        ),
        Backend(
            Way.PORTAL.value,
            screen=_portal_screen,
            list_screens=_list_portal_screens,
            new_screen=_portal_new_screen,
        ),
        Backend(
            Way.X11.value,
            _x11_screen,
            _x11_region,
            _x11_window,
            _list_x11_screens,
            _list_x11_windows,
        ),
    ),
    "win32": (
        Backend("dxcam", screen=_windows_screen, list_screens=_list_windows_screens),
        Backend("windows-capture", window=_windows_window, list_windows=_list_windows_windows),
    ),
    "darwin": (Backend("screencapturekit", screen=_mac_screen, list_screens=_list_mac_screens),),
}
_MSS: Final = Backend(
    "mss",
    screen=polled_screen,
    region=lambda region: polled_screen(None, region),
    list_screens=list_polled_screens,
)
