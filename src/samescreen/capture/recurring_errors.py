"""Logs unexpected errors that recur with every retry, each at most once a minute. Any thread.

A log entry has the traceback, and says how often the error recurred since the last entry.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

_AGAIN_S: Final = 60.0
_MOST: Final = 64

UNEXPECTED: Final = "an unexpected error stopped the pictures; trying again; see the host's log"
"""What viewers read. The details are in the host's log, since viewers cannot act on them."""


class RecurringErrors:
    """Two errors count as the same when their types and the lines that raised them are equal."""

    def __init__(self, log: logging.Logger, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock_s = clock_s
        self._lock = threading.Lock()
        # Guarded by _lock: when each kind was logged last, and how often it recurred since.
        self._logged: dict[tuple[object, ...], tuple[float, int]] = {}

    def log(self, what: str, error: Exception) -> None:
        """Log that `error` ended `what`, unless that was logged within the last minute."""
        kind = (what, type(error), *_place(error))
        now_s = self._clock_s()
        with self._lock:
            logged_s, count = self._logged.get(kind, (-_AGAIN_S, 0))
            if now_s - logged_s < _AGAIN_S:
                self._logged[kind] = logged_s, count + 1
                return
            if len(self._logged) >= _MOST:
                self._logged.clear()
            self._logged[kind] = now_s, 0
        often = f" ({count} times since)" if count else ""
        self._log.error("%s: an unexpected error%s", what, often, exc_info=error)


def _place(error: Exception) -> tuple[str, int]:
    traceback = error.__traceback__
    if traceback is None:
        return "", 0
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
