"""Writes PNG files (ISO/IEC 15948) of rows that are filtered and deflated already. Pure."""

from __future__ import annotations

import struct
import zlib
from enum import IntEnum
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


class ColourType(IntEnum):
    """What a pixel of a PNG file is."""

    PALETTE = 3
    """An index into the palette."""

    RGBA = 6


def png_file(
    width: int, height: int, depth: int, colour: ColourType, deflated: bytes, palette: bytes = b""
) -> bytes:
    """A PNG file of `width`×`height` pixels with `depth` bits each, or each for every channel.

    `deflated`: the rows as a zlib stream, each after the number of its filter. `palette`: three
    bytes for each colour, red first.
    """
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [_chunk(b"IHDR", header)]
    if palette:
        parts.append(_chunk(b"PLTE", palette))
    return b"".join((SIGNATURE, *parts, _chunk(b"IDAT", deflated), _chunk(b"IEND", b"")))


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
