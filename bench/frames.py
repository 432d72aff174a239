"""The WebSocket frames of a server, read as cheaply as Python can; and a client's, written.

Bench only: no fragments, no extensions. Of a binary message only the first bytes are kept, the
rest is counted. Pure: bytes in, messages out, however they were cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10
_SHORT: Final = 125
_NO_MASK: Final = bytes(4)
"""A client must mask; with zeros, what is masked stays as it is."""


@dataclass(frozen=True, slots=True)
class Message:
    """One frame; `kept` is its payload, of a binary one no more than the reader keeps."""

    opcode: int
    size_bytes: int
    kept: bytes


class FrameReader:
    """`keep_bytes` of each binary message are kept."""

    __slots__ = ("_begun", "_held", "_keep_bytes", "_left_bytes")

    def __init__(self, keep_bytes: int) -> None:
        self._keep_bytes = keep_bytes
        self._held = b""  # a frame's beginning, too short to say anything
        self._begun: Message | None = None  # its kept part is here, so many bytes are to come:
        self._left_bytes = 0

    def feed(self, chunk: memoryview | bytes) -> list[Message]:
        """The messages that end within this chunk."""
        if self._held:
            chunk, self._held = self._held + bytes(chunk), b""
        at, end, ended = 0, len(chunk), []
        while at < end:
            if self._begun is None:
                start = self._begin(chunk, at, end)
                if start < 0:
                    self._held = bytes(chunk[at:])
                    break
                at = start
            here = min(self._left_bytes, end - at)
            at += here
            self._left_bytes -= here
            if not self._left_bytes and self._begun is not None:
                ended.append(self._begun)
                self._begun = None
        return ended

    def _begin(self, chunk: memoryview | bytes, at: int, end: int) -> int:
        """Take a header and what is kept; where the rest begins, -1 when not all is here."""
        if end - at < 2:
            return -1
        opcode, size, start = chunk[at] & 15, chunk[at + 1], at + 2
        if size > _SHORT:
            start += 2 if size == 126 else 8
            if end < start:
                return -1
            size = int.from_bytes(chunk[at + 2 : start], "big")
        kept = min(size, self._keep_bytes) if opcode == BINARY else size
        if end - start < kept:
            return -1
        self._begun = Message(opcode, size, bytes(chunk[start : start + kept]))
        self._left_bytes = size - kept
        return start + kept


def client_frame(opcode: int, payload: bytes) -> bytes:
    """A whole frame as a client sends it.

    Raises:
        ValueError: 64 KiB or more; no viewer says that much.
    """
    size = len(payload)
    if size <= _SHORT:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        raise ValueError(f"{size} bytes are too many for a viewer's message")
    return head + _NO_MASK + payload
