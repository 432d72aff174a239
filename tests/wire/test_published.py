"""Media and messages of /ws/publish: vectors both ways, round trips, byte by byte, garbage."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.errors import ProtocolError
from samescreen.media import Damage, Region
from samescreen.wire.packets import packet_to_bytes
from samescreen.wire.published import (
    Published,
    publish_prefix,
    published_from_bytes,
    published_to_bytes,
)
from samescreen.wire.publishing import (
    FromPublisher,
    Offer,
    Publish,
    ToPublisher,
    Want,
    message_to_publisher,
    publisher_message,
    text_from_publisher,
    text_to_publisher,
)
from tests.fakes import video
from tests.stage.tools import ROOT
from tests.wire.test_packets import boxes, damage_of, packet_of, packets

MEDIA = json.loads((ROOT / "tests/vectors/published.json").read_text(encoding="utf-8"))
TEXTS = json.loads((ROOT / "tests/vectors/publishing.json").read_text(encoding="utf-8"))

damages = st.sampled_from([Damage.ALL, Damage.NONE]) | st.lists(boxes, max_size=24).map(
    lambda regions: Damage.of(*regions)
)
published = st.builds(
    Published, packets, is_sketch=st.booleans(), is_repair=st.booleans()
) | st.builds(
    lambda packet, news, damage: Published(
        replace(packet, news=news, damage=damage)
    ),
    packets,
    damages,
    damages,
)


def published_of(vector: dict[str, Any]) -> Published:
    packet = packet_of(vector)
    if "since_still" in vector:
        packet = replace(
            packet, news=packet.damage, damage=damage_of(vector["since_still"])
        )
    return Published(packet, vector["is_sketch"], vector["is_repair"])


@pytest.mark.parametrize("vector", MEDIA, ids=lambda vector: vector["name"])
def test_the_shared_vectors_both_ways(vector: dict[str, Any]) -> None:
    message, said = bytes.fromhex(vector["bytes"]), published_of(vector)
    assert published_to_bytes(said) == message
    assert published_from_bytes(message) == said


@given(published)
def test_round_trip(said: Published) -> None:
    assert published_from_bytes(published_to_bytes(said)) == said


@given(published)
def test_the_message_ends_with_the_packet_as_viewers_in_step_get_it(said: Published) -> None:
    packet = said.packet
    shown = packet.damage if packet.news is None else packet.news
    sent = packet_to_bytes(replace(packet, damage=shown, news=None))
    assert published_to_bytes(said) == publish_prefix(said) + sent


@given(published)
def test_cut_anywhere_before_its_payload_it_is_refused(said: Published) -> None:
    message = published_to_bytes(said)
    payload_at = len(message) - len(said.packet.payload)
    for length in range(payload_at):
        with pytest.raises(ProtocolError):
            published_from_bytes(message[:length])
    for length in range(payload_at, len(message)):
        cut = published_from_bytes(message[:length]).packet
        assert cut.payload == said.packet.payload[: length - payload_at]


@given(st.binary(max_size=120))
def test_garbage_is_refused_or_says_what_it_says_again(message: bytes) -> None:
    try:
        said = published_from_bytes(message)
    except ProtocolError:
        return
    assert published_from_bytes(published_to_bytes(said)) == said


@pytest.mark.parametrize("prefix", ["08", "80", "0001", "0201", "0419", "04ff"])
def test_an_unknown_prefix_is_refused(prefix: str) -> None:
    packet = packet_to_bytes(video(0, keyframe=True))
    head = bytes.fromhex(prefix).ljust(2, b"\0")
    with pytest.raises(ProtocolError, match="prefix"):
        published_from_bytes(head + bytes(8 * 255) + packet)


def test_what_does_not_fit_is_a_value_error() -> None:
    box = Damage.of(Region(0, 0, 65_536, 1))
    with pytest.raises(ValueError, match="does not fit the wire"):
        published_to_bytes(Published(replace(video(0), damage=box, news=Damage.ALL)))


def short(text: str) -> str:
    return text[:40]


@pytest.mark.parametrize("text", TEXTS["from_publisher"], ids=short)
def test_what_a_publisher_says(text: str) -> None:
    message = publisher_message(text)
    assert text_from_publisher(message) == text.encode()
    assert publisher_message(text.encode()) == message


@pytest.mark.parametrize("text", TEXTS["to_publisher"], ids=short)
def test_what_a_publisher_is_answered(text: str) -> None:
    message = message_to_publisher(text)
    assert text_to_publisher(message) == text.encode()


@pytest.mark.parametrize("text", TEXTS["refused"], ids=short)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError, match="refused"):
        publisher_message(text)


def test_the_vectors_hold_every_message() -> None:
    for direction, union in [("to_publisher", ToPublisher), ("from_publisher", FromPublisher)]:
        spoken = {json.loads(text)["type"] for text in TEXTS[direction]}
        assert spoken == {kind.__struct_config__.tag for kind in union.__args__}


def test_left_out_fields_have_their_defaults() -> None:
    assert publisher_message('{"type":"publish","version":2}') == Publish(2)
    offer = publisher_message('{"type":"offer","track":1,"stream":"s","name":"n","later":[]}')
    assert offer == Offer(1, "s", "n")
    assert message_to_publisher('{"type":"want","track":1}') == Want(1)


@pytest.mark.parametrize("text", TEXTS["from_publisher"], ids=short)
def test_cut_anywhere_a_text_is_refused(text: str) -> None:
    for length in range(len(text)):
        with pytest.raises(ProtocolError):
            publisher_message(text[:length])


json_values: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([[]])
)


@given(st.sampled_from(TEXTS["from_publisher"]), st.data())
def test_one_field_replaced_is_a_message_or_a_protocol_error(
    text: str, choose: st.DataObject
) -> None:
    fields = json.loads(text)
    fields[choose.draw(st.sampled_from(sorted(fields)))] = choose.draw(json_values)
    try:
        message = publisher_message(json.dumps(fields))
    except ProtocolError:
        return
    assert publisher_message(text_from_publisher(message)) == message


@given(st.text(max_size=80) | st.binary(max_size=80))
def test_garbage_is_a_protocol_error(text: str | bytes) -> None:
    for read in (publisher_message, message_to_publisher):
        with pytest.raises(ProtocolError):
            read(text)


def test_deep_nesting_is_a_protocol_error() -> None:
    deep = "[" * 2000
    for text in (deep, '{"type":"clock","sent_us":1,"x":' + deep):
        with pytest.raises(ProtocolError):
            publisher_message(text)
