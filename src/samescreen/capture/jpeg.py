"""Turns a camera's JPEG into a file that every browser shows correctly. Pure: bytes to bytes.

Pictures in MJPEG leave out the Huffman tables (ITU-T T.81, Annex K.3) and the header that states
their colour space. A file that is not one whole baseline picture in full-range BT.601 is refused
here; a decoder must handle it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from samescreen.media import EncodedPicture

MOST_PX: Final = (3840, 2160)
"""The largest picture, either way round, that every browser decodes; larger ones are shrunk."""

_SOI: Final = b"\xff\xd8"
_JFIF: Final = bytes.fromhex("ffe000104a46494600010100000100010000")
_SOS: Final = 0xDA
_EOI: Final = 0xD9
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_SIZES: Final = struct.Struct(">BHHB")

_COUNTS_DC: Final = ("00010501010101010100000000000000", "00030101010101010101010000000000")
_COUNTS_AC: Final = ("0002010303020403050504040000017d", "00020102040403040705040400010277")
_VALUES_DC: Final = "000102030405060708090a0b"
_VALUES_AC: Final = (
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a"
    "25262728292a3435363738393a434445464748494a535455565758595a636465666768696a73747576777879"
    "7a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9"
    "cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa",
    "000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f117"
    "18191a262728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778"
    "797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7"
    "c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa",
)
STANDARD_TABLES: Final = b"".join(
    struct.pack(">HHB", 0xFFC4, 3 + len(table), number) + table
    for number, table in (
        (0x00, bytes.fromhex(_COUNTS_DC[0] + _VALUES_DC)),
        (0x10, bytes.fromhex(_COUNTS_AC[0] + _VALUES_AC[0])),
        (0x01, bytes.fromhex(_COUNTS_DC[1] + _VALUES_DC)),
        (0x11, bytes.fromhex(_COUNTS_AC[1] + _VALUES_AC[1])),
    )
)
"""The segments that define Annex K's four tables."""


def browsers_jpeg(picture: bytes) -> EncodedPicture | None:
    """The picture as a file, its scan unchanged; None: it must be decoded instead."""
    if picture[:2] != _SOI:
        return None
    found = _Found()
    at = 2
    while True:
        while picture[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        if len(picture) < at + 4 or picture[at] != 0xFF:
            return None
        marker, end = picture[at + 1], at + 2 + int.from_bytes(picture[at + 2 : at + 4])
        segment = picture[at:end]
        if len(segment) < max(4, end - at) or not _takes(found, marker, segment):
            return None
        at = end
        if marker == _SOS:
            return _file(found, picture, end)


@dataclass(slots=True)
class _Found:
    """What is known from the segments before the scan."""

    kept: list[bytes] = field(default_factory=list)
    markers: set[int] = field(default_factory=set)
    size: tuple[int, int] = (0, 0)
    components: int = 0


def _takes(found: _Found, marker: int, segment: bytes) -> bool:
    """Note a segment. False: browsers would not interpret it as the camera means it."""
    is_understood = _SEGMENTS.get(marker)
    if is_understood is None or not is_understood(found, segment[4:]):
        return False
    found.markers.add(marker)
    if marker in _KEPT:
        if marker == _SOS and 0xC4 not in found.markers:
            found.kept.append(STANDARD_TABLES)
        found.kept.append(segment)
    return True


def _file(found: _Found, picture: bytes, scan_at: int) -> EncodedPicture | None:
    end = _MARKER.search(picture, scan_at)
    if end is None or picture[end.start() + 1] != _EOI:
        return None  # truncated, or in several scans
    if picture[end.end() :].lstrip(b"\x00")[:2] == _SOI:
        return None  # two fields
    scan = picture[scan_at : end.end()]
    return EncodedPicture(b"".join((_SOI, _JFIF, *found.kept, scan)), *found.size)


def _frame(found: _Found, body: bytes) -> bool:
    if found.components or len(body) < _SIZES.size:
        return False
    precision, height, width, found.components = _SIZES.unpack_from(body)
    found.size = width, height
    numbers = body[_SIZES.size :: 3]
    is_fitting = max(found.size) <= MOST_PX[0] and 0 < min(found.size) <= MOST_PX[1]
    is_colour = numbers in (b"\x00\x01\x02", b"\x01\x02\x03")  # not letters, which mean RGB
    is_whole = len(body) == _SIZES.size + 3 * found.components
    return precision == 8 and is_whole and is_fitting and (is_colour or found.components == 1)


def _scan(found: _Found, body: bytes) -> bool:
    is_all = bool(found.components) and body[:1] == bytes([found.components])
    return is_all and 0xDB in found.markers


def _anything(found: _Found, body: bytes) -> bool:
    return True


_SEGMENTS: Final = MappingProxyType[int, Callable[[_Found, bytes], bool]](
    {
        0xC0: _frame,
        0xC4: _anything,
        0xDA: _scan,
        0xDB: _anything,
        0xDD: _anything,
        # "AVI1" names the field of a picture that is one of two, 0 for a whole one.
        0xE0: lambda found, body: body[:4] != b"AVI1" or body[4:5] in (b"", b"\x00"),
        0xEE: lambda found, body: body[:5] != b"Adobe",
        **dict.fromkeys([*range(0xE1, 0xEE), 0xEF], _anything),
        # libav's comment that marks limited range.
        0xFE: lambda found, body: b"CS=ITU601" not in body,
    }
)
_KEPT: Final = frozenset({0xC0, 0xC4, 0xDA, 0xDB, 0xDD})
"""Segments to keep. The others are comments and hints that only some browsers follow (EXIF)."""
