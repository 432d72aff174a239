"""Sound that is played a little faster or slower is otherwise the same."""

from __future__ import annotations

import numpy as np
import pytest

from samescreen.capture.sound.bent import BentSound
from samescreen.media import Samples


def tone(hertz: float, frames: int) -> Samples:
    wave = 0.5 * np.sin(2 * np.pi * hertz * np.arange(frames) / 48_000)
    return np.stack((wave, -wave), axis=1).astype(np.float32)


def played(sound: Samples, bend: float, size: int) -> Samples:
    bent = BentSound()
    pieces = [bent.take(sound[at : at + size], bend) for at in range(0, len(sound), size)]
    return np.concatenate(pieces)


def test_what_is_not_bent_passes_as_it_is() -> None:
    sound = tone(440, 5_000)
    assert np.array_equal(played(sound, 0.0, 480), sound)


@pytest.mark.parametrize("bend", [-0.001, 0.0002, 0.001])
@pytest.mark.parametrize("hertz", [440, 8_000, 14_000])
@pytest.mark.parametrize("size", [1, 477, 48_000])
def test_a_tone_stays_a_tone_that_much_higher(hertz: float, bend: float, size: int) -> None:
    count = 1_000 if size == 1 else 12_000
    made = played(tone(hertz, count), bend, size)
    assert abs(len(made) - count / (1 + bend)) < 20
    ideal = tone(hertz * (1 + bend), len(made))
    assert np.abs(made - ideal)[16:].max() < 0.002, "no step, no dull treble"


def test_bending_begins_without_a_step() -> None:
    sound, bent = tone(440, 4_800), BentSound()
    before = bent.take(sound[:2_400], 0.0)
    made = np.concatenate((before, bent.take(sound[2_400:], 0.0005)))
    assert np.abs(np.diff(made[:, 0])).max() < 1.01 * np.abs(np.diff(sound[:, 0])).max()


def test_nothing_is_harmless() -> None:
    bent = BentSound()
    assert len(bent.take(tone(440, 0), 0.0005)) == 0
    assert len(bent.take(tone(440, 0), 0.0)) == 0
