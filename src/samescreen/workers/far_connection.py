"""A viewer's connection that a worker has, as the host's process sees it. Event loop.

It is the transport of everything that this process sends the viewer. The worker sends up what
concerns the viewer's person; the rules for it are the same as for viewers of this process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from samescreen.errors import ProtocolError
from samescreen.flow.claims import Delivery
from samescreen.hub.stream import Stream
from samescreen.serve.socket_endpoints import (
    EndpointSession,
    GrantedSession,
    Limits,
    SocketPeer,
    WatchSession,
)
from samescreen.serve.workers import Handover
from samescreen.subscribe.audience import Audience
from samescreen.subscribe.far_viewer import Facts, FarViewer
from samescreen.subscribe.transport import Transport
from samescreen.subscribe.viewer import Viewer
from samescreen.wire.messages import message_from_text
from samescreen.wire.outgoing import Outgoing
from samescreen.wire.session import Session

from .values import OF_STREAM, Close, Enter, Move, Repeat, Write

Tell = Callable[[object], None]
KeyOf = Callable[[Stream], str]


class FarConnection:
    """Connection `number`. `tell` sends to the worker; `key_of` makes sure that it has a stream."""

    def __init__(
        self, number: int, handover: Handover, audience: Audience, tell: Tell, key_of: KeyOf
    ) -> None:
        self.number = number
        self.tell = tell
        self.key_of = key_of
        self.is_closing = False
        self._watching: FarWatchSession | None = None
        self._audience = audience
        endpoint = replace(handover.endpoint, begin=self._begin)
        self._session = GrantedSession(audience, handover.peer, endpoint, self)

    def _begin(
        self, audience: Audience, peer: SocketPeer, transport: Transport, limits: Limits
    ) -> EndpointSession:
        self._watching = FarWatchSession(self, audience, peer, limits)
        return self._watching

    # What this process sends: `Transport`

    def write(self, outgoing: Outgoing) -> None:
        if not self.is_closing:
            self.tell(Write(self.number, outgoing.frame))

    def buffered_bytes(self) -> int:
        """Nothing is known here: the worker leaves out what a busy link has no room for."""
        return 0

    def delivery(self) -> Delivery | None:
        return None

    def close(self, code: int, reason: str) -> None:
        if not self.is_closing:
            self.is_closing = True
            self.tell(Close(self.number, code, reason))

    # What the worker says

    def said(self, text: str) -> None:
        """The viewer sent this message."""
        if not self.is_closing:
            self._session.receive(text)

    def is_told(self, facts: Facts) -> None:
        """How the viewer is."""
        if self._watching is not None:
            self._watching.viewer.is_told(facts)

    def lags(self) -> None:
        """The viewer missed marks and has room again."""
        if self._watching is not None and not self.is_closing:
            self._watching.resend_marks()

    def left(self, why: str) -> None:
        """The connection is gone."""
        self.is_closing = True
        if self._watching is not None and why:
            self._audience.leave(self._watching.viewer, why)
        self._session.leave()


class FarWatchSession(WatchSession):
    """A viewer of a worker, from its hello on."""

    viewer: FarViewer

    def __init__(
        self, connection: FarConnection, audience: Audience, peer: SocketPeer, limits: Limits
    ) -> None:
        self._connection = connection
        self._has_entered = False
        super().__init__(audience, peer, connection, limits)

    def _join(self, peer: SocketPeer, transport: Transport) -> Viewer:
        session = Session(is_program=peer.is_program)
        person, kind = peer.person, FarViewer
        viewer = self._audience.join(peer.address, transport, session, person, kind)
        assert isinstance(viewer, FarViewer)
        viewer.on_move = self._move
        self.viewer = viewer
        return viewer

    def receive(self, message: str | bytes) -> None:
        if self._has_entered and self._is_of_stream(message):
            # It was on its way up when the viewer was let in.
            self._connection.tell(Repeat(self._connection.number, str(message)))
            return
        super().receive(message)
        is_in = self.viewer.session.is_open and not self._connection.is_closing
        if is_in and not self._has_entered:
            self._has_entered = True
            key, interval_ms = self._key, self.viewer.ack_interval_ms
            self._connection.tell(Enter(self._connection.number, key, str(message), interval_ms))

    def resend_marks(self) -> None:
        """Send all marks over its stream."""
        self._audience.group_of(self.viewer).ink.resend(self.viewer)

    @property
    def _key(self) -> str:
        return self._connection.key_of(self._audience.group_of(self.viewer).stream)

    def _move(self, is_requested: bool) -> None:
        if self._has_entered:
            self._connection.tell(Move(self._connection.number, self._key, is_requested))

    @staticmethod
    def _is_of_stream(message: str | bytes) -> bool:
        try:
            return type(message_from_text(message)) in OF_STREAM
        except ProtocolError:
            return False
