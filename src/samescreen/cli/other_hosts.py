"""What other hosts did, as lines of the terminal. Event loop; changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from samescreen.hub.acts import Act
from samescreen.labels import label, sentence

from .words import Words

TERMINAL: Final = "terminal"
"""The actor of this terminal's own acts, which the panel shows."""


class OtherHosts:
    """Acts that are new since `news` was called last; `acts_since` gives those after a number."""

    def __init__(self, acts_since: Callable[[int], tuple[Act, ...]], words: Words) -> None:
        self._acts_since = acts_since
        self._words = words
        self._last = 0

    def news(self) -> list[str]:
        """A line for each new act of somebody else."""
        acts = self._acts_since(self._last)
        self._last = acts[-1].number if acts else self._last
        return [act_in_words(act, self._words) for act in acts if act.actor != TERMINAL]


def act_in_words(act: Act, words: Words) -> str:
    """Who did what. An act that has no words of its own is named as it is."""
    known = ("name", "address", "grants", "source", "stream")
    about = dict.fromkeys(known, "") | dict(act.about)
    key = f"act-{act.kind}"
    said = words(key, **about) if words.find(key, "") else act.kind
    return sentence(words("act", actor=label(act.actor), act=said))
