"""The marks over one stream on their way to another machine: joined, and bounded in rate. Pure.

Points of pen strokes are read from the board when they are due, so nothing of what stays is lost.
Of what fades only the newest points wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from .marks import MOST_INKERS, MOST_STROKES, Board, Inker, Mark

INTERVAL_US: Final = 30_000
"""The shortest time between two rounds."""
COST_AT_ONCE: Final = 100
"""Points and messages of one round, about: at most 60 kB of text and 800 messages a second."""
MESSAGE_COST: Final = 4
"""A message costs as much as so many points."""
MESSAGE_POINTS: Final = 64
MOST_FADING: Final = 256
"""Strokes that fade and wait: half a second of rounds. The oldest go when there are more."""
MOST_PENS: Final = MOST_INKERS * MOST_STROKES
"""No more strokes stay on a board."""
_NUMBERS: Final = 3
_Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Points to send. `at`: how many numbers the stroke has before them; None: it fades."""

    inker: Inker
    mark: Mark
    at: int | None


@dataclass(frozen=True, slots=True)
class Round:
    """What to send now. `strokes`: those that stay (person, stroke); None: as before."""

    strokes: list[_Key] | None
    drawn: list[Drawn]


class MarkFeed:
    """`goes`: whether what somebody draws goes there; it must not go back to where it is from."""

    __slots__ = ("_fading", "_goes", "_has_news", "_names", "_pens", "_sent")

    def __init__(self, goes: Callable[[Inker], bool]) -> None:
        self._goes = goes
        self._fading: dict[_Key, Mark] = {}
        self._pens: dict[_Key, bool] = {}
        """Strokes that have grown, and whether they grow no more."""
        self._sent: dict[_Key, int] = {}
        """How many numbers of each stroke have gone."""
        self._names: dict[int, str] = {}
        self._has_news = False

    @property
    def is_due(self) -> bool:
        """Something waits."""
        return bool(self._has_news or self._pens or self._fading)

    def drew(self, inker: Inker, mark: Mark) -> None:
        """A stroke grew; the board has its points already."""
        if not self._goes(inker):
            return
        key = mark.by, mark.stroke
        if mark.tool == "pen":
            self._pens[key] = mark.is_end or self._pens.get(key, False)
            if len(self._pens) > MOST_PENS:
                del self._pens[next(iter(self._pens))]
            return
        before = self._fading.get(key)
        points = mark.points if before is None else before.points + mark.points
        self._fading[key] = replace(mark, points=points[-MESSAGE_POINTS * _NUMBERS :])
        if len(self._fading) > MOST_FADING:
            del self._fading[next(iter(self._fading))]

    def changed(self) -> None:
        """Strokes are gone, somebody has another name, or other rules hold."""
        self._has_news = True

    def again(self, board: Board | None) -> None:
        """Send all that stays, unless that is under way."""
        self._has_news = True
        if not self._pens:
            self._sent.clear()
            self._pens = {
                (each.by, stroke): True for each in self._inkers(board) for stroke in each.strokes
            }

    def take(self, board: Board | None) -> Round:
        """What is due now; the rest waits for the next round."""
        inkers = {each.by: each for each in self._inkers(board)}
        strokes = None
        if self._has_news:
            strokes = [(by, stroke) for by, each in inkers.items() for stroke in each.strokes]
            self._sent = {key: self._sent[key] for key in strokes if key in self._sent}
            self._note_names(inkers)
            self._has_news = False
        drawn: list[Drawn] = []
        room = COST_AT_ONCE
        while room > 0 and (self._fading or self._pens):
            found = self._next(inkers)
            if found is not None:
                drawn.append(found)
                room -= MESSAGE_COST + len(found.mark.points) // _NUMBERS
        self._names.update({each.inker.by: each.inker.name for each in drawn})
        return Round(strokes, drawn)

    def _next(self, inkers: dict[int, Inker]) -> Drawn | None:
        """What has waited longest, of what fades first; None: its person or its stroke is gone."""
        if not self._fading:
            key = next(iter(self._pens))
            return self._part(inkers.get(key[0]), key)
        mark = self._fading.pop(next(iter(self._fading)))
        return Drawn(inkers[mark.by], mark, None) if mark.by in inkers else None

    def _part(self, inker: Inker | None, key: _Key) -> Drawn | None:
        """The next points of a stroke; None: it is gone."""
        points = None if inker is None else inker.strokes.get(key[1])
        if inker is None or points is None:
            del self._pens[key]
            self._sent.pop(key, None)
            return None
        at = self._sent.get(key, 0)
        if at > len(points):
            at = 0  # it was too long, and began again
        part = tuple(points[at : at + MESSAGE_POINTS * _NUMBERS])
        self._sent[key] = at + len(part)
        is_all = self._sent[key] == len(points)
        is_end = is_all and self._pens[key]
        if is_all:
            del self._pens[key]
        return Drawn(inker, Mark(inker.by, key[1], "pen", part, is_end), at)

    def _note_names(self, inkers: dict[int, Inker]) -> None:
        """Send the new name of a person with a stroke that grows by nothing."""
        self._names = {by: name for by, name in self._names.items() if by in inkers}
        for by, name in self._names.items():
            if inkers[by].name != name and inkers[by].strokes:
                self._pens.setdefault((by, next(reversed(inkers[by].strokes))), True)

    def _inkers(self, board: Board | None) -> list[Inker]:
        return [each for each in board.inkers if self._goes(each)] if board is not None else []
