"""Encodes a cursor's image as a PNG file (ISO/IEC 15948), which pages can show. Pure.

An image of a cursor has a few hundred pixels, so one deflated block without filters is enough.
"""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .png import ColourType, png_file

_DEPTH: Final = 8


def cursor_png(bgra: NDArray[np.uint8]) -> bytes:
    """A PNG file of an image of shape (height, width, 4): BGRA, premultiplied by alpha."""
    height, width = bgra.shape[:2]
    alpha = bgra[:, :, 3:].astype(np.uint16)
    colours = bgra[:, :, 2::-1].astype(np.uint16)
    straight = np.minimum((colours * 255 + alpha // 2) // np.maximum(alpha, 1), 255)
    rows = np.zeros((height, 1 + 4 * width), dtype=np.uint8)  # each begins with its filter: none
    rows[:, 1:] = np.concatenate((straight, alpha), axis=2).astype(np.uint8).reshape(height, -1)
    return png_file(width, height, _DEPTH, ColourType.RGBA, zlib.compress(rows.tobytes()))
