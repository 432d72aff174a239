"""Names that viewers give to files: whatever they are, a plain name of one file comes out."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.control.file_names import LONGEST_NAME_BYTES, numbered, safe_name

NASTY = st.text(st.sampled_from('./\\ \0\n:-~"*?aZ9\u202e\u200f\ud800é́好😀COMNUL'), max_size=300)


@given(st.text(max_size=300) | NASTY)
def test_any_text_becomes_one_visible_name(text: str) -> None:
    name = safe_name(text)
    assert 1 <= len(name.encode()) <= LONGEST_NAME_BYTES
    assert name not in (".", "..")
    assert not set(name) & set('/\\:<>"|?*\0')
    assert not name.startswith((".", "-", " "))
    assert not name.endswith((".", " "))
    assert all(unicodedata.category(c)[0] != "C" for c in name)
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("report.pdf", "report.pdf"),
        ("Übersicht 你好 😀.txt", "Übersicht 你好 😀.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("a/..", "file"),
        ("/", "file"),
        ("", "file"),
        (".bashrc", "bashrc"),
        ("a\0b\n.txt", "ab.txt"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("NUL", "_NUL"),
        ("com1.txt", "_com1.txt"),
        ("nul .txt", "_nul.txt"),
        ("console.txt", "console.txt"),
        ("-rf", "_-rf"),
        ("C:evil", "C_evil"),
        ("trailing. . ", "trailing"),
        ("a" * 300 + ".tar.gz", "a" * 197 + ".gz"),
        ("好" * 100 + ".txt", "好" * 65 + ".txt"),
    ],
)
def test_examples(given_name: str, name: str) -> None:
    assert safe_name(given_name) == name


def test_numbers_go_before_the_ending() -> None:
    assert [numbered("a.txt", n) for n in (1, 2)] == ["a.txt", "a (2).txt"]
    assert numbered("README", 3) == "README (3)"
    assert numbered("a." + "x" * 30, 2) == "a." + "x" * 30 + " (2)"
