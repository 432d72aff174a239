"""Decoded pictures as BGRX, with the colours and the way up their file says.

Runs on the track's thread. One converter per source: the reformatter inside keeps its tables. A
JPEG file is decoded here when somebody looks at its pixels, by the library that browsers use.
"""

from __future__ import annotations

from typing import Final

import av
import numpy as np
import simplejpeg
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from samescreen.media import Pixels

from .jpeg import MOST_PX, JpegFile

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


class JpegPicture:
    """A picture that came as a JPEG file; `Undecoded` says the rest."""

    def __init__(self, file: JpegFile) -> None:
        self._file = file
        self._pixels: Pixels | None = None
        self.is_broken = False

    @property
    def jpeg(self) -> bytes:
        return self._file.contents

    @property
    def size(self) -> tuple[int, int]:
        return self._file.width, self._file.height

    @property
    def pixels(self) -> Pixels:
        if self._pixels is None:
            self._pixels = self._decoded()
        return self._pixels

    def _decoded(self) -> Pixels:
        try:
            pixels: Pixels = simplejpeg.decode_jpeg(self.jpeg, colorspace="BGRA", strict=False)
        except ValueError:
            self.is_broken = True
            return np.zeros((self._file.height, self._file.width, 4), dtype=np.uint8)
        return pixels


class BgrxConverter:
    """Turns decoded pictures of any pixel format into BGRX arrays.

    `unsaid`: the matrix of pictures that do not say theirs; None: what players take, by size.
    """

    def __init__(self, unsaid: Colorspace | None = None) -> None:
        self._reformatter = VideoReformatter()
        self._unsaid = unsaid

    def convert(self, picture: av.VideoFrame) -> Pixels:
        """A new array of (height, width, 4); transparent parts are laid on white."""
        width, height = _fitted(picture)
        is_scaled = (width, height) != (picture.width, picture.height)
        bgrx = self._reformatter.reformat(
            picture,
            width=width,
            height=height,
            format="bgra",
            src_colorspace=self._matrix(picture),
            dst_colorspace=Colorspace.DEFAULT,
            src_color_range=_range(picture),
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.AREA if is_scaled else Interpolation.POINT,
            threads=1,
        )
        plane = bgrx.planes[0]
        rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size // 4, 4)
        pixels = _upright(rows[:height, :width], picture.rotation)
        return _on_white(pixels) if _has_alpha(picture) else pixels

    def _matrix(self, picture: av.VideoFrame) -> Colorspace:
        guess = Colorspace.ITU709 if picture.height >= _HD_ROWS else Colorspace.ITU601
        return _KNOWN_MATRICES.get(picture.colorspace, self._unsaid or guess)


def _fitted(picture: av.VideoFrame) -> tuple[int, int]:
    width, height = picture.width, picture.height
    long, short = max(width, height), min(width, height)
    share = min(1.0, MOST_PX[0] / long, MOST_PX[1] / short)
    return max(1, round(width * share)), max(1, round(height * share))


def _range(picture: av.VideoFrame) -> ColorRange:
    form = picture.format
    if form.name.startswith("yuvj") or form.is_rgb or form.has_palette:
        return ColorRange.JPEG
    return ColorRange.JPEG if picture.color_range == ColorRange.JPEG else ColorRange.MPEG


def _has_alpha(picture: av.VideoFrame) -> bool:
    has_alpha = any(component.is_alpha for component in picture.format.components)
    return has_alpha or picture.format.has_palette


def _upright(pixels: Pixels, degrees: int) -> Pixels:
    """Turned counterclockwise, in whole quarters, with contiguous rows."""
    turned = np.rot90(pixels.view(np.uint32)[:, :, 0], round(degrees / 90) % 4)
    contiguous = np.ascontiguousarray(turned)
    return contiguous[:, :, None].view(np.uint8)


def _on_white(pixels: Pixels) -> Pixels:
    alpha = pixels[:, :, 3:].astype(np.uint16)
    if (alpha == 255).all():
        return pixels
    blended = (pixels * alpha + 255 * (255 - alpha) + 127) // 255
    return blended.astype(np.uint8)
