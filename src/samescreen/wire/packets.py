"""Media packets as bytes, and the WebSocket frame around them.

Pure. The layout is drawn in docs/protocol.md; tests/vectors/packets.json holds the bytes.
"""

from __future__ import annotations

import struct
from typing import Final

from samescreen.errors import ProtocolError
from samescreen.media import Damage, Packet, PacketKind, Region, Rendition

_HEADER: Final = struct.Struct(">BBBBIQH")
_RECTANGLE: Final = struct.Struct(">HHHH")
RECTANGLE_BYTES: Final = _RECTANGLE.size
_KEYFRAME: Final = 1
_SEALED: Final = 2
_NO_DAMAGE: Final = (Region(0, 0, 0, 0),)
"""On the wire, no rectangle means the whole picture, and one empty rectangle means no damage."""


def packet_to_bytes(packet: Packet) -> bytes:
    """One binary message. Rectangles must lie within 0…65535.

    Raises:
        ValueError: a rectangle or a counter does not fit its field.
    """
    regions = rectangles_of(packet.damage)
    try:
        header = _HEADER.pack(
            packet.kind,
            flags_of(packet),
            packet.track,
            packet.rendition,
            packet.sequence,
            packet.pts_us,
            len(regions),
        )
        rectangles = rectangles_to_bytes(regions)
    except struct.error as error:
        raise ValueError(f"packet does not fit the wire: {error}") from error
    return b"".join((header, rectangles, packet.payload))


def flags_of(packet: Packet) -> int:
    """The second byte of its message."""
    return (_KEYFRAME if packet.is_keyframe else 0) | (_SEALED if packet.is_sealed else 0)


def packet_from_bytes(message: bytes, at: int = 0) -> Packet:
    """The packet in one binary message, from its byte `at` on.

    Raises:
        ProtocolError: too short, or an unknown kind or rendition.
    """
    if len(message) < at + _HEADER.size:
        raise ProtocolError(f"media message of {len(message)} bytes is shorter than its header")
    kind, flags, track, rendition, sequence, pts_us, count = _HEADER.unpack_from(message, at)
    at += _HEADER.size
    damage = damage_from_bytes(message, at, count)
    try:
        return Packet(
            kind=PacketKind(kind),
            rendition=Rendition(rendition),
            track=track,
            sequence=sequence,
            pts_us=pts_us,
            is_keyframe=bool(flags & _KEYFRAME),
            damage=damage,
            payload=message[at + count * RECTANGLE_BYTES :],
            is_sealed=bool(flags & _SEALED),
        )
    except ValueError as error:
        raise ProtocolError(str(error)) from error


def rectangles_of(damage: Damage) -> tuple[Region, ...]:
    """The rectangles that stand for this damage on the wire."""
    return damage.regions or (() if damage.is_all else _NO_DAMAGE)


def rectangles_to_bytes(regions: tuple[Region, ...]) -> bytes:
    """Rectangles, 8 bytes each. Raises struct.error: one does not fit."""
    return b"".join(_RECTANGLE.pack(r.x, r.y, r.width, r.height) for r in regions)


def damage_from_bytes(message: bytes, at: int, count: int) -> Damage:
    """The damage that `count` rectangles from byte `at` on stand for.

    Raises:
        ProtocolError: the message ends before.
    """
    end = at + count * RECTANGLE_BYTES
    if len(message) < end:
        raise ProtocolError(f"media message ends within its {count} rectangles")
    if not count:
        return Damage.ALL
    boxes = _RECTANGLE.iter_unpack(message[at:end])
    regions = tuple(Region(*fields) for fields in boxes)
    return Damage.NONE if regions == _NO_DAMAGE else Damage(regions)


_BINARY: Final = 0x82  # FIN, opcode 2
_TEXT: Final = 0x81  # FIN, opcode 1


def _frame(opcode: int, payload: bytes) -> bytes:
    """An unmasked, unfragmented frame, as a server sends it (RFC 6455 §5.2)."""
    length = len(payload)
    if length < 126:
        return bytes((opcode, length)) + payload
    if length < 0x10000:
        return struct.pack(">BBH", opcode, 126, length) + payload
    return struct.pack(">BBQ", opcode, 127, length) + payload


def binary_frame(message: bytes) -> bytes:
    """The WebSocket frame of a binary message, ready for any number of transports."""
    return _frame(_BINARY, message)


def text_frame(message: bytes) -> bytes:
    """The WebSocket frame of a UTF-8 text message."""
    return _frame(_TEXT, message)
