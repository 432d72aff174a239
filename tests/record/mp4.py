"""What an MP4 file consists of."""

from __future__ import annotations

import struct
from pathlib import Path


def boxes(path: Path) -> list[bytes]:
    """The kinds of a file's top-level boxes (ISO/IEC 14496-12 §4.2)."""
    content, at, kinds = path.read_bytes(), 0, []
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        if size == 1:
            (size,) = struct.unpack(">Q", content[at + 8 : at + 16])
        kinds.append(kind)
        at += size
    return kinds
