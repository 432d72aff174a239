"""Sound that arrives in bursts is due evenly, however late; nothing of it is lost or doubled."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture.sound.evened import EvenedSound
from samescreen.media import BLOCK_US, SOUND_RATE, Samples, SoundBlock

BURST_US = 330_000


def tone(begins_us: int, lasts_us: int) -> Samples:
    """Samples that say where they are: each frame holds its own number."""
    first, count = begins_us * SOUND_RATE // 1_000_000, lasts_us * SOUND_RATE // 1_000_000
    return np.repeat(np.arange(first, first + count, dtype=np.float32)[:, None], 2, axis=1)


def taken(sound: EvenedSound, from_us: int, until_us: int) -> list[tuple[int, SoundBlock]]:
    """What is taken by who looks each millisecond, and when."""
    blocks = []
    for now_us in range(from_us, until_us, 1000):
        while (block := sound.take(now_us)) is not None:
            blocks.append((now_us, block))
    return blocks


def test_bursts_become_even() -> None:
    sound = EvenedSound()
    got = []
    for number in range(12):
        now_us = 5_000_000 + number * BURST_US
        for piece in range(11):
            at_us = number * BURST_US + piece * 30_000
            sound.put(at_us, tone(at_us, 30_000), now_us)
        got += taken(sound, now_us, now_us + BURST_US)
    firsts = [int(block.samples[0, 0]) for _, block in got]
    assert firsts == [480 * number for number in range(len(got))]
    assert len(got) > 380
    steps = np.diff([when for when, _ in got])
    assert steps.max() <= 2 * BLOCK_US
    assert [block.pts_us for _, block in got] == sorted(block.pts_us for _, block in got)


def test_a_packet_that_comes_later_than_all_before_delays_what_follows() -> None:
    sound = EvenedSound()
    sound.put(0, tone(0, 100_000), 1_000_000)
    assert len(taken(sound, 1_000_000, 1_400_000)) == 10
    sound.put(100_000, tone(100_000, 100_000), 1_400_000)
    assert len(taken(sound, 1_400_000, 1_600_000)) == 10


def test_what_came_much_too_early_for_a_while_waits_no_longer() -> None:
    """As when everything that waited before somebody listened comes at once."""
    sound = EvenedSound()
    sound.put(0, tone(0, 1_000_000), 1_000_000)
    for at_us in range(1_000_000, 9_000_000, 100_000):
        sound.put(at_us, tone(at_us, 100_000), at_us)
        taken(sound, at_us, at_us + 100_000)
    due_us = sound.due_us()
    assert due_us is not None
    assert due_us - 9_000_000 < 200_000


def test_a_jump_begins_anew() -> None:
    sound = EvenedSound()
    sound.put(0, tone(0, 100_000), 1_000_000)
    sound.put(90_000_000, tone(0, 100_000), 1_100_000)
    assert [int(block.samples[0, 0]) for _, block in taken(sound, 1_100_000, 1_300_000)] == [
        480 * number for number in range(10)
    ]


def test_nobody_gets_what_is_long_past() -> None:
    sound = EvenedSound()
    sound.put(0, tone(0, 1_000_000), 0)
    assert sound.take(5_000_000) is None
    assert sound.due_us() is None


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=30))
def test_pieces_of_any_length_become_whole_blocks(lengths: list[int]) -> None:
    sound = EvenedSound()
    at = 0
    for length in lengths:
        piece = np.repeat(np.arange(at, at + length, dtype=np.float32)[:, None], 2, axis=1)
        sound.put(at * 1_000_000 // SOUND_RATE, piece, at * 1_000_000 // SOUND_RATE)
        at += length
    numbers: list[float] = []
    now_us = 0
    while (due_us := sound.due_us()) is not None:
        now_us = max(now_us, due_us)
        block = sound.take(now_us)
        assert block is not None
        assert block.samples.shape == (480, 2)
        numbers += block.samples[:, 0].tolist()
    assert numbers == list(range(at // 480 * 480))
