"""Any name or sentence from outside becomes one visible line."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.labels import LONGEST_LABEL, LONGEST_SENTENCE, label, sentence, visible

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)  # surrogates too
ANY_BYTES = st.binary(max_size=300).map(os.fsdecode)
JOINERS = "\u200c\u200d"


@given(ANY_TEXT | ANY_BYTES)
def test_a_label_is_one_visible_line(text: str) -> None:
    for shown, longest in ((label(text), LONGEST_LABEL), (sentence(text), LONGEST_SENTENCE)):
        shown.encode()
        assert len(shown) <= longest
        assert all(char.isprintable() or char in JOINERS for char in shown)
        assert shown == " ".join(shown.split())
        assert label(shown, longest) == shown


@given(ANY_TEXT | ANY_BYTES)
def test_visible_text_keeps_its_length_and_its_printable_characters(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert all(new == old for new, old in zip(shown, text, strict=True) if old.isprintable())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x\x1b]0;owned\x07.mp4", "x ]0;owned .mp4"),
        ("\x9b31mred", "31mred"),
        ("invoice\u202e4pm.exe", "invoice 4pm.exe"),
        ("\u2066a\u2069 \u200eb", "a b"),
        ("two\r\nlines\u2028three", "two lines three"),
        (os.fsdecode(b"x\xe9.mp4"), "x\ufffd.mp4"),
        ("  会议   demo\t1 ", "会议 demo 1"),
        ("👩\u200d💻.mp4", "👩\u200d💻.mp4"),
        ("\x1b\x00", ""),
    ],
)
def test_examples(text: str, shown: str) -> None:
    assert label(text) == shown


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    shown = label("n" * 230 + ".mp4")
    assert shown.startswith("nnn")
    assert shown.endswith("n.mp4")
    assert "…" in shown
