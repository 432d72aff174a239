"""The publisher of one source of sound of this machine, and the stream that it brings.

Runs on the event loop. It encodes nothing itself and knows no listener.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from samescreen.capture.sound.base import SoundSource
from samescreen.encode.opus import BITRATE_BPS, OpusEncoder, PcmEncoder, SoundEncoder
from samescreen.flow.rate import RateTarget
from samescreen.hub.demand import Demand
from samescreen.hub.events import SourceStatus, TrackEvent
from samescreen.hub.publisher import MediaTrack
from samescreen.hub.stream import Stream
from samescreen.media import Rendition

from .audio_track import MAX_WAITING_SOUND, AudioTrack
from .bridge import ThreadBridge
from .ending import has_ended

_log = logging.getLogger(__name__)

NOT_HEARD_YET: Final = SourceStatus("waiting", "starting", "nobody has listened yet")
_TARGET: Final = RateTarget(BITRATE_BPS, 100)


def sound_stream(
    note: str, source: SoundSource, number: int, clock_us: Callable[[], int]
) -> Stream:
    """A stream of this sound, which is recorded while somebody listens.

    `number` is the track its packets carry; `note` says why it cannot be heard yet, if so.
    """
    status = SourceStatus("lost", "source-unavailable", note) if note else NOT_HEARD_YET
    publisher = LocalSound(source, number)
    stream = Stream("sound", "sound", publisher, clock_us, status=status)
    publisher.start(stream.deliver)
    return stream


class LocalSound:
    """A thread that records and encodes one source."""

    control = None

    def __init__(self, source: SoundSource, number: int) -> None:
        self.tracks = (MediaTrack("sound", number),)
        self._deliver: Callable[[TrackEvent], None] = _ignore
        self._bridge = ThreadBridge(
            asyncio.get_running_loop(),
            lambda event: self._deliver(event),
            _TARGET,
            MAX_WAITING_SOUND,
        )
        self._track = AudioTrack(source, self._bridge, partial(_encoder, number))

    @property
    def loop_lag_us(self) -> int:
        """How long events lately waited for the event loop."""
        return self._bridge.loop_lag_us

    @property
    def dropped(self) -> int:
        """Packets that never reached the hub because the event loop was held up."""
        return self._bridge.dropped

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Record from now on, whenever somebody listens."""
        self._deliver = deliver
        self._track.start()

    def set_demand(self, demand: Demand) -> None:
        """Record these renditions; none: nothing."""
        self._bridge.set_demand(demand)

    async def close(self) -> None:
        """Nothing is recorded any more; takes a second at most."""
        self._deliver = _ignore
        self._bridge.stop()
        if not await has_ended(self._track.join):
            _log.error("the sound did not end in time; leaving it behind")


def _ignore(event: TrackEvent) -> None:
    """The last words of a sound that has ended."""


def _encoder(track: int, rendition: Rendition, sequence: int) -> SoundEncoder:
    make = OpusEncoder if rendition is Rendition.OPUS else PcmEncoder
    return make(track, sequence)
