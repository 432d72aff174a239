"""Input messages: the shared vectors, every cut of them, and garbage."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.control.events import Input
from samescreen.control.places import PLACES
from samescreen.control.wire import MAX_INPUT_BYTES, input_from_bytes, input_to_bytes
from samescreen.errors import ProtocolError
from tests.stage.tools import ROOT

VECTORS = json.loads((ROOT / "tests/vectors/control.json").read_text(encoding="utf-8"))


def as_json(read: Input) -> dict[str, Any]:
    events = [{"kind": type(event).__name__.lower(), **asdict(event)} for event in read.events]
    for event in events:
        if "codes" in event:
            event["codes"] = sorted(event["codes"])
    answered = {"answered": True} if read.answered else {}
    return {
        "track": read.track,
        "sequence": read.sequence,
        "page_ms": read.page_ms,
        **answered,
        "events": events,
    }


@pytest.mark.parametrize("vector", VECTORS["inputs"], ids=lambda vector: vector["bytes"])
def test_what_a_page_sends(vector: dict[str, Any]) -> None:
    said = dict(vector)
    assert as_json(input_from_bytes(bytes.fromhex(said.pop("bytes")))) == said


@pytest.mark.parametrize("text", VECTORS["refused"], ids=lambda text: VECTORS["refused"][text])
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        input_from_bytes(bytes.fromhex(text))


@pytest.mark.parametrize("vector", VECTORS["inputs"], ids=lambda vector: vector["bytes"])
def test_a_message_that_was_cut_is_refused_or_has_fewer_events(vector: dict[str, Any]) -> None:
    whole = bytes.fromhex(vector["bytes"])
    for size in range(len(whole)):
        try:
            cut = input_from_bytes(whole[:size])
        except ProtocolError:
            continue
        assert as_json(cut)["events"] == vector["events"][: len(cut.events)]
        assert len(cut.events) < len(vector["events"])


@given(st.binary(max_size=MAX_INPUT_BYTES + 50))
def test_garbage_is_read_or_refused(garbage: bytes) -> None:
    with suppress(ProtocolError):
        assert input_from_bytes(garbage).track == garbage[0]


@given(st.binary(max_size=200))
def test_what_was_read_can_be_passed_on(garbage: bytes) -> None:
    with suppress(ProtocolError):
        given = input_from_bytes(garbage)
        assert input_from_bytes(input_to_bytes(given)) == given


def test_a_relay_passes_every_event_on() -> None:
    for vector in VECTORS["inputs"]:
        given = input_from_bytes(bytes.fromhex(vector["bytes"]))
        assert input_from_bytes(input_to_bytes(given)) == given


def test_control_characters_are_no_characters() -> None:
    key = bytes(8) + bytes.fromhex("0501001e000000000007")
    (event,) = input_from_bytes(key).events
    assert as_json(Input(0, 0, 0, (event,)))["events"][0]["char"] == ""


def test_the_vectors_have_every_place() -> None:
    assert VECTORS["places"] == PLACES
    assert len(set(PLACES.values())) == len(PLACES)
