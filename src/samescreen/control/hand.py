"""Notices the person at the machine, who wins: what the viewer holds is let go.

Any one thread: the one that gets the reports of the system.
"""

from __future__ import annotations

from typing import Final

from .news import Escaped, HandSeen
from .orders import Orders
from .policy import Escapes

_HAND_EVERY_US: Final = 100_000


class Hand:
    """What the person at the machine does with the mouse and the keyboard. Times are µs."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._escapes = Escapes()
        self._seen_us = -_HAND_EVERY_US

    def pressed(self, is_escape: bool, now_us: int) -> None:
        """They pressed a key; the third Esc in a row ends remote control."""
        if self._escapes.pressed(is_escape, now_us):
            self._orders.release()
            self._orders.tell(Escaped())
        self.touched(now_us)

    def touched(self, now_us: int) -> None:
        """They touched anything."""
        if now_us - self._seen_us >= _HAND_EVERY_US:
            self._seen_us = now_us
            self._orders.release()
            self._orders.tell(HandSeen())
