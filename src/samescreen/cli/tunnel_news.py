"""Prints what becomes of the tunnel: its link with a QR code, who can see it, and its end.

Event loop.
"""

from __future__ import annotations

from rich.console import Console

from samescreen.tunnel.events import Opened
from samescreen.tunnel.tunnel import News
from samescreen.tunnelled import Tunnelled

from .failure_lines import FailureLines
from .welcome import print_qr_code
from .words import Words


def print_news_of(tunnelled: Tunnelled, console: Console, words: Words) -> None:
    """Print each change from now on."""
    if tunnelled.tool is not None:
        console.print(words("tunnel-begins", tool=tunnelled.tool.name))
        tunnelled.on_news = _Printer(tunnelled, console, words).print


class _Printer:
    """Prints news."""

    def __init__(self, tunnelled: Tunnelled, console: Console, words: Words) -> None:
        self._tunnelled = tunnelled
        self._console = console
        self._words = words
        ended, fails = "tunnel-ended", "tunnel-fails"
        self._failures = FailureLines(console, words, ended=ended, fails=fails)

    def print(self, news: News) -> None:
        """Print this news."""
        words, console = self._words, self._console
        if not isinstance(news, Opened):
            self._failures.print(news.why, news.again_s, was_open=news.was_open)
        elif news.warning:
            console.print(words("note", note=words.translated(news.warning)), style="yellow")
        else:
            self._failures.opened()
            self._print_link()

    def _print_link(self) -> None:
        tool, link, console = self._tunnelled.tool, self._tunnelled.link, self._console
        assert tool is not None
        console.print(self._words("link-tunnel", link=link))
        console.print(self._words.translated(tool.sees))
        print_qr_code(console, link)
