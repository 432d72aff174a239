"""Which way up a decoded picture is to be shown: one of eight orientations, mirrored ones included.

Runs on the track's thread. Reads the display matrix that libav attaches to a picture, whether the
file says it by EXIF, in a container's header or beside the video; changes no picture in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.filter import Graph
from av.sidedata.sidedata import Type
from numpy.typing import NDArray

from samescreen.media import Pixels


@dataclass(frozen=True, slots=True)
class Orientation:
    """What to do with a stored picture, in this order: swap its rows and columns, then mirror."""

    is_transposed: bool = False
    is_mirrored_across: bool = False
    """Left and right change places."""
    is_mirrored_down: bool = False
    """Top and bottom change places."""


AS_STORED = Orientation()


def orientation_of(picture: av.VideoFrame) -> Orientation:
    """What the picture's display matrix says; without one the picture is shown as it is stored."""
    try:
        matrix = _matrix_of(picture)
    except ValueError:  # a kind of side data that PyAV does not know yet: EXIF, as stills have it
        matrix = _matrix_of(_without_exif(picture))
    return AS_STORED if matrix is None else orientation(np.frombuffer(matrix, dtype=np.int32))


def _matrix_of(picture: av.VideoFrame) -> bytes | None:
    found = cast(Mapping[Type, Any], picture.side_data).get(Type.DISPLAYMATRIX)
    return None if found is None else bytes(found)


def orientation(matrix: NDArray[np.int32]) -> Orientation:
    """The orientation nearest to a display matrix of nine numbers, as libavutil/display.h has them.

    A pixel at (x, y) is shown at (a·x + c·y, b·x + d·y), where the matrix begins a, b, u, c, d.
    """
    a, b, _, c, d = (int(each) for each in matrix[:5])
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(False, a < 0, d < 0)
    return Orientation(True, c < 0, b < 0)


def turned(pixels: Pixels, way: Orientation) -> Pixels:
    """The picture as it is to be shown; a new array with contiguous rows if anything changes."""
    words = pixels.view(np.uint32)[:, :, 0]
    if way.is_transposed:
        words = words.T
    if way.is_mirrored_across:
        words = words[:, ::-1]
    if way.is_mirrored_down:
        words = words[::-1]
    return np.ascontiguousarray(words)[:, :, None].view(np.uint8)


def _without_exif(picture: av.VideoFrame) -> av.VideoFrame:
    graph = Graph()
    begin = graph.add_buffer(
        width=picture.width,
        height=picture.height,
        format=picture.format,
        time_base=picture.time_base or Fraction(1, 1000),
    )
    strip, end = graph.add("sidedata", "mode=delete:type=31"), graph.add("buffersink")
    begin.link_to(strip)
    strip.link_to(end)
    graph.configure()
    begin.push(picture)
    bare = end.pull()
    assert isinstance(bare, av.VideoFrame)
    return bare
