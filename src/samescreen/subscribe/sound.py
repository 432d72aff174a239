"""The sound of a stream for its viewers: which of them listen, and what each was sent.

Event loop. Sound is a stream of its own, which several streams may share. It bypasses the viewer's
outbox, because its packets are small, decode alone, and must continue while pictures are held back.
A packet goes to the transport at once. If too much waits there, the packet is dropped.
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
"""With more than this waiting in the transport, sound would arrive too late."""

NO_SOUND: Final = messages.Audio(0, "none", "", SOUND_RATE, SOUND_CHANNELS)


class Listener:
    """Subscribes one viewer to the sound, in the rendition that the viewer asked for."""

    def __init__(self, viewer: Viewer, rendition: Rendition) -> None:
        self.viewer = viewer
        self.rendition = rendition
        self.sent = 0
        self.dropped = 0

    def demand(self) -> Demand:
        return Demand(frozenset((self.rendition,)), paused=False)

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Send the packet past the viewer's outbox, or drop it."""
        if sent.rendition is not self.rendition:
            return Offer.SKIPPED
        if self.viewer.send_unless_behind(packet.outgoing, SOUND_BACKLOG_BYTES):
            self.sent += 1
            return Offer.SENT
        self.dropped += 1
        return Offer.SKIPPED

    def notify(self, notice: Notice) -> None:
        """Ignore it: `SoundListeners` informs all viewers."""

    def close(self, reason: Ending) -> None:
        """Do nothing: the viewers of an ended stream leave it, and its sound with it."""


class SoundListeners:
    """The viewers that can listen to one sound, and those of them that do."""

    def __init__(self, sound: Stream) -> None:
        self.sound = sound
        self.listeners: dict[str, Listener] = {}
        self._viewers: dict[str, Viewer] = {}
        sound.subscribe(self)

    def join(self, viewer: Viewer) -> None:
        """Tell a viewer that there is sound. It gets none before it asks."""
        if not viewer.session.is_open:
            return  # its welcome must come first
        self._viewers[viewer.viewer_id] = viewer
        viewer.send(self._message())

    def leave(self, viewer: Viewer) -> None:
        """Remove a viewer. May be called twice, and for a viewer that never joined."""
        self._viewers.pop(viewer.viewer_id, None)
        listener = self.listeners.pop(viewer.viewer_id, None)
        if listener is not None:
            self.sound.unsubscribe(listener)

    def listen(self, viewer: Viewer) -> None:
        """Begin, change or end the subscription of a viewer, as its session says."""
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
        """Skip it: the hub offers each packet to the listeners themselves."""
        return Offer.SKIPPED

    def notify(self, notice: Notice) -> None:
        """Send all viewers the new status of the sound."""
        if isinstance(notice, StatusChanged):
            message = text(self._message())
            for viewer in self._viewers.values():
                viewer.send_ready(message)

    def close(self, reason: Ending) -> None:
        """Do nothing: the viewers of an ended stream leave it, and its sound with it."""

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
    """Move a viewer to another sound. It keeps listening if it listened before."""
    if after is before or viewer.is_far:
        return  # the process that serves a far viewer sends it the sound
    if before is not None:
        before.leave(viewer)
    if after is not None:
        after.join(viewer)
        after.listen(viewer)
    elif viewer.session.is_open:
        viewer.send(NO_SOUND)
