"""What the host writes to the program that sends an output, as bytes and back. Pure.

One record after the other: a head of 14 bytes, little-endian, then the payload. Both sides are this
version of the program, so there is no version number.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from samescreen.record.sound_line import Sound
from samescreen.record.timeline import Picture

_HEAD: Final = struct.Struct("<BBqI")
"""Kind; 1 for a keyframe; µs (pictures) or frames (sound) since the beginning; payload's length."""

_TARGET, _PICTURE, _SOUND = range(3)
_LONGEST: Final = 64 * 1024 * 1024
"""A payload in bytes. A larger number can only be garbage."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: `url` may contain a secret. `width` and `height` in pixels."""

    url: str
    host: str
    port: int
    is_secure: bool
    width: int
    height: int

    def __repr__(self) -> str:
        return f"Target({self.host})"

    @property
    def is_rtsp(self) -> bool:
        """RTSP; otherwise RTMP."""
        return self.url.startswith("rtsp")


Record = Target | Picture | Sound


def packed(record: Record) -> bytes:
    """The record as bytes. The length of a picture is not part of it."""
    if isinstance(record, Target):
        payload = json.dumps(asdict(record)).encode()
        return _HEAD.pack(_TARGET, 0, 0, len(payload)) + payload
    if isinstance(record, Picture):
        head = _HEAD.pack(_PICTURE, record.is_keyframe, record.at_us, len(record.payload))
    else:
        head = _HEAD.pack(_SOUND, 0, record.at, len(record.payload) + 4)
        head += struct.pack("<I", record.frames)
    return head + record.payload


def read_record(read: Callable[[int], bytes]) -> Record | None:
    """The next record; None at the end, also in the middle of a record.

    `read` returns so many bytes, and fewer only at the end.

    Raises:
        ValueError: this is no record.
    """
    head = read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, is_keyframe, at, length = _HEAD.unpack(head)
    if length > _LONGEST:
        raise ValueError("a record of an output is too long")
    payload = read(length)
    if len(payload) < length:
        return None
    if kind == _PICTURE:
        return Picture(at, 0, payload, bool(is_keyframe))
    if kind == _SOUND and length >= 4:
        return Sound(at, struct.unpack_from("<I", payload)[0], payload[4:])
    if kind == _TARGET:
        return _target(payload)
    raise ValueError("a record of an output has an unknown kind")


def _target(payload: bytes) -> Target:
    fields: Any = json.loads(payload)
    try:
        return Target(**fields)
    except TypeError:
        raise ValueError("a record of an output names no target") from None
