"""Fan-out: one packet to every viewer of its stream, each in its own time.

Runs on the event loop and owns the viewers. Nothing on a packet's way awaits. A packet's bytes,
WebSocket header included, are built once and written to every transport.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError
from samescreen.flow.rate import Aim, rates_within
from samescreen.labels import label
from samescreen.media import Packet, PacketKind, TrackConfig
from samescreen.wire import messages
from samescreen.wire.session import Session

from .framed import FramedPacket
from .news import (
    config_message,
    listed,
    open_viewers,
    show,
    status_message,
    streams_message,
    take_stats,
    tell,
    tell_stats,
)
from .people import People
from .reading import hand_out_still
from .refinement import (
    ask_for_missed,
    end_round,
    hand_out_piece,
    release_refining,
    stop_refining_if_full,
)
from .slot import Piece, RoundOver, SourceStatus, TrackEvent, TrackStats
from .sound_feed import move_ears
from .steering import (
    release_hold,
    settle_fallen,
    steer,
    update_demand,
    update_hold,
    welcome_path,
)
from .stream import RISE_SPACING_US, STARTING, Stream, ack_interval_ms
from .transport import Transport
from .viewer import Viewer
from .visits import making_way, visits

HEAVY_BPS: Final = 4_000_000
"""Seconds of a stream like this must not queue behind a newcomer's first still."""


class Hub:
    """All streams of this host by their id, and the viewers of each.

    `clock_us` is the host's monotonic clock; more than `max_viewers` are turned away.
    `on_status` hears of every change of a source.
    """

    def __init__(
        self,
        host_name: str,
        clock_us: Callable[[], int],
        max_viewers: int,
        on_status: Callable[[Stream], None] = lambda stream: None,
    ) -> None:
        self.streams: dict[str, Stream] = {}
        self.people = People()
        self._host_name = host_name
        self._clock_us = clock_us
        self._max_viewers = max_viewers
        self._on_status = on_status
        self._joined = 0
        self.on_join: Callable[[Viewer], None] = _nothing
        """Called when a viewer has been welcomed; `on_leave` when one has gone, welcomed or not."""
        self.on_leave: Callable[[Viewer], None] = _nothing

    def add_stream(self, stream_id: str, name: str, track: int, ceiling: Aim) -> Stream:
        """Make room for a source's packets, before its track starts."""
        stream = Stream(stream_id, label(name), track, rates_within(ceiling))
        self.streams[stream_id] = stream
        return stream

    def find(self, stream_id: str) -> Stream | None:
        """The stream of that id, the first for an empty one; None: there is no such stream."""
        if not stream_id:
            return next(iter(self.streams.values()))
        return self.streams.get(stream_id)

    def rename(self, stream: Stream, name: str, track: int) -> None:
        """Another source is about to take this stream over; everybody is told."""
        stream.name, stream.track = label(name), track
        stream.configs.clear()
        stream.status = STARTING
        stream.is_repeating = False
        for each in self.streams.values():
            tell(each, streams_message(self.streams.values(), each))
        tell(stream, status_message(stream))

    def start_afresh(self, stream: Stream) -> None:
        """The stream has another track: nobody has seen anything of it."""
        for viewer in stream.viewers.values():
            viewer.turn_to(stream.track, self._clock_us())
        update_demand(stream)

    def deliver(self, stream: Stream, event: TrackEvent) -> None:
        """Take what a track posted."""
        _DELIVER[type(event)](self, stream, event)

    # Viewers

    def join(
        self, address: str, transport: Transport, session: Session | None = None
    ) -> Viewer:
        """A connection was let in. It is shown nothing before its hello."""
        self._joined += 1
        stream = next(iter(self.streams.values()))
        viewer = Viewer(
            f"v{self._joined}",
            address,
            transport,
            lambda: self._ask_for(viewer),
            self._clock_us(),
            session or Session(),
        )
        viewer.session.track = stream.track
        stream.viewers[viewer.viewer_id] = viewer
        return viewer

    def receive(self, viewer: Viewer, text: str) -> None:
        """One message of a viewer; a viewer that breaks the protocol is closed, with words."""
        stream = self._stream_of(viewer)
        if stream is None:
            return  # dismissed, and had this on its way
        try:
            message = viewer.receive(text, self._clock_us())
        except ProtocolError as error:
            self.refuse(viewer, error)
            return
        react = _REACT.get(type(message))
        if react is not None:
            react(self, stream, viewer, message)

    def count(self, viewer: Viewer) -> None:
        """A frame came that says nothing; a viewer that sends too many is closed."""
        try:
            viewer.session.count(self._clock_us())
        except ProtocolError as error:
            self.refuse(viewer, error)

    def refuse(self, viewer: Viewer, error: ProtocolError) -> None:
        """A viewer broke the protocol: say so, and close."""
        self.dismiss(viewer, error.close_code, str(error))

    def leave(self, viewer: Viewer) -> None:
        """The connection is gone; may be called twice."""
        for stream in self.streams.values():
            if viewer.viewer_id in stream.viewers:
                self._forget(stream, viewer)
                self.people.visits.leave(viewer.session.visit, self._clock_us())
                if stream.sound is not None:
                    stream.sound.leave(viewer)
                self.on_leave(viewer)

    def _forget(self, stream: Stream, viewer: Viewer) -> None:
        del stream.viewers[viewer.viewer_id]
        stream.stuck.discard(viewer.viewer_id)
        update_demand(stream)
        update_hold(stream)

    def viewer_count(self) -> int:
        """Visits: pages that have said hello, and readers of stills."""
        return len(visits(self.streams.values()))

    def tick(self) -> None:
        """A few times a second: lanes, rates, and viewers that have stalled."""
        now_us = self._clock_us()
        for stream in self.streams.values():
            for viewer in list(stream.viewers.values()):
                detail = viewer.gives_nothing_back(now_us)
                if detail is not None:
                    self.dismiss(viewer, CloseCode.STALLED, detail)
                else:
                    self._watch(stream, viewer, now_us)
            update_demand(stream)
            tell_stats(stream, now_us)
            steer(stream, now_us)
            ask_for_missed(stream)
            stills = stream.stills.follow(stream.viewers.values(), now_us)
            if stills is not None and stream.slot is not None:
                stream.slot.wish_stills(stills)

    def say_goodbye(self) -> None:
        """Tell every viewer that the host stops, and close."""
        for stream in self.streams.values():
            stream.stills.close()
            for viewer in list(stream.viewers.values()):
                detail = "the host stopped sharing"
                self.dismiss(viewer, CloseCode.STOPPING, detail)

    # Messages

    def _on_hello(self, stream: Stream, viewer: Viewer, hello: messages.Hello) -> None:
        now_us, session = self._clock_us(), viewer.session
        session.visit = self.people.visits.enter(session.person_id, hello.visit, now_us)
        try:
            gone = making_way(self.streams.values(), viewer, self._max_viewers, now_us)
        except ProtocolError as error:
            self.refuse(viewer, error)
            return
        detail = f"{self._max_viewers} are watching already, and no more may"
        for each in [viewer] if gone is None else gone:
            self.dismiss(each, CloseCode.FULL, detail)
        if gone is None:
            return
        stream = self._move(stream, viewer, hello.stream)
        if stream.stats.main_bps > HEAVY_BPS:
            viewer.begin_with_a_still()
        self._welcome(stream, viewer)

    def _on_ack(self, stream: Stream, viewer: Viewer, ack: messages.Ack) -> None:
        release_hold(stream, viewer)
        release_refining(stream, viewer)

    def _on_listen(self, stream: Stream, viewer: Viewer, listen: messages.Listen) -> None:
        if stream.sound is not None:
            stream.sound.listen(viewer)

    def _on_watch(self, before: Stream, viewer: Viewer, watch: messages.Watch) -> None:
        stream = self._move(before, viewer, watch.stream)
        if stream is not before:
            viewer.send(streams_message(self.streams.values(), stream))
            show(stream, viewer)
            viewer.turn_to(stream.track, self._clock_us(), at_its_word=True)
            move_ears(viewer, before.sound, stream.sound)

    def _welcome(self, stream: Stream, viewer: Viewer) -> None:
        interval_ms = ack_interval_ms(open_viewers(stream))
        viewer.acknowledge_every(interval_ms)
        viewer.send(
            messages.Welcome(
                version=viewer.session.version,
                viewer=viewer.viewer_id,
                host=self._host_name,
                ack_interval_ms=interval_ms,
                streams=listed(self.streams.values()),
                watching=stream.stream_id,
                visit=viewer.session.visit,
            )
        )
        show(stream, viewer)
        move_ears(viewer, None, stream.sound)
        self._ask_for(viewer)
        self.on_join(viewer)

    def _move(self, before: Stream, viewer: Viewer, stream_id: str) -> Stream:
        """Let it watch that stream, or go on with the one before where there is no such stream."""
        stream = self.find(stream_id)
        if stream is None or stream is before:
            return before
        self._forget(before, viewer)
        stream.viewers[viewer.viewer_id] = viewer
        viewer.session.track = stream.track
        return stream

    def _stream_of(self, viewer: Viewer) -> Stream | None:
        """None: it has gone."""
        streams = self.streams.values()
        return next((s for s in streams if viewer.viewer_id in s.viewers), None)

    def _ask_for(self, viewer: Viewer) -> None:
        """Have made for this viewer what it cannot go on without."""
        stream = self._stream_of(viewer)
        if stream is None:
            return
        welcome_path(stream, viewer, self._clock_us())
        wants = viewer.wants()
        if stream.slot is not None and wants:
            # Before the demand, which wakes the track: it must know all it is to do at once.
            stream.slot.ask(*wants)
        if stream.slot is None or viewer.rendition not in stream.slot.renditions:
            update_demand(stream)

    def dismiss(self, viewer: Viewer, code: CloseCode, detail: str) -> None:
        """Say goodbye with a sentence, and close."""
        viewer.send_if_idle(messages.Bye(reason=code.reason, detail=detail))
        viewer.close(code, code.reason)
        self.leave(viewer)

    # Tracks

    def _on_packet(self, stream: Stream, packet: Packet) -> None:
        if packet.kind is PacketKind.STILL:
            hand_out_still(stream, packet)
        framed = FramedPacket(packet)
        grace_us = stream.slot.held_up_us if stream.slot else 0
        departure = framed.departing(self._clock_us(), grace_us)
        fallen = [v for v in tuple(stream.viewers.values()) if v.offer(framed, departure)]
        if fallen:
            settle_fallen(stream, fallen, departure.at_us)
        update_hold(stream)
        stop_refining_if_full(stream)

    def _on_piece(self, stream: Stream, piece: Piece) -> None:
        hand_out_piece(stream, piece, self._clock_us())

    def _on_round_over(self, stream: Stream, _: RoundOver) -> None:
        end_round(stream)

    def _on_config(self, stream: Stream, config: TrackConfig) -> None:
        stream.configs[config.rendition] = config
        tell(stream, config_message(config))

    def _on_source_status(self, stream: Stream, status: SourceStatus) -> None:
        stream.status = status
        tell(stream, status_message(stream))
        self._on_status(stream)

    def _on_stats(self, stream: Stream, stats: TrackStats) -> None:
        take_stats(stream, stats, self._clock_us())

    def _watch(self, stream: Stream, viewer: Viewer, now_us: int) -> None:
        """One viewer, a few times a second: its lane, and whether anything gets through."""
        viewer.resume(now_us)
        is_stuck = viewer.outbox.is_stuck(now_us)
        if is_stuck != (viewer.viewer_id in stream.stuck):
            stream.stuck ^= {viewer.viewer_id}
            stream.untold.appendleft(viewer)
        may_rise = now_us == stream.risen_us or now_us - stream.risen_us >= RISE_SPACING_US
        if viewer.watch_link(stream.stats.main_bps, now_us, may_rise=may_rise):
            stream.risen_us = now_us
        if viewer.is_ready_again():
            self._ask_for(viewer)



def _nothing(viewer: Viewer) -> None:
    """Nobody wants to know."""


_DELIVER: Final[dict[type, Callable[[Hub, Stream, Any], None]]] = {
    Packet: Hub._on_packet,
    Piece: Hub._on_piece,
    RoundOver: Hub._on_round_over,
    TrackConfig: Hub._on_config,
    SourceStatus: Hub._on_source_status,
    TrackStats: Hub._on_stats,
}

_REACT: Final[dict[type, Callable[[Hub, Stream, Viewer, Any], None]]] = {
    messages.Hello: Hub._on_hello,
    messages.Ack: Hub._on_ack,
    messages.Listen: Hub._on_listen,
    messages.Watch: Hub._on_watch,
}
"""What more there is to a message than the viewer itself does with it."""
