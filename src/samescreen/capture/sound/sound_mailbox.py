"""Sources of sound whose samples arrive on another thread, in pieces of any length.

A `SoundMailbox` cuts the samples into blocks of 10 ms and carries them to the sound track's thread;
any thread may use it. Everything else runs on the sound track's thread.
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
"""Blocks, 200 ms. When more wait, the track was late: the mailbox drops all but the newest."""


class SoundMailbox:
    """A queue of the blocks of one opening of a source. The next opening gets a new mailbox."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        """Set when nobody will take a block any more."""
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._waiting: deque[SoundBlock] = deque()
        self._rest: Samples = np.zeros((0, SOUND_CHANNELS), dtype=np.float32)
        self._lost: CaptureError | None = None
        self.last_put_us = clock_us()
        """When samples came last, those of silence included."""
        self.dropped = 0
        """Blocks that the track did not take in time."""

    def put(self, samples: Samples) -> None:
        """Put what was recorded up to now: float32, frames × channels. See `as_stereo`."""
        stereo = as_stereo(samples)
        now_us = clock_us()
        with self._changed:
            self.last_put_us = now_us
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
        """Note that no more sound will come, and why. The first reason stays."""
        with self._changed:
            self._lost = self._lost or error
            self._changed.notify()

    def take(self, timeout_us: int) -> SoundBlock | None:
        """Take the next block; None when none came within `timeout_us`.

        Raises:
            CaptureError: none waits, and no more will come.
        """
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting or self._lost), timeout_us / 1e6)
            if self._waiting:
                return self._waiting.popleft()
            if self._lost is not None:
                raise self._lost
            return None


class CallbackSound(SoundSource):
    """A source whose sound arrives in a mailbox.

    Subclasses write `open`, which calls `_begin`, and `close`, which calls `_end`.
    """

    silent_us: int | None = None
    """A source that gave no samples for so long, not even silence, counts as lost; None: never."""

    def __init__(self) -> None:
        self._mailbox: SoundMailbox | None = None

    def _begin(self) -> SoundMailbox:
        """Make the mailbox of this opening."""
        self._end()
        self._mailbox = SoundMailbox()
        return self._mailbox

    def _end(self) -> None:
        """Close the mailbox."""
        if self._mailbox is not None:
            self._mailbox.closed.set()
        self._mailbox = None

    def read(self, timeout_us: int) -> SoundBlock | None:
        mailbox = self._mailbox
        if mailbox is None:
            raise SourceLost("the sound is not open")
        block = mailbox.take(timeout_us)
        quiet_us = clock_us() - mailbox.last_put_us
        if block is None and self.silent_us is not None and quiet_us > self.silent_us:
            raise SourceLost(f"{self.label} gives no sound any more: is it unplugged?")
        return block


def as_stereo(samples: Samples) -> Samples:
    """The samples in two channels. One channel is copied to both; of more, the first two stay."""
    channels = np.atleast_2d(samples.T)[:SOUND_CHANNELS]
    both = channels if len(channels) == SOUND_CHANNELS else np.repeat(channels, 2, axis=0)
    return np.ascontiguousarray(both.T, dtype=np.float32)
