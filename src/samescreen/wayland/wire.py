"""The bytes of the Wayland protocol: requests are packed, events are cut out and read. Pure.

A message is a header of two 32-bit words (object; length << 16 | opcode) and its arguments, each
padded to 32 bits. All words have the machine's byte order. File descriptors travel beside the bytes
(`connection.py`). Source: "Wayland Protocol and Model of Operation", Wire Format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_HEADER: Final = struct.Struct("=II")
_WORD: Final = struct.Struct("=I")
_SIGNED: Final = struct.Struct("=i")
_LONGEST: Final = 0xFFFC
"""The longest message whose length fits into 16 bits."""

Argument = int | str | bytes
"""Of a request: a number or an object, a string, an array."""


class WireError(ValueError):
    """These bytes are not the Wayland protocol, or not what the interface says."""


@dataclass(frozen=True, slots=True)
class Message:
    """One event or request: for `object_id`, number `opcode`, with `body` as its arguments."""

    object_id: int
    opcode: int
    body: bytes = b""


def packed(object_id: int, opcode: int, *arguments: Argument) -> bytes:
    """A message's bytes.

    Raises:
        WireError: a number does not fit into 32 bits, a string has a NUL, or it is too long.
    """
    body = b"".join(map(_packed_argument, arguments))
    length = _HEADER.size + len(body)
    if length > _LONGEST:
        raise WireError(f"a message of {length} bytes is too long")
    return _HEADER.pack(object_id, length << 16 | opcode) + body


def _packed_argument(argument: Argument) -> bytes:
    if isinstance(argument, int):
        if not -(2**31) <= argument < 2**32:
            raise WireError(f"{argument} does not fit into 32 bits")
        return _WORD.pack(argument & 0xFFFFFFFF)
    if isinstance(argument, str):
        raw = argument.encode()
        if b"\0" in raw:
            raise WireError("a string must not contain NUL")
        argument = raw + b"\0"
    return _WORD.pack(len(argument)) + argument + bytes(-len(argument) % 4)


class Cutter:
    """Cuts a stream of bytes into messages, however the bytes arrive."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, received: bytes) -> Iterator[Message]:
        """The messages that are whole now. What is left waits for more bytes.

        Raises:
            WireError: a header states an impossible length.
        """
        waiting = self._waiting
        waiting += received
        while len(waiting) >= _HEADER.size:
            object_id, word = _HEADER.unpack_from(waiting)
            length = word >> 16
            if length < _HEADER.size or length % 4:
                raise WireError(f"a message states a length of {length}")
            if len(waiting) < length:
                return
            body = bytes(waiting[_HEADER.size : length])
            del waiting[:length]
            yield Message(object_id, word & 0xFFFF, body)


class Body:
    """Reads a message's arguments, one after the other.

    Raises, from each method:
        WireError: the body ends before the argument does, or the argument is malformed.
    """

    def __init__(self, message: Message) -> None:
        self._body = message.body
        self._at = 0

    def number(self) -> int:
        """An unsigned number, an object or a new object."""
        value: int = _WORD.unpack(self._next(_WORD.size))[0]
        return value

    def numbers(self, count: int) -> tuple[int, ...]:
        return tuple(self.number() for _ in range(count))

    def signed(self) -> int:
        value: int = _SIGNED.unpack(self._next(_SIGNED.size))[0]
        return value

    def array(self) -> bytes:
        length = self.number()
        padded = self._next(length + -length % 4)
        return padded[:length]

    def text(self) -> str:
        """A string; an absent one is empty."""
        raw = self.array()
        if raw and raw[-1]:
            raise WireError("a string does not end with NUL")
        return raw[:-1].decode(errors="replace")

    def _next(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._body):
            raise WireError("an event is shorter than its arguments")
        taken = self._body[self._at : end]
        self._at = end
        return taken
