"""What the viewers of a stream are told: what there is, how the source is, how it goes.

Event loop. Statistics are told in slices, for with many viewers packets must not wait for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from samescreen.flow.verdict import Evidence, limit_of
from samescreen.media import Limit, Rendition, TrackConfig
from samescreen.wire import messages
from samescreen.wire.messages import ToViewer, message_to_text
from samescreen.wire.packets import text_frame

from .slot import TrackStats
from .stream import Stream, ack_interval_ms
from .viewer import Viewer

TOLD_AT_ONCE: Final = 30


def tell(stream: Stream, message: ToViewer) -> None:
    """All who have been welcomed; the bytes are made once."""
    frame = text_frame(message_to_text(message))
    for viewer in stream.viewers.values():
        if viewer.session.is_open:
            viewer.send_frame(frame)


def show(stream: Stream, viewer: Viewer) -> None:
    """What one must know before the stream's first packet."""
    viewer.send(status_message(stream))
    for config in stream.configs.values():
        viewer.send(config_message(config))


def take_stats(stream: Stream, stats: TrackStats, now_us: int) -> None:
    """Statistics have come, of which viewers are to hear."""
    if stats == stream.stats:
        return  # at rest: nothing new to say, so nothing is sent
    stream.stats = stats
    if not stream.untold:  # otherwise some have not heard of the last ones yet
        stream.untold.extend(v for v in stream.viewers.values() if v.session.is_open)
    tell_stats(stream, now_us)


def tell_stats(stream: Stream, now_us: int) -> None:
    """Some of those who have yet to hear of them."""
    count = open_viewers(stream)
    for _ in range(min(TOLD_AT_ONCE, len(stream.untold))):
        viewer = stream.untold.popleft()
        if viewer.viewer_id in stream.viewers:
            viewer.acknowledge_every(ack_interval_ms(count))
            viewer.send_if_idle(stats_message(stream, viewer, count, now_us))


def open_viewers(stream: Stream) -> int:
    """How many have been welcomed."""
    return sum(viewer.session.is_open for viewer in stream.viewers.values())


def limit_on(stream: Stream, viewer: Viewer, now_us: int) -> Limit:
    """What limits this viewer's picture now."""
    rate = stream.rates[Rendition.LOW if viewer.rendition is Rendition.LOW else Rendition.MAIN]
    return limit_of(
        Evidence(
            hidden=viewer.session.hidden,
            stuck=viewer.outbox.is_stuck(now_us),
            link_is_narrow=viewer.has_narrow_link() or rate.is_lowered,
            decode_us=viewer.report.decode_us,
            encode_us=stream.stats.encode_us,
            fps=rate.aim.fps,
            cpu_percent=stream.cpu_percent,
        )
    )


def streams_message(streams: Iterable[Stream], watching: Stream) -> messages.Streams:
    """What there is to watch, and which of it this viewer is shown."""
    return messages.Streams(listed(streams), watching.stream_id)


def listed(streams: Iterable[Stream]) -> list[messages.Stream]:
    """The streams as viewers are told of them."""
    return [messages.Stream(each.stream_id, each.name, each.track) for each in streams]


def status_message(stream: Stream) -> messages.Status:
    """What became of the source."""
    status = stream.status
    return messages.Status(
        stream=stream.stream_id, state=status.state, reason=status.reason, detail=status.detail
    )


def config_message(config: TrackConfig) -> messages.Config:
    """What a decoder must know first."""
    return messages.config_of(config)


def stats_message(stream: Stream, viewer: Viewer, count: int, now_us: int) -> messages.Stats:
    """This viewer's statistics: the stream's and its own."""
    stats, outbox = stream.stats, viewer.outbox
    return messages.Stats(
        viewers=count,
        captured_fps=stats.captured_fps,
        encoded_fps=stats.encoded_fps,
        bitrate_bps=stats.bitrate_bps,
        capture=stream.status.backend,
        encoder=stats.encoder,
        encode_us=stats.encode_us,
        rendition=viewer.rendition or Rendition.MAIN,
        limit=limit_on(stream, viewer, now_us),
        ack_interval_ms=ack_interval_ms(count),
        rtt_us=outbox.window.rtt_us or 0,
        queue_us=outbox.window.queue_us,
        in_flight_bytes=outbox.window.in_flight_bytes,
        dropped=outbox.dropped,
        gated_us=outbox.gated_us(now_us),
    )
