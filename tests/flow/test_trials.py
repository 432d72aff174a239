"""The wait before a trial: doubled by each failure, bounded, forgotten after a trial that held."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.trials import Backoff, Trials

SECOND_US = 1_000_000
BACKOFF = Backoff(2 * SECOND_US, 16 * SECOND_US, 10 * SECOND_US)


def after(*lasted_s: int) -> list[int]:
    """The waits, in seconds, after trials that lasted so long."""
    trials, now_us, waits = Trials(BACKOFF), 0, []
    for seconds in lasted_s:
        trials.begin(now_us)
        now_us += seconds * SECOND_US
        trials.end(now_us)
        waits.append(trials.wait_us // SECOND_US)
    return waits


def test_each_failure_doubles_the_wait_up_to_a_bound() -> None:
    assert after(1, 1, 1, 1, 1) == [4, 8, 16, 16, 16]


def test_a_trial_that_held_makes_the_wait_short_again() -> None:
    assert after(1, 1, 10) == [4, 8, 2]


def test_a_trial_that_lasted_less_than_the_wait_before_it_has_failed() -> None:
    assert after(1, 1, 1, 15, 16) == [4, 8, 16, 16, 2]


def test_a_step_further_begins_no_other_trial() -> None:
    trials = Trials(BACKOFF)
    trials.begin(0)
    trials.begin(9 * SECOND_US)
    assert not trials.end(10 * SECOND_US), "it has held for ten seconds in all"


def test_without_a_trial_nothing_has_failed() -> None:
    trials = Trials(BACKOFF)
    assert not trials.end(SECOND_US)
    assert trials.wait_us == BACKOFF.first_us


@given(st.integers(3, 2000))
def test_content_that_comes_and_goes_ends_the_trials(half_period_s: int) -> None:
    """Calm and load in turns, equally long: if neither lasts long, the trials end."""
    trials, begun = Trials(BACKOFF), 0
    for _ in range(40):
        if half_period_s * SECOND_US > trials.wait_us:
            begun += 1
            trials.begin(trials.wait_us)
            trials.end(half_period_s * SECOND_US)
    assert begun <= 4 or half_period_s * SECOND_US >= BACKOFF.failed_within_us + BACKOFF.first_us
