"""When each frame was painted: a small shared file, frame number → CLOCK_MONOTONIC microseconds.

Whoever paints writes, whoever reads the barcode looks up. One writer, aligned 8-byte cells, so no
lock is needed.
"""

from __future__ import annotations

import time
from pathlib import Path

import barcode
import numpy as np
from numpy.typing import NDArray

CAPACITY = 1 << barcode.ID_BITS
"""Frames, 18 minutes at 60 a second."""


def now_us() -> int:
    """CLOCK_MONOTONIC, the one clock of every process here."""
    return time.monotonic_ns() // 1000


class Stamps:
    """The table; `create=True` empties it."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if create:
            path.write_bytes(bytes(CAPACITY * 8))
        self._times_us: NDArray[np.int64] = np.memmap(
            path, dtype=np.int64, mode="r+", shape=(CAPACITY,)
        )

    def __setitem__(self, frame_id: int, painted_us: int) -> None:
        self._times_us[frame_id % CAPACITY] = painted_us

    def __getitem__(self, frame_id: int) -> int:
        """Zero when that frame was never painted."""
        return int(self._times_us[frame_id % CAPACITY])

    def painted_between(self, start_us: int, end_us: int) -> int:
        """How many frames were painted in this span."""
        return int(np.count_nonzero((self._times_us >= start_us) & (self._times_us < end_us)))
