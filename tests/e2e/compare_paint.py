"""The two ways of painting planes against each other, on a page of any browser."""

from __future__ import annotations

from pathlib import Path
from typing import Final

COMPARE: Final = Path(__file__).with_name("compare_paint.js").read_text()
PICTURES: Final = [(640, 360), (641, 359), (37, 21), (1366, 768), (640, 360)]
"""Sizes, one painted after the other: two that are no multiple of two, and a change back."""


def assert_alike(answers: list[dict[str, int]]) -> None:
    """Holds of the answers of COMPARE that nobody could tell the two ways apart."""
    assert len(answers) == len(PICTURES)
    for size, answer in zip(PICTURES, answers, strict=True):
        assert answer["whole"] <= 1, (size, answer)
        assert answer["parts"] <= 1, (size, answer)
        assert answer["beside"] == 0, (size, answer)
        assert answer["inside"] > 0, (size, answer)
