"""A coarse picture that stands still is made good, once, in a bounded number of rounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.settle import MAX_ROUNDS, REST_US, Settling

START_US = 7_000_000


def coarse() -> Settling:
    settling = Settling()
    settling.encoded(is_coarse=True, now_us=START_US)
    return settling


def test_nothing_encoded_nothing_due() -> None:
    assert Settling().due_us(START_US) is None


def test_a_good_picture_is_left_alone() -> None:
    settling = Settling()
    settling.encoded(is_coarse=False, now_us=START_US)
    assert settling.due_us(START_US + 10 * REST_US) is None


def test_a_coarse_picture_is_due_after_a_rest() -> None:
    settling = coarse()
    assert settling.due_us(START_US) == REST_US
    assert settling.due_us(START_US + REST_US - 1) == 1
    assert settling.due_us(START_US + REST_US) == 0
    assert settling.due_us(START_US + 2 * REST_US) == 0


def test_motion_starts_the_rest_afresh() -> None:
    settling = coarse()
    settling.encoded(is_coarse=True, now_us=START_US + REST_US - 1)
    assert settling.due_us(START_US + REST_US) == REST_US - 1


def test_a_coarse_picture_stays_coarse_under_good_small_changes() -> None:
    settling = coarse()
    settling.encoded(is_coarse=False, now_us=START_US + 1)
    assert settling.due_us(START_US + 1 + REST_US) == 0


def test_rounds_follow_each_other_until_it_is_good() -> None:
    settling = coarse()
    now_us = START_US + REST_US
    assert settling.settled(is_coarse=True) is False
    assert settling.due_us(now_us) == 0
    assert settling.settled(is_coarse=False) is True
    assert settling.due_us(now_us + REST_US) is None


def test_it_gives_up_after_a_bounded_number_of_rounds() -> None:
    settling = coarse()
    done = [settling.settled(is_coarse=True) for _ in range(MAX_ROUNDS)]
    assert done == [False] * (MAX_ROUNDS - 1) + [True]
    assert settling.due_us(START_US + 10 * REST_US) is None


def test_after_motion_there_are_as_many_rounds_again() -> None:
    settling = coarse()
    for _ in range(MAX_ROUNDS):
        settling.settled(is_coarse=True)
    settling.encoded(is_coarse=True, now_us=START_US)
    assert settling.settled(is_coarse=True) is False


@given(st.lists(st.booleans(), max_size=60))
def test_a_picture_at_rest_costs_a_bounded_number_of_encodes(results: list[bool]) -> None:
    settling, rounds = coarse(), 0
    for is_coarse in results:
        if settling.due_us(START_US + REST_US) is None:
            break
        rounds += 1
        settling.settled(is_coarse=is_coarse)
    assert rounds <= MAX_ROUNDS
