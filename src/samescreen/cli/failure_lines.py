"""Prints why a way to this host ended or cannot be opened, for tunnels and relays. Event loop.

It reads no messages of either; the caller passes on what happened.
"""

from __future__ import annotations

from rich.console import Console

from .words import Words


class FailureLines:
    """`ended` and `fails`: the words for an end, and for an attempt that failed.

    A failure that repeats is printed once.
    """

    def __init__(self, console: Console, words: Words, *, ended: str, fails: str) -> None:
        self._console = console
        self._words = words
        self._ended = ended
        self._fails = fails
        self._printed = ""

    def opened(self) -> None:
        """It works: print the next failure, whatever it is."""
        self._printed = ""

    def print(self, why: str, again_s: float | None, *, was_open: bool) -> None:
        """Print this failure. `again_s`: until the next attempt; None: there is none."""
        if why == self._printed and not was_open:
            return
        self._printed = why
        words = self._words
        line = words(self._ended if was_open else self._fails, why=words.translated(why))
        again = "" if again_s is None else words("tunnel-again")
        self._console.print(f"{line} {again}".rstrip(), style="yellow")
