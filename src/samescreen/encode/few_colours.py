"""Encodes pictures that 16 colours can show, such as pages of text, as PNG files. Any thread.

Letters repeat, which a PNG file can use and a JPEG file cannot: a page of dense text takes a fifth
of the bytes of a JPEG file, and its edges stay sharp. A picture with many colours has no such file.
"""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from samescreen.media import Frame

from .png import ColourType, png_file

COLOURS: Final = 16
FAR: Final = 24
"""Levels of each channel (root mean square). A pixel further from its colour looks wrong."""
FAR_SHARE: Final = 0.01
"""The most pixels that may look wrong."""

_DEPTH: Final = 4
_LEVEL: Final = 4
"""Higher levels of zlib take longer than a link of 2 Mbit/s gains by them."""
_BAND_ROWS: Final = 64
"""So many rows at once: their pixels fit the processor's cache, and other threads need not wait
long for the interpreter."""
_SAMPLE: Final = 3
_STEPS: Final = 16
"""Levels of each channel that the choice of colours distinguishes."""
_ROUNDS: Final = 2

Floats = NDArray[np.float32]


def few_colours_png(frame: Frame, most_bytes: int) -> bytes | None:
    """A PNG file of the frame in `COLOURS` colours.

    None: too many pixels would look wrong, or the file would have more than `most_bytes`.
    """
    sample = _cells(frame.pixels[::_SAMPLE, ::_SAMPLE])
    found = _palette(np.bincount(sample.ravel(), minlength=_STEPS**3))
    if found is None:
        return None
    palette, nearest = found
    deflate, deflated = zlib.compressobj(_LEVEL), b""
    for top in range(0, frame.height, _BAND_ROWS):
        rows = _packed(nearest[_cells(frame.pixels[top : top + _BAND_ROWS])])
        deflated += deflate.compress(rows.tobytes())
        if len(deflated) > most_bytes:
            return None
    deflated += deflate.flush()
    colours = palette.round().astype(np.uint8).tobytes()
    made = png_file(frame.width, frame.height, _DEPTH, ColourType.PALETTE, deflated, colours)
    return made if len(made) <= most_bytes else None


def _cells(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """For each pixel (…, 4) of BGRX the upper four bits of its channels: 256 × red + 16 × green +
    blue."""
    words = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    cells = (words >> 4 & 0xF) | (words >> 8 & 0xF0) | (words >> 12 & 0xF00)
    return cells.astype(np.uint32, copy=False)


def _packed(indices: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two pixels a byte, each row after the number of its filter: none."""
    height, width = indices.shape
    rows = np.zeros((height, 1 + -(-width // 2)), np.uint8)
    np.left_shift(indices[:, ::2], _DEPTH, out=rows[:, 1:])
    rows[:, 1 : 1 + width // 2] |= indices[:, 1::2]
    return rows


def _palette(counts: NDArray[np.int64]) -> tuple[Floats, NDArray[np.uint8]] | None:
    """Colours (RGB) for pixels of which `counts` says how many are in each cell, and for each cell
    the nearest colour. None: too many pixels are far from every colour.

    K-means (Lloyd 1982). It begins with the most frequent colour, then with the one where the
    pixels have the largest squared distance to those before it.
    """
    cells = np.arange(_STEPS**3)
    middles = np.stack((cells >> 8, cells >> 4 & 0xF, cells & 0xF), axis=1).astype(np.float32) * 17
    used = np.flatnonzero(counts)
    places, weights = middles[used], counts[used].astype(np.float32)
    colours = places[[weights.argmax()]]
    while len(colours) < COLOURS:
        missing = weights * _distances(places, colours).min(axis=1)
        if not missing.any():
            break
        colours = np.concatenate((colours, places[[missing.argmax()]]))
    for _ in range(_ROUNDS):
        nearest = _distances(places, colours).argmin(axis=1)
        total = np.maximum(np.bincount(nearest, weights, len(colours)), 1e-9)
        sums = [np.bincount(nearest, weights * channel, len(colours)) for channel in places.T]
        means = (np.stack(sums, axis=1) / total[:, None]).astype(np.float32)
        colours = np.where(total[:, None] >= 1, means, colours)
    is_far = _distances(places, colours).min(axis=1) > 3 * FAR**2
    if weights[is_far].sum() > FAR_SHARE * weights.sum():
        return None
    return colours, _distances(middles, colours).argmin(axis=1).astype(np.uint8)


def _distances(places: Floats, colours: Floats) -> Floats:
    """The squared distance of each place to each colour."""
    distances: Floats = ((places[:, None] - colours[None]) ** 2).sum(axis=2)
    return distances
