"""Every message that a viewer may send: in which phase, and what the host does with it.

Event loop. This table is the only place that knows a message by its type; a new message is a
struct in `wire/messages.py` and a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, Protocol

from samescreen.wire import messages
from samescreen.wire.messages import FromViewer

from .stream_viewers import StreamViewers
from .viewer import Viewer


class Lobby(Protocol):
    """What the reactions need of whoever owns the viewers."""

    def group_of(self, viewer: Viewer) -> StreamViewers:
        """The viewers of the stream that this one watches."""

    def welcome(self, viewer: Viewer, stream_id: str) -> None:
        """It has said hello."""

    def turn(self, viewer: Viewer, stream_id: str) -> None:
        """It asks to watch that stream."""


class Phase(Enum):
    """When a message may come."""

    OPENING = auto()
    """First, and once."""

    OPEN = auto()
    """Any time after."""


Reaction = Callable[[Lobby, Viewer, Any, int], None]
"""Called with the message and the time, in µs of the host's clock."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a message may come, and what it does."""

    phase: Phase
    react: Reaction


def react(lobby: Lobby, viewer: Viewer, message: FromViewer, now_us: int) -> None:
    """Do what the table says.

    Raises:
        ProtocolError: the visit has too many connections.
    """
    PROTOCOL[type(message)].react(lobby, viewer, message, now_us)


def _hello(lobby: Lobby, viewer: Viewer, hello: messages.Hello, now_us: int) -> None:
    viewer.opened(now_us)
    lobby.welcome(viewer, hello.stream)


def _ack(lobby: Lobby, viewer: Viewer, ack: messages.Ack, now_us: int) -> None:
    viewer.acked(ack, now_us)
    lobby.group_of(viewer).stream.has_room(viewer)


def _watch(lobby: Lobby, viewer: Viewer, watch: messages.Watch, now_us: int) -> None:
    lobby.turn(viewer, watch.stream)


def _listen(lobby: Lobby, viewer: Viewer, listen: messages.Listen, now_us: int) -> None:
    sound = lobby.group_of(viewer).sound
    if sound is not None:
        sound.listen(viewer)


def _ping(lobby: Lobby, viewer: Viewer, ping: messages.Ping, now_us: int) -> None:
    viewer.send_if_idle(messages.Pong(sent_us=ping.sent_us, host_us=now_us))


def _report(lobby: Lobby, viewer: Viewer, report: messages.Report, now_us: int) -> None:
    viewer.report = report


def _start_afresh(lobby: Lobby, viewer: Viewer, message: FromViewer, now_us: int) -> None:
    viewer.ask_to_start_afresh(now_us)


PROTOCOL: Final[dict[type, Rule]] = {
    messages.Hello: Rule(Phase.OPENING, _hello),
    messages.Ack: Rule(Phase.OPEN, _ack),
    messages.Watch: Rule(Phase.OPEN, _watch),
    messages.Listen: Rule(Phase.OPEN, _listen),
    messages.Ping: Rule(Phase.OPEN, _ping),
    messages.Report: Rule(Phase.OPEN, _report),
    messages.Need: Rule(Phase.OPEN, _start_afresh),
    messages.Accepts: Rule(Phase.OPEN, _start_afresh),
    messages.Visibility: Rule(Phase.OPEN, _start_afresh),
}
