"""Decides when a display of its own is over, and says why.

Threads of `kept.py` and `desktop.py` report changes; any thread may ask.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from samescreen.clock import clock_us

from .kept import COMMAND, KEEPER, SERVER, Ended

_WINDOW_US: Final = 3_000_000
"""What a command leaves behind has so long to show a window, or another one."""
_SERVER_US: Final = 150_000
"""Of an X server that dies: its programs fail at once, and the keeper may report them first."""
_SIGNALLED: Final = 128


class Programs(Protocol):
    """What this needs of `KeptPrograms`."""

    last_line: str

    def end_of(self, name: str) -> Ended | str | None: ...


class Ending:
    """Knows when a display is over, which it never ceases to be.

    It is over when its command has ended, or the X server has, or the keeper. A command may leave
    programs behind, as those do that start in the background: their last window then ends it.
    `window_count` says how many there are; None: nobody knows. If it `keeps`, the end of the
    command ends nothing. `server`: what its server is called.
    """

    def __init__(
        self,
        kept: Programs,
        command: str,
        window_count: Callable[[], int | None],
        *,
        keeps: bool,
        server: str = "its X server",
    ) -> None:
        self._server = server
        self.status = 0
        """What the command ended with, as a shell counts; 1 if something else ended first."""
        self.why = ""
        """The sentence to show when it did not end well, or ""."""
        self.is_over = False
        self._on_over: Callable[[], object] = lambda: None
        self._kept = kept
        self._command = command
        self._window_count = window_count
        self._keeps = keeps
        self._gives_up_us: int | None = None
        self._lock = threading.Lock()

    def check(self) -> None:
        """A program ended, or the number of windows changed."""
        with self._lock:
            if not self.is_over and self._is_finished():
                self.is_over = True
                self._call()

    def watch(self, on_over: Callable[[], object]) -> None:
        """Call this, on any thread, once it is over; at once if it is."""
        with self._lock:
            self._on_over = on_over
            if self.is_over:
                self._call()

    def _call(self) -> None:
        with suppress(RuntimeError):  # a loop that has ended meanwhile
            self._on_over()

    def _is_finished(self) -> bool:
        for name, lost in ((KEEPER, "the process that keeps it"), (SERVER, self._server)):
            if self._kept.end_of(name) is not None:
                self.status, self.why = 1, f"the display is gone: {lost} ended"
                return True
        ended = self._kept.end_of(COMMAND)
        if ended is None:
            return False
        if isinstance(ended, str):
            self.status, self.why = 1, f"cannot run {self._command}: {ended}"
            return True
        if self._keeps:
            return False
        self.status, self.why = ended.status, self._why(ended)
        if ended.status:
            return self._has_passed(_SERVER_US)
        return not (ended.others and self._goes_on())

    def _goes_on(self) -> bool:
        """Whether what the command left behind has a window, or may still open one."""
        count = self._window_count()
        if count:
            self._gives_up_us = None
        return count is not None and (count > 0 or not self._has_passed(_WINDOW_US))

    def _has_passed(self, wait_us: int) -> bool:
        """Whether so much time has passed since the first call; otherwise check then."""
        if self._gives_up_us is None:
            self._gives_up_us = clock_us() + wait_us
            timer = threading.Timer(wait_us / 1e6, self.check)
            timer.daemon = True
            timer.start()
        return clock_us() >= self._gives_up_us

    def _why(self, ended: Ended) -> str:
        if not ended.status:
            return ""
        how = f"ended with status {ended.status}"
        if ended.status > _SIGNALLED:
            number = ended.status - _SIGNALLED
            names = {each.value: each.name for each in signal.Signals}
            how = f"was ended by {names.get(number, f'signal {number}')}"
        said = f"; it said: {self._kept.last_line}" if self._kept.last_line else ""
        return f"{self._command} {how}{said}"
