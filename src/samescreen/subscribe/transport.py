"""What a viewer writes to: a connection of any kind. Event loop."""

from __future__ import annotations

from typing import Protocol

from samescreen.flow.claims import Delivery
from samescreen.wire.outgoing import Outgoing


class Transport(Protocol):
    """Where a viewer's bytes go. `write` never waits."""

    def write(self, outgoing: Outgoing) -> None:
        """Queue a message, in the form that this transport takes."""

    def buffered_bytes(self) -> int:
        """Bytes that are queued in this process and that the kernel has not taken yet."""

    def delivery(self) -> Delivery | None:
        """What this machine measures of the connection to the viewer; None: nothing."""

    def close(self, code: int, reason: str) -> None:
        """Close the connection soon, with this code and reason."""
