"""How long the viewer has held each key, compared with how long it has been down here. Pure.

A network whose delay grows stretches time: a key that the viewer held for 300 ms is down here for
longer, no silence shows it, and the desktop begins to repeat the letter. So a key may be down here
only `slack_us` longer than the viewer is known to have held it, by the page's own clock. A key
that the viewer has held for `ON_PURPOSE_US` may repeat.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Final

ON_PURPOSE_US: Final = 500_000
_WRAPS_MS: Final = 2**32
"""The page's clock has 32 bits."""


class Holds:
    """The keys that are down here. Times are µs; those of the page count from its first message."""

    def __init__(self, slack_us: int) -> None:
        self._slack_us = slack_us
        self._page_ms: int | None = None
        self._page_us = 0
        self._pressed: dict[int, tuple[int, int]] = {}
        """When each key went down, by the clock here and by the page's."""

    def at(self, page_ms: int) -> None:
        """What follows happened at this time of the page's clock. It never runs backwards."""
        if self._page_ms is not None:
            passed_ms = (page_ms - self._page_ms) % _WRAPS_MS
            if passed_ms >= _WRAPS_MS // 2:
                return
            self._page_us += passed_ms * 1000
        self._page_ms = page_ms

    def follow(self, down: Set[int], now_us: int) -> None:
        """These keys are down now."""
        if self._page_ms is None:  # a program: no network delays what it does
            return
        at = now_us, self._page_us
        self._pressed = {key: self._pressed.get(key, at) for key in down}

    @property
    def due_us(self) -> int | None:
        """When a key has been down too long; None: none will, without news."""
        return min((due_us for _, due_us in self._dues()), default=None)

    def late(self, now_us: int) -> list[int]:
        """The keys that have been down too long by now."""
        return [key for key, due_us in self._dues() if now_us >= due_us]

    def _dues(self) -> list[tuple[int, int]]:
        return [
            (key, here_us + held_us + self._slack_us)
            for key, (here_us, page_us) in self._pressed.items()
            if (held_us := self._page_us - page_us) < ON_PURPOSE_US
        ]
