"""The values in RTMP's commands: AMF0, as Adobe's "Action Message Format 0" has it. Pure."""

from __future__ import annotations

import struct
from typing import Final, TypeAlias

Value: TypeAlias = "float | bool | str | None | dict[str, Value] | list[Value]"

_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED = 0, 1, 2, 3, 5, 6
_ECMA_ARRAY, _END, _STRICT_ARRAY, _DATE, _LONG_STRING = 8, 9, 10, 11, 12
_DEEPEST: Final = 8
_DOUBLE: Final = struct.Struct(">d")


def read_values(data: bytes) -> list[Value]:
    """All values in `data`.

    Raises:
        ValueError: this is no AMF0, or holds a kind of value that no publisher sends.
    """
    reader = _Reader(data)
    values = []
    while not reader.is_at_end:
        values.append(reader.value(_DEEPEST))
    return values


def written(*values: Value) -> bytes:
    """The values as AMF0. Strings are at most 65535 bytes; lists are not written."""
    return b"".join(map(_written, values))


def _written(value: Value) -> bytes:
    if value is None:
        return bytes([_NULL])
    if isinstance(value, bool):
        return bytes([_BOOLEAN, value])
    if isinstance(value, (int, float)):
        return bytes([_NUMBER]) + _DOUBLE.pack(value)
    if isinstance(value, str):
        return bytes([_STRING]) + _counted(value)
    assert isinstance(value, dict), "lists are only read"
    pairs = b"".join(_counted(name) + _written(each) for name, each in value.items())
    return bytes([_OBJECT]) + pairs + bytes([0, 0, _END])


def _counted(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        return self._at >= len(self._data)

    def value(self, depth: int) -> Value:
        if depth == 0:
            raise ValueError("values are nested too deeply")
        kind = self._taken(1)[0]
        if kind == _NUMBER:
            return float(_DOUBLE.unpack(self._taken(8))[0])
        if kind == _BOOLEAN:
            return self._taken(1) != b"\0"
        if kind in (_STRING, _LONG_STRING):
            return self._text(2 if kind == _STRING else 4)
        if kind in (_NULL, _UNDEFINED):
            return None
        if kind == _DATE:
            return float(_DOUBLE.unpack(self._taken(10)[:8])[0])
        return self._many(kind, depth - 1)

    def _many(self, kind: int, depth: int) -> Value:
        if kind == _STRICT_ARRAY:
            count = self._number(4)
            if count > len(self._data):
                raise ValueError("an array is longer than its message")
            return [self.value(depth) for _ in range(count)]
        if kind == _ECMA_ARRAY:
            self._taken(4)  # how many there are, which many writers get wrong
        elif kind != _OBJECT:
            raise ValueError(f"a value has the unknown kind {kind}")
        found: dict[str, Value] = {}
        while True:
            name = self._text(2)
            if not name and self._data[self._at : self._at + 1] == bytes([_END]):
                self._at += 1
                return found
            found[name] = self.value(depth)

    def _text(self, width: int) -> str:
        return self._taken(self._number(width)).decode(errors="replace")

    def _number(self, width: int) -> int:
        return int.from_bytes(self._taken(width), "big")

    def _taken(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise ValueError("a value is cut off")
        self._at += count
        return taken
