"""A monitor of an X server, or a region of its desktop, as a source of pictures.

Runs on the track's thread. Both read the root window, which is what the screen shows.
"""

from __future__ import annotations

from samescreen.capture.region import part_on_desktop
from samescreen.errors import SourceUnavailable
from samescreen.media import FITS_PROPERTY, Region

from .display import Display, Monitor
from .properties import numbers
from .source import View, X11Source


class X11Screen(X11Source):
    """Monitor `number` of an X display; None: the primary one."""

    shows_desktop = True
    shows_session = True

    def __init__(self, number: int | None = None, display: str | None = None) -> None:
        super().__init__(display)
        self._number = number

    def _subscribe(self, display: Display) -> None:
        display.subscribe()

    def _look(self, display: Display, *, remapped: bool) -> View:
        monitor = self._find(display.monitors())
        region = monitor.region
        self.label = f"screen {monitor.number} {region.width}×{region.height}"
        return View(display.root, region, region.x, region.y, display.root_format)

    def _fits(self, display: Display) -> bool:
        return bool(numbers(display, display.root, FITS_PROPERTY))

    def _find(self, monitors: list[Monitor]) -> Monitor:
        number = self._number or 1
        for monitor in monitors:
            if monitor.number == number:
                return monitor
        raise SourceUnavailable(
            f"there is no screen {number}: this display has {len(monitors)}; "
            "`samescreen sources` lists them"
        )


class X11Region(X11Source):
    """The part of `region` that lies on the desktop, whose size may change."""

    shows_desktop = True
    shows_session = True

    def __init__(self, region: Region, display: str | None = None) -> None:
        super().__init__(display)
        self._region = region

    def _subscribe(self, display: Display) -> None:
        display.subscribe()

    def _look(self, display: Display, *, remapped: bool) -> View:
        shown = part_on_desktop(self._region, display.desktop())
        self.label = f"region {shown.x},{shown.y} {shown.width}×{shown.height}"
        return View(display.root, shown, shown.x, shown.y, display.root_format)
