"""Makes sound that arrives in bursts even: each block is due by its place in the stream. Pure.

Containers keep sound in packets of up to half a second. A block is due so long after its place in
the stream that none is missed: the delay grows when a packet comes later than any before, and
shrinks when all come much earlier for a while.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from samescreen.media import BLOCK_FRAMES, BLOCK_US, SOUND_CHANNELS, SOUND_RATE, Samples, SoundBlock

_MARGIN_US: Final = 20_000
_GAP_US: Final = 60_000
"""A longer step between two pieces is silence or loss; a shorter one is inexact timestamps."""

_JUMP_US: Final = 2_000_000
_LATE_US: Final = 200_000
"""A block that nobody took for so long is left out."""

_WATCH_US: Final = 3_000_000
_EARLY_US: Final = 150_000


class EvenedSound:
    """The blocks that wait. Times are µs: `at_us` in the stream, `now_us` on the host's clock."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, Samples]] = deque()
        self._rest: Samples = np.zeros((0, SOUND_CHANNELS), dtype=np.float32)
        self._ends_us: int | None = None
        """Where in the stream the sound up to now ends."""
        self._delay_us: int | None = None
        self._least_early_us = _WATCH_US
        self._watched_us = 0

    def put(self, at_us: int | None, samples: Samples, now_us: int) -> None:
        """Sound, frames × 2, that begins at `at_us`; None: where the one before ended."""
        at_us = self._place(at_us, now_us)
        self._follow(at_us, now_us)
        begins_us = at_us - _us(len(self._rest))
        whole = np.concatenate((self._rest, samples))
        count = len(whole) // BLOCK_FRAMES
        for number in range(count):
            block = whole[number * BLOCK_FRAMES : (number + 1) * BLOCK_FRAMES]
            self._waiting.append((begins_us + number * BLOCK_US, block))
        self._rest = whole[count * BLOCK_FRAMES :]
        self._ends_us = at_us + _us(len(samples))

    def due_us(self) -> int | None:
        """When the next block is due; None: none waits."""
        if not self._waiting or self._delay_us is None:
            return None
        return self._waiting[0][0] + self._delay_us

    def take(self, now_us: int) -> SoundBlock | None:
        """The next block that is due. Blocks that are much too late are left out."""
        while (due_us := self.due_us()) is not None and due_us <= now_us:
            block = self._waiting.popleft()[1]
            if now_us - due_us <= _LATE_US:
                return SoundBlock(block, due_us)
        return None

    def _place(self, at_us: int | None, now_us: int) -> int:
        ends_us = self._ends_us
        if ends_us is None:
            return now_us if at_us is None else at_us
        if at_us is None or abs(at_us - ends_us) <= _GAP_US:
            return ends_us
        self._rest = self._rest[:0]
        if not 0 <= at_us - ends_us <= _JUMP_US:  # another stream, or one that was joined
            self._waiting.clear()
            self._delay_us = None
        return at_us

    def _follow(self, at_us: int, now_us: int) -> None:
        """Adapt the delay to this piece."""
        late_us = now_us - at_us
        if self._delay_us is None:
            self._delay_us = late_us + _MARGIN_US
            self._watch(now_us)
        early_us = self._delay_us - late_us
        self._least_early_us = min(self._least_early_us, early_us)
        if early_us < 0:
            self._delay_us = late_us + _MARGIN_US
            self._watch(now_us)
        elif now_us - self._watched_us >= _WATCH_US:
            if self._least_early_us > _EARLY_US:
                self._delay_us -= self._least_early_us - _MARGIN_US
            self._watch(now_us)

    def _watch(self, now_us: int) -> None:
        self._watched_us, self._least_early_us = now_us, _WATCH_US


def _us(frames: int) -> int:
    return frames * 1_000_000 // SOUND_RATE
