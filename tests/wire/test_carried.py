"""Clips in parts: they come whole, or they are refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.errors import ProtocolError
from samescreen.wire.carried import (
    MOST_BYTES,
    MOST_GUESTS,
    PART_BYTES,
    Carry,
    Coming,
    Leaving,
    Part,
    named,
)
from samescreen.wire.publishing import MAX_TEXT_BYTES, text_from_publisher


def text(content: bytes, number: int = 1) -> Part:
    return Part(number, base64.b64encode(content).decode())


@given(st.binary(min_size=1, max_size=3 * PART_BYTES))
def test_a_clip_arrives_as_it_left(content: bytes) -> None:
    leaving, coming = Leaving(7, content), Coming(Carry(7, "text", len(content), ["a"]))
    arrived = None
    while (part := leaving.next()) is not None:
        assert arrived is None
        assert len(text_from_publisher(part)) < MAX_TEXT_BYTES
        arrived = coming.add(part)
    assert arrived == content


@pytest.mark.parametrize(
    "part", [text(b""), text(b"x" * 9), text(b"x", 2), Part(1, "?"), Part(1, "é")]
)
def test_what_was_not_announced_is_refused(part: Part) -> None:
    with pytest.raises(ProtocolError):
        Coming(Carry(1, "text", 8, ["a"])).add(part)


def test_no_announcement_is_larger_than_the_limit() -> None:
    coming = Coming(Carry(1, "text", MOST_BYTES * 2, ["a"]))
    part = text(bytes(PART_BYTES))
    assert [coming.add(part) for _ in range(MOST_BYTES // PART_BYTES)].count(None) == 99
    with pytest.raises(ProtocolError):
        coming.add(part)


def test_no_message_is_too_long_for_its_guests() -> None:
    for length in (1, 40, 200):
        guests = named(["g" * length] * 300)
        assert 0 < len(guests) <= MOST_GUESTS
        assert len(text_from_publisher(Carry(1, "text", 1, guests))) < MAX_TEXT_BYTES
