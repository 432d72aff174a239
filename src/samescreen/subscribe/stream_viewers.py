"""The viewers of one stream, and what they want together. Event loop.

Viewers subscribe one by one. This subscriber speaks for all of them: it names what each rendition
may cost, which follows the majority, and it passes the stream's statistics on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from samescreen.flow.in_flight import SentPacket
from samescreen.flow.stills import StillTarget
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.events import CursorState, TrackStats
from samescreen.hub.ink import Ink
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import (
    Ending,
    Gathered,
    MarkGrew,
    MarksChanged,
    Notice,
    Offer,
    SoundReplaced,
    SourceReplaced,
    StreamsChanged,
)
from samescreen.media import PacketKind

from .cursors import Cursors
from .far_viewer import FarViewer
from .ink import InkFanout
from .rendition_control import RenditionControl
from .sound import SoundListeners
from .statistics import Statistics
from .stills import StillFanout
from .viewer import Viewer


class Owner(Protocol):
    """Decides which viewer watches which stream."""

    def streams_changed(self, group: StreamViewers) -> None:
        """There are other streams to watch."""

    def gathered(self, group: StreamViewers) -> None:
        """The host has everybody watch the first stream."""

    def sound_replaced(self, group: StreamViewers) -> None:
        """The stream has another sound."""

    def group_ended(self, group: StreamViewers) -> None:
        """The stream has ended."""


class StreamViewers:
    """`sound`, which the owner sets, are the listeners of its sound; None: it has no sound."""

    def __init__(
        self, stream: Stream, clock_us: Callable[[], int], owner: Owner, ink: Ink
    ) -> None:
        self.stream = stream
        self.viewers: dict[str, Viewer] = {}
        self.far: dict[str, FarViewer] = {}
        """The viewers that other processes serve, by the same ids."""
        self.control = RenditionControl(stream, self.viewers)
        self.statistics = Statistics(stream, self.viewers, self.control.rates)
        self.stills = StillFanout(stream.publisher.tracks[0].stills or StillTarget())
        self.cursors = Cursors(stream)
        self.ink = InkFanout(ink, stream, self.viewers, clock_us)
        self._clock_us = clock_us
        self._owner = owner
        self.sound: SoundListeners | None = None
        stream.subscribe(self)

    def enter(self, viewer: Viewer) -> None:
        """Add a viewer to the stream."""
        viewer.session.track = self.stream.track
        self._offer(viewer)
        if isinstance(viewer, FarViewer):
            self.far[viewer.viewer_id] = viewer
            return
        self.viewers[viewer.viewer_id] = viewer
        self.stream.subscribe(viewer)

    def _offer(self, viewer: Viewer) -> None:
        """Have the viewer choose among the renditions that there are."""
        track = self.stream.publisher.tracks[0]
        viewer.layers.offer(track.pictures, has_slow_stills=track.is_passed_on)

    def leave(self, viewer: Viewer) -> None:
        """Remove a viewer from the stream. May be called twice."""
        self.far.pop(viewer.viewer_id, None)
        if self.viewers.pop(viewer.viewer_id, None) is not None:
            self.statistics.forget(viewer)
            self.cursors.forget(viewer)
            self.stream.unsubscribe(viewer)

    @property
    def everybody(self) -> list[Viewer]:
        """All viewers, whichever process serves them."""
        return [*self.viewers.values(), *self.far.values()]

    def watch(self, viewer: Viewer, now_us: int) -> None:
        """Update one of its viewers, a few times a second."""
        if viewer.viewer_id in self.far:
            return  # the process that serves it does
        viewer.resume(now_us)
        self.statistics.watch(viewer, now_us)
        self.control.watch(viewer, now_us)
        if viewer.is_ready_again():
            viewer.update_demand()

    def tick(self, now_us: int) -> None:
        """Update what its viewers share, after each of them and before the stream merges their
        demands."""
        self.ink.tick()
        self.statistics.send(now_us)
        self.cursors.catch_up()
        self.control.update_targets(now_us)
        self.stills.update_target(self.viewers.values(), now_us)

    # What the hub asks

    def demand(self) -> Demand:
        """What the renditions may cost. It wants none of them for itself.

        Without viewers in this process it has no say: the demands of relays and workers have.
        """
        if not self.viewers and not self.stills.readers:
            return IDLE
        return Demand(targets=self.control.targets, stills=self.stills.rate.target)

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Note how large the newest still is, and skip the packet."""
        if packet.packet.kind is PacketKind.STILL and not packet.is_piece:
            self.stills.note_size(packet.packet)
        return Offer.SKIPPED

    def notify(self, notice: Notice) -> None:
        """React to what concerns all viewers together."""
        if isinstance(notice, TrackStats):
            self.statistics.changed(self._clock_us())
        elif isinstance(notice, CursorState):
            self.cursors.show(self.viewers.values())
            self.stills.follow(notice, self.stream)
        elif isinstance(notice, SourceReplaced):
            for viewer in list(self.viewers.values()):
                self._offer(viewer)
                viewer.switch_track(self.stream.track, notice.at_us)
                self.cursors.greet(viewer)
        elif isinstance(notice, MarksChanged):
            self.ink.changed()
        elif isinstance(notice, MarkGrew):
            self.ink.add(notice.mark)
        elif isinstance(notice, SoundReplaced):
            self._owner.sound_replaced(self)
        elif isinstance(notice, StreamsChanged):
            self._owner.streams_changed(self)
        elif isinstance(notice, Gathered):
            self._owner.gathered(self)

    def close(self, reason: Ending) -> None:
        """Tell the owner. The hub informs each subscriber by itself; far viewers are none."""
        for viewer in list(self.far.values()):
            viewer.close(reason)
        self._owner.group_ended(self)
