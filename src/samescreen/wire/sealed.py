"""Sealed payloads: what a relay passes on and cannot read. Pure; nothing here encrypts.

A sealed payload is a head, the payload under AES-128-GCM, and its tag of 16 bytes:

    first u8 · series u32 · number u64 · sealed payload … · tag

`first` is the first byte of the payload: by it relays know a PNG file. `series` and `number` are
the nonce (NIST SP 800-38D §8.2.1); a host uses no number twice with one key. docs/protocol.md has
the rules, tests/vectors/sealed.json the bytes.
"""

from __future__ import annotations

import struct
from typing import Final

from samescreen.media import Packet

from .packets import flags_of

_HEAD: Final = struct.Struct(">BIQ")
_BOUND: Final = struct.Struct(">BBBIB")
KEY_BYTES: Final = 16
HEAD_BYTES: Final = _HEAD.size
TAG_BYTES: Final = 16
SEALED_BYTES: Final = HEAD_BYTES + TAG_BYTES
"""How much longer a sealed payload is."""


def head_of(payload: bytes, series: int, number: int) -> bytes:
    """What stands before that payload once it is sealed; `head[1:]` is the nonce, 12 bytes."""
    return _HEAD.pack(payload[0], series, number)


def bound_to(packet: Packet) -> bytes:
    """What of the packet cannot be changed on its way: the additional data of its tag.

    Its track, time and rectangles are not in it: a relay has numbers and a clock of its own, and
    tells each viewer what to paint.
    """
    return _BOUND.pack(
        packet.kind, flags_of(packet), packet.rendition, packet.sequence, packet.payload[0]
    )
