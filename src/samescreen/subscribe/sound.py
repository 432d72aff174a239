"""The sound of a stream, for viewers: who was told of it, who listens, what each was sent.

Event loop. Sound is a stream of its own, which several streams may share. It does not go through
a viewer's outbox: it is small, stands alone packet by packet, and goes on while pictures are
withheld. A packet goes to the transport at once, or not at all when too much waits there already.
"""

from __future__ import annotations

from typing import Final

from samescreen.flow.in_flight import SentPacket
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Ending, Notice, Offer, StatusChanged
from samescreen.media import SOUND_CHANNELS, SOUND_RATE, Rendition
from samescreen.wire import messages
from samescreen.wire.outgoing import text

from .viewer import Viewer

SOUND_BACKLOG_BYTES: Final = 192 * 1024
"""With more than this waiting in the transport, sound would come too late to be of use."""

NO_SOUND: Final = messages.Audio(0, "none", "", SOUND_RATE, SOUND_CHANNELS)


class Listener:
    """One viewer that hears it, in the rendition it asked for: a subscriber of the sound."""

    def __init__(self, viewer: Viewer, rendition: Rendition) -> None:
        self.viewer = viewer
        self.rendition = rendition
        self.sent = 0
        self.dropped = 0

    def demand(self) -> Demand:
        return Demand(frozenset((self.rendition,)), paused=False)

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Send it past the viewer's outbox, or drop it."""
        if sent.rendition is not self.rendition:
            return Offer.SKIPPED
        if self.viewer.send_unless_behind(packet.outgoing, SOUND_BACKLOG_BYTES):
            self.sent += 1
            return Offer.SENT
        self.dropped += 1
        return Offer.SKIPPED

    def notify(self, notice: Notice) -> None:
        """`SoundListeners` tells all viewers what there is to hear."""

    def close(self, reason: Ending) -> None:
        """The sound ends with its stream, which its viewers leave."""


class SoundListeners:
    """The viewers that could hear one sound, and those of them that listen."""

    def __init__(self, sound: Stream) -> None:
        self.sound = sound
        self.listeners: dict[str, Listener] = {}
        self._viewers: dict[str, Viewer] = {}
        sound.subscribe(self)

    def join(self, viewer: Viewer) -> None:
        """A viewer learns that there is sound, and hears none before it asks."""
        if not viewer.session.is_open:
            return  # its welcome comes first
        self._viewers[viewer.viewer_id] = viewer
        viewer.send(self._message())

    def leave(self, viewer: Viewer) -> None:
        """May be called twice, and for one that never joined."""
        self._viewers.pop(viewer.viewer_id, None)
        listener = self.listeners.pop(viewer.viewer_id, None)
        if listener is not None:
            self.sound.unsubscribe(listener)

    def listen(self, viewer: Viewer) -> None:
        """A viewer has said whether it listens."""
        rendition = viewer.session.listens
        listener = self.listeners.get(viewer.viewer_id)
        if viewer.viewer_id not in self._viewers:
            return
        if rendition is None:
            if listener is not None:
                self.sound.unsubscribe(self.listeners.pop(viewer.viewer_id))
        elif listener is None:
            listener = self.listeners[viewer.viewer_id] = Listener(viewer, rendition)
            self.sound.subscribe(listener)
        elif listener.rendition is not rendition:
            listener.rendition = rendition
            self.sound.changed(listener)
            self.sound.reduced()

    # What the hub asks

    def demand(self) -> Demand:
        return IDLE

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """The listeners are offered it themselves."""
        return Offer.SKIPPED

    def notify(self, notice: Notice) -> None:
        """Tell all viewers how the sound is."""
        if isinstance(notice, StatusChanged):
            message = text(self._message())
            for viewer in self._viewers.values():
                viewer.send_ready(message)

    def close(self, reason: Ending) -> None:
        """The sound ends with its stream, which its viewers leave."""

    def _message(self) -> messages.Audio:
        return messages.Audio(
            track=self.sound.track,
            state=self.sound.status.state,
            detail=self.sound.status.detail,
            rate=SOUND_RATE,
            channels=SOUND_CHANNELS,
        )


def switch_audio(
    viewer: Viewer, before: SoundListeners | None, after: SoundListeners | None
) -> None:
    """A viewer's stream has another sound from now on; it hears that if it listens."""
    if after is before:
        return
    if before is not None:
        before.leave(viewer)
    if after is not None:
        after.join(viewer)
        after.listen(viewer)
    elif viewer.session.is_open:
        viewer.send(NO_SOUND)
