"""One source of sound, shared: its track started and ended, its feed for streams to be heard with.

Runs on the event loop. It encodes nothing and knows no viewer.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Final

from samescreen.capture.sound.base import SoundSource
from samescreen.encode.opus import BITRATE_BPS, OpusEncoder, PcmEncoder, SoundEncoder
from samescreen.flow.rate import Aim
from samescreen.hub.events import SourceStatus
from samescreen.media import Rendition
from samescreen.publish.audio_track import MAX_WAITING_SOUND, AudioTrack
from samescreen.publish.bridge import ThreadBridge
from samescreen.publish.ending import has_ended

from .sound_feed import SoundFeed

_log = logging.getLogger(__name__)

_NOT_HEARD_YET: Final = SourceStatus("waiting", "starting", "nobody has listened yet")
_AIM: Final = Aim(BITRATE_BPS, 100)


class SharedSound:
    """`track` is the number its packets carry; `note` says why it cannot be heard yet."""

    def __init__(self, source: SoundSource, track: int, note: str = "") -> None:
        status = SourceStatus("lost", "source-unavailable", note) if note else _NOT_HEARD_YET
        self._feed = SoundFeed(track, status)
        self._bridge = ThreadBridge(
            asyncio.get_running_loop(), self._feed.deliver, _AIM, MAX_WAITING_SOUND
        )
        self._feed.bridge = self._bridge
        self._track = AudioTrack(source, self._bridge, partial(_encoder, track))

    def start(self) -> SoundFeed:
        """Record from now on, whenever somebody listens to the feed."""
        self._track.start()
        return self._feed

    async def end(self) -> None:
        """Nothing is recorded any more; takes a second at most."""
        self._bridge.stop()
        if not await has_ended(self._track.join):
            _log.error("the sound did not end in time; leaving it behind")


def _encoder(track: int, rendition: Rendition, sequence: int) -> SoundEncoder:
    make = OpusEncoder if rendition is Rendition.OPUS else PcmEncoder
    return make(track, sequence)
