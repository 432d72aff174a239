"""The sound of live input, which is opened only once: it is read together with the pictures.

The thread that reads the pictures decodes the sound while somebody listens; the sound track's
thread takes it, each block when it is due.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import av
import numpy as np

from samescreen.clock import clock_us
from samescreen.errors import SourceLost
from samescreen.media import SOUND_CHANNELS, SOUND_RATE, Samples, SoundBlock

from .base import SoundSource
from .evened import EvenedSound

Form: TypeAlias = tuple[str, str, int]


class LiveSound(SoundSource):
    """The sound of the input `label`."""

    backend = "file"

    def __init__(self, label: str) -> None:
        self.label = label
        self._changed = threading.Condition()
        self._blocks: EvenedSound | None = None
        """Guarded by `_changed`; None: nobody listens."""
        # Of the thread that reads. A resampler has threads of its own: none while nobody listens.
        self._resampler: av.AudioResampler | None = None
        self._form: Form | None = None

    def open(self) -> None:
        with self._changed:
            self._blocks = EvenedSound()

    def close(self) -> None:
        with self._changed:
            self._blocks = None

    def read(self, timeout_us: int) -> SoundBlock | None:
        until_us = clock_us() + timeout_us
        with self._changed:
            while self._blocks is not None:
                now_us = clock_us()
                block = self._blocks.take(now_us)
                if block is not None or now_us >= until_us:
                    return block
                due_us = self._blocks.due_us()
                wait_us = until_us if due_us is None else min(due_us, until_us)
                self._changed.wait(max(0, wait_us - now_us) / 1e6)
        raise SourceLost("the sound is not open")

    def taken_from(
        self, packets: Iterable[av.Packet[Any]]
    ) -> Iterator[av.Packet[av.VideoStream]]:
        """Pass the packets of pictures on; decode those of sound while somebody listens."""
        try:
            for packet in packets:
                if packet.stream.type != "audio":
                    yield packet
                elif self._blocks is None:
                    self._resampler = None
                else:
                    self._take(packet)
        finally:
            self._resampler = None

    def _take(self, packet: av.Packet[av.AudioStream]) -> None:
        try:
            frames = packet.decode()
        except av.FFmpegError:
            return
        for frame in frames:
            assert isinstance(frame, av.AudioFrame)
            samples = self._resampled(frame)
            at_us = None if frame.time is None else round(frame.time * 1e6)
            with self._changed:
                if self._blocks is not None:
                    self._blocks.put(at_us, samples, clock_us())
                    self._changed.notify()

    def _resampled(self, frame: av.AudioFrame) -> Samples:
        form = frame.format.name, frame.layout.name, frame.sample_rate
        if self._resampler is None or form != self._form:  # broadcasts change their form
            self._form = form
            self._resampler = av.AudioResampler(format="flt", layout="stereo", rate=SOUND_RATE)
        pieces = [each.to_ndarray().reshape(-1) for each in self._resampler.resample(frame)]
        samples = np.concatenate(pieces) if pieces else np.zeros(0)
        return samples.astype(np.float32, copy=False).reshape(-1, SOUND_CHANNELS)
