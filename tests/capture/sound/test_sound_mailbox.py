"""Pieces of any length become blocks of 10 ms; blocks that nobody takes are dropped."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture.sound import sound_mailbox
from samescreen.capture.sound.sound_mailbox import MOST_WAITING, SoundMailbox, as_stereo
from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import BLOCK_FRAMES, BLOCK_US, Samples


def ramp(first: int, frames: int) -> Samples:
    values = np.arange(first, first + frames, dtype=np.float32)
    return np.stack((values, -values), axis=1)


@given(st.lists(st.integers(0, 1500), max_size=6))
def test_pieces_of_any_length_are_neither_lost_nor_reordered(lengths: list[int]) -> None:
    mailbox, put, taken = SoundMailbox(), 0, []
    for length in lengths:
        mailbox.put(ramp(put, length))
        put += length
    while (block := mailbox.take(0)) is not None:
        assert block.samples.shape == (BLOCK_FRAMES, 2)
        taken.append(block.samples)
    assert len(taken) == put // BLOCK_FRAMES
    if taken:
        assert np.array_equal(np.concatenate(taken), ramp(0, len(taken) * BLOCK_FRAMES))


def test_each_block_says_when_it_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = SoundMailbox()
    monkeypatch.setattr(sound_mailbox, "clock_us", lambda: 1_000_000)
    mailbox.put(ramp(0, 2 * BLOCK_FRAMES + BLOCK_FRAMES // 2))
    times = [block.pts_us for _ in range(2) if (block := mailbox.take(0)) is not None]
    assert times == [1_000_000 - BLOCK_US * 5 // 2, 1_000_000 - BLOCK_US * 3 // 2]


def test_when_too_many_blocks_wait_only_the_newest_is_kept() -> None:
    mailbox = SoundMailbox()
    for at in range(MOST_WAITING + 1):
        mailbox.put(ramp(at * BLOCK_FRAMES, BLOCK_FRAMES))
    newest = mailbox.take(0)
    assert newest is not None
    assert newest.samples[0, 0] == MOST_WAITING * BLOCK_FRAMES
    assert mailbox.take(0) is None
    assert mailbox.dropped == MOST_WAITING


def test_blocks_before_the_loss_are_taken_and_the_first_reason_is_raised() -> None:
    mailbox = SoundMailbox()
    mailbox.put(ramp(0, BLOCK_FRAMES))
    mailbox.lose(SourceUnavailable("first"))
    mailbox.lose(SourceLost("second"))
    assert mailbox.take(0) is not None
    with pytest.raises(SourceUnavailable, match="first"):
        mailbox.take(0)


def test_taking_ends_at_its_timeout() -> None:
    began_us = clock_us()
    assert SoundMailbox().take(2000) is None
    assert clock_us() - began_us >= 2000


@pytest.mark.parametrize("channels", [1, 2, 16])
def test_any_number_of_channels_becomes_two(channels: int) -> None:
    samples = np.tile(np.arange(channels, dtype=np.float32), (3, 1))
    right = min(channels - 1, 1)
    assert as_stereo(samples).tolist() == [[0, right]] * 3
