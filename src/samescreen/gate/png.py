"""PNG files of a publisher: only the form in which a host sends a first still. Pure.

16 colours or fewer, not interlaced (ISO/IEC 15948). Every chunk is parsed, and the file is built
anew of the size, the palette and the deflated rows, which stay as they came: a decoder reads no
more of them than the size needs.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Final

from samescreen.encode.png import SIGNATURE, ColourType, png_file

from .refusal import malformed, unsupported

_HEADER: Final = struct.Struct(">IIBBBBB")
_HEAD: Final = struct.Struct(">I4s")
_CHECK_BYTES: Final = 4
_DEPTH: Final = 4
_MOST_COLOURS: Final = 16
_MOST_SIDE: Final = 2**14
_MOST_CHUNKS: Final = 64
_LEFT_OUT: Final = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME", b"pHYs"})


@dataclass(frozen=True, slots=True)
class Png:
    """What passed: the file in canonical form, and its size."""

    payload: bytes
    width: int
    height: int


def read_png(content: bytes) -> Png:
    """The file, checked and built anew. Raises Unfit."""
    if not content.startswith(SIGNATURE):
        raise malformed("a still that is no PNG file")
    size, palette, rows = (0, 0), b"", bytearray()
    for kind, body in _chunks(content):
        if kind == b"IHDR":
            size = _size(body)
        elif kind == b"PLTE":
            palette = _palette(body)
        elif kind == b"IDAT":
            rows += body
    if not size[0] or not palette or not rows:
        raise malformed("a PNG file without its size, its colours or its rows")
    payload = png_file(*size, _DEPTH, ColourType.PALETTE, bytes(rows), palette)
    return Png(payload, *size)


def _chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks up to IEND, in the order that the standard has. Raises Unfit."""
    found: list[tuple[bytes, bytes]] = []
    order = [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    at, place = len(SIGNATURE), 0
    for _ in range(_MOST_CHUNKS):
        head = content[at : at + _HEAD.size]
        if len(head) < _HEAD.size:
            raise malformed("a PNG file that is cut short")
        length, kind = _HEAD.unpack(head)
        end = at + _HEAD.size + length
        body, check = content[at + _HEAD.size : end], content[end : end + _CHECK_BYTES]
        if len(check) < _CHECK_BYTES or zlib.crc32(kind + body) != int.from_bytes(check, "big"):
            raise malformed("a PNG chunk that is cut short or damaged")
        at = end + _CHECK_BYTES
        if kind in _LEFT_OUT and found:
            continue
        if kind not in order:
            raise unsupported(f"a PNG chunk {kind!r}")
        is_more = bool(found) and kind == b"IDAT" == found[-1][0]
        is_next = is_more or order.index(kind) == place
        if not is_next:
            raise malformed("PNG chunks out of order")
        place = order.index(kind) + 1
        if kind == b"IEND":
            return found
        found.append((kind, body))
    raise malformed(f"more than {_MOST_CHUNKS} PNG chunks")


def _size(body: bytes) -> tuple[int, int]:
    if len(body) != _HEADER.size:
        raise malformed("a PNG header of the wrong length")
    width, height, depth, colour, *methods = _HEADER.unpack(body)
    if not 0 < width <= _MOST_SIDE or not 0 < height <= _MOST_SIDE:
        raise malformed(f"a PNG file of {width}×{height}")
    if (depth, colour) != (_DEPTH, ColourType.PALETTE) or any(methods):
        raise unsupported(f"a PNG file of {depth} bits and colour type {colour}")
    return width, height


def _palette(body: bytes) -> bytes:
    if not body or len(body) % 3 or len(body) > 3 * _MOST_COLOURS:
        raise malformed("a PNG palette of the wrong length")
    return body
