"""Bytes of a viewer's input message to events. Pure; twin of viewer/control/wire.js.

docs/protocol.md draws the bytes, tests/vectors/control.json holds them. All numbers are
big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

from samescreen.errors import ProtocolError

from .events import (
    Button,
    Event,
    Held,
    Input,
    Key,
    Mods,
    Move,
    Pen,
    Release,
    Room,
    Shift,
    Text,
    Wheel,
)

MAX_INPUT_BYTES: Final = 2048
MAX_TEXT_BYTES: Final = 1024
MOST_BUTTONS: Final = 5
MOST_HELD: Final = 64
_MOST_TILT: Final = 90
_HEADER: Final = struct.Struct(">BBHI")
_ANSWERED: Final = 1
_MODS: Final = 0x1F
_BUTTON_BITS: Final = (1 << MOST_BUTTONS) - 1


class _Reader:
    """Reads values from the front of a message."""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self.at = 0

    @property
    def is_done(self) -> bool:
        return self.at == len(self._message)

    def take(self, form: struct.Struct) -> tuple[Any, ...]:
        return form.unpack(self.raw(form.size))

    def raw(self, size: int) -> bytes:
        part = self._message[self.at : self.at + size]
        if len(part) < size:
            raise ProtocolError("an input message ends within an event")
        self.at += size
        return part


_MOVE: Final = struct.Struct(">HH")
_BUTTON: Final = struct.Struct(">BBHH")
_WHEEL: Final = struct.Struct(">hhHH")
_SHIFT: Final = struct.Struct(">hh")
_PEN: Final = struct.Struct(">HHHbb")
_KEY: Final = struct.Struct(">BHHI")
_TEXT: Final = struct.Struct(">H")
_HELD: Final = struct.Struct(">HB")
_ROOM: Final = struct.Struct(">HH")


def _move(reader: _Reader) -> Event:
    return Move(*reader.take(_MOVE))


def _button(reader: _Reader) -> Event:
    number, is_down, x, y = reader.take(_BUTTON)
    if number >= MOST_BUTTONS:
        raise ProtocolError(f"there is no button {number}")
    return Button(number, bool(is_down), x, y)


def _wheel(reader: _Reader) -> Event:
    return Wheel(*reader.take(_WHEEL))


def _shift(reader: _Reader) -> Event:
    return Shift(*reader.take(_SHIFT))


def _pen(reader: _Reader) -> Event:
    pen = Pen(*reader.take(_PEN))
    if max(abs(pen.tilt_x), abs(pen.tilt_y)) > _MOST_TILT:
        raise ProtocolError("a pen that leans below the table")
    return pen


def _key(reader: _Reader) -> Event:
    is_down, code, mods, char = reader.take(_KEY)
    return Key(bool(is_down), code, Mods(mods & _MODS), _char(char))


def _char(point: int) -> str:
    """The character of a code point; "" for 0 and for control characters."""
    if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise ProtocolError(f"there is no character {point:#x}")
    char = chr(point)
    return char if char.isprintable() else ""


def _text(reader: _Reader) -> Event:
    (size,) = reader.take(_TEXT)
    if size > MAX_TEXT_BYTES:
        raise ProtocolError(f"a text of more than {MAX_TEXT_BYTES} bytes")
    try:
        return Text(reader.raw(size).decode("utf-8"))
    except UnicodeDecodeError:
        raise ProtocolError("a text that is no UTF-8") from None


def _held(reader: _Reader) -> Event:
    buttons, count = reader.take(_HELD)
    if count > MOST_HELD or buttons & ~_BUTTON_BITS:
        raise ProtocolError("more is held than anybody can hold")
    codes = struct.unpack(f">{count}H", reader.raw(2 * count))
    return Held(buttons, frozenset(codes))


def _release(reader: _Reader) -> Event:
    return Release()


def _room(reader: _Reader) -> Room:
    width, height = reader.take(_ROOM)
    if not (width and height):
        raise ProtocolError("room without a size")
    return Room(width, height)


_EVENTS: Final[dict[int, Callable[[_Reader], Event | Room]]] = {
    1: _move,
    2: _button,
    3: _wheel,
    4: _shift,
    5: _key,
    6: _text,
    7: _held,
    9: _pen,
    10: _release,
    11: _room,
}


def input_from_bytes(message: bytes) -> Input:
    """The events of one message, in order.

    Raises:
        ProtocolError: too long or too short, an event of an unknown kind, or a value out of range.
    """
    if len(message) > MAX_INPUT_BYTES:
        raise ProtocolError(f"an input message of more than {MAX_INPUT_BYTES} bytes")
    reader = _Reader(message)
    track, flags, sequence, page_ms = reader.take(_HEADER)
    events: list[Event | Room] = []
    while not reader.is_done:
        (kind,) = reader.raw(1)
        read = _EVENTS.get(kind)
        if read is None:
            raise ProtocolError(f"unknown input event {kind}")
        events.append(read(reader))
    return Input(track, sequence, page_ms, tuple(events), bool(flags & _ANSWERED))


def input_to_bytes(given: Input) -> bytes:
    """One message of these events: for a relay, which passes them on."""
    flags = _ANSWERED if given.answered else 0
    header = _HEADER.pack(given.track, flags, given.sequence & 0xFFFF, given.page_ms)
    return header + b"".join(map(_event_to_bytes, given.events))


def _event_to_bytes(event: Event | Room) -> bytes:
    match event:
        case Move(x, y):
            return b"\x01" + _MOVE.pack(x, y)
        case Button(number, is_down, x, y):
            return b"\x02" + _BUTTON.pack(number, is_down, x, y)
        case Wheel(dx, dy, x, y):
            return b"\x03" + _WHEEL.pack(dx, dy, x, y)
        case Shift(dx, dy):
            return b"\x04" + _SHIFT.pack(dx, dy)
        case Key(is_down, code, mods, char):
            return b"\x05" + _KEY.pack(is_down, code, mods, ord(char) if char else 0)
        case Text(text):
            encoded = text.encode()
            return b"\x06" + _TEXT.pack(len(encoded)) + encoded
        case Held(buttons, codes):
            codes_of = struct.pack(f">{len(codes)}H", *sorted(codes))
            return b"\x07" + _HELD.pack(buttons, len(codes)) + codes_of
        case Pen(x, y, pressure, tilt_x, tilt_y):
            return b"\x09" + _PEN.pack(x, y, pressure, tilt_x, tilt_y)
        case Release():
            return b"\x0a"
        case Room(width, height):
            return b"\x0b" + _ROOM.pack(width, height)
