"""COMPOUND_TEXT of several character sets, truncated text, and garbage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture.x11.compound_text import from_compound_text


def cleared(raw: bytes) -> bytes:
    """The bytes in the lower half."""
    return bytes(byte & 0x7F for byte in raw)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"caf\xe9\tx\n", "café\tx\n"),
        (b"\x1b%Gdemo \xe4\xbc\x9a\x1b%@ caf\xe9", "demo 会 café"),
        (b"\x1b$(A" + cleared("会议".encode("gb2312")) + b"\x1b(B demo", "会议 demo"),
        (b"\x1b$)A" + "会议".encode("gb2312") + b" demo", "会议 demo"),
        (b"\x1b$(B" + cleared("日本語".encode("euc_jp")) + b"\x1b(B!", "日本語!"),
        (b"\x1b$)C" + "한국어".encode("euc_kr"), "한국어"),
        (b"\x1b$(D" + cleared("侄".encode("euc_jp")[1:]), "侄"),
        (b"\x1b)I\xb6\xc5", "ｶﾅ"),
        (b"\x1b-L" + "Привет".encode("iso8859-5"), "Привет"),
        (b"\x1b-F" + "Γειά".encode("iso8859-7") + b"\x1b-A\xe9", "Γειάé"),
        (b"\x1b%/1\x80\x8abig5-0\x02\xb7|a", "會a"),
        (b"\x1b%/2\x80\x8ckoi8-r\x02\xd0\xd2\xc9\xd7\xc5!", "приве!"),
        (b"\x9b1]left\x9b2]right\x9b]", "leftright"),
        (b"\x1b(J~\x1b(Z\x41\x42\x1b(B.", "~\ufffd\ufffd."),
        (b"\x1b$(G\x44\x21\x1b(B.", "\ufffd."),
    ],
)
def test_each_set_is_read(raw: bytes, text: str) -> None:
    assert from_compound_text(raw) == text


@pytest.mark.parametrize(
    "raw",
    [b"\x1b", b"\x1b$", b"\x1b$(", b"\x1b%", b"\x1b%/1", b"\x1b%/1\x80", b"\x1b%G\xff", b"\x9b"],
)
def test_a_truncated_sequence_is_the_end(raw: bytes) -> None:
    for end in range(len(raw) + 1):
        assert from_compound_text(b"a" + raw[:end]).startswith("a")


@given(st.binary(max_size=60))
def test_garbage_is_no_error(raw: bytes) -> None:
    for end in range(len(raw) + 1):
        assert isinstance(from_compound_text(raw[:end]), str)


PARTS = [b"\x1b$(A", b"\x1b%G", b"\x1b%/1\x80\x90", b"\x1b)I", b"ab", b"\xb6\xc5"]


@given(st.lists(st.sampled_from(PARTS)))
def test_sequences_in_any_order_are_no_error(parts: list[bytes]) -> None:
    from_compound_text(b"".join(parts))
