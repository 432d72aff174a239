"""When the encoder is capped: a leaky bucket overflows. When not: five calm seconds later."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.bitrate_guard import BitrateGuard

SECOND_US = 1_000_000
FRAME_US = 16_667
START_US = 1000 * SECOND_US
BPS = 8_000_000
QUARTER_BYTES = BPS // 8 // 4
"""The size of the bucket."""
FRAME_BYTES = BPS // 8 // 60


def run(guard: BitrateGuard, size_bytes: int, start_us: int, seconds: float) -> list[int]:
    """Feed sixty packets of this size a second; the times when `is_capped` changed."""
    times = [start_us + n * FRAME_US for n in range(round(seconds * 60))]
    return [at_us for at_us in times if guard.on_packet(size_bytes, BPS, at_us)]


def capped() -> BitrateGuard:
    guard = BitrateGuard()
    assert guard.on_packet(2 * QUARTER_BYTES, BPS, START_US)
    assert guard.is_capped
    return guard


def test_it_starts_uncapped() -> None:
    assert not BitrateGuard().is_capped


def test_content_within_the_bitrate_stays_uncapped() -> None:
    guard = BitrateGuard()
    assert run(guard, FRAME_BYTES * 95 // 100, START_US, 60) == []
    assert not guard.is_capped


def test_a_full_bucket_is_not_an_overflow() -> None:
    guard = BitrateGuard()
    assert not guard.on_packet(QUARTER_BYTES, BPS, START_US)
    assert not guard.is_capped
    assert guard.on_packet(1, BPS, START_US)
    assert guard.is_capped


def test_the_bucket_drains_at_the_bitrate() -> None:
    guard = BitrateGuard()
    for n in range(20):
        assert not guard.on_packet(QUARTER_BYTES, BPS, START_US + n * 250_000)
    assert guard.on_packet(QUARTER_BYTES, BPS, START_US + 20 * 250_000 - 10_000)


@pytest.mark.parametrize("share", [1.5, 2, 4])
def test_it_caps_when_a_quarter_of_a_second_overflows(share: float) -> None:
    (changed_us,) = run(BitrateGuard(), int(FRAME_BYTES * share), START_US, 2)
    assert changed_us - START_US == pytest.approx(250_000 / (share - 1), abs=3 * FRAME_US)


def test_five_calm_seconds_remove_the_cap() -> None:
    (changed_us,) = run(guard := capped(), FRAME_BYTES // 4, START_US + FRAME_US, 8)
    assert changed_us - START_US == pytest.approx(5 * SECOND_US, abs=2 * FRAME_US)
    assert not guard.is_capped


def test_a_bucket_that_is_half_full_is_not_calm() -> None:
    guard = capped()
    guard.on_packet(QUARTER_BYTES // 2, BPS, START_US)
    assert run(guard, FRAME_BYTES, START_US + FRAME_US, 30) == []
    assert guard.is_capped


def test_a_burst_restarts_the_calm_time() -> None:
    guard = capped()
    assert run(guard, 100, START_US, 4) == []
    assert not guard.on_packet(QUARTER_BYTES * 6 // 10, BPS, START_US + 4 * SECOND_US)
    (changed_us,) = run(guard, 100, START_US + 4 * SECOND_US, 8)
    assert changed_us - START_US == pytest.approx(9 * SECOND_US, abs=SECOND_US // 4)


def test_an_overflow_while_capped_only_restarts_the_calm_time() -> None:
    guard = capped()
    assert not guard.on_packet(4 * QUARTER_BYTES, BPS, START_US + 4 * SECOND_US)
    assert run(guard, 1, START_US + 5 * SECOND_US, 3.9) == []
    assert guard.is_capped


def test_a_lower_bitrate_is_a_smaller_bucket() -> None:
    assert not BitrateGuard().on_packet(QUARTER_BYTES // 2, BPS, START_US)
    assert BitrateGuard().on_packet(QUARTER_BYTES // 2, BPS // 4, START_US)


def test_an_estimate_that_is_too_low_by_a_third_does_not_remove_the_cap() -> None:
    """Content that overflows the bucket, seen through an estimate, varying by a tenth."""
    guard, noise = capped(), random.Random(1)
    for n in range(60 * 60):
        size_bytes = int(FRAME_BYTES * 1.1 * 2 / 3 * noise.uniform(0.9, 1.1))
        assert not guard.on_packet(size_bytes, BPS, START_US + n * FRAME_US)


@pytest.mark.parametrize("half_period_s", [6, 10, 20, 40])
def test_load_and_calm_in_turns_end_with_a_cap(half_period_s: int) -> None:
    guard, changes = BitrateGuard(), list[int]()
    for turn in range(30):
        size_bytes = FRAME_BYTES * 3 if turn % 2 else 100
        at_us = START_US + turn * half_period_s * SECOND_US
        changes += run(guard, size_bytes, at_us, half_period_s)
    assert guard.is_capped
    assert len(changes) <= 9
    assert changes[-1] < START_US + 10 * half_period_s * SECOND_US


def test_the_first_packet_after_a_rest_does_not_remove_the_cap_if_it_is_heavy() -> None:
    guard = capped()
    assert not guard.on_packet(2 * FRAME_BYTES, BPS, START_US + 60 * SECOND_US)
    assert guard.on_packet(FRAME_BYTES // 2, BPS, START_US + 60 * SECOND_US + FRAME_US)


packets = st.lists(
    st.tuples(
        st.integers(0, 4 * QUARTER_BYTES),
        st.sampled_from([0, 1, FRAME_US, 100_000, 250_000, SECOND_US, 6 * SECOND_US]),
    ),
    max_size=80,
)


@given(packets)
def test_it_stays_capped_for_at_least_five_seconds(packets: list[tuple[int, int]]) -> None:
    """It returns True only on a change, and removes the cap only after more than five seconds."""
    guard, now_us, capped_us = BitrateGuard(), START_US, START_US
    for size_bytes, gap_us in packets:
        now_us += gap_us
        before = guard.is_capped
        assert guard.on_packet(size_bytes, BPS, now_us) is (guard.is_capped is not before)
        if guard.is_capped and not before:
            capped_us = now_us
        elif before and not guard.is_capped:
            assert now_us - capped_us > 5 * SECOND_US


@given(packets)
def test_it_caps_exactly_when_a_model_of_the_bucket_overflows(
    packets: list[tuple[int, int]],
) -> None:
    guard, now_us, filled_bits = BitrateGuard(), START_US, 0.0
    for size_bytes, gap_us in packets:
        now_us += gap_us
        filled_bits = max(0.0, filled_bits - gap_us * BPS / 1e6) + size_bytes * 8
        guard.on_packet(size_bytes, BPS, now_us)
        assert guard.is_capped is (filled_bits > BPS / 4)
        if guard.is_capped:
            break
