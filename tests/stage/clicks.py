"""Clicks, and when each is heard at two devices of a sound server: one clock, sample by sample."""

from __future__ import annotations

import threading
from typing import Final

import numpy as np
from numpy.typing import NDArray

from samescreen.capture.sound.pulse import PulseSound
from samescreen.media import SOUND_RATE

LOUD: Final = 0.3
_APART_US: Final = 100_000


def clicks(count: int, spacing_s: float, *, floor: float = 0.0) -> NDArray[np.float32]:
    """Two milliseconds of a loud tone each, above a noise whose largest sample is `floor`."""
    frames = round(count * spacing_s * SOUND_RATE)
    samples = np.random.default_rng(1).uniform(-floor, floor, frames).astype(np.float32)
    click = 0.8 * np.sin(2 * np.pi * 2000 * np.arange(96) / SOUND_RATE)
    for number in range(count):
        at = round((number + 0.5) * spacing_s * SOUND_RATE)
        samples[at : at + 96] += click
    return samples.clip(-1, 1)


class ClickEar(threading.Thread):
    """Listens at one device; `heard_us` are the moments of the clicks."""

    def __init__(self, device: str) -> None:
        super().__init__(name=f"ear-{device}", daemon=True)
        self.heard_us: list[int] = []
        self.is_open = threading.Event()
        self._device = device
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        source = PulseSound(self._device)
        source.open()
        try:
            while not self._ended.is_set():
                block = source.read(100_000)
                if block is None:
                    continue
                self.is_open.set()
                loud = np.flatnonzero(np.abs(block.samples[:, 0]) > LOUD)
                if not loud.size:
                    continue
                at_us = block.pts_us + int(loud[0]) * 1_000_000 // SOUND_RATE
                if not self.heard_us or at_us - self.heard_us[-1] > _APART_US:
                    self.heard_us.append(at_us)
        finally:
            source.close()

    def stop(self) -> None:
        self._ended.set()
        self.join(5)


def delays_ms(played: ClickEar, heard: ClickEar, *, within_ms: float = 400.0) -> list[float]:
    """For each click played, after how long it was heard; a click not heard is left out."""
    delays = []
    for at_us in played.heard_us:
        later = [other - at_us for other in heard.heard_us if other >= at_us]
        if later and later[0] <= within_ms * 1000:
            delays.append(later[0] / 1000)
    return delays
