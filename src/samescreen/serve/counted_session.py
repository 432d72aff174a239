"""A connection besides a page's first one, or of a program: counted, refused and ended. Event loop.

What the messages mean is the part of each kind: input, voices, what somebody publishes.
"""

from __future__ import annotations

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError
from samescreen.subscribe.connection import Connection
from samescreen.subscribe.transport import Transport
from samescreen.wire.messages import Bye
from samescreen.wire.session import FrameCount


class CountedSession(Connection):
    """`frames_per_s`: more of them close the connection."""

    def __init__(self, address: str, transport: Transport, frames_per_s: int) -> None:
        super().__init__(address, transport)
        self._frames = FrameCount(frames_per_s)
        self._is_over = False

    def receive(self, message: str | bytes) -> None:
        """React to one message. Close the connection if it breaks the protocol."""
        if self._is_over:
            return
        now_us = clock_us()
        try:
            self._frames.count(now_us)
            self._take(message, now_us)
        except ProtocolError as error:
            self.refuse(error)

    def count(self) -> None:
        """Count a frame that carries no message; too many close the connection."""
        try:
            self._frames.count(clock_us())
        except ProtocolError as error:
            self.refuse(error)

    def refuse(self, error: ProtocolError) -> None:
        self.dismiss(error.close_code, str(error))

    def dismiss(self, code: CloseCode, detail: str) -> None:
        """Give up what it holds, say goodbye with this sentence, and close."""
        if not self._is_over:
            self._is_over = True
            self._let_go(is_cut=True)
            self.send(Bye(code.reason, detail))
            self.hang_up(code, code.reason)

    def leave(self) -> None:
        """The connection is gone; may be called twice."""
        if not self._is_over:
            self._is_over = True
            self._let_go(is_cut=False)

    def _take(self, message: str | bytes, now_us: int) -> None:
        """React to one message. Raises ProtocolError: it breaks the protocol."""
        raise NotImplementedError

    def _let_go(self, *, is_cut: bool) -> None:
        """Give up what the connection holds; called once. `is_cut`: the host ends it."""
        raise NotImplementedError
