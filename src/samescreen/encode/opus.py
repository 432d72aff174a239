"""Sound as packets: Opus through libopus, and plain samples for pages that cannot decode Opus.

Runs on the sound track's thread.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError

from samescreen.errors import EncodeError
from samescreen.media import (
    BLOCK_FRAMES,
    SOUND_RATE,
    Damage,
    Packet,
    PacketKind,
    Rendition,
    SoundBlock,
)

BITRATE_BPS: Final = 96_000
_FULL_SCALE: Final = 32767.0


class SoundEncoder(ABC):
    """Makes one packet of each block, numbered from `sequence` on."""

    rendition: Rendition

    def __init__(self, track: int, sequence: int = 0) -> None:
        self._track = track
        self._sequence = sequence

    @property
    def sequence(self) -> int:
        """The sequence number of the next packet."""
        return self._sequence

    def encode(self, block: SoundBlock) -> Packet:
        """One block as one packet.

        Raises:
            EncodeError: the codec refused.
        """
        packet = Packet(
            kind=PacketKind.AUDIO,
            rendition=self.rendition,
            track=self._track,
            sequence=self._sequence,
            pts_us=block.pts_us,
            is_keyframe=True,
            damage=Damage.ALL,
            payload=self._payload(block),
        )
        self._sequence = (self._sequence + 1) % 2**32
        return packet

    @abstractmethod
    def _payload(self, block: SoundBlock) -> bytes: ...


class PcmEncoder(SoundEncoder):
    """16-bit little-endian samples, left and right alternating: 1.5 Mbit/s."""

    rendition = Rendition.PCM

    def _payload(self, block: SoundBlock) -> bytes:
        return (np.clip(block.samples, -1.0, 1.0) * _FULL_SCALE).round().astype("<i2").tobytes()


class OpusEncoder(SoundEncoder):
    """Opus with low delay: packets of 10 ms, a look-ahead of 2.5 ms."""

    rendition = Rendition.OPUS

    def __init__(self, track: int, sequence: int = 0) -> None:
        super().__init__(track, sequence)
        self._codec = _open_codec()
        self._pts = 0

    def _payload(self, block: SoundBlock) -> bytes:
        flat = np.ascontiguousarray(np.clip(block.samples, -1.0, 1.0)).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(flat, format="flt", layout="stereo")
        frame.sample_rate = SOUND_RATE
        frame.pts = self._pts
        self._pts += BLOCK_FRAMES
        try:
            return _single(bytes(packet) for packet in self._codec.encode(frame))
        except FFmpegError as error:
            raise EncodeError(f"libopus refused the sound: {error}") from error


def _open_codec() -> AudioCodecContext:
    try:
        codec = av.CodecContext.create("libopus", "w")
        assert isinstance(codec, AudioCodecContext)
        codec.sample_rate = SOUND_RATE
        codec.layout = "stereo"
        codec.format = "flt"
        codec.bit_rate = BITRATE_BPS
        codec.time_base = Fraction(1, SOUND_RATE)
        codec.options = {"application": "lowdelay", "frame_duration": "10", "vbr": "on"}
        codec.open()
    except (FFmpegError, ValueError) as error:
        raise EncodeError(f"libopus does not open: {error}") from error
    return codec


def _single(payloads: Iterable[bytes]) -> bytes:
    """The one packet that Opus makes of one frame of its own size."""
    (payload,) = payloads
    return payload
