"""Seals what goes up to a relay, with a key that this run draws and the relay never gets.

Event loop. `cryptography` takes a while, so import this module only where a share is sealed.
"""

from __future__ import annotations

import base64
import itertools
import secrets
from collections.abc import Iterator
from dataclasses import replace

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from samescreen.media import Packet
from samescreen.wire.sealed import KEY_BYTES, bound_to, head_of


class Seal:
    """The key of one share. Every packet that it seals gets another nonce."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = secrets.token_bytes(KEY_BYTES) if key is None else key
        self._cipher = AESGCM(self._key)
        self._series = itertools.count(1)
        self._numbers = itertools.count(1)

    @property
    def text(self) -> str:
        """The key as it stands in the link: 22 characters."""
        return base64.urlsafe_b64encode(self._key).rstrip(b"=").decode()

    def series(self) -> TrackSeal:
        """For one track of one connection."""
        return TrackSeal(self._cipher, next(self._series), self._numbers)


class TrackSeal:
    """Seals one track. `series` is its part of the nonce; `numbers` are those of the key."""

    def __init__(self, cipher: AESGCM, series: int, numbers: Iterator[int]) -> None:
        self._cipher = cipher
        self._series = series
        self._numbers = numbers

    def sealed(self, packet: Packet) -> Packet:
        """The packet with its payload sealed."""
        payload = packet.payload
        head = head_of(payload, self._series, next(self._numbers))
        marked = replace(packet, is_sealed=True)
        body = self._cipher.encrypt(head[1:], payload, bound_to(marked))
        return replace(marked, payload=head + body)
