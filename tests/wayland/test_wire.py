"""The Wayland wire format: byte by byte, and with garbage."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.wayland.wire import Argument, Body, Cutter, Message, WireError, packed

WORDS = st.integers(0, 2**32 - 1)
TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=40)
ARGUMENTS = st.lists(st.one_of(WORDS, st.integers(-(2**31), -1), TEXTS, st.binary(max_size=40)))


def test_a_request_has_the_bytes_of_the_protocol() -> None:
    """wl_registry.bind(7, "wl_shm", 1, 4), as libwayland sends it."""
    assert packed(2, 0, 7, "wl_shm", 1, 4) == struct.pack(
        "=IIII8sII", 2, 32 << 16 | 0, 7, 7, b"wl_shm\0\0", 1, 4
    )


@given(WORDS, st.integers(0, 0xFFFF), ARGUMENTS)
def test_what_is_packed_is_read_again(
    object_id: int, opcode: int, arguments: list[Argument]
) -> None:
    (message,) = Cutter().feed(packed(object_id, opcode, *arguments))
    assert (message.object_id, message.opcode) == (object_id, opcode)
    body = Body(message)
    for each in arguments:
        if isinstance(each, str):
            assert body.text() == each
        elif isinstance(each, bytes):
            assert body.array() == each
        else:
            assert (body.signed() if each < 0 else body.number()) == each
    with pytest.raises(WireError):
        body.number()


@given(st.lists(st.tuples(WORDS, st.integers(0, 0xFFFF), ARGUMENTS), max_size=5), st.data())
def test_it_does_not_matter_how_the_bytes_arrive(
    messages: list[tuple[int, int, list[Argument]]], data: st.DataObject
) -> None:
    stream = b"".join(packed(each, code, *arguments) for each, code, arguments in messages)
    whole = list(Cutter().feed(stream))
    byte_by_byte = Cutter()
    assert [m for at in range(len(stream)) for m in byte_by_byte.feed(stream[at : at + 1])] == whole
    cut = data.draw(st.integers(0, len(stream)))
    in_two = Cutter()
    assert [*in_two.feed(stream[:cut]), *in_two.feed(stream[cut:])] == whole


@given(st.binary(max_size=200))
def test_garbage_gives_messages_or_an_error_and_never_waits_for_ever(garbage: bytes) -> None:
    cutter = Cutter()
    try:
        found = list(cutter.feed(garbage))
    except WireError:
        return
    assert sum(8 + len(each.body) for each in found) <= len(garbage)
    for message in found:
        for read in (Body.number, Body.signed, Body.array, Body.text):
            try:
                read(Body(message))
            except WireError:
                continue


@pytest.mark.parametrize("length", [0, 4, 7, 9, 10])
def test_an_impossible_length_is_an_error_at_once(length: int) -> None:
    with pytest.raises(WireError, match="length"):
        list(Cutter().feed(struct.pack("=II", 1, length << 16)))


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"\1\0\0", struct.pack("=I", 1), struct.pack("=I", 0xFFFFFFFF)),
        struct.pack("=I4s", 4, b"abcd"),
    ],
)
def test_a_string_that_is_none_is_an_error(body: bytes) -> None:
    with pytest.raises(WireError):
        Body(Message(1, 0, body)).text()


def test_an_absent_string_is_empty() -> None:
    assert Body(Message(1, 0, bytes(4))).text() == ""


@pytest.mark.parametrize("argument", [2**32, -(2**31) - 1, "a\0b", bytes(70_000)])
def test_what_cannot_be_sent_is_refused(argument: Argument) -> None:
    with pytest.raises(WireError):
        packed(1, 0, argument)
