"""Events that wait for the thread that carries them out. Pure; the caller locks it.

Moves that nobody needs are merged; everything else stays, in order, up to a bound.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from .events import Button, Move, Order, Pen, Room, Shift

MOST_WAITING: Final = 2000
_MOST_MOVES: Final = 64
"""While a button is down each move counts, as in a drawing, up to this many."""
_FARTHEST: Final = 32_767


class Inbox:
    """A queue of events."""

    def __init__(self) -> None:
        self._waiting: deque[Order] = deque()
        self._dragging: set[int] = set()

    @property
    def has_room(self) -> bool:
        """False: too many wait, and the sender must be cut off."""
        return len(self._waiting) <= MOST_WAITING

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def put(self, event: Order) -> None:
        """Add an event or a mark."""
        last = self._waiting[-1] if self._waiting else None
        is_crowded = not self._dragging or len(self._waiting) > _MOST_MOVES
        merged = _merged(last, event) if is_crowded else None
        if merged is not None:
            self._waiting[-1] = merged
            return
        if isinstance(event, Button):
            (self._dragging.add if event.is_down else self._dragging.discard)(event.number)
        self._waiting.append(event)

    def take(self) -> Order | None:
        """The oldest; None: none waits."""
        return self._waiting.popleft() if self._waiting else None

    def clear(self) -> None:
        """Drop what waits."""
        self._waiting.clear()
        self._dragging.clear()


def _merged(last: Order | None, event: Order) -> Order | None:
    """One move that leads where these two lead; None: there is none."""
    if isinstance(last, Move | Pen | Room) and type(event) is type(last):
        return event
    if isinstance(last, Shift) and isinstance(event, Shift):
        dx, dy = last.dx + event.dx, last.dy + event.dy
        return Shift(dx, dy) if max(abs(dx), abs(dy)) <= _FARTHEST else None
    return None
