"""Who takes part, and what each of them shows, as all pages may show it. Event loop.

Listed are people who may talk or show something, or who have the host link. Those who only watch
are counted. Time is an argument; nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from samescreen.grants import Grant

from .subscriber import StreamName
from .voices import Voices

MOST_LISTED: Final = 64
"""More people no page can list; the rest are counted."""
CROWD: Final = 100
CROWD_US: Final = 5_000_000
"""With more than `CROWD` people here, the list is made anew no sooner than after so long."""

_TAKES_PART: Final = frozenset((Grant.TALK, Grant.PUBLISH, Grant.HOST))


class Member(Protocol):
    """A person, as the roster sees them."""

    @property
    def person_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def grants(self) -> frozenset[Grant]: ...
    @property
    def uses(self) -> Collection[Grant]:
        """For what their connections exist; empty while they wait to be let in."""


@dataclass(frozen=True, slots=True)
class StreamLists:
    """Ids of the streams that everybody may watch; the others; which one everybody is shown."""

    public: frozenset[str] = frozenset()
    private: tuple[StreamName, ...] = ()
    forward: str = ""


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part. `voice`: the number of their voice; 0: none."""

    number: int
    name: str
    is_host: bool
    voice: int
    is_muted: bool
    shows: tuple[str, ...]
    watches: bool


@dataclass(frozen=True, slots=True)
class RosterState:
    """Who takes part, for one person. `you`: their number; 0: they only watch."""

    you: int
    people: tuple[Participant, ...]
    others: int
    forward: str
    private: tuple[StreamName, ...]


NOBODY: Final = RosterState(0, (), 0, "", ())
"""Nobody takes part: there is nothing to show."""


class Roster:
    """It keeps who shows which stream, and gives each person a number while they are here."""

    def __init__(self, voices: Voices) -> None:
        self.streams: Callable[[], StreamLists] = StreamLists
        """Set by the hub."""
        self._voices = voices
        self._owners: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._last_number = 0
        self._public = self._all = NOBODY
        self._looked_us = -CROWD_US

    def add(self, stream_id: str, person_id: str) -> None:
        """This person shows that stream from now on."""
        self._owners[stream_id] = person_id

    def discard(self, stream_id: str) -> None:
        """That stream has ended; may be called twice, and without `add`."""
        self._owners.pop(stream_id, None)

    def owner_of(self, stream_id: str) -> str | None:
        """Who shows that stream; None: it is no person's."""
        return self._owners.get(stream_id)

    def tick(self, people: Iterable[Member], now_us: int) -> bool:
        """Find out who takes part. Whether that changed. A few times a second."""
        people = tuple(people)
        if len(people) > CROWD and now_us - self._looked_us < CROWD_US:
            return False
        self._looked_us = now_us
        lists = self.streams()
        private = frozenset(each.stream_id for each in lists.private)
        public = self._state(people, lists.public, lists.forward)
        seen = self._state(people, lists.public | private, lists.forward, lists.private)
        is_changed = (public, seen) != (self._public, self._all)
        if is_changed:
            self._public, self._all = public, seen
        here = {each.person_id for each in people}
        self._numbers = {who: number for who, number in self._numbers.items() if who in here}
        return is_changed

    def state_of(self, person: Member) -> RosterState:
        """How this person sees it."""
        state = self._all if Grant.HOST in person.grants else self._public
        number = self._numbers.get(person.person_id, 0)
        you = number if any(each.number == number for each in state.people) else 0
        return replace(state, you=you)

    def _state(
        self,
        people: tuple[Member, ...],
        visible: frozenset[str],
        forward: str,
        private: tuple[StreamName, ...] = (),
    ) -> RosterState:
        """Who takes part, where these streams can be seen."""
        shown: dict[str, list[str]] = {}
        for stream_id, owner in self._owners.items():
            if stream_id in visible:
                shown.setdefault(owner, []).append(stream_id)
        here = [each for each in people if Grant.WATCH in each.uses or each.person_id in shown]
        parts = [each for each in here if each.grants & _TAKES_PART]
        if len(parts) + len(private) == 0 and not forward:
            return NOBODY
        listed = [self._participant(each, shown.get(each.person_id, [])) for each in parts]
        listed.sort(key=lambda each: (not each.shows, each.number))
        listed = listed[:MOST_LISTED]
        return RosterState(0, tuple(listed), len(here) - len(listed), forward, private)

    def _participant(self, person: Member, shows: list[str]) -> Participant:
        who = person.person_id
        if who not in self._numbers:
            self._last_number += 1
            self._numbers[who] = self._last_number
        return Participant(
            self._numbers[who],
            person.name,
            Grant.HOST in person.grants,
            self._voices.number_of(who),
            self._voices.is_muted(who),
            tuple(shows),
            Grant.WATCH in person.uses,
        )
