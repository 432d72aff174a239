"""BGRX into YUV 4:2:0, BT.709 limited range, only where the picture changed.

Runs on the track's thread. The conversion is swscale's (through PyAV). POINT is its exact path at
equal sizes: luma within 1, chroma the mean of its four pixels; FAST_BILINEAR resamples even then
and smears luma by up to 62; the others filter chroma across edges and take twice as long. A small
change is converted
in bands of 32 rows into the planes of the frame kept from before; reformatters are kept per size,
since making one costs more than a band.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from samescreen.media import Frame, Pixels, Region

_BAND_ROWS: Final = 32
_WHOLE_ABOVE: Final = 0.5
"""Past this share of changed rows one pass over the whole picture is cheaper than bands."""


@dataclass(slots=True)
class YuvPicture:
    """The newest picture of one size as YUV 4:2:0, kept up to date band by band.

    `width`, `height`: even, at least the frame's; what is beyond repeats its last row or column.
    `halves`: frames are of twice that size, and each is converted whole.
    """

    width: int
    height: int
    halves: bool = False
    frame: av.VideoFrame | None = None
    _reformatters: dict[int, VideoReformatter] = field(default_factory=dict)

    def update(self, frame: Frame) -> av.VideoFrame:
        """Convert what `frame.damage` names (all of it the first time); returns the picture.

        The picture returned is changed by the next update.
        """
        if self.halves:
            return self._convert(_padded(frame.pixels, 2 * self.width, 2 * self.height))
        pixels = _padded(frame.pixels, self.width, self.height)
        bands = _bands(frame.damage, self.height)
        if self.frame is None or len(bands) * _BAND_ROWS > self.height * _WHOLE_ABOVE:
            self.frame = self._convert(pixels)
            return self.frame
        planes = _planes(self.frame)
        for top in bands:
            bottom = min(top + _BAND_ROWS, self.height)
            _copy_band(_planes(self._convert(pixels[top:bottom])), planes, top)
        return self.frame

    def _convert(self, pixels: Pixels) -> av.VideoFrame:
        reformatter = self._reformatters.setdefault(pixels.shape[0], VideoReformatter())
        picture = av.VideoFrame.from_numpy_buffer(pixels, "bgra")
        return reformatter.reformat(
            picture,
            width=self.width,
            height=pixels.shape[0] // (2 if self.halves else 1),
            format="yuv420p",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.AREA if self.halves else Interpolation.POINT,
            threads=1,
        )


def even(length: int) -> int:
    """The length, rounded up to even."""
    return length + (length & 1)


def _padded(pixels: Pixels, width: int, height: int) -> Pixels:
    have_height, have_width = pixels.shape[:2]
    if (have_height, have_width) == (height, width):
        return pixels
    missing = ((0, height - have_height), (0, width - have_width), (0, 0))
    return np.pad(pixels, missing, mode="edge")


def _bands(damage: tuple[Region, ...], height: int) -> list[int]:
    """First rows of the bands that damage touches, on the 32-row grid."""
    touched: set[int] = set()
    for region in damage:
        top = max(0, region.y) // _BAND_ROWS
        bottom = -(-min(height, region.bottom) // _BAND_ROWS)
        touched.update(range(top, bottom))
    # The last band also covers the padding row of an odd height.
    return [band * _BAND_ROWS for band in sorted(touched) if band * _BAND_ROWS < height]


def _planes(picture: av.VideoFrame) -> list[NDArray[Any]]:
    """Writable views of the Y, U and V planes, without their rows' padding."""
    views = []
    for plane in picture.planes:
        rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
        views.append(rows[: plane.height, : plane.width])
    return views


def _copy_band(band: list[NDArray[Any]], planes: list[NDArray[Any]], top: int) -> None:
    for index, (source, target) in enumerate(zip(band, planes, strict=True)):
        first = top if index == 0 else top // 2
        target[first : first + source.shape[0]] = source
