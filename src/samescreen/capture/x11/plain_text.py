"""Text as X clients and servers write it, and text made fit for a terminal. Pure."""

from __future__ import annotations


def from_string(raw: bytes) -> str:
    """Text of type STRING, of atoms and of outputs' names: Latin-1 by the standard.

    Many clients (each that calls XStoreName with what people typed) write UTF-8 all the same. Text
    in Latin-1 beyond ASCII is practically never valid UTF-8, so UTF-8 is tried first.
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def one_line(words: str) -> str:
    """Without control characters, which could drive the terminal, and with single spaces."""
    visible = "".join(char if char.isprintable() else " " for char in words)
    return " ".join(visible.split())
