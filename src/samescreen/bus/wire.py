"""Messages on the bus: a prefix, then a part of the payload. Pure.

A broker takes no message above its limit, 1 MiB where nothing else is configured. So a payload is
cut into chunks of at most 256 KiB, which go out on one subject in order. The prefix, big-endian:

    version 1 byte | kind 1 | epoch 4 | number 4 | chunk 2 | chunks 2

`epoch` is the sender's: new whenever its numbers begin again. `number` counts the payloads of a
subject, so a reader sees that some are missing. A reader keeps the parts of one payload only.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from samescreen.errors import ProtocolError

VERSION: Final = 1
CHUNK_BYTES: Final = 256 * 1024
"""The most bytes of one message, with its prefix."""
MOST_BYTES: Final = 9 << 20
"""No payload is longer; the gate takes 8 MiB."""
_PREFIX: Final = struct.Struct("!BBIIHH")
PREFIX_BYTES: Final = _PREFIX.size
_PART_BYTES: Final = CHUNK_BYTES - PREFIX_BYTES
_MOST_CHUNKS: Final = -(-MOST_BYTES // _PART_BYTES)
_NUMBERS: Final = 2**32


class Kind(IntEnum):
    """What a payload is."""

    MEDIA = 1
    """`Published`, as on /ws/publish."""

    TEXT = 2
    """JSON of `messages.py`."""


@dataclass(frozen=True, slots=True)
class Payload:
    """`is_after_gap`: payloads before it are missing, or it is the first of its epoch."""

    kind: Kind
    epoch: int
    body: bytes
    is_after_gap: bool


class Numbered:
    """Cuts the payloads of one subject into messages. `epoch`: 0 … 2³²-1."""

    __slots__ = ("_epoch", "_number")

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch
        self._number = 0

    def skip(self) -> None:
        """A payload is dropped: readers see that it is missing."""
        self._number = (self._number + 1) % _NUMBERS

    def messages(self, kind: Kind, body: bytes) -> Iterator[bytes]:
        """The messages of one more payload. Raises ValueError: it is longer than any may be."""
        if len(body) > MOST_BYTES:
            raise ValueError(f"a payload of {len(body)} bytes, at most {MOST_BYTES}")
        number = self._number
        self.skip()
        chunks = max(1, -(-len(body) // _PART_BYTES))
        for chunk in range(chunks):
            prefix = _PREFIX.pack(VERSION, kind, self._epoch, number, chunk, chunks)
            yield prefix + body[chunk * _PART_BYTES : (chunk + 1) * _PART_BYTES]


class Joined:
    """Joins the messages of one subject from one sender to payloads."""

    __slots__ = ("_chunks", "_epoch", "_next", "_number", "_parts", "waiting_bytes")

    def __init__(self) -> None:
        self._epoch = -1
        self._next = -1
        """The number of the payload that may follow without a gap."""
        self._number = -1
        """Of the payload whose parts are here."""
        self._chunks = 0
        self._parts: list[bytes] = []
        self.waiting_bytes = 0
        """Of the parts that are here."""

    def forget(self) -> None:
        """Drop the parts that are here: their payload is lost."""
        self._number, self._parts, self.waiting_bytes = -1, [], 0

    def take(self, message: bytes) -> Payload | None:
        """The payload that this message ends; None: parts of it are missing.

        Raises:
            ProtocolError: it is no message of this bus, or of another version.
        """
        kind, epoch, number, chunk, chunks = _read(message)
        if epoch != self._epoch:
            self._epoch, self._next = epoch, -1
            self.forget()
        if chunk == 0:
            self.forget()
            self._number, self._chunks = number, chunks
        is_next = (number, chunk, chunks) == (self._number, len(self._parts), self._chunks)
        if not is_next:
            self.forget()
            return None
        self._parts.append(message[PREFIX_BYTES:])
        self.waiting_bytes += len(message) - PREFIX_BYTES
        if len(self._parts) < chunks:
            return None
        parts = self._parts
        self.forget()
        is_after_gap = number != self._next
        self._next = (number + 1) % _NUMBERS
        return Payload(kind, epoch, b"".join(parts), is_after_gap)


def _read(message: bytes) -> tuple[Kind, int, int, int, int]:
    """The fields of a prefix. Raises ProtocolError."""
    if len(message) < PREFIX_BYTES:
        raise ProtocolError("a message of the bus without its prefix")
    version, kind, epoch, number, chunk, chunks = _PREFIX.unpack_from(message)
    if version != VERSION:
        raise ProtocolError(
            f"another relay speaks version {version} of the bus, this one {VERSION}; update the "
            "older one"
        )
    is_known = kind in Kind.__members__.values()
    if not is_known or not chunk < chunks <= _MOST_CHUNKS or len(message) > CHUNK_BYTES:
        raise ProtocolError(f"a message of the bus with the prefix {message[:PREFIX_BYTES].hex()}")
    return Kind(kind), epoch, number, chunk, chunks
