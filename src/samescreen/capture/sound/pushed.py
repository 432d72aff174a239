"""The sound that a program pushes, as a source: each piece is heard after the one before.

`push` may be called on any thread; it resamples there. The rest runs on the sound track's thread.
Nobody hears what is pushed while nobody listens: its time passes all the same. The program's clock
is not ours: `drift` says how much faster to play so that the delay stays.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from samescreen.clock import clock_us
from samescreen.errors import SourceLost, UsageError
from samescreen.media import BLOCK_FRAMES, BLOCK_US, SOUND_CHANNELS, SOUND_RATE, Samples, SoundBlock

from .base import SoundSource
from .bent import BentSound
from .drift import DriftControl
from .sound_mailbox import as_stereo

Pushed = NDArray[np.int16]
"""Sound of a program: shape (frames,) for mono, (frames, 1) or (frames, 2)."""

RATES: Final = (8_000, 192_000)
MOST_WAITING_US: Final = 60_000_000
_LEAD_US: Final = 20_000
"""Sound that comes after a pause waits so long, so that the next piece may be a little late."""
_LATE_US: Final = 200_000
_FULL_SCALE: Final = 32_768.0
_TAKEN: Final = (
    "push_audio takes a numpy array of int16, frames (mono), frames×1 or frames×2, at a rate of "
    f"{RATES[0]} to {RATES[1]} a second"
)


def check_sound(samples: Any, rate: Any) -> None:
    """Raise UsageError, whose message says what may be pushed, for anything else."""
    if not isinstance(samples, np.ndarray):
        raise UsageError(f"{_TAKEN}, not {type(samples).__name__}")
    is_shaped = samples.ndim == 1 or (samples.ndim == 2 and samples.shape[1] in (1, 2))
    if samples.dtype != np.int16 or not is_shaped:
        cure = "; of floats: (x * 32767).astype(numpy.int16)" if samples.dtype.kind == "f" else ""
        raise UsageError(f"{_TAKEN}, not {samples.dtype} of shape {samples.shape}{cure}")
    is_rate = isinstance(rate, int | np.integer) and not isinstance(rate, bool)
    if not is_rate or not RATES[0] <= rate <= RATES[1]:
        raise UsageError(f"{_TAKEN}, not {rate!r} a second")


class PushedSound(SoundSource):
    """Plays what is pushed in its own time, and silence where nothing comes."""

    label = "sound from Python"
    backend = "push"

    def __init__(self) -> None:
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._waiting: deque[SoundBlock] = deque()
        self._rest: Samples = np.zeros((0, SOUND_CHANNELS), dtype=np.float32)
        self._began_us = 0
        self._frames = 0
        """Pushed since then, without a pause."""
        self._drift = DriftControl(_LEAD_US)
        self._bent = BentSound()
        self._resampler: av.AudioResampler | None = None
        self._form = (0, 0)
        self._is_open = False

    def push(self, samples: Pushed, rate: int) -> None:
        """Let this be heard after what was pushed before. Any thread; never waits.

        Raises:
            UsageError: no sound, or more than `MOST_WAITING_US` of it waits already.
        """
        check_sound(samples, rate)
        with self._changed:
            now_us = clock_us()
            if self._ends_us() - now_us > MOST_WAITING_US:
                raise UsageError(
                    "a minute of pushed sound waits to be heard already; push it as it comes"
                )
            self._add(self._resampled(samples, int(rate)), now_us)
            self._leave_out_late(now_us)
            self._changed.notify()

    def open(self) -> None:
        with self._changed:
            self._is_open = True

    def close(self) -> None:
        with self._changed:
            self._is_open = False
            self._changed.notify()

    def read(self, timeout_us: int) -> SoundBlock | None:
        until_us = clock_us() + timeout_us
        with self._changed:
            while self._is_open:
                now_us = clock_us()
                self._leave_out_late(now_us)
                due_us = self._waiting[0].pts_us if self._waiting else until_us
                if self._waiting and due_us <= now_us:
                    return self._waiting.popleft()
                if now_us >= until_us:
                    return None
                self._changed.wait((min(due_us, until_us) - now_us) / 1e6)
        raise SourceLost("the sound is not open")

    def _add(self, samples: Samples, now_us: int) -> None:
        lead_us = self._ends_us() - now_us
        if lead_us < 0:  # after a pause
            self._begin_anew(now_us)
        elif len(samples):
            self._drift.saw(lead_us, now_us)
        samples = self._bent.take(samples, self._drift.bend)
        at_us = self._ends_us(-len(self._rest))
        whole = np.concatenate((self._rest, samples))
        count = len(whole) // BLOCK_FRAMES
        for number in range(count):
            block = whole[number * BLOCK_FRAMES : (number + 1) * BLOCK_FRAMES]
            self._waiting.append(SoundBlock(block, at_us + number * BLOCK_US))
        self._rest = whole[count * BLOCK_FRAMES :]
        self._frames += len(samples)

    def _begin_anew(self, now_us: int) -> None:
        self._began_us, self._frames = now_us + _LEAD_US, 0
        self._rest = self._rest[:0]
        self._bent = BentSound()
        self._drift.restart()

    def _ends_us(self, frames: int = 0) -> int:
        """When the last sample that was pushed has been heard, and so many frames after it."""
        return self._began_us + (self._frames + frames) * 1_000_000 // SOUND_RATE

    def _leave_out_late(self, now_us: int) -> None:
        """Nobody heard these: the track was late, or nobody listens."""
        while self._waiting and self._waiting[0].pts_us < now_us - _LATE_US:
            self._waiting.popleft()

    def _resampled(self, samples: Pushed, rate: int) -> Samples:
        """As float32, frames × 2, at SOUND_RATE."""
        shaped = samples[:, None] if samples.ndim == 1 else samples
        form = rate, shaped.shape[1]
        floats = shaped.astype(np.float32) / np.float32(_FULL_SCALE)
        if rate == SOUND_RATE or not len(shaped):
            return as_stereo(floats)
        layout = "mono" if form[1] == 1 else "stereo"
        if self._resampler is None or form != self._form:
            self._form = form
            self._resampler = av.AudioResampler(format="flt", layout=layout, rate=SOUND_RATE)
        flat = np.ascontiguousarray(floats).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(flat, format="flt", layout=layout)
        frame.sample_rate = rate
        made = self._resampler.resample(frame)
        pieces = [each.to_ndarray().reshape(-1, form[1]) for each in made]
        return as_stereo(np.concatenate(pieces) if pieces else floats[:0])
