"""PipeWire's values ("pods"): packs objects of parameters, and reads them. Pure.

A pod is its body's size, its type, and the body, padded to 64 bits. All numbers have the machine's
byte order. Source: docs.pipewire.org, "SPA POD".
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

_HEADER: Final = struct.Struct("=II")
_PROPERTY: Final = struct.Struct("=IIII")
"""The key, flags, and the header of the value."""

_WORD: Final = struct.Struct("=I")
_PAIR: Final = struct.Struct("=II")


class PodError(ValueError):
    """These bytes are not the pod that they should be."""


class Kind(IntEnum):
    """SPA_TYPE_…; those that are used."""

    BOOL = 2
    ID = 3
    INT = 4
    LONG = 5
    RECTANGLE = 10
    FRACTION = 11
    OBJECT = 15
    CHOICE = 19


class Choosing(IntEnum):
    """SPA_CHOICE_…: how the values of a choice are meant."""

    NONE = 0
    RANGE = 1
    STEP = 2
    ENUM = 3
    FLAGS = 4


@dataclass(frozen=True, slots=True)
class Pod:
    """One value: its type and its body, without padding."""

    kind: int
    body: bytes

    @classmethod
    def ident(cls, number: int) -> Self:
        return cls(Kind.ID, _WORD.pack(number))

    @classmethod
    def integer(cls, number: int) -> Self:
        return cls(Kind.INT, struct.pack("=i", number))

    @classmethod
    def rectangle(cls, width: int, height: int) -> Self:
        return cls(Kind.RECTANGLE, _PAIR.pack(width, height))

    @classmethod
    def fraction(cls, above: int, below: int) -> Self:
        return cls(Kind.FRACTION, _PAIR.pack(above, below))

    @property
    def packed(self) -> bytes:
        """With its header and its padding."""
        return _HEADER.pack(len(self.body), self.kind) + self.body + bytes(-len(self.body) % 8)

    @property
    def number(self) -> int:
        """The number of an ID or an INT.

        Raises:
            PodError: it is neither.
        """
        if self.kind not in (Kind.ID, Kind.INT) or len(self.body) < _WORD.size:
            raise PodError(f"a pod of type {self.kind} is no number")
        form = "=I" if self.kind == Kind.ID else "=i"
        value: int = struct.unpack_from(form, self.body)[0]
        return value

    @property
    def pair(self) -> tuple[int, int]:
        """Both numbers of a RECTANGLE or a FRACTION.

        Raises:
            PodError: it is neither.
        """
        if self.kind not in (Kind.RECTANGLE, Kind.FRACTION) or len(self.body) < _PAIR.size:
            raise PodError(f"a pod of type {self.kind} is no pair")
        first, second = _PAIR.unpack_from(self.body)
        return first, second


def choice(how: Choosing, default: Pod, *others: Pod) -> Pod:
    """A choice of values of one type. The `default` comes first, and counts as no alternative."""
    head = struct.pack("=IIII", how, 0, len(default.body), default.kind)
    return Pod(Kind.CHOICE, head + default.body + b"".join(each.body for each in others))


@dataclass(frozen=True, slots=True)
class Object:
    """An object of parameters: its type, what it is for (`purpose`), and its properties."""

    type: int
    purpose: int
    properties: Mapping[int, Pod]

    @property
    def packed(self) -> bytes:
        body = _PAIR.pack(self.type, self.purpose)
        for key, value in self.properties.items():
            body += _PAIR.pack(key, 0) + value.packed
        return Pod(Kind.OBJECT, body).packed

    @classmethod
    def read(cls, packed: bytes) -> Self:
        """From the bytes of a pod. A choice counts as its default value.

        Raises:
            PodError: the bytes are no whole object.
        """
        if len(packed) < _HEADER.size:
            raise PodError("a pod without a header")
        size, kind = _HEADER.unpack_from(packed)
        end = _HEADER.size + size
        if kind != Kind.OBJECT or size < _PAIR.size or end > len(packed):
            raise PodError("this is no whole object")
        type_, purpose = _PAIR.unpack_from(packed, _HEADER.size)
        properties: dict[int, Pod] = {}
        at = _HEADER.size + _PAIR.size
        while at + _PROPERTY.size <= end:
            key, _, length, of_kind = _PROPERTY.unpack_from(packed, at)
            begin = at + _PROPERTY.size
            if begin + length > end:
                raise PodError("a property reaches over the object's end")
            properties[key] = _settled(Pod(of_kind, packed[begin : begin + length]))
            at = begin + length + -length % 8
        return cls(type_, purpose, properties)

    def get(self, key: int) -> Pod:
        """The property of this key.

        Raises:
            PodError: there is none.
        """
        if key not in self.properties:
            raise PodError(f"an object without the property {key}")
        return self.properties[key]


def _settled(value: Pod) -> Pod:
    """The value itself; of a choice, the first one."""
    if value.kind != Kind.CHOICE:
        return value
    if len(value.body) < 16:
        raise PodError("a choice without a head")
    length, kind = _PAIR.unpack_from(value.body, 8)
    body = value.body[16 : 16 + length]
    if len(body) < length:
        raise PodError("a choice without a value")
    return Pod(kind, body)


def total_size(header: bytes) -> int:
    """How many bytes a pod has whose first 8 are these, without its padding."""
    return _HEADER.size + int(_HEADER.unpack(header)[0])
