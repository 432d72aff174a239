"""The sound of another host's stream, through the gate. Event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Self

from samescreen.clock import clock_us
from samescreen.errors import ProtocolError
from samescreen.gate.audio import SoundGate
from samescreen.gate.profiles import HOST
from samescreen.gate.times import PublisherClock
from samescreen.hub.events import SourceStatus
from samescreen.hub.stream import Stream
from samescreen.media import Packet, Rendition
from samescreen.publish.remote import RemotePublisher, media_track
from samescreen.wire import messages
from samescreen.wire.messages import StatusReason, StatusState
from samescreen.wire.published import Published
from samescreen.wire.publishing import Offer, ToPublisher, Want

_RENDITIONS: Final = [Rendition.OPUS, Rendition.PCM]
_REASONS: Final[dict[StatusState, StatusReason]] = {
    "live": "live",
    "waiting": "starting",
    "lost": "source-lost",
    "failed": "source-unavailable",
}


class FarSound:
    """`theirs`: their number of the track. `wanted`: called with the renditions to listen to."""

    def __init__(
        self,
        theirs: int,
        number: int,
        clock: PublisherClock,
        wanted: Callable[[frozenset[Rendition]], None],
    ) -> None:
        self.theirs = theirs
        self._wanted = wanted
        offer = Offer(0, "", "sound", sounds=_RENDITIONS)
        gate = SoundGate(HOST, offer, number, clock, clock_us())
        self._publisher = RemotePublisher(media_track(offer, number), 0, gate, self._answer)
        self.stream = Stream("sound", "sound", self._publisher, clock_us)

    def start(self) -> Self:
        """Pass on what comes, and ask for what is demanded."""
        self._publisher.start(self.stream.deliver)
        return self

    def status(self, audio: messages.Audio) -> None:
        """How their sound is."""
        if audio.state != "none":
            reason = _REASONS[audio.state]
            self.stream.deliver(SourceStatus(audio.state, reason, audio.detail))

    def take(self, packet: Packet, now_us: int) -> None:
        """A packet of it. Raises ProtocolError: the gate lets nothing pass any more."""
        self._publisher.take(Published(packet), now_us)
        if self._publisher.ended is not None:
            raise ProtocolError(self._publisher.ended.detail)

    def stop(self) -> None:
        """Deliver nothing more."""
        self._publisher.stop()

    def _answer(self, message: ToPublisher) -> None:
        if isinstance(message, Want):
            self._wanted(frozenset(message.renditions))
