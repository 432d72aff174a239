"""Opus as AAC, which streaming servers take. Runs in the program that sends."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

import av
from av.error import FFmpegError

from samescreen.media import SOUND_RATE
from samescreen.record.sound_line import Sound, silence

_FRAME: Final = Fraction(1, SOUND_RATE)
BITS_PER_S: Final = 128_000
DELAY: Final = 1024
"""In frames: AAC's encoder begins so much before the first sound. Everything is shifted by it."""


class AacLine:
    """Decodes the Opus packets of a sound line and encodes them for `stream`, an AAC stream."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._decoder: Any = av.CodecContext.create("opus", "r")
        self._decoder.sample_rate = SOUND_RATE
        self._decoder.layout = "stereo"

    def take(self, sound: Sound) -> Iterator[Any]:
        """The AAC packets that this sound completes. What cannot be decoded becomes silence."""
        try:
            frames = self._decoder.decode(av.Packet(sound.payload))
        except FFmpegError:
            frames = self._decoder.decode(av.Packet(silence(sound.frames // 480)))
        at = sound.at + DELAY
        for frame in frames:
            frame.pts, frame.time_base = at, _FRAME
            at += frame.samples
            yield from self._stream.encode(frame)
