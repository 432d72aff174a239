"""What a room needs of the bus. Event loop; no method waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

Receive = Callable[[str, bytes], None]
"""Called with the subject and the message."""


class Bus(Protocol):
    """A connection to a broker, which may be gone at any moment.

    A message arrives at most once. Those of one subscription arrive in order.
    """

    @property
    def is_open(self) -> bool:
        """The broker is there. Otherwise what is published is dropped."""

    @property
    def waiting_bytes(self) -> int:
        """What was published and has not left this process."""

    def publish(self, subject: str, messages: Iterable[bytes]) -> None:
        """Send these, in order."""

    def subscribe(self, subject: str, receive: Receive) -> Callable[[], None]:
        """Take what comes there, also after the broker was away; the result ends it."""
