"""Adds voices up: a queue of blocks for each speaker, one block of everybody at a time. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

Block = NDArray[np.float32]
"""960 samples of one channel at 48 kHz, from -1 to 1."""

DEPTH_BLOCKS: Final = 3
"""A speaker is heard once so much has come: 60 ms, for packets that come unevenly."""
MOST_BLOCKS: Final = 8
"""After a stall of the link everything comes at once; what is older than this is skipped."""
_LINEAR: Final = 0.7


class Mix:
    """Who is heard now. A speaker who runs dry is silent until they have enough again."""

    def __init__(self) -> None:
        self._waiting: dict[int, deque[Block]] = {}
        self._playing: set[int] = set()

    @property
    def is_empty(self) -> bool:
        return not self._waiting

    def push(self, speaker: int, block: Block) -> None:
        """The next block of this speaker."""
        waiting = self._waiting.setdefault(speaker, deque())
        waiting.append(block)
        if len(waiting) > MOST_BLOCKS:
            while len(waiting) > DEPTH_BLOCKS:
                waiting.popleft()

    def finish(self, speaker: int) -> None:
        """This speaker stopped: play what waits, although it is less than the usual depth."""
        if speaker in self._waiting:
            self._playing.add(speaker)

    def pull(self) -> Block | None:
        """The next 20 ms of everybody; None: nobody is heard."""
        blocks = [self._next(speaker) for speaker in tuple(self._waiting)]
        heard = [block for block in blocks if block is not None]
        if not heard:
            return None
        return softened(np.sum(heard, axis=0, dtype=np.float32)) if heard[1:] else heard[0]

    def _next(self, speaker: int) -> Block | None:
        waiting = self._waiting[speaker]
        if not waiting:
            del self._waiting[speaker]
            self._playing.discard(speaker)
            return None
        if speaker not in self._playing:
            if len(waiting) < DEPTH_BLOCKS:
                return None
            self._playing.add(speaker)
        return waiting.popleft()


def softened(sum_of_voices: Block) -> Block:
    """Bends what several loud voices add up to below full scale; quiet sound stays as it is."""
    size = np.abs(sum_of_voices)
    rest = 1 - _LINEAR
    bent = np.sign(sum_of_voices) * (_LINEAR + rest * np.tanh((size - _LINEAR) / rest))
    return np.where(size <= _LINEAR, sum_of_voices, bent).astype(np.float32)
