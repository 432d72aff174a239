"""A bounded number of places, and who gives one up when a newcomer needs it. Pure.

Nobody is turned away while places are free: a school behind one address is honest. When they run
out, the newcomer takes the place of somebody in the lowest rank that anybody is in. There, one of
the address that holds most goes, drawn at random: with a fixed rule (the oldest, the newest) who
connects fast enough could make every honest newcomer the next to go.
"""

from __future__ import annotations

import random
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class _Place:
    group: str
    rank: int


class Places(Generic[T]):
    """Who is here. `ranks` counts from 0, the first to go; `group` is a peer's address or network.

    In the highest rank nobody goes for a newcomer whose group would then hold as many or more.
    """

    def __init__(self, capacity: int, ranks: int, draw: random.Random) -> None:
        self.capacity = capacity
        self._places: dict[T, _Place] = {}
        self._ranks: list[dict[str, _Drawable[T]]] = [{} for _ in range(ranks)]
        self._draw = draw

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, holder: T) -> bool:
        return holder in self._places

    def enter(self, holder: T, group: str, rank: int = 0) -> None:
        """Take a place, or move to another rank."""
        self.leave(holder)
        self._places[holder] = _Place(group, rank)
        self._ranks[rank].setdefault(group, _Drawable()).add(holder)

    def leave(self, holder: T) -> None:
        """Give the place up; somebody who has none may call it too."""
        place = self._places.pop(holder, None)
        if place is None:
            return
        groups = self._ranks[place.rank]
        groups[place.group].remove(holder)
        if not groups[place.group]:
            del groups[place.group]

    def below(self, rank: int) -> list[T]:
        """All in the ranks below that."""
        return [holder for holder, place in self._places.items() if place.rank < rank]

    def count(self, below: int) -> int:
        """How many are in the ranks below `below`."""
        return sum(len(members) for groups in self._ranks[:below] for members in groups.values())

    def rank_of(self, holder: T) -> int | None:
        """The rank of somebody; None without a place."""
        place = self._places.get(holder)
        return None if place is None else place.rank

    def next_to_go(self, newcomer: str) -> T | None:
        """Who gives way to a newcomer of that group; None: the newcomer itself must go."""
        for rank, groups in enumerate(self._ranks):
            if not groups:
                continue
            most = max(groups.values(), key=len)
            is_highest = rank == len(self._ranks) - 1
            if is_highest and len(most) <= len(groups.get(newcomer, ())) + 1:
                return None
            return most.drawn(self._draw)
        return None


class _Drawable(Generic[T]):
    """A set from which one can be drawn at random in constant time."""

    __slots__ = ("_at", "_members")

    def __init__(self) -> None:
        self._members: list[T] = []
        self._at: dict[T, int] = {}

    def __len__(self) -> int:
        return len(self._members)

    def add(self, member: T) -> None:
        self._at[member] = len(self._members)
        self._members.append(member)

    def remove(self, member: T) -> None:
        at, last = self._at.pop(member), self._members.pop()
        if last is not member:
            self._members[at] = last
            self._at[last] = at

    def drawn(self, draw: random.Random) -> T:
        return self._members[draw.randrange(len(self._members))]
