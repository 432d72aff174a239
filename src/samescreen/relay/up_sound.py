"""Hands one sound of this host to a relay while somebody listens there. Event loop."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from samescreen.flow.in_flight import SentPacket
from samescreen.flow.up_link import SOUND_BACKLOG_BYTES, UpLink
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Ending, Notice, Offer, StatusChanged
from samescreen.hub.wanted import demand_of
from samescreen.wire.published import Published, published_to_bytes
from samescreen.wire.publishing import Want, Withdraw

from .line import Line
from .track_news import state_of

if TYPE_CHECKING:  # importing what it needs takes a while
    from .seal import Seal


class UpSound:
    """`number`: of its track on the connection. Several streams may share the sound.

    `seal`: as of the pictures.
    """

    def __init__(
        self, stream: Stream, number: int, line: Line, link: UpLink, seal: Seal | None = None
    ) -> None:
        self.stream = stream
        self.number = number
        self._line = line
        self._link = link
        self._wanted = IDLE
        self._sealing = None if seal is None else seal.series()
        stream.subscribe(self)

    def announce(self) -> None:
        """Send the relay how the sound is."""
        self._line.tell(state_of(self.stream.status, self.number))

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
        if not is_wanted or self._line.buffered_bytes() > SOUND_BACKLOG_BYTES:
            return Offer.SKIPPED
        numbered = replace(packet.packet, track=self.number)
        if self._sealing is not None:
            numbered = self._sealing.sealed(numbered)
        message = published_to_bytes(Published(numbered))
        self._link.sent(len(message), sent.at_us, sent.grace_us)
        self._line.send(message)
        return Offer.SENT

    def notify(self, notice: Notice) -> None:
        """Pass on how the sound is; ignore the rest."""
        if isinstance(notice, StatusChanged):
            self._line.tell(state_of(notice.status, self.number))

    def close(self, reason: Ending) -> None:
        """The sound has ended."""
        self._line.tell(Withdraw(self.number))
