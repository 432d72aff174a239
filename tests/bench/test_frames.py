"""The light viewers' reader of WebSocket frames: the same messages, however they were cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.frames import BINARY, PING, TEXT, FrameReader, Message, client_frame
from samescreen.wire.packets import binary_frame, text_frame

KEPT = 18


def _ping(payload: bytes) -> bytes:
    return bytes((0x80 | PING, len(payload))) + payload


def _expected(kind: int, payload: bytes) -> Message:
    return Message(kind, len(payload), payload[:KEPT] if kind == BINARY else payload)


FRAMES = {BINARY: binary_frame, TEXT: text_frame, PING: _ping}
said = st.tuples(
    st.sampled_from((BINARY, TEXT)), st.sampled_from((0, 1, 17, 18, 19, 125, 126, 300, 70_000))
) | st.tuples(st.just(PING), st.integers(0, 125))


@given(st.lists(said, max_size=6), st.lists(st.integers(1, 80_000), max_size=30))
def test_cuts_change_nothing(kinds: list[tuple[int, int]], cuts: list[int]) -> None:
    messages = [
        (kind, bytes(range(256)) * (size // 256) + bytes(size % 256)) for kind, size in kinds
    ]
    stream = memoryview(b"".join(FRAMES[kind](payload) for kind, payload in messages))
    reader, found = FrameReader(KEPT), []
    for cut in [*cuts, len(stream) + 1]:
        found += reader.feed(stream[:cut])
        stream = stream[cut:]
    assert found == [_expected(*message) for message in messages]


def test_byte_by_byte() -> None:
    stream = text_frame(b"hello") + binary_frame(bytes(300)) + _ping(b"") + binary_frame(b"x")
    reader = FrameReader(KEPT)
    found = [message for byte in stream for message in reader.feed(bytes((byte,)))]
    assert found == [
        Message(TEXT, 5, b"hello"),
        Message(BINARY, 300, bytes(KEPT)),
        Message(PING, 0, b""),
        Message(BINARY, 1, b"x"),
    ]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535])
def test_a_client_masks_with_zeros(size: int) -> None:
    frame = client_frame(TEXT, bytes(b"a" * size))
    head = 2 if size < 126 else 4
    assert frame[0] == 0x81
    assert frame[1] & 0x80
    assert frame[head : head + 4] == bytes(4)
    assert frame[head + 4 :] == b"a" * size


def test_a_client_says_nothing_long() -> None:
    with pytest.raises(ValueError, match="65536"):
        client_frame(TEXT, bytes(65_536))
