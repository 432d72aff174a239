"""Small PNG images; `padding` makes one as large as a test needs."""

from __future__ import annotations

import zlib


def png(width: int, height: int, *, padding: int = 0) -> bytes:
    """A grey image, with so many bytes of a chunk that no program reads."""
    header = width.to_bytes(4) + height.to_bytes(4) + bytes((8, 0, 0, 0, 0))
    pixels = zlib.compress((b"\0" + b"\x80" * width) * height)
    spare = [_chunk(b"teSt", bytes(padding))] if padding else []
    chunks = (_chunk(b"IHDR", header), *spare, _chunk(b"IDAT", pixels), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)
