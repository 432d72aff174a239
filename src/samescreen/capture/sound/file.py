"""The sound of a file whose pictures are shared, synchronised with them and a little ahead.

Runs on the sound track's thread. Opens the file a second time, so that it can read ahead of the
pictures. While nobody listens, that second copy is closed and no sound is decoded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

import av
import numpy as np
from av.container import InputContainer

from samescreen.capture.playhead import Place, Playhead
from samescreen.clock import clock_us
from samescreen.errors import SourceLost
from samescreen.media import BLOCK_FRAMES, BLOCK_US, SOUND_CHANNELS, SOUND_RATE, Samples, SoundBlock

from .base import SoundSource

LEAD_US: Final = 60_000
"""How much longer sound takes to be heard than a picture to be seen: the page's sound buffer and
its output, minus the time for grabbing, encoding and painting a picture."""

_LATE_US: Final = 60_000
_FAR_US: Final = 2_000_000
_GAP_US: Final = 30_000

Timed = tuple[int, Samples]
"""Where in the file a block of 10 ms begins, and its samples."""


class FileSound(SoundSource):
    """The sound of a file. `open_container` opens the file; `playhead` is that of its pictures."""

    backend = "file"

    def __init__(
        self, label: str, open_container: Callable[[], InputContainer], playhead: Playhead
    ) -> None:
        self.label = label
        self._open_container = open_container
        self._playhead = playhead
        self._container: InputContainer | None = None
        self._blocks: Iterator[Timed] = iter(())
        self._next: Timed | None = None
        self._pass_number = 0
        self._last_read_us = 0

    @property
    def is_open(self) -> bool:
        """Whether somebody listens. Any thread."""
        return self._container is not None

    def open(self) -> None:
        self.close()
        container = self._open_container()
        if not container.streams.audio:
            container.close()
            raise SourceLost(f"{self.label} has no sound in it")
        self._container = container
        self._next, self._pass_number = None, -1

    def read(self, timeout_us: int) -> SoundBlock | None:
        if self._container is None:
            raise SourceLost("the sound is not open")
        deadline_us = clock_us() + timeout_us
        while (now_us := clock_us()) < deadline_us:
            place = self._playhead.at(now_us + LEAD_US)
            block = None if place is None else self._block_for(place, self._container)
            if place is None or block is None:
                _sleep_until(min(now_us + BLOCK_US, deadline_us))
                continue
            early_us = block[0] - place.at_us
            if early_us > 0:
                _sleep_until(min(now_us + min(early_us, BLOCK_US), deadline_us))
                continue
            self._next, self._last_read_us = None, block[0]
            # The timestamp is that of the picture that the block belongs to.
            return SoundBlock(block[1], now_us + LEAD_US + early_us)
        return None

    def close(self) -> None:
        container, self._container = self._container, None
        self._blocks, self._next = iter(()), None
        if container is not None:
            container.close()

    def _block_for(self, place: Place, container: InputContainer) -> Timed | None:
        """The next block that is not too late, after a seek if needed; None: the sound ended."""
        if place.pass_number != self._pass_number or self._is_elsewhere(place):
            self._seek(place, container)
        while self._next is None or self._next[0] < place.at_us - _LATE_US:
            self._next = next(self._blocks, None)
            if self._next is None:
                return None
        return self._next

    def _is_elsewhere(self, place: Place) -> bool:
        """Whether to seek. A next block that is far ahead is no reason: the sound has a gap."""
        is_behind = self._next is not None and self._next[0] < place.at_us - _FAR_US
        return is_behind or place.at_us < self._last_read_us - _FAR_US

    def _seek(self, place: Place, container: InputContainer) -> None:
        stream = container.streams.audio[0]
        assert stream.time_base is not None
        try:
            container.seek(int(place.at_us / 1e6 / stream.time_base), stream=stream)
        except (av.FFmpegError, OSError) as error:
            raise SourceLost(f"the sound of {self.label} cannot be sought: {error}") from error
        self._pass_number, self._last_read_us = place.pass_number, place.at_us
        self._next = None
        self._blocks = _blocks_of(container, stream)


def _blocks_of(container: InputContainer, stream: av.AudioStream) -> Iterator[Timed]:
    """The blocks from the container's position to the end, or to damage that ends the sound."""
    resampler, ends_us, form_before = _resampler(), None, None
    for frame in _frames_of(container, stream):
        if frame.time is None:
            continue
        begins_us = round(frame.time * 1e6)
        form = frame.format.name, frame.layout.name, frame.sample_rate
        is_gap = ends_us is not None and abs(begins_us - ends_us) > _GAP_US
        if is_gap or form != form_before:  # broadcasts change between mono, stereo and more
            resampler, form_before = _resampler(), form
        ends_us = begins_us + frame.samples * 1_000_000 // frame.sample_rate
        for block in resampler.resample(frame):
            samples = block.to_ndarray().astype(np.float32, copy=False).reshape(-1, SOUND_CHANNELS)
            if block.time is not None and len(samples) == BLOCK_FRAMES:
                yield round(block.time * 1e6), samples


def _frames_of(container: InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame]:
    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                assert isinstance(frame, av.AudioFrame)
                yield frame
    except (av.FFmpegError, OSError):
        return


def _resampler() -> av.AudioResampler:
    return av.AudioResampler(
        format="flt", layout="stereo", rate=SOUND_RATE, frame_size=BLOCK_FRAMES
    )


def _sleep_until(until_us: int) -> None:
    time.sleep(max(0, until_us - clock_us()) / 1e6)
