"""`samescreen sources`: lists what can be shared on this machine now."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from samescreen.capture.choose import KINDS
from samescreen.capture.sound.choose import list_sounds
from samescreen.labels import visible

from .patience import NoAnswer, answering, awaited

_WITHIN_S: Final = 10.0

T = TypeVar("T")


def show_sources() -> int:
    """Print each source that `samescreen share` takes, one a line."""
    listed = [
        (each.spec, each.description)
        for word, kind in KINDS.items()
        for each in _answer(answering(word), kind.list)
    ]
    _show(listed)
    sounds = _answer("sound: its server does not answer", list_sounds)
    if sounds:
        sys.stdout.write("\nSound:\n")
        _show([(sound.option, sound.description) for sound in sounds])
    return 0


def _answer(what: str, ask: Callable[[], Sequence[T]]) -> Sequence[T]:
    """The answer; without one in time, nothing, and a line that says so."""
    try:
        return awaited(what, ask, _WITHIN_S)
    except NoAnswer:
        sys.stderr.write(f"samescreen: left out {what}\n")
        return ()


def _show(rows: list[tuple[str, str]]) -> None:
    width = max(len(words) for words, _ in rows)
    for words, description in rows:
        sys.stdout.write(f"{visible(words):<{width}}  {visible(description)}\n")
