"""`samescreen sources`: lists what can be shared on this machine now.

Main thread, without an event loop; asking the system may block. It opens no source.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from rich.cells import cell_len, set_cell_size

from samescreen.capture.choose import KINDS
from samescreen.capture.sound.choose import list_sounds
from samescreen.labels import visible

from .patience import NoAnswer, answering, awaited
from .words import Words, words_for

_WITHIN_S: Final = 10.0

T = TypeVar("T")


def show_sources() -> int:
    """Print each source that `samescreen share` takes, one a line."""
    listed = [
        (each.spec, each.description)
        for word, kind in KINDS.items()
        for each in _answer(answering(word), kind.list)
    ]
    words = words_for(os.environ)
    _show(words, listed)
    sounds = _answer("sound: its server does not answer", list_sounds)
    if sounds:
        title = words("sources-sound")
        sys.stdout.write(f"\n{title}\n")
        _show(words, [(sound.option, sound.description) for sound in sounds])
    return 0


def _answer(what: str, ask: Callable[[], Sequence[T]]) -> Sequence[T]:
    """The answer; without one in time, nothing, and a line that says so."""
    try:
        return awaited(what, ask, _WITHIN_S)
    except NoAnswer:
        said = words_for(os.environ).translated(f"left out {what}")
        sys.stderr.write(f"samescreen: {said}\n")
        return ()


def _show(words: Words, rows: list[tuple[str, str]]) -> None:
    width = max(cell_len(visible(spec)) for spec, _ in rows)
    for spec, description in rows:
        said = visible(words.translated(description))
        sys.stdout.write(f"{set_cell_size(visible(spec), width)}  {said}\n")
