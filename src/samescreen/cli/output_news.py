"""Prints what becomes of the outputs. Without it, or with --quiet, the log has the failures.

Event loop.
"""

from __future__ import annotations

from rich.console import Console

from samescreen.outputs.output import OutputNews
from samescreen.outputs.outputs import Outputs

from .words import Words


def print_output_news(outputs: Outputs, console: Console, words: Words) -> None:
    """Print each change from now on."""

    def show(news: OutputNews) -> None:
        if news.why:
            why = words.translated(news.why)
            console.print(words("output-fails", name=news.name, why=why), style="yellow")
        else:
            console.print(words("output-runs", name=news.name))

    if not console.quiet:
        outputs.on_news = show
