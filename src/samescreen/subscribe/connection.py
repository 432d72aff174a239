"""One page's connection, and what may be written to it. Event loop; nothing here waits."""

from __future__ import annotations

from typing import Final

from samescreen.wire.messages import ToViewer
from samescreen.wire.outgoing import Outgoing, text

from .transport import Transport

CONTROL_BACKLOG_BYTES: Final = 256 * 1024
"""With more than this waiting, the host leaves out statistics and similar messages."""


class Connection:
    """`address` is for logs and the host's display."""

    def __init__(self, address: str, transport: Transport) -> None:
        self.address = address
        self._transport = transport

    def send(self, message: ToViewer) -> None:
        """Send a control message now."""
        self._transport.write(text(message))

    def send_ready(self, outgoing: Outgoing) -> None:
        """Send a message that was built for several viewers."""
        self._transport.write(outgoing)

    @property
    def is_idle(self) -> bool:
        """Whether the link has room for control messages that can be left out."""
        return self._transport.buffered_bytes() <= CONTROL_BACKLOG_BYTES

    def send_if_idle(self, message: ToViewer) -> None:
        """Send a control message unless the link is busy."""
        if self.is_idle:
            self.send(message)

    def send_unless_behind(self, outgoing: Outgoing, backlog_bytes: int) -> bool:
        """Send this unless more than `backlog_bytes` wait. Returns whether it was sent."""
        if self._transport.buffered_bytes() > backlog_bytes:
            return False
        self._transport.write(outgoing)
        return True

    def hang_up(self, code: int, reason: str) -> None:
        """Close the connection."""
        self._transport.close(code, reason)
