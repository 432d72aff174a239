"""The interface of a connection to a relay, which streams and guests write to. Event loop."""

from __future__ import annotations

from typing import Protocol

from samescreen.wire.publishing import FromPublisher


class RelayConnection(Protocol):
    """A connection to a relay. No method waits."""

    def send_text(self, message: FromPublisher) -> None:
        """Queue a text message; the connection keeps the order."""

    def send_media(self, message: bytes) -> None:
        """Queue a message with media."""

    def buffered_bytes(self) -> int:
        """Bytes that are queued in this process and that the system has not taken yet."""
