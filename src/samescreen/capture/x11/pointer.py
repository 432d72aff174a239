"""Fetches the mouse cursor and draws it into the picture, because X does not include it.

Runs on the track's thread. `PointerWatch` is pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from samescreen.media import Pixels, Region

from .display import Display, lost_on_error

_WARPED_US: Final = 1_000_000
_LIVELY_US: Final = 30_000_000
_QUICK_US: Final = 30_000
_LIVELY_PAUSE_US: Final = 250_000
_STILL_PAUSE_US: Final = 500_000


@dataclass(slots=True)
class PointerWatch:
    """When to ask for the pointer's position: X does not report moves by programs (XWarpPointer).

    Times are the monotonic clock's, in µs. The source asks four times a second; twice a second
    when nothing has happened for 30 s; and 33 times a second for one second after the pointer was
    found elsewhere, because a program that moves it often does so again. Asking costs about 0.3 ms
    of CPU, most of it for waking up.
    """

    position: tuple[int, int] = (0, 0)
    due_us: int = 0
    _warped_us: int = -_WARPED_US
    _lively_us: int = 0

    def found(self, position: tuple[int, int], now_us: int) -> bool:
        """Note a position that was asked for. True when the pointer has moved."""
        if position == self.position:
            self.due_us = now_us + self._pause_us(now_us)
            return False
        self._warped_us = now_us
        self.noted(position, now_us)
        return True

    def noted(self, position: tuple[int, int], now_us: int) -> None:
        """Note the position at which a picture shows it."""
        self.position, self._lively_us = position, now_us
        self.due_us = now_us + self._pause_us(now_us)

    def _pause_us(self, now_us: int) -> int:
        if now_us - self._warped_us < _WARPED_US:
            return _QUICK_US
        return _LIVELY_PAUSE_US if now_us - self._lively_us < _LIVELY_US else _STILL_PAUSE_US


@dataclass(frozen=True, slots=True)
class CursorImage:
    """A cursor's image: premultiplied BGRA, shape (height, width, 4), and its hot spot."""

    bgra: NDArray[np.uint8]
    hot_x: int
    hot_y: int

    def region_at(self, x: int, y: int) -> Region:
        """The region that it covers with its hot spot at (x, y)."""
        height, width = self.bgra.shape[:2]
        return Region(x - self.hot_x, y - self.hot_y, width, height)


def fetch_cursor(display: Display) -> CursorImage:
    """The cursor that the server shows now."""
    with lost_on_error("asked for its cursor"):
        reply: Any = display.connection.xfixes.GetCursorImage().reply()
    words = np.array(reply.cursor_image.list, dtype="<u4")
    bgra = words.view(np.uint8).reshape(reply.height, reply.width, 4)
    return CursorImage(bgra, reply.xhot, reply.yhot)


def draw_cursor(pixels: Pixels, image: CursorImage, x: int, y: int) -> Region:
    """Blend the cursor over a picture, its hot spot at (x, y). Returns the region it covers."""
    covered = image.region_at(x, y)
    height, width = pixels.shape[:2]
    visible = covered.intersection(Region(0, 0, width, height))
    if not visible:
        return Region(0, 0, 0, 0)
    left, top = visible.x - covered.x, visible.y - covered.y
    sprite = image.bgra[top : top + visible.height, left : left + visible.width]
    under = pixels[visible.y : visible.bottom, visible.x : visible.right, :3]
    through = 255 - sprite[:, :, 3:].astype(np.uint16)
    under[:] = np.minimum(sprite[:, :, :3] + (under * through + 127) // 255, 255)
    return visible
