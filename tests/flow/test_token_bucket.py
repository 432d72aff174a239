"""A token bucket: what it permits over any span, and that only the debt is waited for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.token_bucket import TokenBucket

SECOND_US = 1_000_000
amounts = st.lists(st.floats(0, 500), min_size=1, max_size=60)


@given(amounts, st.floats(1, 1000), st.floats(1, 1000))
def test_spending_after_each_wait_is_bounded_by_burst_and_rate(
    spent: list[float], per_second: float, burst: float
) -> None:
    now_us = 0
    bucket = TokenBucket(per_second, burst, now_us)
    for amount in spent:
        now_us += bucket.wait_us(now_us)
        bucket.spend(amount, now_us)
    before_last = sum(spent[:-1])
    assert before_last <= burst + per_second * (now_us / SECOND_US) + max(spent) + 1e-3


@given(amounts, st.floats(1, 1000), st.floats(1, 1000))
def test_a_debt_ends_with_its_wait(
    spent: list[float], per_second: float, burst: float
) -> None:
    bucket = TokenBucket(per_second, burst, 0)
    for amount in spent:
        bucket.spend(amount, 0)
    wait_us = bucket.wait_us(0)
    assert bucket.wait_us(wait_us) == 0
    if wait_us > 2:
        assert bucket.wait_us(wait_us // 2) > 0


def test_idle_time_fills_the_bucket_to_its_burst() -> None:
    bucket = TokenBucket(10, 5, 0)
    bucket.spend(5, 3600 * SECOND_US)
    assert bucket.wait_us(3600 * SECOND_US) == 0
    bucket.spend(1, 3600 * SECOND_US)
    assert 0 < bucket.wait_us(3600 * SECOND_US) <= SECOND_US // 10 + 1
