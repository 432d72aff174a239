"""The publisher of a source of sound of this machine, and the stream that it brings.

Event loop. It knows no listener.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from samescreen.capture.sound.base import SoundSource
from samescreen.encode.opus import BITRATE_BPS, OpusEncoder, PcmEncoder, SoundEncoder
from samescreen.flow.rate import RateTarget
from samescreen.hub.events import SourceStatus
from samescreen.hub.publisher import MediaTrack
from samescreen.hub.stream import Stream
from samescreen.media import Rendition

from .audio_track import MAX_WAITING_SOUND, AudioTrack
from .bridge import ThreadBridge
from .thread_publisher import ThreadPublisher

NOT_HEARD_YET: Final = SourceStatus("waiting", "starting", "nobody has listened yet")
_TARGET: Final = RateTarget(BITRATE_BPS, 100)


def sound_stream(
    note: str, source: SoundSource, number: int, clock_us: Callable[[], int]
) -> Stream:
    """Start a stream of this sound, which is recorded while somebody listens.

    `number`: the track number of its packets. `note`: why it cannot be recorded yet; "" if it can.
    """
    status = SourceStatus("lost", "source-unavailable", note) if note else NOT_HEARD_YET
    publisher = LocalSound(source, number)
    stream = Stream("sound", "sound", publisher, clock_us, status=status)
    publisher.start(stream.deliver)
    return stream


class LocalSound(ThreadPublisher):
    """Publishes what one source of sound records, as track `number`."""

    def __init__(self, source: SoundSource, number: int) -> None:
        super().__init__(MediaTrack("sound", number), _TARGET, MAX_WAITING_SOUND)
        self._source = source

    def _make_thread(self, bridge: ThreadBridge) -> AudioTrack:
        return AudioTrack(self._source, bridge, partial(_encoder, self.tracks[0].number))


def _encoder(track: int, rendition: Rendition, sequence: int) -> SoundEncoder:
    make = OpusEncoder if rendition is Rendition.OPUS else PcmEncoder
    return make(track, sequence)
