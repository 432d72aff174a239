"""Waits for work that may never end. Ctrl-C always ends the wait, and a line names the work.

The main thread waits; the work runs on a thread aside.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from typing import Final, TypeVar

from samescreen.aside import aside

from .words import words_for

TELL_AFTER_S: Final = 2.0
_LOOK_S: Final = 0.2
"""Windows delivers Ctrl-C only between waits."""

_OF_THE_X_SERVER: Final = ("screen", "window", "region")

T = TypeVar("T")


class NoAnswer(Exception):
    """The work did not end within its limit, and goes on aside."""


def awaited(what: str, work: Callable[[], T], within_s: float | None = None) -> T:
    """Return or raise what `work` does. After a few seconds, a line names `what` it waits for.

    Raises:
        NoAnswer: not within `within_s`.
    """
    future = aside(work, what)
    began_s, is_said = time.monotonic(), False
    while not future.done():
        wait((future,), _LOOK_S)
        waited_s = time.monotonic() - began_s
        if future.done():
            break
        if within_s is not None and waited_s > within_s:
            raise NoAnswer(f"no answer within {within_s:.0f} s")
        if waited_s > TELL_AFTER_S and not is_said:
            is_said = True
            said = words_for(os.environ).translated(f"still waiting for {what}; Ctrl-C ends this")
            sys.stderr.write(f"samescreen: {said}\n")
    return future.result()


@contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """While modules are imported, Ctrl-C ends the program: its exception may get lost there."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def answering(words: str | None) -> str:
    """What has to answer before a source can be opened, in words."""
    kind = (words or "screen").partition(":")[0]
    if kind in _OF_THE_X_SERVER and os.environ.get("WAYLAND_DISPLAY"):
        return f"{words or 'screen'}: its desktop does not answer, or asks somebody in a dialog"
    if kind in _OF_THE_X_SERVER and (display := os.environ.get("DISPLAY")):
        return f"{words or 'screen'}: the X server at DISPLAY={display} does not answer"
    shown = kind if kind == "host" else words or "screen"  # the URL may have a token
    return f"{shown}: it does not answer"
