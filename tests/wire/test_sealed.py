"""The layout of sealed payloads, on the vectors that the page opens too."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from samescreen.errors import ProtocolError
from samescreen.media import Packet
from samescreen.wire.packets import packet_from_bytes
from samescreen.wire.sealed import HEAD_BYTES, SEALED_BYTES, bound_to, head_of
from tests.stage.tools import ROOT
from tests.wire.test_packets import packet_of

VECTORS = json.loads((ROOT / "tests/vectors/sealed.json").read_text(encoding="utf-8"))


def opened(packet: Packet, key: str) -> bytes:
    """What a page with this key reads."""
    cipher = AESGCM(base64.urlsafe_b64decode(key + "=="))
    payload = packet.payload
    return cipher.decrypt(payload[1:HEAD_BYTES], payload[HEAD_BYTES:], bound_to(packet))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_shared_vectors_open_and_no_changed_byte_does(vector: dict[str, Any]) -> None:
    message, plain = bytes.fromhex(vector["bytes"]), packet_of(vector)
    sealed = packet_from_bytes(message)
    assert sealed.is_sealed
    assert sealed.payload[:HEAD_BYTES] == head_of(
        plain.payload, vector["series"], vector["number"]
    )
    assert len(sealed.payload) == len(plain.payload) + SEALED_BYTES
    assert opened(sealed, vector["key"]) == plain.payload
    bound = {0: "kind", 1: "flags", 3: "rendition", **dict.fromkeys(range(4, 8), "sequence")}
    payload_at = len(message) - len(sealed.payload)
    for at in (*bound, *range(payload_at, len(message))):
        changed = bytearray(message)
        changed[at] ^= 1
        try:
            packet = packet_from_bytes(bytes(changed))
        except ProtocolError:
            continue  # no packet at all
        with pytest.raises(InvalidTag):
            opened(packet, vector["key"])


def test_relays_give_a_packet_another_track_time_and_place() -> None:
    message = bytearray.fromhex(VECTORS[1]["bytes"])
    message[2] = 9  # track
    message[15] ^= 255  # pts_us
    message[19] ^= 1  # x
    assert opened(packet_from_bytes(bytes(message)), VECTORS[1]["key"])
