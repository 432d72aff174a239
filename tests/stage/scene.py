"""What the painted window shows and how to read it back from a picture. Pure.

Eight flat patches along the top prove colours. A barcode near the bottom carries a counter and
proves that pictures arrive, in order and whole: its checksum refuses a picture torn between two
counts. Places are shares of the size, so a picture scaled on its way is read by its own size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from samescreen.media import Pixels, Region

Colour = tuple[int, int, int]
"""sRGB, 0 to 255 each."""

BACKGROUND: Final[Colour] = (64, 68, 72)
BLACK: Final[Colour] = (0, 0, 0)
WHITE: Final[Colour] = (255, 255, 255)
PATCH_COLOURS: Final[tuple[Colour, ...]] = (
    WHITE,
    BLACK,
    (220, 40, 40),
    (40, 180, 60),
    (40, 70, 220),
    (128, 128, 128),
    (240, 150, 30),
    (20, 150, 160),
)
COUNT_BITS: Final = 16
COUNTS: Final = 1 << COUNT_BITS
_CHECK_BITS: Final = 5
_GUARD: Final = (True, False)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are on a picture of this size."""

    width: int
    height: int

    def patch(self, index: int) -> Region:
        return self._share(0.04 + 0.117 * index, 0.08, 0.1, 0.16)

    def cells(self) -> list[Region]:
        """The barcode's cells, left to right: guard, counter, checksum."""
        number = len(_GUARD) + COUNT_BITS + _CHECK_BITS
        return [self._share(0.04 + 0.04 * index, 0.7, 0.04, 0.14) for index in range(number)]

    def _share(self, x: float, y: float, width: float, height: float) -> Region:
        left, top = round(x * self.width), round(y * self.height)
        right, bottom = round((x + width) * self.width), round((y + height) * self.height)
        return Region(left, top, right - left, bottom - top)


def barcode(count: int) -> list[bool]:
    """One truth a cell, True is white."""
    bits = [bool(count >> shift & 1) for shift in reversed(range(COUNT_BITS))]
    check = [bool(_checksum(count) >> shift & 1) for shift in reversed(range(_CHECK_BITS))]
    return [*_GUARD, *bits, *check]


def read_count(picture: Pixels) -> int | None:
    """The counter on a picture (RGB or RGBA); None when no barcode is there, whole and clear."""
    layout = Layout(picture.shape[1], picture.shape[0])
    levels = [float(_core(picture, cell).mean()) for cell in layout.cells()]
    if any(80 < level < 175 for level in levels):
        return None
    cells = [level > 127 for level in levels]
    bits = cells[len(_GUARD) : -_CHECK_BITS]
    count = sum(bit << shift for shift, bit in enumerate(reversed(bits)))
    return count if cells == barcode(count) else None


def read_patches(picture: Pixels) -> list[Colour]:
    """The patches' colours on a picture (RGB or RGBA): the median of each patch's middle."""
    layout = Layout(picture.shape[1], picture.shape[0])
    colours = []
    for index in range(len(PATCH_COLOURS)):
        middle = _core(picture, layout.patch(index)).reshape(-1, 3)
        red, green, blue = (int(level) for level in np.median(middle, axis=0))
        colours.append((red, green, blue))
    return colours


def furthest(colours: Sequence[Colour], expected: Sequence[Colour] = PATCH_COLOURS) -> int:
    """The largest difference in any channel of any patch."""
    return int(np.abs(np.subtract(colours, expected)).max())


def _checksum(count: int) -> int:
    """CRC-5 of a counter: sees every single wrong cell and every cut between two neighbours."""
    remainder = 0b11111
    for shift in reversed(range(COUNT_BITS)):
        overflows = bool(remainder & 16) ^ bool(count >> shift & 1)
        remainder = (remainder << 1 & 31) ^ (0b00101 if overflows else 0)
    return remainder


def _core(picture: Pixels, region: Region) -> Pixels:
    """The middle half of a region: edges are blurred by scaling and subsampled colour."""
    dx, dy = region.width // 4, region.height // 4
    return picture[region.y + dy : region.bottom - dy, region.x + dx : region.right - dx, :3]
