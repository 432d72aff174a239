"""Bytes of a terminal as keys: fed whole, byte by byte, and as garbage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.cli.keystrokes import BACKSPACE, CLEAR, ENTER, ESCAPE, Keystrokes

TYPED = [
    (b"pb", ["p", "b"]),
    ("屏?".encode(), ["屏", "?"]),
    (b"a\r\n", ["a", ENTER, ENTER]),
    (b"\x7f\x08\x15", [BACKSPACE, BACKSPACE, CLEAR]),
    (b"\x1b[A\x1b[1;5Cq", ["q"]),
    (b"\x1bOPq", ["q"]),
    (b"\x1b]52;c;Zm9v\x07q\x1b]0;t\x1b\\p", ["q", "p"]),
    (b"\x1bb", [ESCAPE, "b"]),
    (b"\x1b\x1bb", [ESCAPE, ESCAPE, "b"]),
    (b"\x00\x01\x07\x0c", []),
    (b"\xff", ["\udcff"]),
]


@pytest.mark.parametrize(("typed", "keys"), TYPED)
def test_keys_come_out_the_same_whole_and_byte_by_byte(typed: bytes, keys: list[str]) -> None:
    assert Keystrokes().feed(typed) == keys
    one_by_one = Keystrokes()
    assert [key for n in range(len(typed)) for key in one_by_one.feed(typed[n : n + 1])] == keys


def test_an_escape_alone_is_a_key_after_a_pause() -> None:
    keys = Keystrokes()
    assert keys.feed(b"\x1b") == []
    waited, released, after = keys.is_waiting, keys.pause(), keys.is_waiting
    assert (waited, released, after) == (True, [ESCAPE], False)
    assert keys.feed(b"[A") == ["[", "A"]


def test_a_sequence_that_never_ends_does_not_grow() -> None:
    keys = Keystrokes()
    for _ in range(100):
        keys.feed(b"\x1b]" + b"x" * 1000)
        keys.feed(b"x" * 1000)
    keys.pause()
    assert keys.feed(b"q") == ["q"]


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_garbage_gives_keys_and_nothing_else(chunks: list[bytes]) -> None:
    keys = Keystrokes()
    for chunk in chunks:
        for key in keys.feed(chunk):
            named = key in (ENTER, ESCAPE, BACKSPACE, CLEAR)
            assert named or (len(key) == 1 and not 0 <= ord(key) < 32)
    assert keys.pause() in ([], [ESCAPE])
