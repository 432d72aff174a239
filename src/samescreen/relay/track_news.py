"""The messages in which a relay learns about a track: the offer, its state, its configurations, its
figures.

Event loop. It sends nothing. A relay sends the same messages to the other relays on a bus.
"""

from __future__ import annotations

from typing import Final

from samescreen.hub.events import RepairDone, SourceStatus, TrackStats
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Notice, StatusChanged
from samescreen.media import Rendition, TrackConfig
from samescreen.wire.publishing import (
    Configure,
    Figures,
    Offer,
    Repaired,
    State,
    StillCost,
    VideoCost,
)

TrackNews = State | Configure | Figures | Repaired
_SOUNDS: Final = (Rendition.OPUS, Rendition.PCM)


def offer_of(
    stream: Stream, number: int, sound: int | None, *, is_sealed: bool, takes_input: bool = False
) -> Offer:
    """The message that offers a stream as track `number`; `sound`: the number of its sound."""
    track = stream.publisher.tracks[0]
    stills = track.stills
    return Offer(
        number,
        stream.stream_id,
        stream.name,
        [
            VideoCost(rendition, target.bitrate_bps, target.fps)
            for rendition, target in sorted(track.targets.items())
        ],
        None if stills is None else StillCost(stills.quality, stills.fps),
        sound=sound,
        input=takes_input,
        sealed=is_sealed,
        passed_on=track.is_passed_on,
    )


def sound_offer_of(sound: Stream, number: int, *, is_sealed: bool) -> Offer:
    """The same for a sound; it comes before the streams that name it."""
    name = sound.name or "sound"
    return Offer(number, name, name, sounds=list(_SOUNDS), sealed=is_sealed)


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
