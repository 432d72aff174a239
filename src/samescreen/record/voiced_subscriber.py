"""Sound of recordings and outputs while people speak: the stream's and voices as one. Event loop.

While nobody speaks, the packets of the stream's sound pass as they are. Otherwise this module
decodes them, adds the mixed voices and encodes both: 1 ms of the loop for each 20 ms of speech.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from samescreen.encode.opus import OpusEncoder
from samescreen.encode.opus_samples import OpusSamples
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Ending
from samescreen.hub.voices import Voices
from samescreen.media import (
    BLOCK_FRAMES,
    BLOCK_US,
    SOUND_CHANNELS,
    Packet,
    Rendition,
    Samples,
    SoundBlock,
)

from .keyframes import KeyframeRule
from .subscriber import Sink, StreamSubscriber
from .timeline import Arrived

SILENT_US: Final = 200_000
"""Voices have ended when none came for so long."""

_VOICE_US: Final = 20_000
_APART_US: Final = 60_000
_MOST_WAITING: Final = 20
_FULL_SCALE: Final = np.float32(32768.0)
_SILENCE: Final[Samples] = np.zeros((BLOCK_FRAMES, SOUND_CHANNELS), np.float32)


class VoicedSubscriber(StreamSubscriber):
    """Subscribes `sink` to the stream and to the voices; otherwise as a `StreamSubscriber`."""

    def __init__(
        self,
        stream: Stream,
        sink: Sink,
        voices: Voices,
        clock_us: Callable[[], int],
        on_end: Callable[[], None],
        keyframes: KeyframeRule | None = None,
    ) -> None:
        self._voices = voices
        self._voiced = VoicedSink(sink, clock_us)
        super().__init__(stream, self._voiced, clock_us, on_end, keyframes)
        voices.take_mix(self._voiced.spoke)

    def leave(self) -> None:
        self._voices.leave_mix(self._voiced.spoke)
        super().leave()

    def close(self, reason: Ending) -> None:
        self._voices.leave_mix(self._voiced.spoke)
        super().close(reason)


class VoicedSink:
    """Hands everything to `inner`, with the voices that `spoke` brings in its sound."""

    def __init__(self, inner: Sink, clock_us: Callable[[], int]) -> None:
        self._inner = inner
        self._clock_us = clock_us
        self._spoke_us = -SILENT_US
        self._ends_us = 0
        """Where the mixed sound up to now ends."""
        self._encoder: OpusEncoder | None = None
        self._decoder: OpusSamples | None = None
        self._waiting: list[Samples] = []
        """Blocks of the stream's sound for the next voices."""

    def take(self, arrived: Arrived) -> None:
        """The next packet or configuration."""
        what = arrived.what
        is_sound = isinstance(what, Packet) and what.rendition is Rendition.OPUS
        if not is_sound or not isinstance(what, Packet):
            self._inner.take(arrived)
        elif arrived.at_us - self._spoke_us >= SILENT_US:
            self._rest()
            self._inner.take(arrived)
        else:
            self._keep(what.payload)

    def needs_keyframe(self, now_us: int) -> bool:
        """The inner sink can go on with a keyframe only."""
        return self._inner.needs_keyframe(now_us)

    def spoke(self, samples: bytes) -> None:
        """20 ms of the mixed voices: 16-bit little-endian, one channel, 48 kHz."""
        now_us = self._clock_us()
        if now_us - self._spoke_us >= SILENT_US:
            self._rest()
        self._spoke_us = now_us
        began_us = now_us - _VOICE_US
        if abs(began_us - self._ends_us) > _APART_US:
            self._ends_us = began_us
        voices = np.frombuffer(samples, "<i2").astype(np.float32) / _FULL_SCALE
        for at in range(0, len(voices) - BLOCK_FRAMES + 1, BLOCK_FRAMES):
            self._mix(voices[at : at + BLOCK_FRAMES], now_us)

    def _mix(self, voices: Samples, now_us: int) -> None:
        below = self._waiting.pop(0) if self._waiting else _SILENCE
        self._encoder = self._encoder or OpusEncoder(0)
        block = SoundBlock(np.clip(below + voices[:, None], -1.0, 1.0), self._ends_us)
        self._ends_us += BLOCK_US
        self._inner.take(Arrived(self._encoder.encode(block), now_us))

    def _keep(self, payload: bytes) -> None:
        self._decoder = self._decoder or OpusSamples()
        for block in self._decoder.take(payload):
            pairs = np.frombuffer(block, "<i2").reshape(BLOCK_FRAMES, SOUND_CHANNELS)
            self._waiting.append(pairs.astype(np.float32) / _FULL_SCALE)
        del self._waiting[:-_MOST_WAITING]

    def _rest(self) -> None:
        """Nobody speaks: the codecs begin anew with the next voice."""
        self._encoder = self._decoder = None
        self._waiting.clear()
