"""JPEG files of a publisher: whole, baseline, of a known size. Pure; the pixels are not decoded.

Every segment is parsed (ITU-T T.81, Annex B). What passes is built anew: the JFIF header, the
tables, the frame, one scan. Comments and application segments are left out, with what they tell
about the publisher's machine. Progressive files are refused: a small one can take seconds to
decode.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from .refusal import Unfit, malformed, unsupported

_SOI: Final = b"\xff\xd8"
_EOI: Final = b"\xff\xd9"
_JFIF: Final = bytes.fromhex("ffe000104a46494600010100000100010000")
_SOF0: Final = 0xC0
_DHT: Final = 0xC4
_SOS: Final = 0xDA
_DQT: Final = 0xDB
_DRI: Final = 0xDD
_APP0: Final = 0xE0
_APP14: Final = 0xEE
_COMMENT: Final = 0xFE
_OTHER_FRAMES: Final = frozenset(range(0xC1, 0xD0)) - {_DHT, 0xC8, 0xCC}
_MOST_SEGMENTS: Final = 64
_MOST_FILL: Final = 8
_MARKER: Final = re.compile(rb"\xff[^\x00]", re.DOTALL)
_MARKER_BUT_RESTARTS: Final = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL)
_SIZES: Final = struct.Struct(">BHHB")
_LUMA_SAMPLING: Final = frozenset({0x11, 0x12, 0x21, 0x22})
_NAMES: Final = (b"\x00\x01\x02", b"\x01\x02\x03")  # others may mean RGB
_MOST_DC: Final = 12
_MOST_AC: Final = 162


@dataclass(frozen=True, slots=True)
class Jpeg:
    """What passed: the file in canonical form, and its size."""

    payload: bytes
    width: int
    height: int


@dataclass(slots=True)
class _File:
    """What the segments before the scan say. `tables`: class and number of Huffman tables.
    `quantisers`: those that came; `uses`: those that the components need."""

    kept: list[bytes] = field(default_factory=list)
    quantisers: set[int] = field(default_factory=set)
    uses: set[int] = field(default_factory=set)
    tables: set[int] = field(default_factory=set)
    size: tuple[int, int] = (0, 0)
    components: bytes = b""
    samplings: bytes = b""
    restarts: bool = False

    @property
    def blocks(self) -> int:
        """The blocks of 8×8 samples in the scan (§A.2.3)."""
        width, height = self.size
        if len(self.components) == 1:
            return -(-width // 8) * -(-height // 8)
        across, down = self.samplings[0] >> 4, self.samplings[0] & 15
        units = -(-width // (8 * across)) * -(-height // (8 * down))
        return units * (across * down + 2)


def read_jpeg(content: bytes) -> Jpeg:
    """The file, checked and built anew. Raises Unfit."""
    if not content.startswith(_SOI):
        raise malformed("a still that is no JPEG file")
    file = _File()
    for marker, segment, end in _segments(content):
        read = _READ.get(marker)
        if read is None:
            raise _unknown(marker)
        read(file, segment[4:])
        if marker in _KEPT:
            file.kept.append(segment)
        if marker == _SOS:
            scan = _scan(file, content, end)
            return Jpeg(b"".join((_SOI, _JFIF, *file.kept, scan, _EOI)), *file.size)
    raise malformed("a JPEG file without a scan")


def _unknown(marker: int) -> Unfit:
    if marker in _OTHER_FRAMES:
        return unsupported(f"a JPEG file that is not baseline ({marker:#x})")
    return malformed(f"a JPEG segment {marker:#x}")


def _segments(content: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, whole segment, and the index after it."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        start = at
        while content[at : at + 2] == b"\xff\xff" and at - start <= _MOST_FILL:
            at += 1
        head = content[at : at + 4]
        if len(head) < 4 or head[0] != 0xFF:
            raise malformed("a JPEG file that is cut short")
        end = at + 2 + int.from_bytes(head[2:], "big")
        segment = content[at:end]
        if len(segment) < max(4, end - at):
            raise malformed("a JPEG segment that is cut short")
        yield head[1], segment, end
        at = end
    raise malformed(f"more than {_MOST_SEGMENTS} JPEG segments")


def _read_frame(file: _File, body: bytes) -> None:
    if file.components or len(body) < _SIZES.size:
        raise malformed("a JPEG file with two frames, or an empty one")
    precision, height, width, count = _SIZES.unpack_from(body)
    if precision != 8 or count not in (1, 3) or not width or not height:
        raise unsupported(f"a JPEG file of {precision} bits and {count} components")
    if len(body) != _SIZES.size + 3 * count:
        raise malformed("a JPEG frame of the wrong length")
    parts = body[_SIZES.size :]
    file.size, file.components, file.samplings = (width, height), parts[::3], parts[1::3]
    if count == 3 and file.components not in _NAMES:
        raise unsupported("a JPEG file in other colours than YCbCr")
    if file.samplings[0] not in _LUMA_SAMPLING or file.samplings[1:].strip(b"\x11"):
        raise unsupported(f"a JPEG file with samplings {file.samplings.hex()}")
    file.uses = set(parts[2::3])


def _read_quantisers(file: _File, body: bytes) -> None:
    if not body or len(body) % 65:
        raise malformed("quantiser tables of the wrong length")
    for at in range(0, len(body), 65):
        if body[at] > 3:
            raise unsupported("quantisers of 16 bits")
        if 0 in body[at + 1 : at + 65]:
            raise malformed("a quantiser of 0")
        file.quantisers.add(body[at])


def _read_tables(file: _File, body: bytes) -> None:
    if not body:
        raise malformed("no Huffman table")
    at = 0
    while at < len(body):
        table, counts = body[at], body[at + 1 : at + 17]
        is_ac = table >> 4 == 1
        if table not in (0x00, 0x01, 0x10, 0x11) or len(counts) < 16:
            raise malformed("an unknown Huffman table")
        end = at + 17 + sum(counts)
        if not 0 < sum(counts) <= (_MOST_AC if is_ac else _MOST_DC) or end > len(body):
            raise malformed("a Huffman table of the wrong length")
        if not is_ac and max(body[at + 17 : end]) >= _MOST_DC:
            raise malformed("a difference of more than 11 bits")
        _check_codes(counts)
        file.tables.add(table)
        at = end


def _check_codes(counts: bytes) -> None:
    """The codes fit into their lengths, and none is all ones (§C)."""
    code = 0
    for length, count in enumerate(counts, 1):
        code += count
        if count and code >= 1 << length:
            raise malformed("more Huffman codes than there is room for")
        code <<= 1


def _read_restarts(file: _File, body: bytes) -> None:
    if len(body) != 2:
        raise malformed("a restart interval of the wrong length")
    file.restarts = body != b"\0\0"


def _read_scan(file: _File, body: bytes) -> None:
    count = len(file.components)
    if not count or len(body) != 4 + 2 * count or body[0] != count:
        raise unsupported("a JPEG file in several scans")
    if body[1:-3:2] != file.components or body[-3:] != b"\x00\x3f\x00":
        raise unsupported("a JPEG scan of a part")
    for each in body[2:-3:2]:
        if not {each >> 4, 0x10 | each & 15} <= file.tables:
            raise malformed("a JPEG scan without its Huffman tables")
    if not file.uses <= file.quantisers:
        raise malformed("a JPEG file without its quantisers")


def _read_hint(file: _File, body: bytes) -> None:
    """Application segments are left out; one that changes the meaning of the colours is refused."""
    if body.startswith(b"AVI1") and body[4:5] not in (b"", b"\0"):
        raise unsupported("a JPEG file of one field")


def _read_adobe(file: _File, body: bytes) -> None:
    if body.startswith(b"Adobe"):
        raise unsupported("a JPEG file in Adobe's colours")


def _read_comment(file: _File, body: bytes) -> None:
    if b"CS=ITU601" in body:
        raise unsupported("a JPEG file in limited range")


def _scan(file: _File, content: bytes, start: int) -> bytes:
    """The entropy-coded part, up to the end of the picture."""
    end = (_MARKER_BUT_RESTARTS if file.restarts else _MARKER).search(content, start)
    if end is None or end[0] != _EOI:
        raise malformed("a JPEG file that does not end after one scan")
    scan = content[start : end.start()]
    if 8 * len(scan) < 2 * file.blocks:  # a block has two codes or more
        raise malformed("a JPEG scan that is too short for its size")
    return scan


_READ: Final = MappingProxyType[int, Callable[[_File, bytes], None]](
    {
        _SOF0: _read_frame,
        _DHT: _read_tables,
        _SOS: _read_scan,
        _DQT: _read_quantisers,
        _DRI: _read_restarts,
        **dict.fromkeys(range(_APP0, 0xF0), _read_hint),
        _APP14: _read_adobe,
        _COMMENT: _read_comment,
    }
)
_KEPT: Final = frozenset({_SOF0, _DHT, _SOS, _DQT, _DRI})
