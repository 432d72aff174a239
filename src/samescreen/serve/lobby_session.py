"""The session of a person in the lobby, until the host lets them in. It sends no media.

Runs on the event loop. It remembers the page's hello, so that the viewer's session can start with
it on the same connection.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError
from samescreen.grants import Grant
from samescreen.hub.shown import Shown
from samescreen.subscribe.connection import Connection
from samescreen.subscribe.transport import Transport
from samescreen.wire import messages
from samescreen.wire.session import Session

_MOST_KEPT: Final = 4


class LobbySession(Connection):
    """Calls `let_in` with the remembered messages once the host has let the person in."""

    def __init__(
        self, address: str, transport: Transport, let_in: Callable[[Iterable[str]], None]
    ) -> None:
        super().__init__(address, transport)
        self._let_in = let_in
        self._session = Session()
        self._hello: str | None = None
        self._later: deque[str] = deque(maxlen=_MOST_KEPT)
        self._is_over = False

    def receive(self, message: str | bytes) -> None:
        """Remember the hello and changes of visibility, answer pings, ignore everything else."""
        if self._is_over:
            return
        try:
            if isinstance(message, bytes):
                raise ProtocolError("a viewer sends text only")
            self._take(message, self._session.read(message, clock_us()))
        except ProtocolError as error:
            self.refuse(error)

    def _take(self, text: str, message: messages.FromViewer) -> None:
        is_hello = isinstance(message, messages.Hello)
        if is_hello is not (self._hello is None):
            raise ProtocolError("a session begins with one hello")
        if is_hello:
            self._hello = text
            self.send(messages.Lobby())
        elif isinstance(message, messages.Ping):
            self.send_if_idle(messages.Pong(sent_us=message.sent_us, host_us=clock_us()))
        elif isinstance(message, messages.Visibility):
            self._later.append(text)

    def count(self) -> None:
        """Count a frame that carries no message; too many close the connection."""
        try:
            self._session.count(clock_us())
        except ProtocolError as error:
            self.refuse(error)

    def refuse(self, error: ProtocolError) -> None:
        self.dismiss(error.close_code, str(error))

    def dismiss(self, code: CloseCode, detail: str) -> None:
        """Say goodbye with this sentence, and close."""
        self._is_over = True
        self.send(messages.Bye(code.reason, detail))
        self.hang_up(code, code.reason)

    def send_grants(self, grants: frozenset[Grant]) -> None:
        """Let the person in, if they may watch now."""
        if Grant.WATCH in grants:
            said = () if self._hello is None else (self._hello, *self._later)
            self._let_in(said)

    def show(self, shown: Shown) -> None:
        """Nothing: a person in the lobby learns nothing about the others."""

    def leave(self) -> None:
        """The connection is gone; `GrantedSession` takes it out of the person's connections."""
