"""The people here who want something of a host that publishes here. Event loop.

That host decides. This module passes on wishes and logins, and applies the answers. What the host
gave ends with its connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from samescreen.errors import UsageError
from samescreen.grants import THROUGH_RELAY, Grant, grants_from, words_of
from samescreen.hub.hub import Hub
from samescreen.hub.people import Person
from samescreen.wire.guests import Allows, Answered, Gone, Wish
from samescreen.wire.publishing import ToPublisher

AWAY_US: Final = 60_000_000
"""Who has had no connection for so long is gone; a page that is loaded again is not."""


class RemoteGuests:
    """Of one publisher. `send`: to it."""

    def __init__(
        self, hub: Hub, send: Callable[[ToPublisher], None], clock_us: Callable[[], int]
    ) -> None:
        self.allowed: frozenset[Grant] = frozenset()
        """What may be asked for."""
        self._hub = hub
        self._send = send
        self._clock_us = clock_us
        self._is_asked_at_login = False
        self._wished: dict[str, frozenset[Grant]] = {}
        self._given: dict[str, frozenset[Grant]] = {}
        self._away_us: dict[str, int] = {}
        """Since when people whom the host knows have had no connection."""

    def allow(self, allows: Allows) -> None:
        """The host says what may be asked for, and whether it wants to be asked at logins."""
        self.allowed = _known(allows.grants) & THROUGH_RELAY
        if allows.login != self._is_asked_at_login:
            self._is_asked_at_login = allows.login
            self._hub.people.lobby.is_asked_for += 1 if allows.login else -1

    def tick(self) -> None:
        """Pass on what is new. A few times a second."""
        wishes = self._wishes()
        for person_id in self._wished.keys() - wishes.keys():
            if self._is_gone(person_id):
                self._forget(person_id)
                self._send(Gone(person_id))
        for person_id, grants in wishes.items():
            person = self._hub.people.find(person_id)
            if person is not None and self._wished.get(person_id) != grants:
                self._wished[person_id] = grants
                wish = Wish(person_id[:200], person.name, person.address, words_of(grants))
                self._send(wish)

    def _is_gone(self, person_id: str) -> bool:
        person, now_us = self._hub.people.find(person_id), self._clock_us()
        if person is not None and person.connections:
            self._away_us.pop(person_id, None)
            return False
        return person is None or now_us - self._away_us.setdefault(person_id, now_us) >= AWAY_US

    def _forget(self, person_id: str) -> None:
        """What the host gave them ends, though this machine may still know them."""
        person = self._hub.people.find(person_id)
        if person is not None:
            self._give(person, frozenset(), frozenset())
        for known in (self._wished, self._given, self._away_us):
            known.pop(person_id, None)

    def answered(self, answer: Answered) -> None:
        """The host says what that person may do now."""
        person = self._hub.people.find(answer.guest)
        if person is None:
            return
        if answer.out and Grant.HOST not in person.grants:
            self._put_out(person, answer.detail or "the host has ended your access")
            return
        if answer.guest not in self._wished:
            return
        wished = self._wished.pop(answer.guest)
        grants = _known(answer.grants)
        if Grant.WATCH in wished:
            if Grant.WATCH not in grants:
                self._put_out(person, answer.detail or "the host said no")
                return
            self._hub.people.let_in(answer.guest)
        self._wished[answer.guest] = frozenset()
        self._give(person, grants & self.allowed, wished)

    def _put_out(self, person: Person, why: str) -> None:
        self._hub.people.bar(person)
        self._hub.people.put_out(person.person_id, why)

    def given(self, person_id: str) -> frozenset[Grant]:
        """What the host lets this person do."""
        return self._given.get(person_id, frozenset())

    def close(self) -> None:
        """The connection is gone: so is all that its host gave."""
        self.allow(Allows([]))
        for person_id in tuple(self._wished.keys() | self._given.keys()):
            self._forget(person_id)

    def _give(self, person: Person, grants: frozenset[Grant], wished: frozenset[Grant]) -> None:
        before = self._given.get(person.person_id, frozenset())
        self._given[person.person_id] = grants
        if wished & THROUGH_RELAY:
            self._hub.control.answer(person.person_id, wished & THROUGH_RELAY <= grants)
        wanted = (person.grants - (before - grants)) | grants
        if wanted != person.grants:
            person.change(wanted, self._clock_us())

    def _wishes(self) -> dict[str, frozenset[Grant]]:
        """What people wish now that this host decides, by person."""
        wishes: dict[str, frozenset[Grant]] = {}
        for request in self._hub.control.requests.all:
            grants = _known(request.grants)
            if grants <= self.allowed:
                wishes[request.person_id] = grants
        if self._is_asked_at_login:
            for newcomer in self._hub.people.waiting(self._clock_us()):
                before = wishes.get(newcomer.person_id, frozenset())
                wishes[newcomer.person_id] = before | {Grant.WATCH}
        return wishes


def _known(words: Iterable[str]) -> frozenset[Grant]:
    """The grants of these words; a later version may have others."""
    try:
        return grants_from(words)
    except UsageError:
        return grants_from(word for word in words if word in {each.value for each in Grant})
