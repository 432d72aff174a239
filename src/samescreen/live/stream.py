"""One source, live: what is known of it, who watches, and how both are told to viewers.

Event loop; the hub owns it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from samescreen.flow.rate import RateControl
from samescreen.flow.stills import StillAim
from samescreen.flow.verdict import Evidence, limit_of
from samescreen.media import Limit, Packet, Rendition, TrackConfig
from samescreen.wire import messages

from .slot import Slot, SourceStatus, TrackStats
from .sound_feed import SoundFeed
from .stills import StillFeed
from .viewer import Viewer

STARTING: Final = SourceStatus("waiting", "starting", "the screen is being opened")
_ACK_INTERVALS: Final = (
    (10, 20), (50, 50), (200, 100), (350, 300), (10**9, 500),
)  # (viewers up to, ms)  # fmt: skip
RISE_SPACING_US: Final = 4_000_000
_NO_STATS: Final = TrackStats(0, 0, 0, 0, "")


@dataclass(slots=True)
class Stream:
    """One source, live: what is known of it, and who watches."""

    stream_id: str
    name: str
    track: int
    rates: dict[Rendition, RateControl]
    slot: Slot | None = None
    status: SourceStatus = STARTING
    stats: TrackStats = _NO_STATS
    configs: dict[Rendition, TrackConfig] = field(default_factory=dict)
    viewers: dict[str, Viewer] = field(default_factory=dict)
    cpu_percent: float = 0.0
    untold: deque[Viewer] = field(default_factory=deque)
    """Who has yet to hear of `stats`: with many viewers they are told in slices."""

    risen_us: int = -RISE_SPACING_US
    """When viewers went up from low last: together, for each time costs all a keyframe."""

    stuck: set[str] = field(default_factory=set)
    """Ids of viewers that were told that their connection is stuck."""

    roomy: Viewer | None = None
    """Had room for a piece of refinement when that was asked last."""

    is_repeating: bool = False
    """Pieces of refinement that viewers missed are being made again."""

    awaiting_still: list[asyncio.Future[Packet]] = field(default_factory=list)
    stills: StillFeed = field(default_factory=lambda: StillFeed(StillAim()))
    sound: SoundFeed | None = None
    """What is heard with it; several streams may share one."""


def ack_interval_ms(viewers: int) -> int:
    """How often each may acknowledge: what all of them cost together stays bounded."""
    return next(interval for limit, interval in _ACK_INTERVALS if viewers <= limit)


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
    return messages.Config(
        track=config.track,
        rendition=config.rendition,
        codec=config.codec,
        codec_string=config.codec_string,
        width=config.width,
        height=config.height,
        coded_width=config.coded_width,
        coded_height=config.coded_height,
        fps=config.fps,
    )


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
