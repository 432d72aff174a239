"""Writes text to a terminal, pipe or file on a thread of its own: `write` never waits.

Any thread may write. If nothing reads the output, a bounded part of it waits, further lines are
dropped and counted, and only the newest status is kept. Lines that matter more than others
(`write_kept`) have a queue of their own, so that others never push them out.
"""

from __future__ import annotations

import codecs
import errno
import io
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from .job_control import never_stop_this_thread

MAX_WAITING: Final = 256 * 1024
"""Characters that may wait. The thread may hold as many again."""

MAX_KEPT: Final = 64 * 1024
"""Characters of `write_kept` that may wait, besides."""

_GONE: Final = frozenset({errno.EPIPE, errno.EIO, errno.EBADF, errno.ENXIO, errno.EINVAL})
_LOOK_S: Final = 0.2
"""The longest wait: Windows cannot interrupt one without a time limit."""

_SPELLED: Final = {
    "·": "-", "…": "...", "×": "x", "✓": "+", "✗": "x", "→": "->", "–": "-", "—": "-", "’": "'",
    "─": "-", "❝": '"', "✋": "!!", **dict(zip("▁▂▃▄▅▆▇█", "_.:-=+*#", strict=True)),
}  # fmt: skip


def _spelled_out(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_SPELLED.get(char, "?") for char in lacking), error.end


codecs.register_error("samescreen-spelled", _spelled_out)


@dataclass(slots=True)
class _Waiting:
    """What was written and not yet taken by the thread."""

    pieces: list[str] = field(default_factory=list)
    size: int = 0
    dropped: int = 0
    """Lines that did not fit."""

    kept: list[str] = field(default_factory=list)
    kept_size: int = 0
    kept_dropped: int = 0

    status: str = ""
    is_new: bool = False
    """Whether the thread has something to do."""


def _say_kept_dropped(lines: int) -> str:
    return f"samescreen: {lines} lines of the audit are missing here: nothing read the output\n"


@dataclass(frozen=True, slots=True)
class _Terminal:
    """How the terminal is drawn on; see `Outlet`."""

    erase: str
    erase_rows: Callable[[str], str] | None
    is_ours: Callable[[], bool]

    def erasing(self, drawn: str) -> str:
        """What clears the status that was drawn."""
        return self.erase if self.erase_rows is None else self.erase_rows(drawn)


def _say_dropped(lines: int) -> str:
    return f"samescreen: {lines} lines are missing here: nothing read the output\n"


class Outlet(io.TextIOBase):
    """A text stream that passes bytes in `encoding` to `send`, on its thread.

    Characters that the encoding lacks are replaced by others, or by "?". `erase` clears the
    terminal's current line; empty: there is no terminal. `erase_rows` returns what clears a status
    of several lines that was drawn; None: the cursor cannot move up. `is_ours` says whether a
    status may be drawn now.
    """

    def __init__(
        self,
        send: Callable[[bytes], None],
        encoding: str,
        *,
        erase: str = "",
        erase_rows: Callable[[str], str] | None = None,
        is_ours: Callable[[], bool] = lambda: True,
    ) -> None:
        self._send = send
        self._encoding = encoding
        self._encoder = codecs.getincrementalencoder(encoding)("samescreen-spelled")
        self._terminal = _Terminal(erase, erase_rows, is_ours)
        self._waiting = _Waiting()
        self._changed = threading.Condition()
        self._is_busy = False
        self._drawn = ""
        self.fault: OSError | None = None
        """Why text was lost, the first time."""
        self.on_fault: Callable[[OSError], None] = lambda error: None
        """Called once, on the thread."""
        self.say_dropped: Callable[[int], str] = _say_dropped
        """The line that is written in place of that many dropped lines."""
        self.say_kept_dropped: Callable[[int], str] = _say_kept_dropped
        """The same for lines of `write_kept`."""
        threading.Thread(target=self._run, name="terminal output", daemon=True).start()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return bool(self._terminal.erase)

    @property
    def has_cursor(self) -> bool:
        """Whether a status may have several lines."""
        return self._terminal.erase_rows is not None

    def writable(self) -> bool:
        return True

    def can_show(self, text: str) -> bool:
        """Whether the encoding has all characters of the text."""
        try:
            text.encode(self._encoding)
        except UnicodeEncodeError:
            return False
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):  # libraries try bytes, to see what kind of stream it is
            raise TypeError(f"write takes text, not {type(text).__name__}")
        with self._changed:
            waiting = self._waiting
            if waiting.dropped or waiting.size + len(text) > MAX_WAITING:
                waiting.dropped += text.count("\n")
            else:
                waiting.pieces.append(text)
                waiting.size += len(text)
            self._wake()
        return len(text)

    def write_kept(self, text: str) -> None:
        """Write whole lines that are dropped last: only when `MAX_KEPT` of them wait."""
        with self._changed:
            waiting = self._waiting
            if waiting.kept_dropped or waiting.kept_size + len(text) > MAX_KEPT:
                waiting.kept_dropped += text.count("\n")
            else:
                waiting.kept.append(text)
                waiting.kept_size += len(text)
            self._wake()

    def status(self, line: str) -> None:
        """Show this below all text from now on, in place of the last one; "": none.

        Only at a terminal: one line, or several where `has_cursor`, none wider than the terminal.
        An equal status is drawn again, because another program may have overwritten it meanwhile.
        """
        with self._changed:
            self._waiting.status = line
            self._wake()

    def finish(self, within_s: float | None = None) -> bool:
        """Remove the status line, and wait until all is written. Returns whether it was in time."""
        self.status("")
        deadline_s = None if within_s is None else time.monotonic() + within_s
        with self._changed:
            while self._waiting.is_new or self._is_busy:
                left_s = _LOOK_S if deadline_s is None else deadline_s - time.monotonic()
                if left_s <= 0:
                    return False
                self._changed.wait(min(left_s, _LOOK_S))
        return True

    def _wake(self) -> None:
        self._waiting.is_new = True
        self._changed.notify_all()

    # The thread

    def _run(self) -> None:
        never_stop_this_thread()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting.is_new)
                taken = self._waiting
                self._waiting = _Waiting(status=taken.status)
                self._is_busy = True
            self._pass_on(taken)
            with self._changed:
                self._is_busy = False
                self._changed.notify_all()

    def _pass_on(self, taken: _Waiting) -> None:
        if self.fault is not None and self.fault.errno in _GONE:
            return
        try:
            if text := self._composed(taken):
                self._send(self._encoder.encode(text))
        except OSError as error:
            self._lost(error)
        except Exception as error:  # no place is left to log it, and `finish` must end
            self._lost(OSError(errno.EBADF, str(error)))

    def _composed(self, taken: _Waiting) -> str:
        said = "".join(taken.pieces)
        if taken.dropped:
            said += self.say_dropped(taken.dropped)
        said += "".join(taken.kept)
        if taken.kept_dropped:
            said += self.say_kept_dropped(taken.kept_dropped)
        terminal = self._terminal
        if not terminal.erase:
            return said
        if not terminal.is_ours():  # the current line belongs to the shell now
            self._drawn = ""
            return said
        erase = terminal.erasing(self._drawn) if self._drawn else ""
        self._drawn = taken.status if said.endswith("\n") or not said else ""
        return f"{erase}{said}{self._drawn}"

    def _lost(self, error: OSError) -> None:
        if self.fault is None:
            self.on_fault(error)
        self.fault = error
