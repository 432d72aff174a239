"""What strangers can make the program log: one line in ten seconds, and none of their words.

Runs on the event loop.
"""

from __future__ import annotations

import logging
from typing import Final

_EVERY_US: Final = 10_000_000


class Complaints:
    """Lines about one kind of event, at most one in ten seconds; the next says how many it left."""

    def __init__(self, log: logging.Logger, level: int) -> None:
        self._log = log
        self._level = level
        self._next_us = 0
        self._left_out = 0

    def say(self, line: str, now_us: int) -> bool:
        """Log the line, unless the last one was a moment ago. Whether it was logged."""
        if now_us < self._next_us:
            self._left_out += 1
            return False
        more = f" (and {self._left_out} more since the last such line)" if self._left_out else ""
        self._log.log(self._level, "%s%s", line, more)
        self._next_us, self._left_out = now_us + _EVERY_US, 0
        return True
