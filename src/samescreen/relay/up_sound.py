"""Hands one sound of this host to a relay while somebody listens there. Event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescreen.flow.in_flight import SentPacket
from samescreen.flow.up_link import SOUND_BACKLOG_BYTES, UpLink
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Ending, Notice, Offer, StatusChanged
from samescreen.hub.wanted import demand_of
from samescreen.wire.published import Published
from samescreen.wire.publishing import Want, Withdraw

from .connection import RelayConnection
from .track_news import state_of
from .up_track import UpTrack

if TYPE_CHECKING:  # importing what it needs takes a while
    from .seal import Seal


class UpSound:
    """`number`: of its track on the connection. Several streams may share the sound.

    `seal`: see `UpTrack`.
    """

    def __init__(
        self,
        stream: Stream,
        number: int,
        connection: RelayConnection,
        link: UpLink,
        seal: Seal | None = None,
    ) -> None:
        self.stream = stream
        self.number = number
        self._connection = connection
        self._wanted = IDLE
        self._track = UpTrack(number, connection, link, seal)
        stream.subscribe(self)

    def announce(self) -> None:
        """Send the relay how the sound is."""
        self._connection.send_text(state_of(self.stream.status, self.number))

    def leave(self) -> None:
        """Take no more of it; may be called twice."""
        self.stream.unsubscribe(self)

    def want(self, want: Want) -> None:
        """Demand this from now on."""
        self._wanted = Demand(demand_of(want).renditions, paused=False)
        self.stream.changed(self)
        self.stream.reduced()

    def demand(self) -> Demand:
        return self._wanted if self._wanted.renditions else IDLE

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Send the packet, past the pictures' window, unless too much waits."""
        is_wanted = sent.rendition in self._wanted.renditions
        if not is_wanted or self._connection.buffered_bytes() > SOUND_BACKLOG_BYTES:
            return Offer.SKIPPED
        self._track.send(Published(packet.packet), sent)
        return Offer.SENT

    def notify(self, notice: Notice) -> None:
        """Pass on how the sound is; ignore the rest."""
        if isinstance(notice, StatusChanged):
            self._connection.send_text(state_of(notice.status, self.number))

    def close(self, reason: Ending) -> None:
        """The sound has ended."""
        self._connection.send_text(Withdraw(self.number))
