"""A stand-in for a source of sound: gives what a test tells it to give, step by step."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from samescreen.capture.sound.base import SoundSource
from samescreen.media import BLOCK_FRAMES, SoundBlock


class ScriptedSound(SoundSource):
    """Gives the blocks and errors it was told to give, and nothing in between."""

    def __init__(self) -> None:
        self.label, self.backend = "a tone", "scripted"
        self.script: deque[SoundBlock | Exception] = deque()
        self.refuses: Exception | None = None
        self.is_open = False
        self.opened = 0
        self._more = threading.Condition()

    def open(self) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.is_open = True
        self.opened += 1

    def give(self, *steps: SoundBlock | Exception) -> None:
        with self._more:
            self.script.extend(steps)
            self._more.notify()

    def read(self, timeout_us: int) -> SoundBlock | None:
        with self._more:
            if not self._more.wait_for(lambda: bool(self.script), 0.01):
                return None
            step = self.script.popleft()
        if isinstance(step, Exception):
            raise step
        return step

    def close(self) -> None:
        self.is_open = False


def block(pts_us: int = 0, level: float = 0.5) -> SoundBlock:
    """Ten milliseconds that stand still at `level`."""
    return SoundBlock(np.full((BLOCK_FRAMES, 2), level, dtype=np.float32), pts_us)
