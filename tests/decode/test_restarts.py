"""A process that dies again and again is not started for ever."""

from __future__ import annotations

from samescreen.decode.restarts import FORGOTTEN_US, MOST_DEATHS, Restarts


def test_pauses_double_and_then_end() -> None:
    restarts = Restarts()
    pauses = [restarts.after_death(at * 1_000_000) for at in range(MOST_DEATHS)]
    assert pauses == [0.25, 0.5, 1.0, 2.0, None]


def test_a_death_long_after_the_last_counts_as_the_first() -> None:
    restarts = Restarts()
    for at in range(20):
        assert restarts.after_death(at * (FORGOTTEN_US + 1)) == 0.25
