"""Reads windows' properties: numbers, and text in the encoding that its type states.

Runs on one thread at a time: the track's, or the command line's.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from .compound_text import from_compound_text
from .display import Display
from .plain_text import from_string

_ANY_TYPE: Final = 0
_TEXT_WORDS: Final = 16_384  # 64 KiB, more than any title
_MOST_NUMBERS: Final = 4096


def numbers(display: Display, xid: int, name: str) -> tuple[int, ...]:
    """A property of 32-bit numbers; empty when the window does not have it.

    Raises:
        WindowError: there is no such window.
    """
    reply = _property(display, xid, name, _MOST_NUMBERS)
    raw = reply.value.buf() if reply.format == 32 else b""
    return struct.unpack(f"={len(raw) // 4}I", raw)


def text(display: Display, xid: int, name: str) -> str:
    """A property of text; empty when the window does not have it. May have control characters.

    Raises:
        WindowError: there is no such window.
    """
    reply = _property(display, xid, name, _TEXT_WORDS)
    if reply.format != 8:
        return ""
    raw = bytes(reply.value.buf())
    if reply.type == display.atom("UTF8_STRING"):
        return raw.decode(errors="replace")
    if reply.type == display.atom("COMPOUND_TEXT"):
        return from_compound_text(raw)
    return from_string(raw)


def _property(display: Display, xid: int, name: str, words: int) -> Any:
    core = display.connection.core
    return core.GetProperty(False, xid, display.atom(name), _ANY_TYPE, 0, words).reply()
