"""Films whose sound identifies the picture it belongs to, and a clock that only a test moves."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
import pytest

from samescreen.capture.sound import file
from samescreen.media import SOUND_RATE, SoundBlock
from tests.capture.recorded import FPS, shades

STEP_US: Final = 1_000_000 // FPS
"""How long each picture is shown, and its own sound level lasts."""
_STEPS: Final = 20
_LOUDEST: Final = 32_000


def film(path: Path, pictures: int, *, sounds: int | None = None, begins: int = 0) -> Path:
    """Write a film (Matroska, PCM) in which picture n has sound of level n modulo 20.

    `sounds`: the number of levels, None: one for each picture. `begins`: the first level.
    """
    count = pictures if sounds is None else sounds
    with av.open(str(path), "w", format="matroska") as container:
        video = container.add_stream("mjpeg", rate=FPS)
        video.width, video.height, video.pix_fmt = 64, 48, "yuvj420p"
        audio = container.add_stream("pcm_s16le", rate=SOUND_RATE, layout="stereo")
        for number in range(pictures):
            picture = av.VideoFrame.from_ndarray(shades(1)[0], "bgra").reformat(format="yuvj420p")
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        for number in range(begins, count):
            container.mux(audio.encode(_level(number)))
        container.mux(audio.encode(None))
    return path


def _level(number: int) -> av.AudioFrame:
    samples = np.full((1, 2 * SOUND_RATE // FPS), (number % _STEPS + 1) * _LOUDEST // _STEPS)
    frame = av.AudioFrame.from_ndarray(samples.astype(np.int16), format="s16", layout="stereo")
    frame.sample_rate, frame.time_base = SOUND_RATE, Fraction(1, SOUND_RATE)
    frame.pts = number * SOUND_RATE // FPS
    return frame


def step_of(block: SoundBlock) -> int:
    """The number of the picture, modulo 20, to which the block belongs."""
    return round(float(block.samples[240, 0]) * 32768 * _STEPS / _LOUDEST) - 1


class Clock:
    """Replaces the host's clock for the sound of files; each sleep advances it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_us = 5_000_000
        self.on_sleep: Callable[[], None] = lambda: None
        monkeypatch.setattr(file, "clock_us", lambda: self.now_us)
        monkeypatch.setattr(file, "_sleep_until", self._sleep_until)

    def _sleep_until(self, until_us: int) -> None:
        assert until_us > self.now_us, "it spins"
        self.now_us = until_us
        self.on_sleep()
