"""The built-in font: every printable character, at every scale, and no two alike."""

from __future__ import annotations

import pytest

from samescreen.capture.glyphs import HEIGHT_PX, WIDTH_PX, text_mask

PRINTABLE = "".join(map(chr, range(32, 127)))


@pytest.mark.parametrize("scale", [1, 2, 9])
def test_the_size_follows_text_and_scale(scale: int) -> None:
    assert text_mask("abc", scale).shape == (HEIGHT_PX * scale, 3 * WIDTH_PX * scale)
    assert text_mask("", scale).shape == (HEIGHT_PX * scale, 0)


def test_characters_differ_and_only_the_space_is_empty() -> None:
    shapes = {c: text_mask(c).tobytes() for c in PRINTABLE}
    assert len(set(shapes.values())) == len(PRINTABLE)
    assert [c for c in PRINTABLE if not text_mask(c).any()] == [" "]


def test_a_capital_l_looks_like_one() -> None:
    drawn = ["".join("#" if dot else "." for dot in row) for row in text_mask("L")]
    assert [row for row in drawn if "#" in row] == ["#....."] * 8 + ["#####."]


def test_a_line_is_its_characters_side_by_side() -> None:
    line = text_mask("Hi!")
    for index, character in enumerate("Hi!"):
        left = index * WIDTH_PX
        assert (line[:, left : left + WIDTH_PX] == text_mask(character)).all()


def test_scaling_repeats_every_dot() -> None:
    assert (text_mask("R", 3)[::3, ::3] == text_mask("R")).all()
    assert text_mask("R", 3).sum() == 9 * text_mask("R").sum()


@pytest.mark.parametrize("unknown", ["é", "同", "\x7f", "\n", "\x00", "\U0001f600"])
def test_what_is_not_printable_ascii_becomes_a_question_mark(unknown: str) -> None:
    assert (text_mask(unknown) == text_mask("?")).all()
