"""Copies a program's array of pixels, and converts the copy to BGRX.

`copy` runs on the thread that pushes, so it does as little as it can: it keeps the channels as they
are. `BgrxArrays` runs on the track's thread, once for each picture that the track takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from samescreen.media import Pixels

Picture = NDArray[np.uint8]
"""What may be pushed: height×width (gray), height×width×3 or height×width×4, uint8."""

Order = Literal["RGB", "BGR"]
"""The order of a colour picture's channels. A fourth channel comes last and is ignored."""

_OTHER: Final[dict[Order, Order]] = {"RGB": "BGR", "BGR": "RGB"}
_FORMATS: Final = {(3, "RGB"): "rgb24", (3, "BGR"): "bgr24", (4, "RGB"): "rgba"}
_OPAQUE: Final = np.uint32(0xFF000000 if np.little_endian else 0x000000FF)
_GRAY: Final = np.uint32(0x00010101 if np.little_endian else 0x01010100)


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy of a checked picture: contiguous, with its channels in this order."""

    pixels: Picture
    order: Order


def copy(picture: Picture, order: Order, out: Picture) -> Copied:
    """Copy a checked picture into `out`, a contiguous array of the same shape.

    Programs turn RGB into BGR by `array[:, :, ::-1]`. Such a view is copied as it lies in memory,
    in the other order: numpy needs ten times as long to copy rows of three bytes each.
    """
    if picture.ndim == 3 and picture.shape[2] == 3 and picture.strides[2] == -1:
        picture, order = picture[:, :, ::-1], _OTHER[order]
    if picture.ndim == 3 and picture.strides != out.strides:
        for channel in range(picture.shape[2]):  # for the same reason
            out[:, :, channel] = picture[:, :, channel]
    else:
        np.copyto(out, picture)
    return Copied(out, order)


class BgrxArrays:
    """Converts copied pictures to BGRX, whose X is 255. The reformatter keeps its tables."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def convert(self, copied: Copied) -> Pixels:
        """A new array of shape (height, width, 4), with contiguous rows."""
        pixels = copied.pixels
        if pixels.ndim == 2:
            return _bytes(np.bitwise_or(np.multiply(pixels, _GRAY, dtype=np.uint32), _OPAQUE))
        name = _FORMATS.get((pixels.shape[2], copied.order))
        if name is None:
            return _bytes(np.bitwise_or(_words(pixels), _OPAQUE))
        bgrx = self._reordered(pixels, name)
        if pixels.shape[2] == 4:
            words = _words(bgrx)
            np.bitwise_or(words, _OPAQUE, out=words)
        return bgrx

    def _reordered(self, pixels: Picture, name: str) -> Pixels:
        """By swscale, which only moves bytes here. It lets other threads run meanwhile."""
        height, width = pixels.shape[:2]
        picture = av.VideoFrame.from_numpy_buffer(pixels, name)
        plane = self._reformatter.reformat(
            picture, format="bgra", interpolation=Interpolation.POINT, threads=1
        ).planes[0]
        rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size // 4, 4)
        return rows[:height, :width]


def _words(pixels: Pixels) -> NDArray[np.uint32]:
    words: NDArray[np.uint32] = pixels.view(np.uint32)[:, :, 0]
    return words


def _bytes(words: NDArray[np.uint32]) -> Pixels:
    height, width = words.shape
    return words.view(np.uint8).reshape(height, width, 4)
