"""The WebSocket endpoints of this host, one row each: path, grant, limits and session.

Runs on the event loop, and knows no web framework. aiohttp, ASGI and every base path serve this
table, and the rules of `site.py` apply to each row: only the page's own Origin opens it (or a
program with a bearer), with a cookie, a pass or a bearer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.control.wire import MAX_INPUT_BYTES
from samescreen.errors import ProtocolError
from samescreen.gate.profiles import HOST, PAGE
from samescreen.grants import Grant, lack_of
from samescreen.hub.invitations import ShowRequest
from samescreen.hub.people import Person, Verdict
from samescreen.hub.roster import NOBODY, RosterState
from samescreen.hub.shown import ClipboardNews, HostLine, RequestState, Shown
from samescreen.hub.voices import VoiceState
from samescreen.subscribe.audience import Audience
from samescreen.subscribe.transport import Transport
from samescreen.subscribe.viewer import Viewer
from samescreen.wire import messages
from samescreen.wire.roster import KeptStream, Present, Roster
from samescreen.wire.session import MAX_MESSAGE_BYTES, MAX_PER_SECOND, Session
from samescreen.wire.talk import MAX_TALK_BYTES, Speaker

from .control_session import FRAMES_PER_S, ControlSession
from .lobby_session import LobbySession
from .publish_session import PublishSession
from .talk_session import TALK_FRAMES_PER_S, TalkSession

MOST_SHOWN: Final = 4
"""What one person may show at once, each on a connection of its own."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the peer of a socket may send.

    Attributes:
        message_bytes: the longest message.
        frames_per_s: frames of any kind in a second; the session counts them.
        bytes_per_s, burst_bytes: bytes in a second, and at once. They hold on our own port.
    """

    message_bytes: int
    frames_per_s: int
    bytes_per_s: int
    burst_bytes: int


@dataclass(frozen=True, slots=True)
class SocketPeer:
    """The other side of a socket.

    `is_program`: it sent no Origin, so it is no page. `is_proxied`: the connection ends at a proxy.
    """

    person: Person
    address: str
    is_program: bool = False
    is_proxied: bool = False


class EndpointSession(Protocol):
    """One open socket of an endpoint."""

    def receive(self, message: str | bytes) -> None:
        """React to one message. It may close the connection."""

    def count(self) -> None:
        """Count a frame that carries no message."""

    def refuse(self, error: ProtocolError) -> None:
        """Close the connection, because the peer broke the protocol."""

    def dismiss(self, code: CloseCode, detail: str) -> None:
        """Say goodbye with this sentence, and close."""

    def send_grants(self, grants: frozenset[Grant]) -> None:
        """Send the peer its current grants."""

    def show(self, shown: Shown) -> None:
        """Show this to the person, where the other side can."""

    def leave(self) -> None:
        """The connection is gone."""


@dataclass(frozen=True, slots=True)
class SocketEndpoint:
    """One row of the table. `begin` makes the session of a socket that has just opened."""

    grant: Grant
    limits: Limits
    begin: Callable[[Audience, SocketPeer, Transport, Limits], EndpointSession]


_Showing = (
    messages.You
    | messages.FromHost
    | messages.Asked
    | messages.Clipboard
    | messages.Voices
    | messages.Roster
    | messages.ShowRequest
)


class WatchSession:
    """/ws: a viewer."""

    def __init__(
        self, audience: Audience, peer: SocketPeer, transport: Transport, limits: Limits
    ) -> None:
        self._audience = audience
        self._person = peer.person
        self._viewer = self._join(peer, transport)
        self._knows_grants = False

    def _join(self, peer: SocketPeer, transport: Transport) -> Viewer:
        session = Session(is_program=peer.is_program)
        return self._audience.join(peer.address, transport, session, peer.person)

    def receive(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self.refuse(ProtocolError("a viewer sends text only"))
            return
        self._audience.receive(self._viewer, message)
        if not self._knows_grants and self._viewer.session.is_open:
            self._knows_grants = True
            self.send_grants(self._person.grants)
            people = self._audience.hub.people
            self.show(people.state_of(self._person))
            self.show(people.voice_state_of(self._person))
            if invitation := people.invitations.of(self._person.person_id):
                self.show(invitation.shown)
            roster = people.roster.state_of(self._person)
            if roster != NOBODY:
                self.show(roster)

    def count(self) -> None:
        self._audience.count(self._viewer)

    def refuse(self, error: ProtocolError) -> None:
        self._audience.refuse(self._viewer, error)

    def dismiss(self, code: CloseCode, detail: str) -> None:
        self._audience.dismiss(self._viewer, code, detail)

    def send_grants(self, grants: frozenset[Grant]) -> None:
        self._viewer.send_grants(grants, self._audience.hub.control.open_to(self._person))

    def show(self, shown: Shown) -> None:
        message = message_for(shown)
        if message.__struct_config__.tag in self._viewer.session.kinds:
            self._viewer.send_if_idle(message)

    def leave(self) -> None:
        self._audience.leave(self._viewer)


def message_for(shown: Shown) -> _Showing:
    """The message that shows this to a person."""
    if isinstance(shown, HostLine):
        return messages.FromHost(shown.text, shown.is_personal)
    if isinstance(shown, RequestState):
        return messages.Asked(list(shown.grants), shown.state)
    if isinstance(shown, ClipboardNews):
        return messages.Clipboard(shown.kind, shown.size_bytes, shown.number, shown.detail)
    if isinstance(shown, VoiceState):
        speakers = [
            Speaker(each.number, each.name, each.is_talking, each.is_muted)
            for each in shown.speakers
        ]
        return messages.Voices(shown.is_on, shown.is_muted, shown.number, speakers)
    if isinstance(shown, ShowRequest):
        return messages.ShowRequest(shown.state, shown.by)
    if isinstance(shown, RosterState):
        return _roster_message(shown)
    return messages.You(shown.name, shown.has_hand_up, shown.may_speak, shown.took)


def _roster_message(shown: RosterState) -> Roster:
    people = [
        Present(
            each.number,
            each.name,
            each.is_host,
            each.voice,
            each.is_muted,
            list(each.shows),
            each.watches,
        )
        for each in shown.people
    ]
    kept = [KeptStream(each.stream_id, each.name) for each in shown.private]
    return Roster(shown.you, people, shown.others, shown.forward, kept)


def _control(
    audience: Audience, peer: SocketPeer, transport: Transport, limits: Limits
) -> EndpointSession:
    """/ws/control: a viewer who acts."""
    return ControlSession(audience.hub.control, peer.person, peer.address, transport)


def _publish(
    audience: Audience, peer: SocketPeer, transport: Transport, limits: Limits
) -> EndpointSession:
    """/ws/publish: another host, or a page, which may send less."""
    profile = HOST if peer.is_program else PAGE
    person, invitations = peer.person, audience.hub.people.invitations
    is_for_host = Grant.WATCH not in person.grants or invitations.shows_privately(person.person_id)
    session = PublishSession(
        audience.hub,
        audience.host_name,
        profile,
        peer.address,
        transport,
        audience.watched,
        is_private=not peer.is_program and is_for_host,
        owner="" if peer.is_program else peer.person.person_id,
    )
    invitations.began(person.person_id)
    if [*peer.person.connections.values()].count(Grant.PUBLISH) >= MOST_SHOWN:
        session.dismiss(CloseCode.FULL, f"one person shows at most {MOST_SHOWN} things at once")
    return session


def _talk(
    audience: Audience, peer: SocketPeer, transport: Transport, limits: Limits
) -> EndpointSession:
    """/ws/talk: voices. Listening needs no grant besides `watch`; the session checks `talk`."""
    return TalkSession(audience.hub.people, peer.person, peer.address, transport)


SOCKET_ENDPOINTS: Final[dict[str, SocketEndpoint]] = {
    "/ws": SocketEndpoint(
        Grant.WATCH,
        Limits(MAX_MESSAGE_BYTES, MAX_PER_SECOND, 64 * 1024, 256 * 1024),
        WatchSession,
    ),
    "/ws/control": SocketEndpoint(
        Grant.CONTROL, Limits(MAX_INPUT_BYTES, FRAMES_PER_S, 64 * 1024, 128 * 1024), _control
    ),
    "/ws/talk": SocketEndpoint(
        Grant.WATCH, Limits(MAX_TALK_BYTES, TALK_FRAMES_PER_S, 16 * 1024, 64 * 1024), _talk
    ),
    "/ws/publish": SocketEndpoint(
        Grant.PUBLISH,
        Limits(
            HOST.rates.message_bytes + 1,
            2 * HOST.rates.messages,
            HOST.rates.bytes,
            HOST.rates.bytes + HOST.rates.message_bytes,
        ),
        _publish,
    ),
}
"""By path, below the base path."""


class GrantedSession:
    """Passes messages on to an endpoint's session while the person has the grant.

    It checks the grant at each message.
    """

    def __init__(
        self, audience: Audience, peer: SocketPeer, endpoint: SocketEndpoint, transport: Transport
    ) -> None:
        self._people = audience.hub.people
        self._person = peer.person
        self._grant = endpoint.grant
        self._begin = partial(endpoint.begin, audience, peer, transport, endpoint.limits)
        self._session: EndpointSession
        if peer.person.is_waiting:
            self._session = LobbySession(peer.address, transport, self._leave_lobby)
        else:
            self._session = self._begin()
        self._people.connect(self._person, self._session, endpoint.grant)

    def _leave_lobby(self, said: Iterable[str]) -> None:
        lobby, self._session = self._session, self._begin()
        self._people.connect(self._person, self._session, self._grant)
        self._people.disconnect(self._person, lobby)
        for message in said:
            self._session.receive(message)

    def receive(self, message: str | bytes) -> None:
        if self._grant in self._person.grants or self._person.is_waiting:
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


def may_begin(endpoint: SocketEndpoint, person: Person) -> bool:
    """Whether the host reads this person's socket. A person in the lobby may wait on `/ws`."""
    is_in_lobby = person.is_waiting and endpoint.grant is Grant.WATCH
    return is_in_lobby or endpoint.grant in person.grants
