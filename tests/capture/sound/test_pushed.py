"""Sound that a program pushes: its place in time, its rates, and what is too much."""

from __future__ import annotations

import numpy as np
import pytest

from samescreen.capture.sound import pushed
from samescreen.capture.sound.pushed import PushedSound
from samescreen.errors import SourceLost, UsageError
from samescreen.media import BLOCK_US, SoundBlock

SECOND_US = 1_000_000


class Clock:
    """The host's clock, which stands still."""

    def __init__(self) -> None:
        self.now_us = 1000 * SECOND_US

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pushed, "clock_us", made)
    return made


def opened() -> PushedSound:
    source = PushedSound()
    source.open()
    return source


def ramp(count: int) -> pushed.Pushed:
    return np.arange(count, dtype=np.int64).astype(np.int16)


def heard(source: PushedSound, clock: Clock, until_us: int) -> list[SoundBlock]:
    """All blocks up to then; the clock goes on meanwhile."""
    blocks = []
    while clock.now_us <= until_us:
        while (block := source.read(0)) is not None:
            blocks.append(block)
        clock.now_us += BLOCK_US // 2
    return blocks


def test_pieces_of_any_length_are_heard_one_after_the_other(clock: Clock) -> None:
    source = opened()
    for size in (100, 700, 160, 480):
        source.push(ramp(size), 48_000)
    blocks = heard(source, clock, clock.now_us + SECOND_US)
    assert len(blocks) == 3
    assert {b.pts_us - a.pts_us for a, b in zip(blocks, blocks[1:], strict=False)} == {BLOCK_US}
    left = np.concatenate([block.samples[:, 0] for block in blocks])
    whole = np.concatenate([ramp(100), ramp(700), ramp(160), ramp(480)])
    assert np.array_equal((left * 32768).round().astype(np.int16), whole)


def test_a_long_piece_takes_its_time(clock: Clock) -> None:
    source = opened()
    begun_us = clock.now_us
    source.push(ramp(48_000), 48_000)
    assert len(heard(source, clock, begun_us + SECOND_US // 2)) in range(46, 51)


def test_after_a_pause_it_goes_on_from_now(clock: Clock) -> None:
    source = opened()
    source.push(ramp(480), 48_000)
    heard(source, clock, clock.now_us + SECOND_US)
    source.push(ramp(480), 48_000)
    (block,) = heard(source, clock, clock.now_us + SECOND_US // 10)
    assert 0 <= block.pts_us - (clock.now_us - SECOND_US // 10) < 5 * BLOCK_US


def test_what_nobody_listened_to_is_not_heard_later(clock: Clock) -> None:
    source = PushedSound()
    source.push(ramp(48_000), 48_000)
    clock.now_us += SECOND_US // 2
    source.open()
    assert len(heard(source, clock, clock.now_us + SECOND_US)) < 80


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_rate_lasts_as_long(clock: Clock, rate: int, channels: int) -> None:
    source = opened()
    for _ in range(10):
        source.push(np.full((rate // 10, channels), 8_192, dtype=np.int16), rate)
    blocks = heard(source, clock, clock.now_us + 2 * SECOND_US)
    assert len(blocks) in range(97, 101)
    assert abs(float(np.median(blocks[50].samples)) - 0.25) < 0.01


def test_more_than_a_minute_is_too_much(clock: Clock) -> None:
    source = opened()
    source.push(np.zeros(62 * 8_000, dtype=np.int16), 8_000)
    with pytest.raises(UsageError, match="push it as it comes"):
        source.push(ramp(480), 48_000)


def test_nothing_is_harmless(clock: Clock) -> None:
    source = opened()
    for rate in (8_000, 48_000):
        source.push(ramp(0), rate)
        source.push(np.zeros((0, 2), dtype=np.int16), rate)
    assert source.read(0) is None


def test_a_closed_source_is_not_read(clock: Clock) -> None:
    source = opened()
    source.close()
    with pytest.raises(SourceLost):
        source.read(0)


def test_a_clock_that_is_not_ours_lets_the_delay_rest(clock: Clock) -> None:
    source = opened()
    exact_us = float(clock.now_us)
    leads = []
    for _ in range(500):
        source.push(ramp(9_600), 48_000)
        exact_us += SECOND_US / 5 / (1 + 300 / 1e6)
        clock.now_us = round(exact_us)
        leads.append(source._ends_us() - clock.now_us)
    assert abs(leads[-1] - leads[0]) < 15_000, "without a cure it would be 30 ms"
    assert abs(leads[-1] - leads[-100]) < 2_500, "and 6 ms"
    source.open()
    blocks = heard(source, clock, clock.now_us + SECOND_US)
    gaps = {b.pts_us - a.pts_us for a, b in zip(blocks, blocks[1:], strict=False)}
    assert gaps <= {BLOCK_US - 1, BLOCK_US, BLOCK_US + 1}
