"""Who is here: persons, what each may do now, their connections and their visits. Event loop.

A person is a cookie or a program's token, a visit is one page load, a connection is a socket. This
module keeps only those who are connected, and those whose grants the host has changed. It knows
no secrets but the ids of visits, and no sockets: a connection is told what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from samescreen.closing import CloseCode
from samescreen.grants import Grant
from samescreen.labels import label

from .hands import LONGEST_NAME, Hands
from .lobby import Lobby, Newcomer
from .visits import Visits

MERCY_US: Final = 2_000_000
"""How long somebody may still send what was under way when a grant was taken back."""


class Connection(Protocol):
    """One socket of a person's."""

    def dismiss(self, code: CloseCode, detail: str) -> None:
        """Say goodbye with this sentence, and close."""

    def tell_grants(self, grants: frozenset[Grant]) -> None:
        """Tell the other side what it may do now."""

    def show(self, shown: PersonState | HostLine) -> None:
        """Show this to the person, where the other side can."""


@dataclass(frozen=True, slots=True)
class PersonState:
    """How the host sees a person. `took`: lines of theirs that the host was shown."""

    name: str
    has_hand_up: bool
    may_speak: bool
    took: int


@dataclass(frozen=True, slots=True)
class HostLine:
    """One line of the host's, for everybody or (`is_personal`) for this person."""

    text: str
    is_personal: bool = False


class Verdict(Enum):
    """What becomes of a message."""

    TAKE = "take"
    DROP = "drop"
    """The grant was taken back a moment ago: leave it out, and tell what holds now."""
    CLOSE = "close"


class Person:
    """Somebody who is here. `grants` is what they may do now; only `People` changes it.

    `until_s`: when their cookie ends, in seconds since 1970; None: they have none.
    """

    __slots__ = (
        *("address", "connections", "grants", "link_id", "name", "person_id", "took", "until_s"),
        *("_held_back", "_is_by_hand", "_taken_us"),
    )

    def __init__(
        self,
        person_id: str,
        link_id: str,
        address: str,
        grants: frozenset[Grant],
        until_s: int | None = None,
    ) -> None:
        self.person_id = person_id
        self.link_id = link_id
        self.address = address
        self.grants = grants
        self.until_s = until_s
        self.name = ""
        self.took = 0
        self.connections: dict[Connection, Grant] = {}
        self._taken_us: dict[Grant, int] = {}
        self._is_by_hand = False
        self._held_back: frozenset[Grant] | None = None

    @property
    def is_waiting(self) -> bool:
        """The host has not let them in yet: they hold no grant."""
        return self._held_back is not None

    def judge(self, grant: Grant, now_us: int) -> Verdict:
        """What becomes of a message that needs this grant."""
        if grant in self.grants:
            return Verdict.TAKE
        taken_us = self._taken_us.get(grant)
        is_recent = taken_us is not None and now_us - taken_us < MERCY_US
        return Verdict.DROP if is_recent else Verdict.CLOSE

    def change(self, grants: frozenset[Grant], now_us: int) -> None:
        """From now on they may do this."""
        for grant in self.grants - grants:
            self._taken_us[grant] = now_us
        self.grants, self._is_by_hand = grants, True
        self._held_back = None
        for connection in tuple(self.connections):
            connection.tell_grants(grants)

    def wait(self) -> None:
        """Hold no grant until `enter`."""
        if self._held_back is None:
            self._held_back, self.grants = self.grants, frozenset()

    def enter(self) -> None:
        """The host lets them in: they may do from now on what their link gives."""
        if self._held_back is not None:
            self.grants, self._held_back = self._held_back, None
            for connection in tuple(self.connections):
                connection.tell_grants(self.grants)

    def show(self, shown: PersonState | HostLine) -> None:
        """Show this on every connection of theirs, unless they wait to be let in."""
        if not self.is_waiting:
            for connection in tuple(self.connections):
                connection.show(shown)

    def end_revoked(self, now_us: int) -> None:
        """Close the connections whose grant was taken back and not given again."""
        for connection, grant in tuple(self.connections.items()):
            if self.judge(grant, now_us) is Verdict.CLOSE:
                connection.dismiss(CloseCode.FORBIDDEN, f"the grant {grant} was taken back")

    def end(self, code: CloseCode, detail: str) -> None:
        """Nothing they send counts from now on, and every connection of theirs is closed."""
        self.grants = frozenset()
        self._taken_us.clear()
        self._is_by_hand, self._held_back = False, None
        for connection in tuple(self.connections):
            connection.dismiss(code, detail)

    @property
    def is_by_hand(self) -> bool:
        """The host has changed their grants."""
        return self._is_by_hand


class People:
    """All persons by id, and their visits."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}
        self.visits = Visits()
        self.lobby = Lobby()
        self.hands = Hands()

    def __iter__(self) -> Iterator[Person]:
        return iter(tuple(self._people.values()))

    def find(self, person_id: str) -> Person | None:
        """That person; None: they are not here, and the host has changed nothing for them."""
        return self._people.get(person_id)

    def arrived(self, newcomer: Person) -> Person:
        """That person, as they are known here if they are; their cookie is the newer one.

        Before anything is waited for, so that an end meanwhile reaches them; `left` undoes it.
        """
        person = self._people.setdefault(newcomer.person_id, newcomer)
        person.address = newcomer.address
        if newcomer.until_s is not None:
            person.until_s = max(person.until_s or 0, newcomer.until_s)
        return person

    def admit(self, person: Person, now_us: int) -> None:
        """Somebody showed a link or a cookie: let them in, or have them wait for the host."""
        newcomer = Newcomer(person.person_id, person.link_id, person.address, now_us)
        if Grant.HOST not in person.grants and not self.lobby.admits(newcomer):
            person.wait()

    def let_in(self, person_id: str) -> bool:
        """The host lets them in. False: nobody of that id waits."""
        is_listed = self.lobby.find(person_id) is not None
        person = self._people.get(person_id)
        self.lobby.let_in(person_id)
        if person is not None:
            person.enter()
        return is_listed

    def let_all_in(self) -> None:
        """Nobody waits any more."""
        for person in self:
            if person.is_waiting:
                self.let_in(person.person_id)

    # What people say to the host, and the host to them

    def rename(self, person: Person, name: str) -> None:
        """They chose this name; "" for none."""
        person.name = label(name, LONGEST_NAME)
        self._show_state(person)

    def set_hand(self, person: Person, is_up: bool, now_us: int) -> None:
        """They raise a hand, or take it down."""
        if is_up:
            self.hands.raise_hand(person.person_id, now_us)
        else:
            self.hands.lower_hand(person.person_id)
        self._show_state(person)

    def write(self, person: Person, text: str, now_us: int) -> None:
        """They wrote a line to the host; their page learns whether the host was shown it."""
        person.took += self.hands.write(person.person_id, text, now_us)
        self._show_state(person)

    def lower_hand(self, person_id: str) -> bool:
        """The host lowers somebody's hand. False: it was not up."""
        was_up, person = self.hands.lower_hand(person_id), self._people.get(person_id)
        if person is not None:
            self._show_state(person)
        return was_up

    def switch_hands(self, is_on: bool) -> None:
        """Let those who watch raise hands and write lines, or not."""
        self.hands.switch(is_on)
        for person in self:
            self._show_state(person)

    def say(self, text: str, person_id: str | None = None) -> bool:
        """Show one line of the host's to that person; None: to everybody. False: not here."""
        if person_id is None:
            for person in self:
                person.show(HostLine(text))
            return True
        found = self._people.get(person_id)
        if found is not None:
            found.show(HostLine(text, is_personal=True))
        return found is not None

    def state_of(self, person: Person) -> PersonState:
        """How the host sees this person."""
        is_up = self.hands.is_up(person.person_id)
        return PersonState(person.name, is_up, self.hands.is_on, person.took)

    def _show_state(self, person: Person) -> None:
        person.show(self.state_of(person))

    def close(self) -> None:
        """The host stops: say so to those who wait; streams say it to those who watch."""
        for person in self:
            if person.is_waiting:
                person.end(CloseCode.STOPPING, "the host stopped sharing")

    def waiting(self, now_us: int) -> tuple[Newcomer, ...]:
        """Those who wait for the host, the oldest first."""
        connected = frozenset(each.person_id for each in self if each.connections)
        return self.lobby.waiting(now_us, connected)

    def connect(self, person: Person, connection: Connection, grant: Grant) -> None:
        """One more socket of theirs, which is for what `grant` allows."""
        person.connections[connection] = grant

    def disconnect(self, person: Person, connection: Connection) -> None:
        """That socket is gone; may be called twice."""
        person.connections.pop(connection, None)
        if person.is_waiting and not person.connections:
            self.lobby.forget(person.person_id)
        self.left(person)

    def renewed(self, person_id: str, until_s: int) -> None:
        """Their cookie holds for longer."""
        person = self._people.get(person_id)
        if person is not None:
            person.until_s = max(person.until_s or 0, until_s)

    def put_out(self, person_id: str, detail: str) -> None:
        """End their connections. What bars them from coming back is the gatekeeper's."""
        person = self._people.get(person_id)
        if person is not None:
            self._end(person, CloseCode.PUT_OUT, detail)

    def end_link(self, link_id: str, detail: str) -> None:
        """Everybody who came in by that link goes."""
        for person in self:
            if person.link_id == link_id:
                self._end(person, CloseCode.EXPIRED, detail)

    def tick(self, now_us: int, now_s: int) -> None:
        """A few times a second: what has run out."""
        for person in self:
            if person.until_s is not None and person.until_s <= now_s:
                self._end(person, CloseCode.EXPIRED, "the cookie has run out")
            elif person.is_by_hand:
                person.end_revoked(now_us)

    def _end(self, person: Person, code: CloseCode, detail: str) -> None:
        del self._people[person.person_id]  # whoever comes under this name now is another
        self.lobby.forget(person.person_id)
        person.end(code, detail)

    def left(self, person: Person) -> None:
        """Forget them if they have no connections and no grants that the host has changed."""
        is_known = self._people.get(person.person_id) is person
        if is_known and not person.connections:
            self.hands.left(person.person_id)
            if not person.is_by_hand:
                del self._people[person.person_id]
