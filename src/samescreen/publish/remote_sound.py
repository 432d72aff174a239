"""The sound that a page publishes: Opus, of which this host makes samples for pages that need them.

Event loop. The packets have passed the gate. They are decoded here only while a page on plain http
listens, which has no decoder; that takes less than 1 % of a core.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError
from numpy.typing import NDArray

from samescreen.gate.profiles import Profile
from samescreen.hub.demand import Demand
from samescreen.hub.events import TrackEvent
from samescreen.media import BLOCK_FRAMES, BLOCK_US, SOUND_CHANNELS, SOUND_RATE, Packet, Rendition
from samescreen.wire.publishing import Offer

from .remote import RemotePublisher

_BLOCK_BYTES: Final = BLOCK_FRAMES * SOUND_CHANNELS * 2


def is_of_opus_alone(offer: Offer, profile: Profile) -> bool:
    """Whether a page offers Opus and no samples, as all do."""
    return offer.sounds == [Rendition.OPUS] and not profile.is_partial and not offer.sealed


class RemoteSound(RemotePublisher):
    """The track of such an offer."""

    _samples: OpusSamples | None = None
    _sequence = 0

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Pass on what comes, and ask for what is demanded."""
        super().start(partial(self._pass_on, deliver))

    def set_demand(self, demand: Demand) -> None:
        """Ask the page for Opus, whatever is demanded."""
        if Rendition.PCM in demand.renditions:
            self._samples = self._samples or OpusSamples()
            demand = replace(demand, renditions=frozenset({Rendition.OPUS}))
        else:
            self._samples = None
        super().set_demand(demand)

    def _pass_on(self, deliver: Callable[[TrackEvent], None], event: TrackEvent) -> None:
        deliver(event)
        if self._samples is None or not isinstance(event, Packet):
            return
        for number, block in enumerate(self._samples.take(event.payload)):
            deliver(
                replace(
                    event,
                    rendition=Rendition.PCM,
                    sequence=self._sequence,
                    pts_us=event.pts_us + number * BLOCK_US,
                    payload=block,
                )
            )
            self._sequence = (self._sequence + 1) % 2**32


class OpusSamples:
    """A decoder of one track."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "r")
        assert isinstance(codec, AudioCodecContext)
        codec.sample_rate = SOUND_RATE
        codec.layout = "stereo"
        self._codec = codec
        self._rest = b""

    def take(self, payload: bytes) -> list[bytes]:
        """The blocks of 10 ms that this packet completes: 16-bit little-endian, left and right."""
        with suppress(FFmpegError, ValueError):
            for frame in self._codec.decode(av.Packet(payload)):
                self._rest += _interleaved(frame)
        count = len(self._rest) // _BLOCK_BYTES
        whole, self._rest = self._rest[: count * _BLOCK_BYTES], self._rest[count * _BLOCK_BYTES :]
        return [whole[at : at + _BLOCK_BYTES] for at in range(0, len(whole), _BLOCK_BYTES)]


def _interleaved(frame: av.AudioFrame) -> bytes:
    samples: NDArray[Any] = frame.to_ndarray()
    if frame.format.is_planar:
        samples = samples.T
    if samples.dtype != np.int16:
        samples = (np.clip(samples, -1.0, 1.0) * 32767.0).round()
    return samples.astype("<i2").tobytes()
