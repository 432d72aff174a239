"""Prints what becomes of the relay that this host publishes on: its link, and why it fails.

Event loop.
"""

from __future__ import annotations

from rich.console import Console

from samescreen.grants import words_of
from samescreen.relay.via import Lost, News, NotShown
from samescreen.tunnelled import Tunnelled

from .failure_lines import FailureLines
from .welcome import print_qr_code
from .words import Words


def print_relay_of(tunnelled: Tunnelled, console: Console, words: Words) -> None:
    """Print each change from now on."""
    if tunnelled.relay:
        console.print(words("relay-begins", relay=tunnelled.relay))
        tunnelled.on_relay = _Printer(tunnelled, console, words).print


class _Printer:
    """Prints news."""

    def __init__(self, tunnelled: Tunnelled, console: Console, words: Words) -> None:
        self._tunnelled = tunnelled
        self._console = console
        self._words = words
        self._failures = FailureLines(console, words, ended="relay-ended", fails="relay-fails")
        self._link = ""

    def print(self, news: News) -> None:
        """Print this news."""
        words, console = self._words, self._console
        if isinstance(news, NotShown):
            why = words.translated(news.why)
            console.print(words("relay-not-shown", name=news.name, why=why), style="yellow")
        elif isinstance(news, Lost):
            self._failures.print(news.why, news.again_s, was_open=news.was_open)
        elif self._link == news.link:
            self._failures.opened()
            console.print(words("relay-again"))
        else:
            self._failures.opened()
            self._link = news.link
            console.print(words("link-relay", link=news.link))
            allowed = ", ".join(words_of(self._tunnelled.allowed))
            if self._tunnelled.is_sealed:
                console.print(words("relay-sealed"))
            else:
                kind = "relay-allows" if allowed else "relay-sees"
                console.print(words(kind, grants=allowed))
            print_qr_code(console, news.link)
