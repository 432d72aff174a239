"""Control messages: the shared vectors both ways, what is refused, what is tolerated."""

from __future__ import annotations

import dataclasses
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.errors import ProtocolError
from samescreen.media import Codec, Rendition, TrackConfig
from samescreen.wire import messages
from samescreen.wire.messages import (
    FromViewer,
    ToViewer,
    config_of,
    message_from_text,
    message_to_text,
)
from tests.stage.tools import ROOT

VECTORS = json.loads((ROOT / "tests/vectors/messages.json").read_text(encoding="utf-8"))
ACK = '{"type":"ack","rendition":0,"sequence":%s,"held_us":%s}'


def short(text: str) -> str:
    return text[:40]


@pytest.mark.parametrize("text", VECTORS["to_viewer"], ids=short)
def test_what_the_host_says(text: str) -> None:
    message: ToViewer = msgspec.json.decode(text, type=ToViewer)
    assert message_to_text(message) == text.encode()


@pytest.mark.parametrize("text", VECTORS["from_viewer"], ids=short)
def test_what_a_viewer_says(text: str) -> None:
    message = message_from_text(text)
    assert json.loads(msgspec.json.encode(message)) == json.loads(text)
    assert message_from_text(text.encode()) == message


@pytest.mark.parametrize("text", VECTORS["refused"], ids=short)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError, match="refused"):
        message_from_text(text)


def test_the_vectors_hold_every_message() -> None:
    for direction, union in [("to_viewer", ToViewer), ("from_viewer", FromViewer)]:
        spoken = {json.loads(text)["type"] for text in VECTORS[direction]}
        assert spoken == {kind.__struct_config__.tag for kind in union.__args__}


@pytest.mark.parametrize(
    "text",
    [
        ACK % (2**32, 0),
        ACK % (-1, 0),
        ACK % (0, 2**53 + 1),
        ACK % (0, 10**400),
        ACK % (0.5, 0),
        ACK % ('"1"', 0),
        ACK % ("null", 0),
        '{"type":"hello","version":1,"accepts":[]}',
        '{"type":"hello","version":1,"accepts":["av1"]}',
        '{"type":"hello","version":1,"accepts":["h264","jpeg","h264","jpeg","h264"]}',
        '{"type":"hello","version":"1","accepts":["h264"]}',
        '{"type":"visibility","hidden":0}',
        '{"type":"report","fps":-1,"latency_us":0,"decode_us":0,"decoder":"wasm","dropped":0}',
        '{"type":"report","fps":1e400,"latency_us":0,"decode_us":0,"decoder":"wasm","dropped":0}',
        '{"type":"welcome","version":1,"viewer":"v1","host":"h","ack_interval_ms":50,"streams":[]}',
        '{"type":"ping","sent_us":1} trailing',
    ],
    ids=short,
)
def test_out_of_range_or_of_the_wrong_kind(text: str) -> None:
    with pytest.raises(ProtocolError):
        message_from_text(text)


def test_unknown_fields_are_tolerated() -> None:
    text = '{"type":"ping","later":{"deep":[1,{}]},"sent_us":7}'
    assert message_from_text(text) == messages.Ping(sent_us=7)


def test_hidden_may_be_left_out_of_hello() -> None:
    hello = message_from_text('{"type":"hello","version":1,"accepts":["jpeg"]}')
    assert isinstance(hello, messages.Hello)
    assert hello.hidden is False


def test_deep_nesting_is_a_protocol_error() -> None:
    deep = "[" * 2000
    for text in (deep, '{"type":"ping","sent_us":1,"x":' + deep):
        with pytest.raises(ProtocolError):
            message_from_text(text)


@given(st.text(max_size=80) | st.binary(max_size=80))
def test_garbage_is_a_protocol_error(text: str | bytes) -> None:
    with pytest.raises(ProtocolError):
        message_from_text(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.sampled_from(VECTORS["from_viewer"]), st.data())
def test_one_field_replaced_is_a_message_or_a_protocol_error(
    text: str, choose: st.DataObject
) -> None:
    fields = json.loads(text)
    name = choose.draw(st.sampled_from(sorted(fields)))
    fields[name] = choose.draw(json_values)
    try:
        message = message_from_text(json.dumps(fields))
    except ProtocolError:
        return
    assert json.loads(msgspec.json.encode(message)).items() <= fields.items()


def test_a_tracks_configuration_is_carried_field_by_field() -> None:
    config = TrackConfig(3, Rendition.LOW, Codec.H264, "avc1.42C01F", 33, 21, 34, 22, 20)
    message = config_of(config)
    assert msgspec.structs.asdict(message) == dataclasses.asdict(config)
