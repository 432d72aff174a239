"""The search for the quality that gives as many bytes as another system."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from bench.matching import BEST, WORST, is_near, next_quality


@given(st.floats(0.2, 30), st.floats(5, 40), st.floats(0.05, 40))
def test_it_finds_the_rate_in_few_tries(at_75: float, doubling: float, target: float) -> None:
    def rate(quality: int) -> float:
        return float(at_75 * 2 ** ((quality - 75) / doubling))

    assume(rate(WORST) <= target <= rate(BEST))
    tried = {75: rate(75)}
    while (quality := next_quality(tried, target)) is not None:
        assert quality not in tried
        assert WORST <= quality <= BEST
        tried[quality] = rate(quality)
    assert any(is_near(got, target) for got in tried.values())
    assert len(tried) <= 8


def test_it_gives_up_at_the_ends() -> None:
    assert next_quality({75: 9.0, 1: 8.0}, 2.0) is None
    assert next_quality({75: 1.0, 100: 1.5}, 20.0) is None


def test_between_neighbours_nothing_is_left() -> None:
    assert next_quality({40: 1.0, 41: 3.0}, 2.0) is None
