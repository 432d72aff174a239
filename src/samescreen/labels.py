"""Names and sentences from outside, made safe to show: one line, visible, of bounded length.

Pure, any thread. Labels are for pages and logs only; a file is opened by its original name.
"""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST_LABEL: Final = 120
"""In characters; the protocol allows names of up to 200."""

LONGEST_SENTENCE: Final = 600

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_JOINERS: Final = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
_TAIL: Final = 20
"""How many of its last characters a shortened label keeps: a number, or a suffix such as .mp4."""


def visible(text: str) -> str:
    """`text` without characters that control terminals or reorder lines; its length stays.

    Surrogate escapes, which stand for undecodable bytes, become U+FFFD. Zero-width joiners stay,
    because some scripts and emoji need them.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    return _REPLACEMENT if unicodedata.category(char) == "Cs" else " "


def label(text: str, longest: int = LONGEST_LABEL) -> str:
    """`text` as one visible line of at most `longest` characters, stripped of outer spaces.

    Each run of spaces becomes one space. In a longer text "…" replaces the middle. The function
    is idempotent.
    """
    words = " ".join(visible(text).split())
    if len(words) <= longest:
        return words
    tail = min(_TAIL, longest // 3)
    head = words[: longest - 1 - tail].rstrip()
    return f"{head}…{words[-tail:].lstrip()}"


def sentence(text: str) -> str:
    """`label` for longer texts: errors, notes, the status of a source."""
    return label(text, LONGEST_SENTENCE)
