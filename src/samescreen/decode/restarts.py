"""When a process that died starts again, and when it does not any more. Pure."""

from __future__ import annotations

from typing import Final

FIRST_PAUSE_S: Final = 0.25
MOST_DEATHS: Final = 5
FORGOTTEN_US: Final = 60_000_000


class Restarts:
    """Pauses that double from FIRST_PAUSE_S; none after MOST_DEATHS.

    Deaths count while each comes within FORGOTTEN_US after the one before.
    """

    def __init__(self) -> None:
        self._deaths = 0
        self._last_us: int | None = None

    def after_death(self, now_us: int) -> float | None:
        """The pause in seconds before the next start; None: do not start again."""
        if self._last_us is not None and now_us - self._last_us > FORGOTTEN_US:
            self._deaths = 0
        self._last_us = now_us
        self._deaths += 1
        if self._deaths >= MOST_DEATHS:
            return None
        return FIRST_PAUSE_S * 2.0 ** (self._deaths - 1)
