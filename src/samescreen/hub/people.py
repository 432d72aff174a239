"""The people who are connected: their grants, connections and visits. Event loop.

A cookie or a program's token identifies a person, a visit is one page load, a connection is a
socket. This module keeps only people who are connected, and people whose grants the host changed.
It knows no secrets except the ids of visits, and sockets only as `Connection`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Final, Protocol

from samescreen.closing import CloseCode
from samescreen.grants import Grant
from samescreen.labels import label

from .acts import Acts
from .hands import LONGEST_NAME, Hands
from .invitations import Invitations
from .lobby import Lobby, Newcomer
from .publishers import Publishers
from .roster import Roster
from .shown import HostLine, PersonState, Shown
from .visits import Visits
from .voices import NamedSpeaker, Voices, VoiceState

GRACE_US: Final = 2_000_000
"""How long after a revoked grant the host drops messages that needed it. Later ones close the
connection: they cannot have been under way."""

_ONLY_SHOWS: Final = frozenset((Grant.PUBLISH,))


ON_RELAY: Final = "relay"
"""Stands for the link of people who are on a relay that this host publishes to."""


class Connection(Protocol):
    """One socket of a person."""

    def dismiss(self, code: CloseCode, detail: str) -> None:
        """Send a goodbye with this sentence, and close."""

    def send_grants(self, grants: frozenset[Grant]) -> None:
        """Send the other side its current grants."""

    def show(self, shown: Shown) -> None:
        """Show this to the person, where the other side can."""


class Verdict(Enum):
    """What to do with a message."""

    TAKE = "take"
    DROP = "drop"
    """The grant was revoked a moment ago: ignore the message, and send the current grants."""
    CLOSE = "close"


class Person:
    """A person who is connected. `grants` is what they may do now.

    `until_s`: when their cookie expires, in seconds since 1970; None: they have no cookie.
    `may_ask`: grants that they may ask the host for.
    """

    __slots__ = (
        *("address", "connections", "grants", "link_id", "may_ask", "name", "person_id"),
        *("took", "until_s"),
        *("_held_back", "_was_changed", "_revoked_us"),
    )

    def __init__(
        self,
        person_id: str,
        link_id: str,
        address: str,
        grants: frozenset[Grant],
        until_s: int | None = None,
        may_ask: frozenset[Grant] = frozenset(),
    ) -> None:
        self.person_id = person_id
        self.link_id = link_id
        self.address = address
        self.grants = grants
        self.until_s = until_s
        self.may_ask = may_ask
        self.name = ""
        self.took = 0
        self.connections: dict[Connection, Grant] = {}
        self._revoked_us: dict[Grant, int] = {}
        self._was_changed = False
        self._held_back: frozenset[Grant] | None = None

    @property
    def name_or_address(self) -> str:
        """The name that they chose, or else their address."""
        return self.name or self.address

    @property
    def is_waiting(self) -> bool:
        """The host has not let them in yet: they hold no grant."""
        return self._held_back is not None

    @property
    def uses(self) -> Collection[Grant]:
        """For what their connections exist; empty while they wait to be let in."""
        return () if self.is_waiting else self.connections.values()

    def judge(self, grant: Grant, now_us: int) -> Verdict:
        """What to do with a message that needs this grant."""
        if grant in self.grants:
            return Verdict.TAKE
        revoked_us = self._revoked_us.get(grant)
        is_recent = revoked_us is not None and now_us - revoked_us < GRACE_US
        return Verdict.DROP if is_recent else Verdict.CLOSE

    def change(self, grants: frozenset[Grant], now_us: int) -> None:
        """Replace the grants, and send them to every connection of this person."""
        for grant in self.grants - grants:
            self._revoked_us[grant] = now_us
        self.grants, self._was_changed = grants, True
        self._held_back = None
        for connection in tuple(self.connections):
            connection.send_grants(grants)

    def wait(self) -> None:
        """Hold no grant until `enter`."""
        if self._held_back is None:
            self._held_back, self.grants = self.grants, frozenset()

    def enter(self) -> None:
        """The host lets them in: they may do from now on what their link gives."""
        if self._held_back is not None:
            self.grants, self._held_back = self._held_back, None
            for connection in tuple(self.connections):
                connection.send_grants(self.grants)

    def show(self, shown: Shown) -> None:
        """Show this on every connection of theirs, unless they wait to be let in."""
        if not self.is_waiting:
            for connection in tuple(self.connections):
                connection.show(shown)

    def end_revoked(self, now_us: int) -> None:
        """Close the connections whose grant was revoked and not given again."""
        for connection, grant in tuple(self.connections.items()):
            if self.judge(grant, now_us) is Verdict.CLOSE:
                connection.dismiss(CloseCode.FORBIDDEN, f"the grant {grant} was taken back")

    def end(self, code: CloseCode, detail: str) -> None:
        """Revoke everything at once, and close all connections of this person."""
        self.grants = frozenset()
        self._revoked_us.clear()
        self._was_changed, self._held_back = False, None
        for connection in tuple(self.connections):
            connection.dismiss(code, detail)

    def has_lost(self, grant: Grant) -> bool:
        """The host took this grant from them, and has not given it back."""
        return grant in self._revoked_us and grant not in self.grants

    @property
    def was_changed(self) -> bool:
        """The host has changed the grants of this person."""
        return self._was_changed


class People:
    """All people by id, and their visits. `acts` keeps what they answer the host."""

    def __init__(self, acts: Acts | None = None) -> None:
        self._people: dict[str, Person] = {}
        self._present: Counter[Person] = Counter()
        self.visits = Visits()
        self.lobby = Lobby()
        self.hands = Hands()
        self.publishers = Publishers()
        self.barred: frozenset[Grant] = frozenset()
        """Grants that nobody holds on this host, whatever a link says."""
        self.voices = Voices()
        self.invitations = Invitations(acts or Acts())
        self.roster = Roster(self.voices)
        self.bar: Callable[[Person], None] = lambda person: None
        """Keeps that person from coming back; the host sets it."""
        self.is_over = False
        """The host stops, so nobody who comes now may stay."""

    def __iter__(self) -> Iterator[Person]:
        return iter(tuple(self._people.values()))

    def find(self, person_id: str) -> Person | None:
        """The person with this id; None: not connected, with grants that the host never changed."""
        return self._people.get(person_id)

    def arrived(self, newcomer: Person) -> Person:
        """Register a newcomer; returns the known person with that id, if there is one.

        A connection follows at once, or `left` undoes it.
        """
        person = self._people.setdefault(newcomer.person_id, newcomer)
        person.address = newcomer.address
        if newcomer.until_s is not None:
            person.until_s = max(person.until_s or 0, newcomer.until_s)
        return person

    @contextmanager
    def present(self, newcomer: Person) -> Iterator[Person]:
        """The known person, for as long as a request of theirs lasts.

        Enter it before the first await, so that `put_out` or `end_link` reaches them meanwhile.
        """
        person = self.arrived(newcomer)
        self._present[person] += 1
        try:
            yield person
        finally:
            self._present[person] -= 1
            if not self._present[person]:
                del self._present[person]
            self.left(person)

    def admit(self, person: Person, now_us: int) -> None:
        """Somebody showed a link or a cookie: let them in, or have them wait for the host.

        Who came to show something, and sees nothing, does not wait: the host asked for it.
        """
        newcomer = Newcomer(person.person_id, person.link_id, person.address, now_us)
        needs_yes = Grant.HOST not in person.grants and person.grants != _ONLY_SHOWS
        if needs_yes and not self.lobby.admits(newcomer):
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

    def voice_state_of(self, person: Person) -> VoiceState:
        """Who speaks, as this person's page shows it."""
        return self.voices.state_of(person.person_id, self._named_speakers())

    def _named_speakers(self) -> tuple[NamedSpeaker, ...]:
        listed = ((each, self._people.get(each.person_id)) for each in self.voices.listed)
        return tuple(each.named(person.name if person else "") for each, person in listed)

    def _show_voices(self, now_us: int) -> None:
        if self.voices.tick(now_us):
            speakers = self._named_speakers()
            for person in self:
                person.show(self.voices.state_of(person.person_id, speakers))

    def _show_roster(self, now_us: int) -> None:
        if self.roster.tick(self._people.values(), now_us):
            for person in self:
                person.show(self.roster.state_of(person))

    def _show_state(self, person: Person) -> None:
        person.show(self.state_of(person))

    def close(self) -> None:
        """The host stops: say so to those who wait or publish. Streams say it to viewers."""
        self.is_over = True
        for person in self:
            if person.is_waiting or Grant.PUBLISH in person.grants:
                person.end(CloseCode.STOPPING, "the host stopped sharing")

    def waiting(self, now_us: int) -> tuple[Newcomer, ...]:
        """Those who wait for the host, the oldest first."""
        connected = frozenset(each.person_id for each in self if each.connections)
        return self.lobby.waiting(now_us, connected)

    def connect(self, person: Person, connection: Connection, grant: Grant) -> None:
        """Add a socket of this person, which exists for what `grant` allows."""
        person.connections[connection] = grant

    def disconnect(self, person: Person, connection: Connection) -> None:
        """Remove a socket; may be called twice."""
        person.connections.pop(connection, None)
        if person.is_waiting and not person.connections:
            self.lobby.forget(person.person_id)
        self.left(person)

    def renewed(self, person_id: str, until_s: int) -> None:
        """The person's cookie was renewed."""
        person = self._people.get(person_id)
        if person is not None:
            person.until_s = max(person.until_s or 0, until_s)

    def put_out(self, person_id: str, detail: str) -> None:
        """Close all connections of a person. The gatekeeper bars them from coming back."""
        person = self._people.get(person_id)
        if person is not None:
            self._end(person, CloseCode.PUT_OUT, detail)

    def end_link(self, link_id: str, detail: str) -> None:
        """Close all connections of everybody who came by this link."""
        for person in self:
            if person.link_id == link_id:
                self._end(person, CloseCode.EXPIRED, detail)

    def tick(self, now_us: int, now_s: int) -> None:
        """End what has expired, show who speaks and takes part; called a few times a second."""
        self._show_voices(now_us)
        self.invitations.tick(now_us)
        self._show_roster(now_us)
        for person in self:
            if person.until_s is not None and person.until_s <= now_s:
                self._end(person, CloseCode.EXPIRED, "the cookie has run out")
            elif person.was_changed:
                person.end_revoked(now_us)

    def _end(self, person: Person, code: CloseCode, detail: str) -> None:
        del self._people[person.person_id]  # the same cookie is a new person from now on
        self.lobby.forget(person.person_id)
        self.invitations.forget(person.person_id)
        person.end(code, detail)

    def left(self, person: Person) -> None:
        """Forget a person without connections, unless the host changed their grants."""
        is_known = self._people.get(person.person_id) is person
        if is_known and not person.connections and person not in self._present:
            self.hands.left(person.person_id)
            self.voices.forget(person.person_id)
            self.invitations.left(person.person_id)
            if not person.was_changed:
                del self._people[person.person_id]
