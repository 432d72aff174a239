"""When the encoder must be held to its bitrate: a leaky bucket, and five seconds of leisure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.budget import Budget

SECOND_US = 1_000_000
FRAME_US = 16_667
START_US = 1000 * SECOND_US
BPS = 8_000_000
QUARTER_BYTES = BPS // 8 // 4
"""What the bucket holds."""
FRAME_BYTES = BPS // 8 // 60


def run(budget: Budget, size_bytes: int, start_us: int, seconds: float) -> list[int]:
    """Sixty packets a second; when `is_capped` changed."""
    times = [start_us + n * FRAME_US for n in range(round(seconds * 60))]
    return [at_us for at_us in times if budget.spent(size_bytes, BPS, at_us)]


def capped() -> Budget:
    budget = Budget()
    assert budget.spent(2 * QUARTER_BYTES, BPS, START_US)
    assert budget.is_capped
    return budget


def test_it_runs_free_at_first() -> None:
    assert not Budget().is_capped


def test_content_that_keeps_within_the_bitrate_runs_free_for_good() -> None:
    budget = Budget()
    assert run(budget, FRAME_BYTES * 95 // 100, START_US, 60) == []
    assert not budget.is_capped


def test_a_full_bucket_is_not_an_overflow() -> None:
    budget = Budget()
    assert not budget.spent(QUARTER_BYTES, BPS, START_US)
    assert not budget.is_capped
    assert budget.spent(1, BPS, START_US)
    assert budget.is_capped


def test_the_bucket_drains_at_the_bitrate() -> None:
    budget = Budget()
    for n in range(20):
        assert not budget.spent(QUARTER_BYTES, BPS, START_US + n * 250_000)
    assert budget.spent(QUARTER_BYTES, BPS, START_US + 20 * 250_000 - 10_000)


@pytest.mark.parametrize("share", [1.5, 2, 4])
def test_too_much_is_noticed_as_soon_as_a_quarter_second_overflows(share: float) -> None:
    (changed_us,) = run(Budget(), int(FRAME_BYTES * share), START_US, 2)
    assert changed_us - START_US == pytest.approx(250_000 / (share - 1), abs=3 * FRAME_US)


def test_after_five_seconds_of_leisure_it_runs_free_again() -> None:
    (changed_us,) = run(budget := capped(), FRAME_BYTES // 4, START_US + FRAME_US, 8)
    assert changed_us - START_US == pytest.approx(5 * SECOND_US, abs=2 * FRAME_US)
    assert not budget.is_capped


def test_no_leisure_in_a_bucket_that_is_half_full() -> None:
    budget = capped()
    budget.spent(QUARTER_BYTES // 2, BPS, START_US)
    assert run(budget, FRAME_BYTES, START_US + FRAME_US, 30) == []
    assert budget.is_capped


def test_work_in_between_starts_the_leisure_afresh() -> None:
    budget = capped()
    assert run(budget, 100, START_US, 4) == []
    assert not budget.spent(QUARTER_BYTES * 6 // 10, BPS, START_US + 4 * SECOND_US)
    (changed_us,) = run(budget, 100, START_US + 4 * SECOND_US, 8)
    assert changed_us - START_US == pytest.approx(9 * SECOND_US, abs=SECOND_US // 4)


def test_an_overflow_while_capped_changes_nothing_but_the_leisure() -> None:
    budget = capped()
    assert not budget.spent(4 * QUARTER_BYTES, BPS, START_US + 4 * SECOND_US)
    assert run(budget, 1, START_US + 5 * SECOND_US, 3.9) == []
    assert budget.is_capped


def test_a_lower_bitrate_is_a_smaller_bucket() -> None:
    assert not Budget().spent(QUARTER_BYTES // 2, BPS, START_US)
    assert Budget().spent(QUARTER_BYTES // 2, BPS // 4, START_US)


packets = st.lists(
    st.tuples(
        st.integers(0, 4 * QUARTER_BYTES),
        st.sampled_from([0, 1, FRAME_US, 100_000, 250_000, SECOND_US, 6 * SECOND_US]),
    ),
    max_size=80,
)


@given(packets)
def test_it_never_flaps(packets: list[tuple[int, int]]) -> None:
    """True only on a change; and from capped to free takes more than five seconds."""
    budget, now_us, capped_us = Budget(), START_US, START_US
    for size_bytes, gap_us in packets:
        now_us += gap_us
        before = budget.is_capped
        assert budget.spent(size_bytes, BPS, now_us) is (budget.is_capped is not before)
        if budget.is_capped and not before:
            capped_us = now_us
        elif before and not budget.is_capped:
            assert now_us - capped_us > 5 * SECOND_US


@given(packets)
def test_it_caps_no_later_than_a_bucket_written_as_numbers(
    packets: list[tuple[int, int]],
) -> None:
    budget, now_us, filled_bits = Budget(), START_US, 0.0
    for size_bytes, gap_us in packets:
        now_us += gap_us
        filled_bits = max(0.0, filled_bits - gap_us * BPS / 1e6) + size_bytes * 8
        budget.spent(size_bytes, BPS, now_us)
        assert budget.is_capped is (filled_bits > BPS / 4)
        if budget.is_capped:
            break
