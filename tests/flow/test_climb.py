"""The shared way down and back up: at once, then by guesses that wait longer after each failure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.climb import Climb
from samescreen.flow.trials import Backoff
from tests.fakes import claims

SECOND_US = 1_000_000
START_US = 1000 * SECOND_US
TICK_US = SECOND_US // 4
SPACING_US = SECOND_US
CEILING = 100
PLAIN = Backoff(2 * SECOND_US, 16 * SECOND_US, 4 * SECOND_US)


class Steps:
    """A target that falls to the claimed capacity and rises by ten."""

    def __init__(self, backoff: Backoff = PLAIN, now_us: int = START_US) -> None:
        self.climb = Climb(CEILING, backoff)
        self.now_us = now_us

    def follow(self, *capacities: int | None, after_us: int = TICK_US) -> int:
        """One update, so much later; the target after it."""
        self.now_us += after_us
        self.climb.follow(
            claims(*capacities),
            self.now_us,
            spacing_us=SPACING_US,
            lower=lambda capacity: capacity if capacity < self.climb.target else None,
            higher=self._higher,
        )
        return self.climb.target

    def _higher(self) -> int | None:
        return None if self.climb.target == CEILING else min(CEILING, self.climb.target + 10)

    def wait_for_step_up(self) -> int:
        """Calm updates until the target rises; the seconds that took, rounded."""
        before, started_us = self.climb.target, self.now_us
        for _ in range(1000):
            if self.follow(None) > before:
                return round((self.now_us - started_us) / SECOND_US)
        pytest.fail("it never rises")


def fallen(backoff: Backoff = PLAIN) -> Steps:
    steps = Steps(backoff)
    assert steps.follow(50) == 50
    return steps


def test_it_starts_at_the_ceiling_and_stays_there_without_congestion() -> None:
    steps = Steps()
    assert [steps.follow(None, None) for _ in range(200)] == [CEILING] * 200


def test_it_falls_at_once_for_a_majority_and_never_for_a_minority() -> None:
    assert Steps().follow(50, None, None) == CEILING
    assert Steps().follow(50, 50, 50, None) == 50


def test_steps_down_keep_their_distance() -> None:
    steps = fallen()
    assert steps.follow(30, after_us=SPACING_US - 1) == 50
    assert steps.follow(30, after_us=1) == 30


def test_no_step_down_when_the_capacity_is_no_lower() -> None:
    steps = fallen()
    assert steps.follow(60, after_us=SPACING_US) == 50


def test_it_rises_after_a_calm_time() -> None:
    steps = fallen()
    assert steps.follow(None, after_us=2 * SECOND_US - 1) == 50
    assert steps.follow(None, after_us=1) == 60


def test_congestion_that_needs_no_step_down_restarts_the_calm_time() -> None:
    steps = fallen()
    steps.follow(60, after_us=SECOND_US)
    assert steps.follow(None, after_us=2 * SECOND_US - 1) == 50
    assert steps.follow(None, after_us=1) == 60


def test_calm_it_rises_to_the_ceiling_and_no_further() -> None:
    steps = fallen()
    assert [steps.wait_for_step_up() for _ in range(5)] == [2] * 5
    assert [steps.follow(None) for _ in range(100)] == [CEILING] * 100


def test_each_failed_step_up_doubles_the_wait_up_to_a_bound() -> None:
    steps, waits = fallen(), []
    for _ in range(4):
        waits.append(steps.wait_for_step_up())
        assert steps.follow(50, after_us=SPACING_US) == 50, "the step failed"
    assert waits == [2, 4, 8, 16]


def test_a_step_up_that_holds_for_long_enough_has_not_failed() -> None:
    steps = fallen()
    steps.wait_for_step_up()
    assert steps.follow(50, after_us=PLAIN.failed_within_us) == 50
    assert steps.wait_for_step_up() == 2


def failed_twice() -> Steps:
    steps = fallen()
    for _ in range(2):
        steps.wait_for_step_up()
        steps.follow(50, after_us=SPACING_US)
    return steps


def test_once_the_first_step_holds_the_next_ones_follow_soon() -> None:
    assert [failed_twice().wait_for_step_up()] == [8]
    steps = failed_twice()
    assert [steps.wait_for_step_up() for _ in range(4)] == [8, 2, 2, 2]


def test_a_trial_that_held_makes_the_next_wait_short_again() -> None:
    steps = failed_twice()
    steps.wait_for_step_up()
    assert steps.follow(50, after_us=8 * SECOND_US) == 50
    assert steps.wait_for_step_up() == 2


def test_a_trial_fails_at_any_of_its_steps() -> None:
    steps = failed_twice()
    for _ in range(3):
        steps.wait_for_step_up()
    assert steps.follow(50, after_us=SPACING_US) == 50
    assert steps.wait_for_step_up() == 16


def test_one_step_up_fails_only_once() -> None:
    steps = fallen()
    steps.wait_for_step_up()
    assert steps.follow(40, after_us=SPACING_US) == 40
    assert steps.follow(30, after_us=SPACING_US) == 30
    assert steps.wait_for_step_up() == 4


def test_it_says_from_where_it_has_just_risen() -> None:
    steps = fallen()
    assert steps.climb.before_rise(steps.now_us) is None
    steps.wait_for_step_up()
    assert steps.climb.before_rise(steps.now_us) == 50
    assert steps.climb.before_rise(steps.now_us + 4 * SECOND_US) is None
    steps.follow(30, after_us=SPACING_US)
    assert steps.climb.before_rise(steps.now_us) is None


def test_rise_after_holds_until_a_step_fails() -> None:
    steps = failed_twice()
    steps.climb.rise_after(SECOND_US)
    assert [steps.wait_for_step_up() for _ in range(3)] == [1, 1, 1]
    steps.follow(50, after_us=SPACING_US)
    assert steps.wait_for_step_up() == 2, "never shorter than the first wait again"


def test_it_records_for_whom_it_fell() -> None:
    steps = Steps()
    steps.follow(50, 50, 50, None)
    assert steps.climb.lowered_for.still_present(claims(None, None, None, None)) == 3


def test_reset_forgets_everything() -> None:
    steps = failed_twice()
    steps.climb.reset()
    assert steps.climb.target == CEILING
    assert not steps.climb.lowered_for.are_outvoted(claims(None, None))
    assert steps.follow(50, after_us=0) == 50, "no distance to changes before the reset"
    assert steps.wait_for_step_up() == 2


@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(0, 120),
            st.sampled_from([0, 1, TICK_US, SECOND_US, 3 * SECOND_US, 20 * SECOND_US]),
        ),
        max_size=80,
    )
)
def test_it_is_never_hasty(updates: list[tuple[int | None, int]]) -> None:
    """It falls only to what was claimed, at a distance, and rises only after enough calm."""
    steps, before = Steps(), CEILING
    changed_us, congested_us = -SPACING_US, 0
    for capacity, gap_us in updates:
        target = steps.follow(capacity, after_us=gap_us)
        if capacity is not None:
            congested_us = steps.now_us
        if target < before:
            assert target == capacity
            assert steps.now_us - changed_us >= SPACING_US
        elif target > before:
            assert capacity is None
            assert steps.now_us - max(changed_us, congested_us) >= PLAIN.first_us
        if target != before:
            before, changed_us = target, steps.now_us
        assert 0 <= target <= CEILING
