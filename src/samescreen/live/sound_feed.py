"""One source of sound, live: who could hear it, who listens, and what each was sent.

Event loop; streams that share the source share the feed. Sound does not go through a viewer's
outbox: it is small, stands alone packet by packet, and goes on while pictures are withheld. A
packet goes to the transport at once, or not at all when too much waits there already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from samescreen.hub.events import SourceStatus
from samescreen.media import SOUND_CHANNELS, SOUND_RATE, Packet, Rendition
from samescreen.publish.bridge import ThreadBridge
from samescreen.wire import messages
from samescreen.wire.messages import message_to_text
from samescreen.wire.packets import binary_frame, packet_to_bytes, text_frame

from .viewer import Viewer

SOUND_BACKLOG_BYTES: Final = 192 * 1024
"""With more than this waiting in the transport, sound would come too late to be of use."""

NO_SOUND: Final = messages.Audio(0, "none", "", SOUND_RATE, SOUND_CHANNELS)


@dataclass(slots=True)
class Listener:
    """One viewer that hears it, in the rendition it asked for."""

    viewer: Viewer
    rendition: Rendition
    sent: int = 0
    dropped: int = 0


class SoundFeed:
    """`track` is the number its packets carry; `bridge` is that of its thread."""

    def __init__(self, track: int, status: SourceStatus) -> None:
        self.track = track
        self.status = status
        self.bridge: ThreadBridge | None = None
        self.listeners: dict[str, Listener] = {}
        self._viewers: dict[str, Viewer] = {}

    def join(self, viewer: Viewer) -> None:
        """A viewer is told that there is sound, and hears none before it asks."""
        if not viewer.session.is_open:
            return  # its welcome comes first
        self._viewers[viewer.viewer_id] = viewer
        viewer.send(self._message())

    def leave(self, viewer: Viewer) -> None:
        """May be called twice, and for who never joined."""
        self._viewers.pop(viewer.viewer_id, None)
        if self.listeners.pop(viewer.viewer_id, None) is not None:
            self._update_demand()

    def listen(self, viewer: Viewer) -> None:
        """A viewer has said whether it listens."""
        rendition = viewer.session.listens
        if viewer.viewer_id not in self._viewers:
            return
        if rendition is None:
            self.listeners.pop(viewer.viewer_id, None)
        elif viewer.viewer_id in self.listeners:
            self.listeners[viewer.viewer_id].rendition = rendition
        else:
            self.listeners[viewer.viewer_id] = Listener(viewer, rendition)
        self._update_demand()

    def deliver(self, event: Any) -> None:
        """Take what the track posted."""
        _DELIVER[type(event)](self, event)

    def _on_packet(self, packet: Packet) -> None:
        frame = binary_frame(packet_to_bytes(packet))
        for listener in self.listeners.values():
            if listener.rendition is not packet.rendition:
                continue
            if listener.viewer.send_unless_behind(frame, SOUND_BACKLOG_BYTES):
                listener.sent += 1
            else:
                listener.dropped += 1

    def _on_status(self, status: SourceStatus) -> None:
        self.status = status
        frame = text_frame(message_to_text(self._message()))
        for viewer in self._viewers.values():
            viewer.send_frame(frame)

    def _update_demand(self) -> None:
        if self.bridge is not None:
            renditions = frozenset(each.rendition for each in self.listeners.values())
            self.bridge.wish_renditions(renditions)

    def _message(self) -> messages.Audio:
        return messages.Audio(
            track=self.track,
            state=self.status.state,
            detail=self.status.detail,
            rate=SOUND_RATE,
            channels=SOUND_CHANNELS,
        )


def move_ears(viewer: Viewer, before: SoundFeed | None, after: SoundFeed | None) -> None:
    """A viewer's stream has another sound from now on: told, and heard if it listens."""
    if after is before:
        return
    if before is not None:
        before.leave(viewer)
    if after is not None:
        after.join(viewer)
        after.listen(viewer)
    elif viewer.session.is_open:
        viewer.send(NO_SOUND)


_DELIVER: Final[dict[type, Callable[[SoundFeed, Any], None]]] = {
    Packet: SoundFeed._on_packet,
    SourceStatus: SoundFeed._on_status,
}
