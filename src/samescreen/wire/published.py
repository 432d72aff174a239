"""Media on /ws/publish: a prefix, and then a media packet as viewers get it. Pure.

The packet is the one that the pushing side encodes for its own viewers, with its own numbers. The
prefix says what those viewers learn in other ways: who the packet is for, and what changed since
the last still. docs/protocol.md draws it; tests/vectors/published.json holds the bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Final

from samescreen.errors import ProtocolError
from samescreen.media import MAX_REGIONS, Packet

from .packets import (
    RECTANGLE_BYTES,
    damage_from_bytes,
    packet_from_bytes,
    packet_to_bytes,
    rectangles_of,
    rectangles_to_bytes,
)

_SKETCH: Final = 1
_REPAIR: Final = 2
_SINCE_STILL: Final = 4
_KNOWN: Final = _SKETCH | _REPAIR | _SINCE_STILL
_HEAD: Final = 2
"""One byte of flags, one with the number of rectangles."""


@dataclass(frozen=True, slots=True)
class Published:
    """A packet and who it is for. `is_sketch`: a coarse still for those that wait for a first one.
    `is_repair`: a piece for those that lost it.
    """

    packet: Packet
    is_sketch: bool = False
    is_repair: bool = False


def publish_prefix(published: Published) -> bytes:
    """What precedes the packet's own message. A packet with `news` is sent with these in its
    rectangles, as viewers in step get it, and has its `damage` here.

    Raises:
        ValueError: a rectangle does not fit, or there are more than 255.
    """
    packet = published.packet
    flags = _SKETCH * published.is_sketch | _REPAIR * published.is_repair
    if packet.news is None:
        return bytes((flags, 0))
    regions = rectangles_of(packet.damage)
    try:
        return bytes((flags | _SINCE_STILL, len(regions))) + rectangles_to_bytes(regions)
    except struct.error as error:
        raise ValueError(f"packet does not fit the wire: {error}") from error


def published_to_bytes(published: Published) -> bytes:
    """One binary message.

    Raises:
        ValueError: a rectangle or a counter does not fit its field.
    """
    packet = published.packet
    sent = packet if packet.news is None else replace(packet, damage=packet.news, news=None)
    return publish_prefix(published) + packet_to_bytes(sent)


def published_from_bytes(message: bytes) -> Published:
    """What one binary message holds.

    Raises:
        ProtocolError: too short, an unknown flag, kind or rendition, or too many rectangles.
    """
    if len(message) < _HEAD:
        raise ProtocolError("published media without its prefix")
    flags, count = message[0], message[1]
    has_damage = bool(flags & _SINCE_STILL)
    if flags & ~_KNOWN or (count and not has_damage) or count > MAX_REGIONS:
        raise ProtocolError(f"published media with the prefix {message[:2].hex()}")
    packet = packet_from_bytes(message, _HEAD + count * RECTANGLE_BYTES)
    if has_damage:
        since_still = damage_from_bytes(message, _HEAD, count)
        packet = replace(packet, damage=since_still, news=packet.damage)
    return Published(packet, bool(flags & _SKETCH), bool(flags & _REPAIR))
