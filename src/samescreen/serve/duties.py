"""The sockets of this host, one row for each duty: its path, the grant it needs, its limits.

Runs on the event loop. aiohttp, ASGI and every base path serve this table, and the rules of
`site.py` look at it: each row is opened by the page's own Origin only (a program shows a bearer),
with a cookie, a pass or a bearer. Nothing here knows a web framework.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError
from samescreen.grants import Grant, words_of
from samescreen.hub.people import Person, Verdict
from samescreen.subscribe.audience import Audience
from samescreen.subscribe.transport import Transport
from samescreen.wire import messages
from samescreen.wire.session import MAX_MESSAGE_BYTES, MAX_PER_SECOND, Session


@dataclass(frozen=True, slots=True)
class Limits:
    """What the other side of a socket may send: of a message, of frames, of bytes."""

    message_bytes: int
    frames_per_s: int
    bytes_per_s: int
    burst_bytes: int


@dataclass(frozen=True, slots=True)
class Entrant:
    """Whose socket it is. `is_program`: no page, since it sends no Origin.

    `is_proxied`: the connection leads to a proxy.
    """

    person: Person
    address: str
    is_program: bool = False
    is_proxied: bool = False


class DutySession(Protocol):
    """One socket of a duty, while it is open."""

    def receive(self, message: str | bytes) -> None:
        """Take one message. It may close the connection."""

    def count(self) -> None:
        """A frame came that carries no message."""

    def refuse(self, error: ProtocolError) -> None:
        """The other side broke the protocol."""

    def dismiss(self, code: CloseCode, detail: str) -> None:
        """Say goodbye with this sentence, and close."""

    def send_grants(self, grants: frozenset[Grant]) -> None:
        """Tell the other side what it may do now."""

    def leave(self) -> None:
        """The connection is gone."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One row. `begin` makes the session of a socket that has just been opened."""

    grant: Grant
    limits: Limits
    begin: Callable[[Audience, Entrant, Transport, Limits], DutySession]


class WatchSession:
    """/ws: a viewer."""

    def __init__(
        self, audience: Audience, entrant: Entrant, transport: Transport, limits: Limits
    ) -> None:
        self._audience = audience
        self._person = entrant.person
        session = Session(person_id=entrant.person.person_id, is_program=entrant.is_program)
        self._viewer = audience.join(entrant.address, transport, session)
        self._knows_grants = False

    def receive(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self.refuse(ProtocolError("a viewer sends text only"))
            return
        self._audience.receive(self._viewer, message)
        if not self._knows_grants and self._viewer.session.is_open:
            self._knows_grants = True
            self.send_grants(self._person.grants)

    def count(self) -> None:
        self._audience.count(self._viewer)

    def refuse(self, error: ProtocolError) -> None:
        self._audience.refuse(self._viewer, error)

    def dismiss(self, code: CloseCode, detail: str) -> None:
        self._audience.dismiss(self._viewer, code, detail)

    def send_grants(self, grants: frozenset[Grant]) -> None:
        if messages.Grants.__struct_config__.tag in self._viewer.session.kinds:
            self._viewer.send_if_idle(messages.Grants(words_of(grants)))

    def leave(self) -> None:
        self._audience.leave(self._viewer)


DUTIES: Final[dict[str, Duty]] = {
    "/ws": Duty(
        Grant.WATCH,
        Limits(MAX_MESSAGE_BYTES, MAX_PER_SECOND, 64 * 1024, 256 * 1024),
        WatchSession,
    ),
}
"""By path, below the base path."""


class GrantedSession:
    """A duty's session while its person holds the grant, which every message asks anew."""

    def __init__(
        self, audience: Audience, entrant: Entrant, duty: Duty, transport: Transport
    ) -> None:
        self._people = audience.hub.people
        self._person = entrant.person
        self._grant = duty.grant
        self._session = duty.begin(audience, entrant, transport, duty.limits)
        self._people.connect(self._person, self._session, duty.grant)

    def receive(self, message: str | bytes) -> None:
        if self._grant in self._person.grants:
            self._session.receive(message)
        else:
            self._receive_ungranted()

    def _receive_ungranted(self) -> None:
        verdict = self._person.judge(self._grant, clock_us())
        if verdict is Verdict.DROP:
            self._session.count()
            self._session.send_grants(self._person.grants)
        else:
            self._session.dismiss(CloseCode.FORBIDDEN, lack_of(self._grant))

    def count(self) -> None:
        self._session.count()

    def refuse(self, error: ProtocolError) -> None:
        self._session.refuse(error)

    def leave(self) -> None:
        """The connection is gone; may be called twice."""
        self._people.disconnect(self._person, self._session)
        self._session.leave()


def lack_of(grant: Grant) -> str:
    """Why a socket is closed with `CloseCode.FORBIDDEN`; it fits into a close frame."""
    return f"this needs the grant {grant}"
