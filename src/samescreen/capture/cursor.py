"""The mouse cursor as a value: its image, where it is, and how it is drawn into a picture. Pure.

A source either draws the cursor into its pictures or reports it apart from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samescreen.media import Pixels, Region


@dataclass(frozen=True, slots=True, eq=False)
class CursorImage:
    """A cursor's image: premultiplied BGRA, shape (height, width, 4), and its hot spot."""

    bgra: NDArray[np.uint8]
    hot_x: int
    hot_y: int

    def region_at(self, x: int, y: int) -> Region:
        """The region that it covers with its hot spot at (x, y)."""
        height, width = self.bgra.shape[:2]
        return Region(x - self.hot_x, y - self.hot_y, width, height)


@dataclass(frozen=True, slots=True)
class CursorSeen:
    """The cursor at one moment: its hot spot is at pixel (x, y) of the picture.

    `image` is None while the pointer is not over the picture.
    """

    image: CursorImage | None = None
    x: int = 0
    y: int = 0

    @property
    def region(self) -> Region:
        """The region of the picture that it covers, perhaps partly outside."""
        return self.image.region_at(self.x, self.y) if self.image else Region(0, 0, 0, 0)


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
