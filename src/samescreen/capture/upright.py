"""The orientation in which to show a decoded picture: one of eight, mirrored ones included.

Runs on the track's thread. Reads the display matrix that libav attaches to a picture; the file may
state it in EXIF, in the container's header or in the video. Changes no picture in place.
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
    """How to turn a stored picture: first swap its rows and columns, then mirror."""

    is_transposed: bool = False
    is_mirrored_across: bool = False
    """Swap left and right."""
    is_mirrored_down: bool = False
    """Swap top and bottom."""


AS_STORED = Orientation()


def orientation_of(picture: av.VideoFrame) -> Orientation:
    """The orientation in the picture's display matrix; AS_STORED when it has none."""
    try:
        matrix = _matrix_of(picture)
    except ValueError:  # PyAV does not know the side data of stills' EXIF yet
        matrix = _matrix_of(_without_exif(picture))
    return AS_STORED if matrix is None else orientation(np.frombuffer(matrix, dtype=np.int32))


def _matrix_of(picture: av.VideoFrame) -> bytes | None:
    found = cast(Mapping[Type, Any], picture.side_data).get(Type.DISPLAYMATRIX)
    return None if found is None else bytes(found)


def orientation(matrix: NDArray[np.int32]) -> Orientation:
    """The orientation nearest to a display matrix: nine numbers, as in libavutil/display.h.

    A pixel at (x, y) is shown at (a·x + c·y, b·x + d·y), where the matrix begins a, b, u, c, d.
    """
    a, b, _, c, d = (int(each) for each in matrix[:5])
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(False, a < 0, d < 0)
    return Orientation(True, c < 0, b < 0)


def turned(pixels: Pixels, way: Orientation) -> Pixels:
    """The turned picture. It is a new array with contiguous rows if anything changes."""
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
