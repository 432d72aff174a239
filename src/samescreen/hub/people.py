"""The people who are connected: their grants, connections and visits. Event loop.

A cookie or a program's token identifies a person, a visit is one page load, a connection is a
socket. This module keeps only people who are connected, and people whose grants the host changed.
It knows no secrets except the ids of visits, and sockets only as `Connection`.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Iterator
from enum import Enum
from typing import Final, Protocol

from samescreen.closing import CloseCode
from samescreen.grants import Grant

GRACE_US: Final = 2_000_000
"""How long after a revoked grant the host drops messages that needed it. Later ones close the
connection: they cannot have been under way."""
REMEMBERED_US: Final = 60_000_000
"""How long a visit without connections is kept, so that a page that reconnects continues it."""
_MOST_IDLE_VISITS: Final = 10_000


class Connection(Protocol):
    """One socket of a person."""

    def dismiss(self, code: CloseCode, detail: str) -> None:
        """Send a goodbye with this sentence, and close."""

    def send_grants(self, grants: frozenset[Grant]) -> None:
        """Send the other side its current grants."""


class Verdict(Enum):
    """What to do with a message."""

    TAKE = "take"
    DROP = "drop"
    """The grant was revoked a moment ago: ignore the message, and send the current grants."""
    CLOSE = "close"


class Person:
    """A person who is connected. `grants` is what they may do now.

    `until_s`: when their cookie expires, in seconds since 1970; None: they have no cookie.
    """

    __slots__ = (
        *("address", "connections", "grants", "link_id", "person_id", "until_s"),
        *("_was_changed", "_revoked_us"),
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
        self.connections: dict[Connection, Grant] = {}
        self._revoked_us: dict[Grant, int] = {}
        self._was_changed = False

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
        for connection in tuple(self.connections):
            connection.send_grants(grants)

    def end_revoked(self, now_us: int) -> None:
        """Close the connections whose grant was revoked and not given again."""
        for connection, grant in tuple(self.connections.items()):
            if self.judge(grant, now_us) is Verdict.CLOSE:
                connection.dismiss(CloseCode.FORBIDDEN, f"the grant {grant} was taken back")

    def end(self, code: CloseCode, detail: str) -> None:
        """Revoke everything at once, and close all connections of this person."""
        self.grants = frozenset()
        self._revoked_us.clear()
        self._was_changed = False
        for connection in tuple(self.connections):
            connection.dismiss(code, detail)

    @property
    def was_changed(self) -> bool:
        """The host has changed the grants of this person."""
        return self._was_changed


class People:
    """All people by id, and their visits."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}
        self.visits = Visits()

    def __iter__(self) -> Iterator[Person]:
        return iter(tuple(self._people.values()))

    def find(self, person_id: str) -> Person | None:
        """The person with this id; None: not connected, with grants that the host never changed."""
        return self._people.get(person_id)

    def arrived(self, newcomer: Person) -> Person:
        """Register a newcomer; returns the known person with that id, if there is one.

        Call it before the first await, so that `put_out` or `end_link` reaches them meanwhile.
        `left` undoes it.
        """
        person = self._people.setdefault(newcomer.person_id, newcomer)
        person.address = newcomer.address
        if newcomer.until_s is not None:
            person.until_s = max(person.until_s or 0, newcomer.until_s)
        return person

    def connect(self, person: Person, connection: Connection, grant: Grant) -> None:
        """Add a socket of this person, which exists for what `grant` allows."""
        person.connections[connection] = grant

    def disconnect(self, person: Person, connection: Connection) -> None:
        """Remove a socket; may be called twice."""
        person.connections.pop(connection, None)
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
        """End what has expired; called a few times a second."""
        for person in self:
            if person.until_s is not None and person.until_s <= now_s:
                self._end(person, CloseCode.EXPIRED, "the cookie has run out")
            elif person.was_changed:
                person.end_revoked(now_us)

    def _end(self, person: Person, code: CloseCode, detail: str) -> None:
        del self._people[person.person_id]  # the same cookie is a new person from now on
        person.end(code, detail)

    def left(self, person: Person) -> None:
        """Forget a person without connections, unless the host changed their grants."""
        is_known = self._people.get(person.person_id) is person
        if is_known and not person.connections and not person.was_changed:
            del self._people[person.person_id]


class Visits:
    """The visits by their secret ids, each with its number of connections.

    Only the page that received an id knows it. After a restart of the host, a page presents an id
    that this host never issued; all connections that present it get the same new id.
    """

    def __init__(self) -> None:
        self._connections: dict[str, int] = {}
        self._owners: dict[str, str] = {}
        self._renamed: dict[tuple[str, str], str] = {}
        self._shown: dict[str, tuple[str, str]] = {}
        self._idle: OrderedDict[str, int] = OrderedDict()

    def enter(self, person_id: str, shown: str, now_us: int) -> str:
        """Add a connection; returns its visit's id. `shown`: the id that it presented, or ""."""
        self._forget_idle(now_us)
        visit = self._known(person_id, shown)
        if not visit:
            visit = secrets.token_urlsafe(16)
            self._connections[visit], self._owners[visit] = 0, person_id
            if shown:
                self._renamed[person_id, shown] = visit
                self._shown[visit] = person_id, shown
        self._idle.pop(visit, None)
        self._connections[visit] += 1
        return visit

    def leave(self, visit: str, now_us: int) -> None:
        """Remove one connection of a visit."""
        if visit not in self._connections:
            return
        self._connections[visit] -= 1
        if self._connections[visit] <= 0:
            self._idle[visit] = now_us
        while len(self._idle) > _MOST_IDLE_VISITS:
            self._forget(next(iter(self._idle)))

    def __len__(self) -> int:
        return len(self._connections)

    def _known(self, person_id: str, shown: str) -> str:
        if self._owners.get(shown) == person_id:
            return shown
        return self._renamed.get((person_id, shown), "")

    def _forget_idle(self, now_us: int) -> None:
        while self._idle and now_us - next(iter(self._idle.values())) > REMEMBERED_US:
            self._forget(next(iter(self._idle)))

    def _forget(self, visit: str) -> None:
        del self._idle[visit], self._connections[visit], self._owners[visit]
        if visit in self._shown:
            del self._renamed[self._shown.pop(visit)]
