"""A bounded number of places, and which holder loses its place to a newcomer. Pure.

While places are free, everybody gets one: many peers of one address may be a school. When none is
free, the newcomer takes the place of a holder in the lowest occupied rank. There the group with the
most holders loses one, drawn at random. With a fixed rule, such as the oldest or the newest first,
a peer that connects fast enough could make every honest newcomer the next to lose its place.
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
    """The holders of `capacity` places, in `ranks` ranks; holders of rank 0 lose theirs first.

    A holder's `group` is its address or network. In the highest rank no holder loses its place to
    a newcomer whose group would then hold as many places or more.
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
        """Give a holder a place, or move it to another rank."""
        self.leave(holder)
        self._places[holder] = _Place(group, rank)
        self._ranks[rank].setdefault(group, _Drawable()).add(holder)

    def leave(self, holder: T) -> None:
        """Free the holder's place, if it has one."""
        place = self._places.pop(holder, None)
        if place is None:
            return
        groups = self._ranks[place.rank]
        groups[place.group].remove(holder)
        if not groups[place.group]:
            del groups[place.group]

    def below(self, rank: int) -> list[T]:
        """All holders in the ranks below `rank`."""
        return [holder for holder, place in self._places.items() if place.rank < rank]

    def count(self, below: int) -> int:
        """How many holders are in the ranks below `below`."""
        return sum(len(members) for groups in self._ranks[:below] for members in groups.values())

    def rank_of(self, holder: T) -> int | None:
        """The rank of a holder; None if it has no place."""
        place = self._places.get(holder)
        return None if place is None else place.rank

    def next_to_go(self, newcomer: str) -> T | None:
        """The holder that loses its place to a newcomer of this group; None: it gets no place."""
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
    """A set that draws a random member in constant time."""

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
