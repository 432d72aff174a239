"""The messages in which a relay learns about a track: its state, its configurations, its figures.

Event loop. It sends nothing. A relay sends the same messages to the other relays on a bus.
"""

from __future__ import annotations

from samescreen.hub.events import RepairDone, SourceStatus, TrackStats
from samescreen.hub.subscriber import Notice, StatusChanged
from samescreen.media import TrackConfig
from samescreen.wire.publishing import Configure, Figures, Repaired, State

TrackNews = State | Configure | Figures | Repaired


def news_of(notice: Notice, number: int) -> TrackNews | None:
    """The message for this notice about track `number`; None: it concerns no viewer elsewhere."""
    if isinstance(notice, TrackConfig):
        return configure_of(notice, number)
    if isinstance(notice, StatusChanged):
        return state_of(notice.status, number)
    if isinstance(notice, TrackStats):
        return figures_of(notice, number)
    return Repaired(number) if isinstance(notice, RepairDone) else None


def state_of(status: SourceStatus, number: int) -> State:
    """The message that says how the source is."""
    return State(
        number,
        status.state,
        status.reason,
        status.detail,
        status.backend,
        list(status.notes[:16]),
    )


def configure_of(config: TrackConfig, number: int) -> Configure:
    """The message that says how packets of one rendition are coded."""
    return Configure(
        number,
        config.rendition,
        config.codec,
        config.codec_string,
        config.width,
        config.height,
        config.coded_width,
        config.coded_height,
        config.fps,
    )


def figures_of(stats: TrackStats, number: int) -> Figures:
    """The message that says what making the track took during the last second."""
    return Figures(
        number,
        stats.captured_fps,
        stats.encoded_fps,
        stats.bitrate_bps,
        stats.encode_us,
        stats.encoder,
        stats.main_bps,
    )
