"""One track on the connection to a relay: its packets get its number, and the seal. Event loop.

Nothing here waits, and nothing here decides what is sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from samescreen.flow.in_flight import SentPacket
from samescreen.flow.up_link import UpLink
from samescreen.wire.published import Published, published_to_bytes

from .connection import RelayConnection

if TYPE_CHECKING:  # importing what it needs takes a while
    from .seal import Seal


class UpTrack:
    """`seal`: the relay gets only packets that it has sealed; None: the relay reads them."""

    def __init__(
        self, number: int, connection: RelayConnection, link: UpLink, seal: Seal | None
    ) -> None:
        self.number = number
        self._connection = connection
        self._link = link
        self._sealing = None if seal is None else seal.series()

    def send(self, published: Published, sent: SentPacket) -> None:
        """Send this packet; it counts as what is on its way."""
        numbered = replace(published.packet, track=self.number)
        if self._sealing is not None:
            numbered = self._sealing.sealed(numbered)
        message = published_to_bytes(replace(published, packet=numbered))
        self._link.sent(len(message), sent.at_us, sent.grace_us)
        self._connection.send_media(message)
