"""Payloads on the bus: cut, joined, and what becomes of gaps and garbage."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.bus.subjects import RoomSubjects, last_token
from samescreen.bus.wire import CHUNK_BYTES, MOST_BYTES, PREFIX_BYTES, Joined, Kind, Numbered
from samescreen.errors import ProtocolError
from samescreen.media import Rendition

LONG = bytes(range(256)) * 3000  # three messages


def joined(messages: list[bytes]) -> list[tuple[bytes, bool]]:
    joiner = Joined()
    payloads = [joiner.take(message) for message in messages]
    return [(each.body, each.is_after_gap) for each in payloads if each is not None]


def test_a_message_has_the_bytes_that_the_drawing_says() -> None:
    (message,) = Numbered(0x01020304).messages(Kind.MEDIA, b"abc")
    assert message.hex() == "01" "01" "01020304" "00000000" "0000" "0001" + b"abc".hex()


def test_long_payloads_are_cut_and_joined_again() -> None:
    sender = Numbered(7)
    messages = [*sender.messages(Kind.MEDIA, LONG), *sender.messages(Kind.TEXT, b"")]
    assert len(messages) == 4
    assert max(map(len, messages)) == CHUNK_BYTES
    assert joined(messages) == [(LONG, True), (b"", False)]


@pytest.mark.parametrize("lost", range(3))
def test_a_lost_chunk_loses_its_payload_and_the_next_one_says_so(lost: int) -> None:
    sender = Numbered(7)
    first, long = list(sender.messages(Kind.TEXT, b"a")), list(sender.messages(Kind.MEDIA, LONG))
    last = [*sender.messages(Kind.TEXT, b"b"), *sender.messages(Kind.TEXT, b"c")]
    del long[lost]
    assert joined([*first, *long, *last]) == [(b"a", True), (b"b", True), (b"c", False)]


def test_a_dropped_payload_is_seen_as_a_gap() -> None:
    sender = Numbered(7)
    first = list(sender.messages(Kind.TEXT, b"a"))
    sender.skip()
    assert joined([*first, *sender.messages(Kind.TEXT, b"c")]) == [(b"a", True), (b"c", True)]


def test_another_epoch_begins_again() -> None:
    one, other = Numbered(1), Numbered(2)
    long = list(one.messages(Kind.MEDIA, LONG))
    after = [*other.messages(Kind.TEXT, b"x"), *other.messages(Kind.TEXT, b"y")]
    assert joined([*long[:2], *after]) == [(b"x", True), (b"y", False)]


@given(st.binary(max_size=40))
def test_garbage_is_refused_or_ignored(message: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        Joined().take(message)


@given(st.integers(0, PREFIX_BYTES + 2))
def test_a_cut_message_is_refused_or_shorter(length: int) -> None:
    (message,) = Numbered(1).messages(Kind.TEXT, b"abc")
    if length < PREFIX_BYTES:
        with pytest.raises(ProtocolError):
            Joined().take(message[:length])
    else:
        payload = Joined().take(message[:length])
        assert payload is not None
        assert payload.body == b"abc"[: length - PREFIX_BYTES]


@given(st.lists(st.tuples(st.binary(max_size=20), st.booleans()), max_size=20))
def test_what_arrives_is_what_was_sent_and_gaps_are_told(
    payloads: list[tuple[bytes, bool]],
) -> None:
    sender, reader = Numbered(3), Joined()
    was_lost = True
    for body, is_lost in payloads:
        (message,) = sender.messages(Kind.TEXT, body)
        if not is_lost:
            payload = reader.take(message)
            assert payload is not None
            assert (payload.body, payload.is_after_gap) == (body, was_lost)
        was_lost = is_lost


@pytest.mark.parametrize(
    "prefix",
    ["02" "01" + "00" * 10 + "0001", "01" "09" + "00" * 10 + "0001", "01" "01" + "00" * 12]
    + ["01" "01" + "00" * 8 + "0001" "0001", "01" "01" + "00" * 10 + "ffff"],
)
def test_wrong_prefixes_are_refused(prefix: str) -> None:
    with pytest.raises(ProtocolError):
        Joined().take(bytes.fromhex(prefix))


def test_no_payload_is_too_long() -> None:
    with pytest.raises(ValueError, match="at most"):
        list(Numbered(1).messages(Kind.MEDIA, bytes(MOST_BYTES + 1)))
    with pytest.raises(ProtocolError):
        Joined().take(next(Numbered(1).messages(Kind.MEDIA, b"")) + bytes(CHUNK_BYTES))


def test_subjects_of_a_room_begin_alike() -> None:
    room = RoomSubjects("team")
    assert room.media("n1", 3, Rendition.MAIN) == f"ss.1.team.media.n1.3.{int(Rendition.MAIN)}"
    assert (room.states, room.ask("n1")) == ("ss.1.team.state.*", "ss.1.team.ask.n1")
    assert last_token(room.state("n1")) == "n1"
