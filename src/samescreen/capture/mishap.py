"""The log's side of errors that nobody expected and that come again with every retry.

Any thread. Logs each with its traceback once, and again at most once a minute, with how often.
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
"""For viewers, who cannot do anything about it."""


class Mishaps:
    """Two errors are the same when their types and the lines that raised them are."""

    def __init__(self, log: logging.Logger, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock_s = clock_s
        self._lock = threading.Lock()
        # Guarded by _lock; when each kind was logged last, and how often it came since:
        self._logged: dict[tuple[object, ...], tuple[float, int]] = {}

    def tell(self, what: str, error: Exception) -> None:
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
