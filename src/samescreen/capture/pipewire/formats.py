"""What this program asks of PipeWire's pictures, and what it gets. Pure.

Only memory of the CPU is asked for: no format names a modifier, which would stand for buffers of
the GPU. The cursor comes beside the pictures. Source: spa/param/format.h, video/raw.h, buffers.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from samescreen.capture.cursor import CursorImage

from .pods import Choosing, Object, Pod, PodError, choice

ENUM_FORMAT, FORMAT, BUFFERS, META = 3, 4, 5, 6
"""SPA_PARAM_…: the purposes of objects."""

_OF_FORMAT, _OF_BUFFERS, _OF_META = 0x40003, 0x40004, 0x40005
_MEDIA_TYPE, _MEDIA_SUBTYPE = 1, 2
_VIDEO, _RAW = 2, 1
_VIDEO_FORMAT, _MODIFIER, _SIZE, _FRAMERATE, _MAX_FRAMERATE = (
    *(0x20001, 0x20002, 0x20003, 0x20004, 0x20005),
)
RGBX, BGRX, RGBA, BGRA = 7, 8, 11, 12
_TAKEN: Final = (BGRX, BGRA, RGBX, RGBA)
"""What is taken, the best first."""

_BUFFER_COUNT, _BUFFER_BLOCKS, _DATA_TYPE = 1, 2, 6
_MEM_PTR, _MEM_FD = 1, 2
_META_TYPE, _META_SIZE = 1, 2
META_HEADER, META_CROP, META_CURSOR, META_TRANSFORM = 1, 2, 5, 8
_HEADER_SIZE, _CROP_SIZE, _TRANSFORM_SIZE = 32, 16, 4
_CURSOR: Final = struct.Struct("=IIiiiiI")
_BITMAP: Final = struct.Struct("=IIIiI")
_LARGEST_CURSOR: Final = 1024
_MAX_FPS: Final = 1000
_LARGEST: Final = 16_384


def offer(fps: int, size: tuple[int, int] | None = None) -> bytes:
    """The formats that this program takes. `size`: of a screen that is made for it; None: any.

    The rate has a quarter of room, so that a producer which waits for its own clock's next tick
    does not halve it.
    """
    size_pod = (
        Pod.rectangle(*size) if size else choice(
            Choosing.RANGE,
            Pod.rectangle(1280, 720),
            Pod.rectangle(1, 1),
            Pod.rectangle(_LARGEST, _LARGEST),
        )
    )
    rates = (Pod.fraction(fps * 5 // 4, 1), Pod.fraction(0, 1), Pod.fraction(_MAX_FPS, 1))
    formats = [Pod.ident(each) for each in _TAKEN]
    return Object(
        _OF_FORMAT,
        ENUM_FORMAT,
        {
            _MEDIA_TYPE: Pod.ident(_VIDEO),
            _MEDIA_SUBTYPE: Pod.ident(_RAW),
            _VIDEO_FORMAT: choice(Choosing.ENUM, formats[0], *formats),
            _SIZE: size_pod,
            _FRAMERATE: Pod.fraction(0, 1),
            _MAX_FRAMERATE: choice(Choosing.RANGE, *rates),
        },
    ).packed


@dataclass(frozen=True, slots=True)
class Format:
    """The agreed format: the size in pixels, and one of SPA_VIDEO_FORMAT_…"""

    width: int
    height: int
    code: int

    @classmethod
    def read(cls, packed: bytes) -> Self:
        """From a parameter of purpose FORMAT.

        Raises:
            PodError: it is none, or one that this program did not offer.
        """
        given = Object.read(packed)
        if given.get(_MEDIA_TYPE).number != _VIDEO or given.get(_MEDIA_SUBTYPE).number != _RAW:
            raise PodError("this is no raw video")
        code = given.get(_VIDEO_FORMAT).number
        if code not in _TAKEN or _MODIFIER in given.properties:
            raise PodError(f"the video format {code} was not offered")
        width, height = given.get(_SIZE).pair
        if not (0 < width <= _LARGEST and 0 < height <= _LARGEST):
            raise PodError(f"a picture of {width}×{height}")
        return cls(width, height, code)

    @property
    def is_swapped(self) -> bool:
        """Whether red comes first."""
        return self.code in (RGBX, RGBA)


def wishes() -> tuple[bytes, ...]:
    """The buffers and the metadata to ask for, once the format is agreed."""
    count = (Pod.integer(4), Pod.integer(2), Pod.integer(8))
    kinds = Pod.integer(1 << _MEM_FD | 1 << _MEM_PTR)
    buffers = Object(
        _OF_BUFFERS,
        BUFFERS,
        {
            _BUFFER_COUNT: choice(Choosing.RANGE, *count),
            _BUFFER_BLOCKS: Pod.integer(1),
            _DATA_TYPE: choice(Choosing.FLAGS, kinds),
        },
    )
    cursor = [Pod.integer(_cursor_size(side)) for side in (256, 1, _LARGEST_CURSOR)]
    metas = {
        META_HEADER: Pod.integer(_HEADER_SIZE),
        META_CROP: Pod.integer(_CROP_SIZE),
        META_CURSOR: choice(Choosing.RANGE, *cursor),
        META_TRANSFORM: Pod.integer(_TRANSFORM_SIZE),
    }
    asked = [
        Object(_OF_META, META, {_META_TYPE: Pod.ident(kind), _META_SIZE: size})
        for kind, size in metas.items()
    ]
    return tuple(each.packed for each in (buffers, *asked))


def _cursor_size(side: int) -> int:
    return _CURSOR.size + _BITMAP.size + side * side * 4


@dataclass(frozen=True, slots=True)
class CursorMeta:
    """What one buffer says of the cursor: its hot spot is at pixel (x, y) of the buffer.

    `image` is None where it has not changed.
    """

    is_visible: bool
    x: int = 0
    y: int = 0
    image: CursorImage | None = None


def read_cursor(meta: bytes) -> CursorMeta | None:
    """From the bytes of META_CURSOR; None: they say nothing.

    Raises:
        PodError: a bitmap reaches over their end.
    """
    if len(meta) < _CURSOR.size:
        return None
    number, _, x, y, hot_x, hot_y, at = _CURSOR.unpack_from(meta)
    if not number:
        return CursorMeta(False)
    if not at:
        return CursorMeta(True, x, y)
    if at < _CURSOR.size or at + _BITMAP.size > len(meta):
        raise PodError("a cursor's bitmap lies outside its memory")
    code, width, height, stride, offset = _BITMAP.unpack_from(meta, at)
    if not width or not height or not code:
        return CursorMeta(False)
    begin = at + offset
    fits = width <= _LARGEST_CURSOR and height <= _LARGEST_CURSOR and width * 4 <= stride
    if not fits or begin + stride * (height - 1) + width * 4 > len(meta):
        raise PodError("a cursor's bitmap lies outside its memory")
    rows = [meta[begin + stride * row :][: width * 4] for row in range(height)]
    bgra = np.frombuffer(b"".join(rows), np.uint8).reshape(height, width, 4)
    if code in (RGBX, RGBA):
        bgra = np.ascontiguousarray(bgra[:, :, [2, 1, 0, 3]])
    return CursorMeta(True, x, y, CursorImage(bgra, hot_x, hot_y))
