"""Sound that comes on a thread of its own, in pieces of any length: cut into blocks, newest first.

`SoundMailbox` is the crossing and may be used from any thread; all else runs on the track's thread.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

import numpy as np

from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost
from samescreen.media import BLOCK_FRAMES, BLOCK_US, SOUND_CHANNELS, Samples, SoundBlock

from .base import SoundSource

MOST_WAITING: Final = 20
"""Blocks, 200 ms: when more wait, the reader was held up, and only the newest is of use."""


class SoundMailbox:
    """Takes what one opening of a source captures; what comes for an earlier one is lost."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        """Nobody will read again."""
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._waiting: deque[SoundBlock] = deque()
        self._rest: Samples = np.zeros((0, SOUND_CHANNELS), dtype=np.float32)
        self._lost: CaptureError | None = None
        self.heard_us = clock_us()
        """When sound, silence included, came last."""
        self.dropped = 0
        """Blocks that nobody took in time."""

    def put(self, samples: Samples) -> None:
        """Hand over what was recorded up to now: frames × 1 or 2 channels (more: the first two)."""
        stereo = as_stereo(samples)
        now_us = clock_us()
        with self._changed:
            self.heard_us = now_us
            whole = np.concatenate((self._rest, stereo))
            count = len(whole) // BLOCK_FRAMES
            self._rest = whole[count * BLOCK_FRAMES :]
            ended_us = now_us - len(self._rest) * BLOCK_US // BLOCK_FRAMES
            for at in range(count):
                block = whole[at * BLOCK_FRAMES : (at + 1) * BLOCK_FRAMES]
                self._waiting.append(SoundBlock(block, ended_us - (count - at) * BLOCK_US))
            if len(self._waiting) > MOST_WAITING:
                self.dropped += len(self._waiting) - 1
                self._waiting = deque([self._waiting[-1]])
            self._changed.notify()

    def lose(self, error: CaptureError) -> None:
        """No more sound will come, and why; the first reason counts."""
        with self._changed:
            self._lost = self._lost or error
            self._changed.notify()

    def take(self, timeout_us: int) -> SoundBlock | None:
        """The next block; None when none came in time.

        Raises:
            CaptureError: none will come.
        """
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting or self._lost), timeout_us / 1e6)
            if self._waiting:
                return self._waiting.popleft()
            if self._lost is not None:
                raise self._lost
            return None


class DeliveredSound(SoundSource):
    """The half that such sources share; theirs are `open` and `close`."""

    silent_us: int | None = None
    """Nothing at all for so long, not even silence, and the source counts as lost; None: never."""

    def __init__(self) -> None:
        self._delivery: SoundMailbox | None = None

    def _begin(self) -> SoundMailbox:
        """For `open`: where the sound shall go from here on."""
        self._end()
        self._delivery = SoundMailbox()
        return self._delivery

    def _end(self) -> None:
        """For `close`."""
        if self._delivery is not None:
            self._delivery.closed.set()
        self._delivery = None

    def read(self, timeout_us: int) -> SoundBlock | None:
        delivery = self._delivery
        if delivery is None:
            raise SourceLost("the sound is not open")
        block = delivery.take(timeout_us)
        quiet_us = clock_us() - delivery.heard_us
        if block is None and self.silent_us is not None and quiet_us > self.silent_us:
            raise SourceLost(f"{self.label} gives no sound any more: is it unplugged?")
        return block


def as_stereo(samples: Samples) -> Samples:
    """The same in two channels: one is heard on both sides, of more the first two."""
    channels = np.atleast_2d(samples.T)[:SOUND_CHANNELS]
    both = channels if len(channels) == SOUND_CHANNELS else np.repeat(channels, 2, axis=0)
    return np.ascontiguousarray(both.T, dtype=np.float32)
