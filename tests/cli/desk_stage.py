"""A desk whose keys a test presses, and people who connect to its host."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from samescreen.capture.hiding import NO_RULES
from samescreen.cli.controls import Deed
from samescreen.cli.desk import Desk
from samescreen.cli.words import ENGLISH
from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.host import Host
from samescreen.hub.people import Connection, Person
from samescreen.hub.shown import Shown
from samescreen.serve.links import VIEWER


class FakeConnection(Connection):
    """Notes why it was closed."""

    def __init__(self) -> None:
        self.closed: CloseCode | None = None
        self.shown: list[Shown] = []

    def dismiss(self, code: CloseCode, detail: str) -> None:
        self.closed = code

    def send_grants(self, grants: frozenset[Grant]) -> None: ...

    def show(self, shown: Shown) -> None:
        self.shown.append(shown)


@dataclass
class Terminal:
    """A desk, and what it said."""

    host: Host
    said: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    is_sent: asyncio.Event = field(default_factory=asyncio.Event)
    has_quit: bool = False

    def __post_init__(self) -> None:
        self.desk = Desk(
            self.host, ENGLISH, NO_RULES, ["testcard"], self.said.append, self.send, self.quit
        )

    def send(self, text: str) -> None:
        self.sent.append(text)
        self.is_sent.set()

    def quit(self) -> None:
        self.has_quit = True

    def press(self, name: str, text: str = "") -> None:
        self.desk.do(Deed(name, text))

    def arrive(self, person_id: str) -> FakeConnection:
        """Somebody connects, and waits where newcomers wait."""
        people, connection = self.host.hub.people, FakeConnection()
        person = people.arrived(Person(person_id, VIEWER, "192.0.2.7", WATCH_ONLY))
        people.connect(person, connection, Grant.WATCH)
        people.admit(person, clock_us())
        return connection
