"""The samples of Opus packets, through libopus. Any thread; a decoder belongs to one track."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError
from numpy.typing import NDArray

from samescreen.media import BLOCK_FRAMES, SOUND_CHANNELS, SOUND_RATE

_BLOCK_BYTES: Final = BLOCK_FRAMES * SOUND_CHANNELS * 2


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
