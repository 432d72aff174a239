"""One speaker's Opus packets as samples, by libav. On the mixer's thread."""

from __future__ import annotations

from contextlib import suppress

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError

from samescreen.wire.talk import VOICE_FRAMES, VOICE_RATE

from .mix import Block


class OpusVoice:
    """A decoder; each speaker needs one of their own."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "r")
        assert isinstance(codec, AudioCodecContext)
        codec.sample_rate = VOICE_RATE
        codec.layout = "mono"
        self._codec = codec

    def decode(self, payload: bytes) -> Block | None:
        """20 ms of one channel; None: the packet cannot be decoded."""
        with suppress(FFmpegError, ValueError):
            for frame in self._codec.decode(av.Packet(payload)):
                samples = _first_channel(frame)
                if len(samples) >= VOICE_FRAMES:
                    return samples[-VOICE_FRAMES:]
        return None


def _first_channel(frame: av.AudioFrame) -> Block:
    """The samples of the first channel, in whatever form the decoder gives them."""
    planes = frame.to_ndarray()
    channels = 1 if frame.format.is_planar else len(frame.layout.channels)
    samples = planes[0][::channels]
    scale = np.float32(32768 if samples.dtype == np.int16 else 1)
    return np.asarray(samples / scale, np.float32)
