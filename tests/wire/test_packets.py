"""Media packets as bytes, and WebSocket frames: vectors both ways, round trips, garbage."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.errors import ProtocolError
from samescreen.media import Damage, Packet, PacketKind, Region, Rendition
from samescreen.wire.messages import Pong, message_to_text
from samescreen.wire.outgoing import media, text
from samescreen.wire.packets import (
    binary_frame,
    packet_from_bytes,
    packet_to_bytes,
    text_frame,
)
from tests.fakes import read_frames, still, video
from tests.stage.tools import ROOT

VECTORS = json.loads((ROOT / "tests/vectors/packets.json").read_text(encoding="utf-8"))
HEADER_BYTES = 18
RECTANGLE_BYTES = 8

u16 = st.integers(0, 2**16 - 1)
boxes = st.tuples(u16, u16).flatmap(
    lambda corner: st.builds(
        Region, *map(st.just, corner), *(st.integers(0, 2**16 - 1 - each) for each in corner)
    )
)
"""Within the range of the wire, and so is the hull of many."""
packets = st.builds(
    Packet,
    kind=st.sampled_from(PacketKind),
    rendition=st.sampled_from(Rendition),
    track=st.integers(0, 255),
    sequence=st.integers(0, 2**32 - 1),
    pts_us=st.integers(0, 2**64 - 1),
    is_keyframe=st.booleans(),
    damage=st.one_of(
        st.just(Damage.ALL),
        st.lists(boxes, max_size=30).map(
            lambda boxes: Damage.of(*boxes)
        ),
    ),
    payload=st.binary(max_size=64),
    is_sealed=st.booleans(),
)


def damage_of(boxes: list[list[int]]) -> Damage:
    """No rectangle is the whole picture, one empty rectangle is none of it."""
    regions = tuple(Region(*box) for box in boxes)
    if not regions:
        return Damage.ALL
    return Damage(regions) if any(regions) else Damage.NONE


def packet_of(vector: dict[str, Any]) -> Packet:
    return Packet(
        kind=PacketKind(vector["kind"]),
        rendition=Rendition(vector["rendition"]),
        track=vector["track"],
        sequence=vector["sequence"],
        pts_us=vector["pts_us"],
        is_keyframe=vector["is_keyframe"],
        damage=damage_of(vector["damage"]),
        payload=bytes.fromhex(vector["payload"]),
        is_sealed=vector.get("is_sealed", False),
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_shared_vectors_both_ways(vector: dict[str, Any]) -> None:
    message, packet = bytes.fromhex(vector["bytes"]), packet_of(vector)
    assert packet_to_bytes(packet) == message
    assert packet_from_bytes(message) == packet


@given(packets)
def test_round_trip(packet: Packet) -> None:
    assert packet_from_bytes(packet_to_bytes(packet)) == packet


@given(packets)
def test_a_packet_cut_short_is_refused_unless_only_payload_is_missing(packet: Packet) -> None:
    message = packet_to_bytes(packet)
    rectangles = 0 if packet.damage.is_all else max(1, len(packet.damage.regions))
    payload_at = HEADER_BYTES + RECTANGLE_BYTES * rectangles
    for length in range(len(message)):
        if length < payload_at:
            with pytest.raises(ProtocolError):
                packet_from_bytes(message[:length])
        else:
            cut = packet_from_bytes(message[:length])
            assert cut.payload == packet.payload[: length - payload_at]
            assert cut.damage == packet.damage


@given(st.binary(max_size=200))
def test_garbage_is_a_packet_or_a_protocol_error(message: bytes) -> None:
    try:
        packet = packet_from_bytes(message)
    except ProtocolError:
        return
    # Unknown flag bits are all that a reader may ignore.
    assert packet_to_bytes(packet)[2:] == message[2:]


def test_unknown_flags_are_ignored_and_unknown_kinds_refused() -> None:
    message = bytearray(bytes.fromhex(VECTORS[0]["bytes"]))
    message[1] = 0xFE
    assert packet_from_bytes(bytes(message)).is_keyframe is False
    for at, value in [(0, 0), (0, 9), (3, 250)]:
        wrong = message.copy()
        wrong[at] = value
        with pytest.raises(ProtocolError):
            packet_from_bytes(bytes(wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        {"sequence": 2**32},
        {"sequence": -1},
        {"pts_us": -1},
        {"track": 256},
        {"damage": [[0, 0, 65536, 1]]},
        {"damage": [[-1, 0, 1, 1]]},
        {"damage": [[0, 0, 1, 1]] * 65536},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_does_not_fit_its_field_is_a_value_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="does not fit the wire"):
        packet_to_bytes(packet_of(VECTORS[0] | wrong))


@pytest.mark.parametrize(
    ("length", "header"),
    [
        (0, "00"),
        (1, "01"),
        (125, "7d"),
        (126, "7e007e"),
        (127, "7e007f"),
        (65535, "7effff"),
        (65536, "7f0000000000010000"),
    ],
)
def test_frame_headers_at_the_borders_of_rfc_6455(length: int, header: str) -> None:
    message = bytes(length)
    assert binary_frame(message) == b"\x82" + bytes.fromhex(header) + message
    assert text_frame(message) == b"\x81" + bytes.fromhex(header) + message


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=300)), max_size=5))
def test_frames_one_after_another_read_back(messages: list[tuple[bool, bytes]]) -> None:
    stream = b"".join((text_frame if text else binary_frame)(m) for text, m in messages)
    assert list(read_frames(stream)) == [(1 if text else 2, m) for text, m in messages]


@given(st.binary(max_size=70_000), st.booleans())
def test_a_frame_gives_its_message_back(message: bytes, is_text: bool) -> None:
    frame = text_frame(message) if is_text else binary_frame(message)
    assert list(read_frames(frame)) == [(1 if is_text else 2, message)]


def test_an_outgoing_packet_says_what_a_transport_must_know() -> None:
    for packet in (video(3), video(4, keyframe=True), still(1)):
        outgoing = media(packet)
        assert outgoing.message == packet_to_bytes(packet)
        assert outgoing.frame == binary_frame(outgoing.message)
        assert (outgoing.rendition, outgoing.stands_alone) == (packet.rendition, packet.is_keyframe)
        assert not outgoing.is_text


def test_an_outgoing_control_message_is_text() -> None:
    outgoing = text(Pong(sent_us=1, host_us=2))
    assert outgoing.message == message_to_text(Pong(sent_us=1, host_us=2))
    assert outgoing.frame == text_frame(outgoing.message)
    assert outgoing.is_text
