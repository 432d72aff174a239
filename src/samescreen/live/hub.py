"""Fan-out: one packet to every viewer of its stream, each in its own time.

Runs on the event loop and owns the viewers. Nothing on a packet's way awaits. A packet's bytes,
WebSocket header included, are built once and written to every transport.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from samescreen.errors import ProtocolError, VersionMismatch
from samescreen.flow.rate import Aim, rates_within
from samescreen.media import Packet, PacketKind, Rendition, TrackConfig
from samescreen.wire import messages
from samescreen.wire.messages import ToViewer, message_to_text
from samescreen.wire.packets import text_frame

from .framed import FramedPacket
from .refinement import (
    ask_for_missed,
    end_round,
    hand_out_piece,
    release_refining,
    stop_refining_if_full,
)
from .slot import Piece, RoundOver, SourceStatus, TrackEvent, TrackStats
from .sound_feed import move_ears
from .steering import release_hold, settle_fallen, steer, update_hold, welcome_path
from .stills import StillReader
from .stream import (
    RISE_SPACING_US,
    STARTING,
    Stream,
    ack_interval_ms,
    config_message,
    listed,
    stats_message,
    status_message,
    streams_message,
)
from .viewer import Transport, Viewer

CLOSE_STOPPING: Final = 1001
CLOSE_STALLED: Final = 4408
CLOSE_FULL: Final = 4429
TOLD_AT_ONCE: Final = 30
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
        stream = Stream(stream_id, name, track, rates_within(ceiling))
        self.streams[stream_id] = stream
        return stream

    def find(self, stream_id: str) -> Stream | None:
        """The stream of that id, the first for an empty one; None: there is no such stream."""
        if not stream_id:
            return next(iter(self.streams.values()))
        return self.streams.get(stream_id)

    def rename(self, stream: Stream, name: str, track: int) -> None:
        """Another source is about to take this stream over; everybody is told."""
        stream.name, stream.track = name, track
        stream.configs.clear()
        stream.status = STARTING
        stream.is_repeating = False
        for each in self.streams.values():
            self._tell(each, streams_message(self.streams.values(), each))
        self._tell(stream, status_message(stream))

    def start_afresh(self, stream: Stream) -> None:
        """The stream has another track: nobody has seen anything of it."""
        for viewer in stream.viewers.values():
            viewer.turn_to(stream.track, self._clock_us())
        self._update_demand(stream)

    def deliver(self, stream: Stream, event: TrackEvent) -> None:
        """Take what a track posted."""
        _DELIVER[type(event)](self, stream, event)

    # Viewers

    def join(self, address: str, transport: Transport) -> Viewer:
        """A connection was let in. It is shown nothing before its hello."""
        self._joined += 1
        stream = next(iter(self.streams.values()))
        viewer = Viewer(
            f"v{self._joined}",
            address,
            transport,
            lambda: self._ask_for(self._stream_of(viewer), viewer),
            self._clock_us(),
        )
        viewer.session.track = stream.track
        stream.viewers[viewer.viewer_id] = viewer
        return viewer

    def receive(self, viewer: Viewer, text: str) -> None:
        """One message of a viewer; a viewer that breaks the protocol is closed, with words."""
        if not any(viewer.viewer_id in stream.viewers for stream in self.streams.values()):
            return  # dismissed, and had this on its way
        try:
            message = viewer.receive(text, self._clock_us())
        except ProtocolError as error:
            self.refuse(viewer, error)
            return
        if type(message) is messages.Ack:  # nearly all of them
            stream = self._stream_of(viewer)
            release_hold(stream, viewer)
            release_refining(stream, viewer)
        elif isinstance(message, messages.Hello) and self._connections() > self._max_viewers:
            detail = f"{self._max_viewers} are watching already, and no more may"
            self._dismiss(viewer, CLOSE_FULL, "full", detail)
        elif isinstance(message, messages.Hello):
            self._move(viewer, message.stream)
            if self._stream_of(viewer).stats.main_bps > HEAVY_BPS:
                viewer.begin_with_a_still()
            self._welcome(viewer)
        elif isinstance(message, messages.Listen):
            if (sound := self._stream_of(viewer).sound) is not None:
                sound.listen(viewer)
        elif isinstance(message, messages.Watch):
            self._turn(viewer, message.stream)

    def refuse(self, viewer: Viewer, error: ProtocolError) -> None:
        """A viewer broke the protocol: say so, and close."""
        reason = "version" if isinstance(error, VersionMismatch) else "protocol"
        self._dismiss(viewer, error.close_code, reason, str(error))

    def leave(self, viewer: Viewer) -> None:
        """The connection is gone; may be called twice."""
        for stream in self.streams.values():
            if viewer.viewer_id in stream.viewers:
                self._forget(stream, viewer)
                if stream.sound is not None:
                    stream.sound.leave(viewer)
                self.on_leave(viewer)

    def _forget(self, stream: Stream, viewer: Viewer) -> None:
        del stream.viewers[viewer.viewer_id]
        stream.stuck.discard(viewer.viewer_id)
        self._update_demand(stream)
        update_hold(stream)

    def viewer_count(self) -> int:
        """Viewers that have said hello, and readers of stills."""
        streams = self.streams.values()
        return sum(self._open_viewers(s) + len(s.stills.readers) for s in streams)

    def _connections(self) -> int:
        """All that were let in, silent ones included."""
        return sum(len(stream.viewers) for stream in self.streams.values())

    def tick(self) -> None:
        """A few times a second: lanes, rates, and viewers that have stalled."""
        now_us = self._clock_us()
        for stream in self.streams.values():
            for viewer in list(stream.viewers.values()):
                if viewer.outbox.is_stalled(now_us):
                    detail = "nothing was acknowledged for ten seconds"
                    self._dismiss(viewer, CLOSE_STALLED, "stalled", detail)
                else:
                    self._watch(stream, viewer, now_us)
            self._update_demand(stream)
            self._tell_stats(stream, now_us)
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
                self._dismiss(viewer, CLOSE_STOPPING, "stopping", detail)

    def _welcome(self, viewer: Viewer) -> None:
        stream = self._stream_of(viewer)
        interval_ms = ack_interval_ms(len(stream.viewers))
        viewer.acknowledge_every(interval_ms)
        viewer.send(
            messages.Welcome(
                version=messages.PROTOCOL_VERSION,
                viewer=viewer.viewer_id,
                host=self._host_name,
                ack_interval_ms=interval_ms,
                streams=listed(self.streams.values()),
                watching=stream.stream_id,
            )
        )
        self._show(stream, viewer)
        move_ears(viewer, None, stream.sound)
        self._ask_for(stream, viewer)
        self.on_join(viewer)

    def _show(self, stream: Stream, viewer: Viewer) -> None:
        """What must be known before the stream's first packet."""
        viewer.send(status_message(stream))
        for config in stream.configs.values():
            viewer.send(config_message(config))

    def _turn(self, viewer: Viewer, stream_id: str) -> None:
        """It asks to watch another stream from now on."""
        before = self._stream_of(viewer)
        if self._move(viewer, stream_id):
            stream = self._stream_of(viewer)
            viewer.send(streams_message(self.streams.values(), stream))
            self._show(stream, viewer)
            viewer.turn_to(stream.track, self._clock_us())
            move_ears(viewer, before.sound, stream.sound)

    def _move(self, viewer: Viewer, stream_id: str) -> bool:
        """Let it watch that stream; False where it does already, or there is no such stream."""
        before, stream = self._stream_of(viewer), self.find(stream_id)
        if stream is None or stream is before:
            return False
        self._forget(before, viewer)
        stream.viewers[viewer.viewer_id] = viewer
        viewer.session.track = stream.track
        return True

    def _stream_of(self, viewer: Viewer) -> Stream:
        return next(s for s in self.streams.values() if viewer.viewer_id in s.viewers)

    def _ask_for(self, stream: Stream, viewer: Viewer) -> None:
        """Have made for this viewer what it cannot go on without."""
        welcome_path(stream, viewer, self._clock_us())
        wants = viewer.wants()
        if stream.slot is not None and wants:
            # Before the demand, which wakes the track: it must know all it is to do at once.
            stream.slot.ask(*wants)
        if stream.slot is None or viewer.rendition not in stream.slot.renditions:
            self._update_demand(stream)

    async def next_still(self, stream: Stream) -> Packet:
        """A still of the picture as it is now; cancel it to stop waiting."""
        waiting: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()
        stream.awaiting_still.append(waiting)
        self._update_demand(stream)
        if stream.slot is not None:
            stream.slot.ask(Rendition.JPEG)
        try:
            return await waiting
        finally:
            if waiting in stream.awaiting_still:
                stream.awaiting_still.remove(waiting)
            self._update_demand(stream)

    @contextmanager
    def reading_stills(
        self, stream: Stream, address: str, abort: Callable[[], None]
    ) -> Iterator[StillReader]:
        """Somebody reads stills inside; the first is of the picture as it is."""
        reader = StillReader(address, abort)
        stream.stills.readers.append(reader)
        if stream.slot is not None:
            stream.slot.ask(Rendition.JPEG)
        self._update_demand(stream)
        update_hold(stream)
        try:
            yield reader
        finally:
            stream.stills.readers.remove(reader)
            self._update_demand(stream)
            update_hold(stream)

    def _hand_out(self, stream: Stream, still: Packet) -> None:
        for waiting in stream.awaiting_still:
            if not waiting.done():
                waiting.set_result(still)
        stream.awaiting_still.clear()
        stream.stills.offer(still)

    def _update_demand(self, stream: Stream) -> None:
        wanted = {viewer.rendition for viewer in stream.viewers.values()}
        if stream.awaiting_still or stream.stills.readers:
            wanted.add(Rendition.JPEG)
        if stream.slot is not None:
            stream.slot.wish_renditions(frozenset(r for r in wanted if r is not None))

    def _dismiss(self, viewer: Viewer, code: int, reason: Any, detail: str) -> None:
        viewer.send_if_idle(messages.Bye(reason=reason, detail=detail))
        viewer.close(code, reason)
        self.leave(viewer)

    # Tracks

    def _on_packet(self, stream: Stream, packet: Packet) -> None:
        if packet.kind is PacketKind.STILL:
            self._hand_out(stream, packet)
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
        self._tell(stream, config_message(config))

    def _on_source_status(self, stream: Stream, status: SourceStatus) -> None:
        stream.status = status
        self._tell(stream, status_message(stream))
        self._on_status(stream)

    def _on_stats(self, stream: Stream, stats: TrackStats) -> None:
        if stats == stream.stats:
            return  # at rest: nothing new to say, so nothing is sent
        stream.stats = stats
        if not stream.untold:  # otherwise some have not heard of the last ones yet
            stream.untold.extend(v for v in stream.viewers.values() if v.session.is_open)
        self._tell_stats(stream, self._clock_us())

    def _tell_stats(self, stream: Stream, now_us: int) -> None:
        """To some of those who have yet to hear of them: packets must not wait for all."""
        count = self._open_viewers(stream)
        for _ in range(min(TOLD_AT_ONCE, len(stream.untold))):
            viewer = stream.untold.popleft()
            if viewer.viewer_id in stream.viewers:
                viewer.acknowledge_every(ack_interval_ms(count))
                viewer.send_if_idle(stats_message(stream, viewer, count, now_us))

    def _watch(self, stream: Stream, viewer: Viewer, now_us: int) -> None:
        """One viewer, a few times a second: its lane, and whether anything gets through."""
        is_stuck = viewer.outbox.is_stuck(now_us)
        if is_stuck != (viewer.viewer_id in stream.stuck):
            stream.stuck ^= {viewer.viewer_id}
            stream.untold.appendleft(viewer)
        may_rise = now_us == stream.risen_us or now_us - stream.risen_us >= RISE_SPACING_US
        if viewer.watch_link(stream.stats.main_bps, now_us, may_rise=may_rise):
            stream.risen_us = now_us
        if viewer.is_ready_again():
            self._ask_for(stream, viewer)

    def _tell(self, stream: Stream, message: ToViewer) -> None:
        frame = text_frame(message_to_text(message))
        for viewer in stream.viewers.values():
            if viewer.session.is_open:
                viewer.send_frame(frame)

    def _open_viewers(self, stream: Stream) -> int:
        return sum(viewer.session.is_open for viewer in stream.viewers.values())


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
