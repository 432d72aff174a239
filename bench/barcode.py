"""The frame number as black and white cells that survive H.264 4:2:0 and JPEG.

36 cells in one row: two guards (white, black), 16 bits of frame number, 16 bits of CRC, two guards
(black, white). A reading counts only when every cell is clearly black or white and the CRC fits,
so a half-presented picture is never taken for a frame. Pure: arrays in, arrays out.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""BGRX, shape (height, width, 4)."""

CELL_PX = 16
HEIGHT_PX = 32
ID_BITS = 16
CRC_BITS = 16
CELLS = 2 + ID_BITS + CRC_BITS + 2
WIDTH_PX = CELLS * CELL_PX
DARK_BELOW = 85
LIGHT_ABOVE = 170


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in pixels, origin at the top left."""

    x: int
    y: int
    width: int
    height: int


def place(width: int, height: int) -> Rect:
    """Where the barcode goes on a screen: centred, in the upper third, away from the corners."""
    return Rect((width - WIDTH_PX) // 2, height // 6 & ~1, WIDTH_PX, HEIGHT_PX)


def cells(frame_id: int) -> NDArray[np.bool_]:
    """The cells of a frame number modulo 2 to the ID_BITS, True is white."""
    frame_id &= (1 << ID_BITS) - 1
    word = frame_id << CRC_BITS | _crc(frame_id)
    bits = [word >> shift & 1 for shift in range(ID_BITS + CRC_BITS - 1, -1, -1)]
    return np.array([1, 0, *bits, 0, 1], dtype=np.bool_)


def paint(target: Pixels, frame_id: int) -> None:
    """Draw the barcode over `target`, a view of exactly HEIGHT_PX x WIDTH_PX."""
    row = np.repeat(cells(frame_id), CELL_PX).astype(np.uint8) * 255
    target[:] = row[None, :, None]


def read(pixels: Pixels) -> int | None:
    """The frame number these pixels show, or None when they show none, or not all of one."""
    quarter = CELL_PX // 4
    grid = pixels[:, :, :3].reshape(HEIGHT_PX, CELLS, CELL_PX, 3)
    middle = grid[4:-4, :, quarter:-quarter].astype(np.uint16)
    # The top and the bottom are judged apart: a torn picture must not average into a valid one.
    top, bottom = middle[:8].mean(axis=(0, 2, 3)), middle[-8:].mean(axis=(0, 2, 3))
    light = top > LIGHT_ABOVE
    if not np.array_equal(light, bottom > LIGHT_ABOVE):
        return None
    if not np.all(light | ((top < DARK_BELOW) & (bottom < DARK_BELOW))):
        return None
    return _frame_id(light)


def _frame_id(light: NDArray[np.bool_]) -> int | None:
    guards = light[[0, 1, -2, -1]]
    if not np.array_equal(guards, [True, False, False, True]):
        return None
    word = int.from_bytes(np.packbits(light[2:-2]).tobytes(), "big")
    frame_id, crc = word >> CRC_BITS, word & (1 << CRC_BITS) - 1
    return frame_id if crc == _crc(frame_id) else None


def _crc(frame_id: int) -> int:
    """CRC-16/CCITT: a wrong number must not pass, it would hide the right ones behind it."""
    return binascii.crc_hqx(frame_id.to_bytes(ID_BITS // 8, "big"), 0xFFFF)
