"""The bytes that a terminal sends, as keys. Pure.

A key is the character that was typed, or one of ENTER, ESCAPE, BACKSPACE and CLEAR. Arrows,
function keys and answers of the terminal come as sequences that begin with Escape; they are no keys
here.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

ENTER: Final = "enter"
ESCAPE: Final = "escape"
BACKSPACE: Final = "backspace"
CLEAR: Final = "clear"

_NAMED: Final = {
    "\r": ENTER, "\n": ENTER, "\x7f": BACKSPACE, "\x08": BACKSPACE, "\x15": CLEAR,
}  # fmt: skip
_SEQUENCE: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|\][^\x07\x1b]*(?:\x07|\x1b\\))", re.ASCII
)
"""ECMA-48: control sequences (CSI), single shifts (SS3), and operating system commands (OSC)."""
_BEGUN: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O|\][^\x07\x1b]*\x1b?)?", re.ASCII)
_LONGEST: Final = 256


class Keystrokes:
    """Decodes a stream of UTF-8; bytes that are no text become surrogates, as in arguments."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._begun = ""

    @property
    def is_waiting(self) -> bool:
        """Whether an Escape came last: the key, or the beginning of a sequence."""
        return bool(self._begun)

    def feed(self, more: bytes) -> list[str]:
        """The keys in these bytes. An Escape at their end waits for `feed` or `pause`."""
        text = self._begun + self._decoder.decode(more)
        self._begun = ""
        keys: list[str] = []
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                keys += _key(text[at])
                at += 1
            elif sequence := _SEQUENCE.match(text, at):
                at = sequence.end()
            elif (begun := _BEGUN.match(text, at)) and begun.end() == len(text):
                self._begun = text[at:] if len(text) - at <= _LONGEST else ""
                break
            else:
                keys.append(ESCAPE)
                at += 1
        return keys

    def pause(self) -> list[str]:
        """Nothing came for a moment: an Escape that waits was the key."""
        begun, self._begun = self._begun, ""
        return [ESCAPE] if begun == "\x1b" else []


def _key(char: str) -> list[str]:
    if named := _NAMED.get(char):
        return [named]
    is_typed = char.isprintable() or 0xDC80 <= ord(char) <= 0xDCFF
    return [char] if is_typed else []
