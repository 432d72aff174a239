"""Voices and messages of /ws/talk: vectors both ways, round trips, byte by byte, garbage."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.errors import ProtocolError
from samescreen.wire.talk import (
    FromTalker,
    Voice,
    VoiceKind,
    talker_message,
    voice_from_bytes,
    voice_to_bytes,
)
from tests.stage.tools import ROOT

VECTORS = json.loads((ROOT / "tests/vectors/talk.json").read_text(encoding="utf-8"))
HEADER_BYTES = 5

voices = st.builds(
    Voice,
    st.sampled_from(VoiceKind),
    st.integers(0, 255),
    st.integers(0, 2**16 - 1),
    st.binary(min_size=1, max_size=64),
    begins=st.booleans(),
)


@pytest.mark.parametrize("vector", VECTORS["voices"], ids=lambda vector: vector["name"])
def test_vectors(vector: dict[str, Any]) -> None:
    voice = Voice(
        VoiceKind(vector["kind"]),
        vector["speaker"],
        vector["sequence"],
        bytes.fromhex(vector["payload"]),
        vector["begins"],
    )
    assert voice_to_bytes(voice).hex() == vector["bytes"]
    assert voice_from_bytes(bytes.fromhex(vector["bytes"])) == voice


@given(voices)
def test_a_voice_comes_back(voice: Voice) -> None:
    assert voice_from_bytes(voice_to_bytes(voice)) == voice


def test_each_beginning_of_a_voice_is_refused_or_a_shorter_one() -> None:
    whole = bytes.fromhex(VECTORS["voices"][0]["bytes"])
    for length in range(HEADER_BYTES + 1):
        with pytest.raises(ProtocolError):
            voice_from_bytes(whole[:length])
    assert voice_from_bytes(whole[: HEADER_BYTES + 1]).payload == b"\x78"


@given(st.binary(max_size=40))
def test_garbage_is_a_voice_or_refused(message: bytes) -> None:
    try:
        voice = voice_from_bytes(message)
    except ProtocolError:
        return
    assert voice_to_bytes(voice) == message


@pytest.mark.parametrize(("speaker", "sequence"), [(256, 0), (0, 2**16)])
def test_numbers_that_do_not_fit(speaker: int, sequence: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        voice_to_bytes(Voice(VoiceKind.OPUS, speaker, sequence, b"x"))


@pytest.mark.parametrize("text", VECTORS["from_talker"])
def test_what_a_page_says(text: str) -> None:
    assert json.loads(msgspec.json.encode(talker_message(text))) == json.loads(text)


def test_the_vectors_hold_every_message() -> None:
    spoken = {json.loads(text)["type"] for text in VECTORS["from_talker"]}
    assert spoken == {kind.__struct_config__.tag for kind in FromTalker.__args__}


@pytest.mark.parametrize("text", VECTORS["refused"])
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError, match="refused"):
        talker_message(text)


@given(st.text(max_size=30) | st.binary(max_size=30))
def test_garbage_is_refused(text: str | bytes) -> None:
    with pytest.raises(ProtocolError, match="refused"):
        talker_message(text)
