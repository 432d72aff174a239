"""What a viewer is written to: a connection of any kind. Event loop."""

from __future__ import annotations

from typing import Protocol

from samescreen.flow.claims import Delivery
from samescreen.wire.outgoing import Outgoing


class Transport(Protocol):
    """Where a viewer's bytes go. `write` never waits."""

    def write(self, outgoing: Outgoing) -> None:
        """Queue a message, in the form that this transport takes."""

    def buffered_bytes(self) -> int:
        """What is queued in this process and not yet taken by the kernel."""

    def delivery(self) -> Delivery | None:
        """What this machine measures of the connection to the viewer itself; None: nothing."""

    def close(self, code: int, reason: str) -> None:
        """Say goodbye and hang up, soon."""
