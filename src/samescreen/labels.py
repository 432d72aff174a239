"""Names and sentences from outside, made fit to be shown: on one line, visible, of bounded length.

Pure, any thread. What is opened keeps its own bytes: labels are for eyes, pages and logs only.
"""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST_LABEL: Final = 120
"""Characters; the protocol takes names of up to 200."""

LONGEST_SENTENCE: Final = 600

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_JOINERS: Final = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
_TAIL: Final = 20
"""Characters of its end that a shortened label keeps: an ending such as .mp4, a number."""


def visible(text: str) -> str:
    """`text` without what drives terminals or reorders lines; its length and spaces stay.

    Bytes that were no text, as Python carries them, become U+FFFD. Joiners stay: scripts and
    emoji need them.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    return _REPLACEMENT if unicodedata.category(char) == "Cs" else " "


def label(text: str, longest: int = LONGEST_LABEL) -> str:
    """`text` as one visible line of at most `longest` characters, without spaces around it.

    Runs of spaces become one. A longer text loses its middle, where "…" then stands. Applied
    again it changes nothing.
    """
    words = " ".join(visible(text).split())
    if len(words) <= longest:
        return words
    tail = min(_TAIL, longest // 3)
    head = words[: longest - 1 - tail].rstrip()
    return f"{head}…{words[-tail:].lstrip()}"


def sentence(text: str) -> str:
    """The same for what may be longer than a name: errors, notes, what became of a source."""
    return label(text, LONGEST_SENTENCE)
