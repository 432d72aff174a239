"""Gives an X server's screen another size, by RandR.

Xvnc takes every size, Xvfb every one up to that it started with. Both take modes without timings.
On the thread of the desktop (`desktop.py`).
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import xcffib
import xcffib.randr

from .size import Size
from .x_connection import XConnection

_MM_PER_INCH: Final = 25.4
_PREFIX: Final = "samescreen-"


class Resizer:
    """Changes the size of the screen of `x`, and keeps its density in dots per inch.

    Raises:
        xcffib.XcffibException: the server has no RandR.
    """

    def __init__(self, x: XConnection, dpi: int) -> None:
        self._x = x
        self._dpi = dpi
        self._randr: Any = x.connection(xcffib.randr.key)
        self._randr.QueryVersion(1, 3).reply()
        self._mode: int | None = None
        sizes = self._randr.GetScreenSizeRange(x.root).reply()
        self.most = Size(sizes.max_width, sizes.max_height)
        """What the server can do."""

    def resize(self, size: Size) -> None:
        """Give the screen this size, which must be within `most`.

        Raises:
            xcffib.Error: the server refuses it.
        """
        screen = self._randr.GetScreenResourcesCurrent(self._x.root).reply()
        crtc, output = screen.crtcs[0], screen.outputs[0]
        before, self._mode = self._mode, self._add_mode(output, size)
        was = Size(*self._x.size())
        # The lit output must fit into the screen at each step.
        around = size.within(was, Size(2**16, 2**16))
        self._x.core.GrabServer()
        try:
            self._set_screen(around, was)
            now, upright = screen.config_timestamp, xcffib.randr.Rotation.Rotate_0
            self._randr.SetCrtcConfig(crtc, 0, now, 0, 0, self._mode, upright, 1, [output]).reply()
            self._set_screen(size, around)
        finally:
            self._x.core.UngrabServer()
            self._x.connection.flush()
        if before is not None:
            with suppress(xcffib.Error):
                self._randr.DeleteOutputModeChecked(output, before).check()
                self._randr.DestroyModeChecked(before).check()

    def _set_screen(self, size: Size, was: Size) -> None:
        if size != was:
            millimetres = [
                max(1, round(pixels * _MM_PER_INCH / self._dpi))
                for pixels in (size.width, size.height)
            ]
            self._randr.SetScreenSizeChecked(
                self._x.root, size.width, size.height, *millimetres
            ).check()

    def _add_mode(self, output: int, size: Size) -> int:
        name = f"{_PREFIX}{size}"
        mode = xcffib.randr.ModeInfo.synthetic(
            0, size.width, size.height, 0, 0, 0, 0, 0, 0, 0, 0, len(name), 0
        )
        made = int(self._randr.CreateMode(self._x.root, mode, len(name), name).reply().mode)
        self._randr.AddOutputModeChecked(output, made).check()
        return made
