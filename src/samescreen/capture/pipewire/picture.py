"""One buffer of PipeWire's: takes its picture and its metadata out. On PipeWire's thread."""

from __future__ import annotations

import ctypes
import mmap
import sys
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from samescreen.capture.upright import AS_STORED, Orientation, turned
from samescreen.capture.wayland.transform import undo
from samescreen.media import Pixels, Region

from . import libpipewire as pw
from .formats import (
    META_CROP,
    META_CURSOR,
    META_HEADER,
    META_TRANSFORM,
    CursorMeta,
    Format,
    read_cursor,
)
from .pods import PodError

_BYTES: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A copy of a picture as it was sent; `upright` turns it into BGRX as people see it."""

    pixels: Pixels
    is_swapped: bool
    way: Orientation
    crop: Region | None

    def upright(self) -> Pixels:
        """The picture as BGRX with contiguous rows. On any thread."""
        pixels = self.pixels
        if self.crop is not None:
            x, y, right, bottom = self.crop.x, self.crop.y, self.crop.right, self.crop.bottom
            pixels = np.ascontiguousarray(pixels[y:bottom, x:right])
        if self.is_swapped:
            pixels = np.ascontiguousarray(pixels[:, :, [2, 1, 0, 3]])
        return pixels if self.way == AS_STORED else turned(pixels, self.way)


def map_block(block: Any) -> mmap.mmap | None:
    """Memory that the library left unmapped; None: it is mapped, or is not the CPU's."""
    if block.data or block.type != pw.MEM_FD:
        return None
    return mmap.mmap(int(block.fd), block.mapoffset + block.maxsize, prot=mmap.PROT_READ)


def has_picture(buffer: Any) -> bool:
    """Whether the buffer is more than a report of the cursor, and not said to be broken."""
    if not buffer.n_datas:
        return False
    header = _meta(buffer, META_HEADER)
    if len(header) >= 4 and int.from_bytes(header[:4], sys.byteorder) & pw.HEADER_CORRUPTED:
        return False
    chunk = buffer.datas[0].chunk.contents
    return bool(chunk.size) and not chunk.flags & pw.CHUNK_CORRUPTED


def take_picture(buffer: Any, form: Format, memory: mmap.mmap | None) -> Taken | None:
    """A copy of the picture of a buffer that has one; None: its numbers make no sense."""
    pixels = _copied(buffer.datas[0], form, memory)
    if pixels is None:
        return None
    transform = _meta(buffer, META_TRANSFORM)
    way = undo(int.from_bytes(transform[:4], sys.byteorder)) if len(transform) >= 4 else AS_STORED
    return Taken(pixels, form.is_swapped, way, _crop(_meta(buffer, META_CROP), form))


def take_cursor(buffer: Any) -> CursorMeta | None:
    """What the buffer says of the cursor; None: nothing."""
    try:
        return read_cursor(_meta(buffer, META_CURSOR))
    except PodError:
        return None


def _meta(buffer: Any, kind: int) -> bytes:
    """The buffer's metadata of this kind; empty: it has none."""
    for at in range(buffer.n_metas):
        meta = buffer.metas[at]
        if meta.type == kind and meta.data:
            return ctypes.string_at(meta.data, meta.size)
    return b""


def _copied(block: Any, form: Format, memory: mmap.mmap | None) -> Pixels | None:
    """The rows, without what pads them; None: the numbers do not fit the memory."""
    chunk, row = block.chunk.contents, form.width * _BYTES
    stride = chunk.stride or row
    # The offset counts modulo the block's size.
    offset = chunk.offset % block.maxsize if block.maxsize else 0
    if stride < row or offset + stride * (form.height - 1) + row > block.maxsize:
        return None
    made = np.empty((form.height, form.width, _BYTES), np.uint8)
    if memory is not None:
        begin = block.mapoffset + offset
        raw = np.frombuffer(memory, np.uint8, block.maxsize - offset, begin)
    elif block.data:
        array = ctypes.c_uint8 * (block.maxsize - offset)
        raw = np.ctypeslib.as_array(array.from_address(block.data + offset))
    else:
        return None
    shape, strides = (form.height, row), (stride, 1)
    made.reshape(form.height, row)[:] = np.lib.stride_tricks.as_strided(raw, shape, strides)
    return made


def _crop(meta: bytes, form: Format) -> Region | None:
    """The valid part; None: all of it."""
    if len(meta) < 16:
        return None
    words = np.frombuffer(meta, np.int32, 4)
    part = Region(*map(int, words)).intersection(Region(0, 0, form.width, form.height))
    return part if part and part != Region(0, 0, form.width, form.height) else None
