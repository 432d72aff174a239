"""Prints what becomes of the tunnel: its link with a QR code, who can see it, and its end."""

from __future__ import annotations

from rich.console import Console

from samescreen.tunnel.events import Opened
from samescreen.tunnel.tunnel import News
from samescreen.tunnelled import Tunnelled

from .welcome import qr_code
from .words import Words


def print_news_of(tunnelled: Tunnelled, console: Console, words: Words) -> None:
    """Print each change from now on."""
    if tunnelled.tool is not None:
        console.print(words("tunnel-begins", tool=tunnelled.tool.name))
        tunnelled.on_news = _Printer(tunnelled, console, words).print


class _Printer:
    """Prints news. A failure that repeats is printed once."""

    def __init__(self, tunnelled: Tunnelled, console: Console, words: Words) -> None:
        self._tunnelled = tunnelled
        self._console = console
        self._words = words
        self._said = ""

    def print(self, news: News) -> None:
        """Print this news."""
        words, console = self._words, self._console
        if not isinstance(news, Opened):
            self._print_end(news.why, news.again_s, was_open=news.was_open)
        elif news.warning:
            console.print(words("note", note=words.translated(news.warning)), style="yellow")
        else:
            self._said = ""
            self._print_link()

    def _print_link(self) -> None:
        tool, link, console = self._tunnelled.tool, self._tunnelled.link, self._console
        assert tool is not None
        console.print(self._words("link-tunnel", link=link))
        console.print(self._words.translated(tool.sees))
        if console.is_terminal and (drawn := qr_code(console, link)):
            console.print(drawn)

    def _print_end(self, why: str, again_s: float | None, *, was_open: bool) -> None:
        if why == self._said and not was_open:
            return
        self._said = why
        words = self._words
        line = words("tunnel-ended" if was_open else "tunnel-fails", why=words.translated(why))
        again = "" if again_s is None else words("tunnel-again")
        self._console.print(f"{line} {again}".rstrip(), style="yellow")
