"""Plays sound a little faster or slower, without a step or a dull treble. Pure.

Each sample is read between those that came, by a sinc of 16 samples in a Kaiser window (J. O.
Smith, Digital Audio Resampling, https://ccrma.stanford.edu/~jos/resample/).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from samescreen.media import SOUND_CHANNELS, Samples

_HALF: Final = 8
_PHASES: Final = 256
_BETA: Final = 8.0
_AT_ONCE: Final = 4_800


def _kernels() -> NDArray[np.float32]:
    """Rows for each phase and one more: what each of 16 samples adds at that place between two."""
    phases = np.arange(_PHASES + 1)[:, None] / _PHASES
    away = np.arange(1 - _HALF, _HALF + 1)[None, :] - phases
    inside = np.clip(1 - (away / _HALF) ** 2, 0, None)
    shaped = np.sinc(away) * np.i0(_BETA * np.sqrt(inside)) / np.i0(_BETA)
    kernels: NDArray[np.float32] = (shaped / shaped.sum(axis=1, keepdims=True)).astype(np.float32)
    return kernels


_KERNELS: Final = _kernels()


class BentSound:
    """Sound of one stream. While it is never bent, everything passes as it is, at once."""

    def __init__(self) -> None:
        self._is_bent = False
        self._held: Samples = np.zeros((_HALF, SOUND_CHANNELS), np.float32)
        self._at = float(_HALF)
        """Where the next sample lies in `_held` and what comes after it."""

    def take(self, samples: Samples, bend: float) -> Samples:
        """What is heard of these, frames × 2, when they are played by `bend` (-0.01…0.01) faster.

        Once it was bent, the last 8 frames come with the next ones.
        """
        self._is_bent |= bend != 0
        if not self._is_bent:
            self._held = np.concatenate((self._held, samples[-_HALF:]))[-_HALF:]
            return samples
        pieces = [
            self._read(samples[at : at + _AT_ONCE], 1 + bend)
            for at in range(0, len(samples), _AT_ONCE)
        ]
        return np.concatenate(pieces) if pieces else samples

    def _read(self, samples: Samples, step: float) -> Samples:
        whole = np.concatenate((self._held, samples))
        count = math.floor((len(whole) - _HALF - 1 - self._at) / step) + 1
        if count <= 0:
            self._held = whole
            return samples[:0]
        places = self._at + np.arange(count) * step
        first = places.astype(np.int64)
        phase = (places - first) * _PHASES
        row = phase.astype(np.int64)
        part = (phase - row).astype(np.float32)[:, None]
        kernels = _KERNELS[row] * (1 - part) + _KERNELS[row + 1] * part
        around = sliding_window_view(whole, 2 * _HALF, axis=0)[first + 1 - _HALF]
        ends = self._at + count * step
        begins = int(ends) - _HALF
        self._held, self._at = whole[begins:], ends - begins
        made: Samples = np.matmul(around, kernels[:, :, None])
        return made[:, :, 0]
