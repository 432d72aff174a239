"""Who is here: persons, what each may do now, their connections and their visits. Event loop.

A person is a cookie or a program's token, a visit is one page load, a connection is a socket. This
module keeps only those who are connected, and those whose grants the host has changed. It knows
no secrets but the ids of visits, and no sockets: a connection is told what to do.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Iterator
from enum import Enum
from typing import Final, Protocol

from samescreen.closing import CloseCode
from samescreen.grants import Grant

MERCY_US: Final = 2_000_000
"""How long somebody may still send what was under way when a grant was taken back."""
REMEMBERED_US: Final = 60_000_000
"""How long a visit without connections is remembered: a page that comes back is the same visit."""
_MOST_IDLE_VISITS: Final = 10_000


class Connection(Protocol):
    """One socket of a person's."""

    def dismiss(self, code: CloseCode, detail: str) -> None:
        """Say goodbye with this sentence, and close."""

    def send_grants(self, grants: frozenset[Grant]) -> None:
        """Tell the other side what it may do now."""


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
        *("address", "connections", "grants", "link_id", "person_id", "until_s"),
        *("_is_by_hand", "_taken_us"),
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
        self._taken_us: dict[Grant, int] = {}
        self._is_by_hand = False

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
        for connection in tuple(self.connections):
            connection.send_grants(grants)

    def end_revoked(self, now_us: int) -> None:
        """Close the connections whose grant was taken back and not given again."""
        for connection, grant in tuple(self.connections.items()):
            if self.judge(grant, now_us) is Verdict.CLOSE:
                connection.dismiss(CloseCode.FORBIDDEN, f"the grant {grant} was taken back")

    def end(self, code: CloseCode, detail: str) -> None:
        """Nothing they send counts from now on, and every connection of theirs is closed."""
        self.grants = frozenset()
        self._taken_us.clear()
        self._is_by_hand = False
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

    def connect(self, person: Person, connection: Connection, grant: Grant) -> None:
        """One more socket of theirs, which is for what `grant` allows."""
        person.connections[connection] = grant

    def disconnect(self, person: Person, connection: Connection) -> None:
        """That socket is gone; may be called twice."""
        person.connections.pop(connection, None)
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
        person.end(code, detail)

    def left(self, person: Person) -> None:
        """Forget them if they have no connections and no grants that the host has changed."""
        is_known = self._people.get(person.person_id) is person
        if is_known and not person.connections and not person.is_by_hand:
            del self._people[person.person_id]


class Visits:
    """The visits by their secret ids, each with a number of connections.

    Only the page that was given an id knows it. A page that comes back to a host that was
    restarted shows an id that this host never gave; all its connections get the same new one.
    """

    def __init__(self) -> None:
        self._connections: dict[str, int] = {}
        self._owners: dict[str, str] = {}
        self._renamed: dict[tuple[str, str], str] = {}
        self._shown: dict[str, tuple[str, str]] = {}
        self._idle: OrderedDict[str, int] = OrderedDict()

    def enter(self, person_id: str, shown: str, now_us: int) -> str:
        """The id of the visit that a connection belongs to which has shown `shown`, or ""."""
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
        """One of its connections is gone."""
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
