"""Screens and regions through mss, which polls: the fallback on every platform.

Runs on the track's thread (mss objects belong to the thread that made them). mss has no damage
reports and no cursor shapes, so each grab reads the whole monitor or region and compares it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, Final

import mss
import numpy as np
from mss.exception import ScreenShotError

from samescreen.clock import clock_us
from samescreen.errors import NoScreen, SourceLost, SourceUnavailable
from samescreen.media import Damage, Frame, OnDesktop, Pixels, Region

from .base import Source
from .damage import changed_regions
from .hiding import Hidden
from .region import part_on_desktop

_RETRY_US: Final = 4_000


class PolledScreen(Source):
    """Monitor `number` (1 is the first), or the part of `region` that lies on the desktop."""

    takes_input = sys.platform == "win32"  # elsewhere its pixels are not those of the pointer

    def __init__(self, number: int | None = None, region: Region | None = None) -> None:
        super().__init__()
        self._number = number or 1
        self._region = region
        self._capture: Any = None
        self._area: dict[str, int] = {}
        self._previous: Pixels | None = None

    def hide(self, hidden: Hidden) -> Hidden:
        if hidden.sign:
            raise SourceUnavailable(
                "--sign needs the backend x11: mss would show the sign in the picture"
            )
        return hidden

    def open(self) -> None:
        try:
            self._capture = _new_capture()
            monitors = self._capture.monitors
        except (ScreenShotError, OSError) as error:
            reason = _first_line(error)
            if _has_x_alone() and not os.environ.get("DISPLAY"):
                raise NoScreen(
                    "this machine's screen cannot be read: DISPLAY is not set"
                ) from error
            raise SourceUnavailable(f"this machine's screen cannot be read: {reason}") from error
        if self._region is not None:
            self._frame_region(self._region, _area_region(monitors[0]))
        else:
            self._frame_monitor(monitors)
        self.corner = self._area["left"], self._area["top"]
        self.place = OnDesktop("", 0, _area_region(self._area)) if self.takes_input else None
        self.backend = "mss (polled)"
        self.notes = ("no damage reports here: the whole screen is read for every picture",)
        self._previous = None

    def _frame_monitor(self, monitors: list[dict[str, int]]) -> None:
        if not 1 <= self._number < len(monitors):
            count = len(monitors) - 1
            raise SourceUnavailable(
                f"there is no screen {self._number}: this machine has {count}; "
                "`samescreen sources` lists them"
            )
        self._area = monitors[self._number]
        self.label = f"screen {self._number} {self._area['width']}×{self._area['height']}"

    def _frame_region(self, region: Region, desktop: Region) -> None:
        part = part_on_desktop(region, desktop)
        self._area = {
            "left": part.x, "top": part.y, "width": part.width, "height": part.height
        }  # fmt: skip
        self.label = f"region {part.x},{part.y} {part.width}×{part.height}"

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        assert self._capture is not None, "open first"
        while True:
            frame = self._grab_once()
            if frame is not None:
                return frame
            remaining_us = deadline_us - clock_us()
            if remaining_us <= 0 or self._waker.wait(min(_RETRY_US, remaining_us)):
                return None

    def _grab_once(self) -> Frame | None:
        assert self._capture is not None
        try:
            shot = self._capture.grab(self._area)
        except (ScreenShotError, OSError, AssertionError) as error:  # mss asserts its connection
            raise SourceLost(f"the screen went away: {_first_line(error)}") from error
        now_us = clock_us()
        pixels = np.frombuffer(shot.raw, dtype=np.uint8).reshape(shot.height, shot.width, 4)
        bounds = Region(0, 0, shot.width, shot.height)
        previous, self._previous = self._previous, pixels
        if previous is None or previous.shape != pixels.shape:
            return Frame(pixels, now_us, Damage.of(bounds))
        damage = changed_regions(previous, pixels, (bounds,))
        return Frame(pixels, now_us, damage) if damage else None

    def close(self) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            with suppress(ScreenShotError, OSError, AssertionError):  # its server may be gone
                capture.close()
        self._previous = self.place = None


def _new_capture() -> Any:
    """An mss object. mss renamed its class in 10.2 and warns about the old name."""
    make = getattr(mss, "MSS", None) or mss.mss
    return make()


def _has_x_alone() -> bool:
    """Whether X11 is this system's only way to a screen."""
    return sys.platform not in ("win32", "darwin")


def _area_region(area: dict[str, int]) -> Region:
    return Region(area["left"], area["top"], area["width"], area["height"])


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def list_monitors() -> list[str]:
    """A description of each monitor, in the order of their numbers; empty when there is none."""
    try:
        with _new_capture() as capture:
            return [f"{m['width']}×{m['height']}" for m in capture.monitors[1:]]
    except (ScreenShotError, OSError):
        return []
