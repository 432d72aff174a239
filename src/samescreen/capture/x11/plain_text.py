"""Decodes text of X clients and servers, and makes text safe for a terminal. Pure."""

from __future__ import annotations


def from_string(raw: bytes) -> str:
    """Decode text of type STRING, or the name of an atom or output.

    The standard says Latin-1, but many clients write UTF-8 (all that pass typed text to
    XStoreName). Latin-1 text beyond ASCII is almost never valid UTF-8, so UTF-8 is tried first.
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def one_line(text: str) -> str:
    """The text without control characters, which a terminal would obey, and with single spaces."""
    visible = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(visible.split())
