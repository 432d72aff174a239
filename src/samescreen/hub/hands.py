"""Raised hands and short lines of those who watch, for the host; kept in memory only. Event loop.

Hands stand in the order in which they went up. A line is one line of plain text. Both are bounded,
each person's lines are limited in rate, and the host can switch both off.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from samescreen.flow.token_bucket import TokenBucket
from samescreen.labels import label

LONGEST_LINE: Final = 300
LONGEST_NAME: Final = 40
MOST_LINES: Final = 100
"""The oldest is dropped when another comes."""
LINES_PER_S: Final = 0.25
LINES_AT_ONCE: Final = 3


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody wants to say something since `since_us`."""

    person_id: str
    since_us: int


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody wrote to the host. `number` counts all lines, from 1."""

    number: int
    person_id: str
    text: str
    at_us: int


class Hands:
    """`is_on`: whether those who watch may raise a hand and write lines."""

    def __init__(self) -> None:
        self._is_on = True
        self._hands: dict[str, Hand] = {}
        self._lines: deque[Line] = deque(maxlen=MOST_LINES)
        self._written = 0
        self._rates: dict[str, TokenBucket] = {}

    @property
    def is_on(self) -> bool:
        return self._is_on

    @property
    def hands(self) -> tuple[Hand, ...]:
        """Those that are up, the oldest first."""
        return tuple(self._hands.values())

    @property
    def lines(self) -> tuple[Line, ...]:
        """Those that the host has not put away, the oldest first."""
        return tuple(self._lines)

    def switch(self, is_on: bool) -> None:
        """Let those who watch raise hands and write lines, or end both and put all of them away."""
        self._is_on = is_on
        if not is_on:
            self._hands.clear()
            self._lines.clear()

    def is_up(self, person_id: str) -> bool:
        return person_id in self._hands

    def raise_hand(self, person_id: str, now_us: int) -> bool:
        """False: hands are switched off. A hand that is up keeps its place."""
        if self._is_on:
            self._hands.setdefault(person_id, Hand(person_id, now_us))
        return self._is_on

    def lower_hand(self, person_id: str) -> bool:
        """False: it was not up."""
        return self._hands.pop(person_id, None) is not None

    def write(self, person_id: str, text: str, now_us: int) -> bool:
        """Take somebody's line. False: lines are switched off, it is empty, or too soon."""
        said = label(text, LONGEST_LINE)
        rate = self._rates.get(person_id)
        if not self._is_on or not said or (rate is not None and rate.wait_us(now_us)):
            return False
        if rate is None:
            rate = self._rates[person_id] = TokenBucket(LINES_PER_S, LINES_AT_ONCE - 1, now_us)
        rate.spend(1, now_us)
        self._written += 1
        self._lines.append(Line(self._written, person_id, said, now_us))
        return True

    def put_away(self, number: int) -> bool:
        """The host has dealt with that line. False: there is none of that number."""
        for line in self._lines:
            if line.number == number:
                self._lines.remove(line)
                return True
        return False

    def left(self, person_id: str) -> None:
        """Nobody of that id is here any more; their lines stay."""
        self._hands.pop(person_id, None)
        self._rates.pop(person_id, None)
