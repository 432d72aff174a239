"""Log lines that strangers can cause: at most one in ten seconds, with none of their words.

Runs on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path
from typing import Any, Final

from samescreen.clock import clock_us

_EVERY_US: Final = 10_000_000


class ThrottledLog:
    """Logs one kind of event, at most once in ten seconds. A line says how many were left out."""

    def __init__(self, log: logging.Logger, level: int) -> None:
        self._log = log
        self._level = level
        self._next_us = 0
        self._left_out = 0

    def log(self, line: str, now_us: int) -> bool:
        """Log the line, unless the last one is less than ten seconds old. True: it was logged."""
        if now_us < self._next_us:
            self._left_out += 1
            return False
        more = f" (and {self._left_out} more since the last such line)" if self._left_out else ""
        self._log.log(self._level, "%s%s", line, more)
        self._next_us, self._left_out = now_us + _EVERY_US, 0
        return True


class LoopErrorLog:
    """The event loop's exception handler: one throttled line instead of a traceback."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._throttled = ThrottledLog(log, logging.ERROR)

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        # The message may end with the arguments of a callback, which can contain received bytes.
        what = re.split(r"[(<]", context.get("message", ""))[0].strip() or "an error was left over"
        line = f"{what}: {location_of(error)}"
        if self._throttled.log(line, clock_us()):
            self._log.debug("here is where it happened", exc_info=error)


def location_of(error: BaseException | None) -> str:
    """The type of an error and where it was raised. Its text may repeat a stranger's words."""
    if error is None:
        return "nothing more is known"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = Path(trace.tb_frame.f_code.co_filename).name
    return f"{type(error).__name__} in {file}:{trace.tb_lineno}"
