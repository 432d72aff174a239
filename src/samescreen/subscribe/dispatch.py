"""Every message that a viewer may send: in which phase, with which grant, and what the host does.

Event loop. The table `PROTOCOL` is the only place that knows a message by its type; a new message
is a struct in `wire/messages.py` and a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, Protocol

from samescreen.errors import ProtocolError, Ungranted
from samescreen.grants import Grant, lack_of
from samescreen.hub.hub import Hub
from samescreen.hub.people import Verdict
from samescreen.wire import messages
from samescreen.wire.messages import FromViewer

from .stream_viewers import StreamViewers
from .viewer import Viewer


class Lobby(Protocol):
    """What the reactions need of the owner of the viewers."""

    hub: Hub

    def group_of(self, viewer: Viewer) -> StreamViewers:
        """The viewers of the stream that this one watches."""

    def welcome(self, viewer: Viewer, stream_id: str) -> None:
        """The viewer has sent hello."""

    def switch(self, viewer: Viewer, stream_id: str) -> None:
        """The viewer asks for that stream."""

    def renamed(self, viewer: Viewer, name: str) -> None:
        """Its person chose a name."""

    def raised_hand(self, viewer: Viewer, is_up: bool) -> None:
        """Its person raises a hand, or takes it down."""

    def wrote(self, viewer: Viewer, text: str) -> None:
        """Its person wrote a line to the host."""

    def asked(self, viewer: Viewer, grants: list[str]) -> None:
        """Its person asks the host for grants."""

    def drew(self, viewer: Viewer, drawn: messages.Draw) -> None:
        """Its person drew over the picture."""

    def erased(self, viewer: Viewer, *, everything: bool) -> None:
        """Its person takes back a stroke, or everything."""


class Phase(Enum):
    """When a message may come."""

    OPENING = auto()
    """The first message, sent once."""

    OPEN = auto()
    """Any message after it."""


_OPEN: Final = Phase.OPEN
_WATCH: Final = Grant.WATCH
"""The grant of the socket, which `serve/socket_endpoints.py` checks before a message is read."""

Reaction = Callable[[Lobby, Viewer, Any, int], None]
"""Called with the message and the time, in µs of the host's clock."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a message may come, what its sender must be allowed to do, and what it does."""

    phase: Phase
    grant: Grant
    react: Reaction
    changes_viewer: bool = True
    """Whether the session keeps something of it. Acks, nearly all messages, skip this."""


def rule_of(message: FromViewer, *, is_open: bool) -> Rule:
    """The row of this message; `is_open`: the viewer has sent hello before.

    Raises:
        ProtocolError: the message may not come now.
    """
    rule = PROTOCOL[type(message)]
    if (rule.phase is _OPEN) is not is_open:
        raise ProtocolError("a session begins with one hello")
    return rule


def receive(lobby: Lobby, viewer: Viewer, text: str, now_us: int) -> None:
    """Read one message of a viewer, and do what the table says.

    A message whose grant was taken back a moment ago has no effect: the viewer learns what its
    person may do now.

    Raises:
        ProtocolError: close the connection with its `close_code`.
        Ungranted: the same, since the sender lacks the grant that the message needs.
    """
    session = viewer.session
    message = session.read(text, now_us)
    rule = rule_of(message, is_open=session.is_open)
    if rule.grant is not _WATCH and not _may_act(viewer, rule.grant, now_us):
        return
    if rule.changes_viewer:
        viewer.take(message)
    rule.react(lobby, viewer, message, now_us)


def _may_act(viewer: Viewer, grant: Grant, now_us: int) -> bool:
    verdict = viewer.person.judge(grant, now_us)
    if verdict is Verdict.CLOSE:
        raise Ungranted(lack_of(grant))
    if verdict is Verdict.DROP:
        viewer.send_grants(viewer.person.grants)
    return verdict is Verdict.TAKE


def _hello(lobby: Lobby, viewer: Viewer, hello: messages.Hello, now_us: int) -> None:
    viewer.opened(now_us)
    lobby.welcome(viewer, hello.stream)


def _ack(lobby: Lobby, viewer: Viewer, ack: messages.Ack, now_us: int) -> None:
    viewer.acked(ack, now_us)
    lobby.group_of(viewer).stream.has_room(viewer)


def _watch(lobby: Lobby, viewer: Viewer, watch: messages.Watch, now_us: int) -> None:
    lobby.switch(viewer, watch.stream)


def _listen(lobby: Lobby, viewer: Viewer, listen: messages.Listen, now_us: int) -> None:
    sound = lobby.group_of(viewer).sound
    if sound is not None:
        sound.listen(viewer)


def _ping(lobby: Lobby, viewer: Viewer, ping: messages.Ping, now_us: int) -> None:
    viewer.send_if_idle(messages.Pong(sent_us=ping.sent_us, host_us=now_us))


def _report(lobby: Lobby, viewer: Viewer, report: messages.Report, now_us: int) -> None:
    viewer.report = report


def _restart(lobby: Lobby, viewer: Viewer, message: FromViewer, now_us: int) -> None:
    viewer.request_restart(now_us)


def _name(lobby: Lobby, viewer: Viewer, message: messages.Name, now_us: int) -> None:
    lobby.renamed(viewer, message.name)


def _hand(lobby: Lobby, viewer: Viewer, message: messages.Hand, now_us: int) -> None:
    lobby.raised_hand(viewer, message.up)


def _line(lobby: Lobby, viewer: Viewer, message: messages.Line, now_us: int) -> None:
    lobby.wrote(viewer, message.text)


def _prefer(lobby: Lobby, viewer: Viewer, message: messages.Prefer, now_us: int) -> None:
    """Start afresh on the preferred rendition. A repeated preference changes nothing."""
    if message.quality is not viewer.layers.preference:
        viewer.take(message)
        viewer.request_restart(now_us)


def _ask(lobby: Lobby, viewer: Viewer, message: messages.Ask, now_us: int) -> None:
    lobby.asked(viewer, message.grants)


def _draw(lobby: Lobby, viewer: Viewer, message: messages.Draw, now_us: int) -> None:
    lobby.drew(viewer, message)


def _erase(lobby: Lobby, viewer: Viewer, message: messages.Erase, now_us: int) -> None:
    lobby.erased(viewer, everything=message.all)


def _show_answer(
    lobby: Lobby, viewer: Viewer, message: messages.ShowAnswer, now_us: int
) -> None:
    invitations = lobby.hub.people.invitations
    invitations.answer(viewer.person.person_id, message.answer, now_us)


PROTOCOL: Final[dict[type, Rule]] = {
    messages.Hello: Rule(Phase.OPENING, Grant.WATCH, _hello),
    messages.Ack: Rule(Phase.OPEN, Grant.WATCH, _ack, changes_viewer=False),
    messages.Watch: Rule(Phase.OPEN, Grant.WATCH, _watch),
    messages.Listen: Rule(Phase.OPEN, Grant.WATCH, _listen),
    messages.Ping: Rule(Phase.OPEN, Grant.WATCH, _ping),
    messages.Report: Rule(Phase.OPEN, Grant.WATCH, _report),
    messages.Need: Rule(Phase.OPEN, Grant.WATCH, _restart),
    messages.Accepts: Rule(Phase.OPEN, Grant.WATCH, _restart),
    messages.Visibility: Rule(Phase.OPEN, Grant.WATCH, _restart),
    messages.Name: Rule(Phase.OPEN, Grant.WATCH, _name, changes_viewer=False),
    messages.Hand: Rule(Phase.OPEN, Grant.WATCH, _hand, changes_viewer=False),
    messages.Line: Rule(Phase.OPEN, Grant.WATCH, _line, changes_viewer=False),
    messages.Ask: Rule(Phase.OPEN, Grant.WATCH, _ask, changes_viewer=False),
    messages.Prefer: Rule(Phase.OPEN, Grant.WATCH, _prefer, changes_viewer=False),
    messages.ShowAnswer: Rule(Phase.OPEN, Grant.WATCH, _show_answer, changes_viewer=False),
    messages.Draw: Rule(Phase.OPEN, Grant.POINT, _draw, changes_viewer=False),
    messages.Erase: Rule(Phase.OPEN, Grant.POINT, _erase, changes_viewer=False),
}
