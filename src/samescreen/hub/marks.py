"""The marks that people draw over one picture: who drew them, and which of them stay. Pure.

A stroke is a run of points. Coordinates are shares of the picture: 0 is its left or top edge, 65535
the right or bottom one. Pressure is 1 to 65535, or 0 where the device does not measure it. The
board keeps only what a newcomer must be sent: the points of strokes that stay.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from samescreen.errors import ProtocolError
from samescreen.flow.token_bucket import TokenBucket

Tool = Literal["laser", "fade", "pen"]
"""laser: fades a second after each point. fade: three seconds after its end. pen: it stays."""

MOST_PEOPLE: Final = 16
"""Who draw on one picture at the same time."""
MOST_STROKES: Final = 100
"""Strokes of one person that stay. The oldest goes when there are more."""
MOST_POINTS: Final = 2_000
"""Points of one person that stay. The oldest strokes go when there are more."""
COLOURS: Final = 8
QUIET_US: Final = 10_000_000
"""A person who has drawn nothing for so long, and has no mark, gives the place to another."""
COST_PER_S: Final = 500
COST_AT_ONCE: Final = 1_000
FAR_COST_PER_S: Final = 1_000
FAR_COST_AT_ONCE: Final = 3_000
"""Of somebody at another machine: all of their marks that stay may come at once."""
MOST_INKERS: Final = 64
"""Who draw on one picture, with those at other machines."""
MESSAGE_COST: Final = 2
"""A message costs this much, and each of its points 1. What exceeds the budget is left out."""
_NUMBERS: Final = 3
"""Numbers of one point: x, y, pressure."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Points that one stroke grows by. `is_end`: it grows no more."""

    by: int
    stroke: int
    tool: Tool
    points: tuple[int, ...]
    is_end: bool


class Drawer(Protocol):
    """A person, as far as a board needs to know them."""

    @property
    def person_id(self) -> str:
        """The same for all connections of one person."""

    @property
    def name(self) -> str:
        """What they want to be called."""


@dataclass(frozen=True, slots=True)
class FarDrawer:
    """Somebody who draws at another machine, which lets them. `origin`: by which way their marks
    come here. `by`: their number there. `is_host`: they have that machine's host link. `guest`: the
    same whatever they draw on; "": that machine does not say it."""

    origin: str
    by: int
    name: str
    is_host: bool = False
    guest: str = ""

    @property
    def person_id(self) -> str:
        """No person of this machine has it."""
        return f"{self.origin}/{self.by}"


@dataclass(slots=True)
class Inker:
    """Somebody who draws. `by` is their number on this picture; `name` as it was last shown.

    `is_host`: they came in by the host link.
    """

    by: int
    person: Drawer
    is_host: bool
    name: str
    colour: int
    budget: TokenBucket
    drew_us: int
    strokes: OrderedDict[int, list[int]] = field(default_factory=OrderedDict)
    """The points of the strokes that stay, by stroke, the oldest first."""
    shown_name: str | None = None
    """By which pages know them; None: they do not yet."""

    @property
    def far(self) -> FarDrawer | None:
        """Who they are at another machine; None: they are here."""
        return self.person if isinstance(self.person, FarDrawer) else None

    @property
    def guest(self) -> str:
        """Who they are to the host of the stream, where it is elsewhere."""
        return self.person.guest if isinstance(self.person, FarDrawer) else self.person.person_id

    @property
    def origin(self) -> str:
        """By which way their marks come here; "": they draw here."""
        return self.person.origin if isinstance(self.person, FarDrawer) else ""

    def keep(self, stroke: int, points: Sequence[int]) -> bool:
        """Add points to a stroke that stays. True: older strokes had to go."""
        self.strokes.setdefault(stroke, []).extend(points)
        was = len(self.strokes)
        while len(self.strokes) > MOST_STROKES or self._is_too_long:
            self.strokes.popitem(last=False)
        return len(self.strokes) < was

    @property
    def _is_too_long(self) -> bool:
        return sum(map(len, self.strokes.values())) > MOST_POINTS * _NUMBERS


class Board:
    """The marks over the picture of `track`."""

    def __init__(self, track: int) -> None:
        self.track = track
        self._inkers: dict[str, Inker] = {}
        self._count = 0

    @property
    def inkers(self) -> tuple[Inker, ...]:
        return tuple(self._inkers.values())

    @property
    def strokes(self) -> tuple[Mark, ...]:
        """The strokes that stay, each whole."""
        return tuple(
            Mark(inker.by, stroke, "pen", tuple(points), is_end=True)
            for inker in self._inkers.values()
            for stroke, points in inker.strokes.items()
        )

    def find(
        self, person: Drawer, now_us: int, *, is_host: bool = False, is_far: bool = False
    ) -> Inker | None:
        """The entry of this person, a new one if need be; None: there is no room.

        `is_far`: another machine passes on what they draw.
        """
        found = self._inkers.get(person.person_id)
        if found is not None and found.person is person:
            return found
        return self._enter(person, now_us, is_host=is_host, is_far=is_far)

    def find_far(self, drawer: FarDrawer, now_us: int) -> Inker | None:
        """The same for somebody at another machine, whose name may be new."""
        found = self._inkers.get(drawer.person_id)
        if found is not None:
            found.person, found.name, found.is_host = drawer, drawer.name, drawer.is_host
            return found
        return self._enter(drawer, now_us, is_host=drawer.is_host, is_far=True)

    def _enter(
        self, person: Drawer, now_us: int, *, is_host: bool, is_far: bool
    ) -> Inker | None:
        origin = person.origin if isinstance(person, FarDrawer) else ""
        is_full = sum(each.origin == origin for each in self.inkers) >= MOST_PEOPLE
        if (is_full or len(self._inkers) >= MOST_INKERS) and not self._make_room(origin, now_us):
            return None
        self._count += 1
        taken = [each.colour for each in self._inkers.values()]
        colour = min(range(COLOURS), key=lambda each: (taken.count(each), each))
        rates = (FAR_COST_PER_S, FAR_COST_AT_ONCE) if is_far else (COST_PER_S, COST_AT_ONCE)
        budget = TokenBucket(*rates, now_us)
        inker = Inker(self._count, person, is_host, person.name, colour, budget, now_us)
        self._inkers[person.person_id] = inker
        return inker

    def _make_room(self, origin: str, now_us: int) -> bool:
        for inker in self.inkers:
            is_quiet = not inker.strokes and now_us - inker.drew_us >= QUIET_US
            if is_quiet and inker.origin == origin:
                return self.forget(inker.person.person_id)
        return False

    def forget(self, person_id: str) -> bool:
        """Remove a person with all marks of theirs. False: they drew nothing here."""
        return self._inkers.pop(person_id, None) is not None


def drawn(
    inker: Inker, stroke: int, tool: Tool, points: Sequence[int], *, is_end: bool, now_us: int
) -> Mark | None:
    """What a message adds to a stroke, within the budget of its person; None: nothing.

    Raises:
        ProtocolError: `points` is not a whole number of points.
    """
    if len(points) % _NUMBERS:
        raise ProtocolError("a point has three numbers: x, y and pressure")
    inker.drew_us = now_us
    is_poor = inker.budget.wait_us(now_us) > 0
    if is_poor and not is_end:
        return None
    inker.budget.spend(MESSAGE_COST + (0 if is_poor else len(points) // _NUMBERS), now_us)
    return Mark(inker.by, stroke, tool, () if is_poor else tuple(points), is_end)
