"""Converts decoded pictures to BGRX, with the colours, shape and orientation of their file.

Runs on the track's thread. Each source has one converter, whose reformatter keeps its tables.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from samescreen.media import Pixels

from .jpeg import MOST_PX
from .upright import orientation_of, turned

SQUARE: Final = Fraction(1)
"""The sample aspect ratio of most pictures: a pixel is as wide as it is high."""

_WIDEST: Final = Fraction(10)
"""A sample aspect ratio above this, or below its inverse, is an error: real ones are below 3."""

_HD_ROWS: Final = 720
_KNOWN_MATRICES: Final = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
"""From the numbers of ITU-T H.273 to swscale's."""


class BgrxConverter:
    """Turns decoded pictures of any pixel format into BGRX arrays.

    `default_matrix`: for pictures that do not state theirs; None: by size, as players choose it.
    """

    def __init__(self, default_matrix: Colorspace | None = None) -> None:
        self._reformatter = VideoReformatter()
        self._default_matrix = default_matrix

    def convert(self, picture: av.VideoFrame) -> Pixels:
        """A new array of shape (height, width, 4), in the size at which the picture is shown.

        `picture.opaque` may hold its sample aspect ratio, a Fraction; otherwise pixels are square.
        Transparent parts are blended with white.
        """
        aspect = picture.opaque if isinstance(picture.opaque, Fraction) else SQUARE
        width, height = shown_size(picture.width, picture.height, aspect)
        bgrx = self._reformatter.reformat(
            picture,
            width=width,
            height=height,
            format="bgra",
            src_colorspace=self._matrix(picture),
            dst_colorspace=Colorspace.DEFAULT,
            src_color_range=_range(picture),
            dst_color_range=ColorRange.JPEG,
            interpolation=_interpolation(picture, width, height),
            threads=1,
        )
        plane = bgrx.planes[0]
        rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size // 4, 4)
        pixels = turned(rows[:height, :width], orientation_of(picture))
        return _on_white(pixels) if _has_alpha(picture) else pixels

    def _matrix(self, picture: av.VideoFrame) -> Colorspace:
        guess = Colorspace.ITU709 if picture.height >= _HD_ROWS else Colorspace.ITU601
        return _KNOWN_MATRICES.get(picture.colorspace, self._default_matrix or guess)


def shown_size(width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    """The size at which to show a picture whose pixels are `aspect` times as wide as high.

    The shorter side of the pixels is stretched, so that no pixel is lost. The size is at most
    MOST_PX and at least 1×1. An impossible ratio (0, 1000) counts as square.
    """
    if not 1 / _WIDEST <= aspect <= _WIDEST:
        aspect = SQUARE
    wide, high = width * max(aspect, SQUARE), height / min(aspect, SQUARE)
    long, short = max(wide, high), min(wide, high)
    share = min(SQUARE, MOST_PX[0] / long, MOST_PX[1] / short)
    return max(1, round(wide * share)), max(1, round(high * share))


def interpolation_at(width: int) -> Interpolation:
    """The interpolation for converting a picture of this width without scaling it.

    swscale's fastest path works in blocks of 16 columns. When 1 to 4 columns remain, it does not
    write them (measured with libswscale 9.5 of PyAV 18.1), so that width needs another path.
    """
    is_left_over = 1 <= width % 16 <= 4
    return Interpolation.POINT | Interpolation.ACCURATE_RND if is_left_over else Interpolation.POINT


def _interpolation(picture: av.VideoFrame, width: int, height: int) -> Interpolation:
    if (width, height) == (picture.width, picture.height):
        return interpolation_at(width)
    is_smaller = width < picture.width or height < picture.height
    return Interpolation.AREA if is_smaller else Interpolation.BICUBIC


def _range(picture: av.VideoFrame) -> ColorRange:
    form = picture.format
    if form.name.startswith("yuvj") or form.is_rgb or form.has_palette:
        return ColorRange.JPEG
    return ColorRange.JPEG if picture.color_range == ColorRange.JPEG else ColorRange.MPEG


def _has_alpha(picture: av.VideoFrame) -> bool:
    has_alpha = any(component.is_alpha for component in picture.format.components)
    return has_alpha or picture.format.has_palette


def _on_white(pixels: Pixels) -> Pixels:
    alpha = pixels[:, :, 3:].astype(np.uint16)
    if (alpha == 255).all():
        return pixels
    blended = (pixels * alpha + 255 * (255 - alpha) + 127) // 255
    return blended.astype(np.uint8)
