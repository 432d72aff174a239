"""The due times of a recording's pictures, whatever its timestamps do."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture.timeline import JUMP_US, PAUSE_US, Timeline


def test_pictures_are_due_as_their_timestamps_say() -> None:
    timeline = Timeline()
    dues = [timeline.due_us(pts, 40_000, 5_000_000) for pts in (700, 40_700, 100_700)]
    assert dues == [5_000_000, 5_040_000, 5_100_000]


def test_without_timestamps_a_picture_lasts_as_long_as_usual() -> None:
    timeline = Timeline()
    assert [timeline.due_us(None, 40_000, 1000) for _ in range(3)] == [1000, 41_000, 81_000]


@pytest.mark.parametrize("jump_us", [-500_000, 10**12])
def test_a_jump_in_the_timestamps_is_a_step(jump_us: int) -> None:
    timeline = Timeline()
    timeline.due_us(1_000_000, 40_000, 0)
    assert timeline.due_us(1_000_000 + jump_us, 40_000, 0) == 40_000
    assert timeline.due_us(1_040_000 + jump_us, 40_000, 0) == 80_000


def test_a_small_delay_is_made_up_and_a_large_one_is_not() -> None:
    timeline = Timeline()
    timeline.due_us(0, 40_000, 0)
    assert timeline.due_us(40_000, 40_000, 500_000) == 40_000
    assert timeline.due_us(80_000, 40_000, 9_000_000) == 9_000_000
    assert timeline.due_us(120_000, 40_000, 9_000_000) == 9_040_000


@pytest.mark.parametrize("pause_us", [61_000_000, 600_000_000, 3 * 3600 * 1_000_000])
def test_a_pause_is_as_long_as_it_was_recorded(pause_us: int) -> None:
    timeline = Timeline()
    timeline.due_us(1_000_000, 40_000, 0)
    assert timeline.due_us(1_000_000 + pause_us, 40_000, 0) == pause_us


def test_where_timestamps_may_jump_a_pause_is_shorter() -> None:
    timeline = Timeline()
    timeline.longest_us = JUMP_US
    timeline.due_us(0, 40_000, 0)
    assert timeline.due_us(JUMP_US, 40_000, 0) == JUMP_US
    assert timeline.due_us(2 * JUMP_US + 1, 40_000, 0) == JUMP_US + 40_000


def test_a_recording_may_begin_at_any_time() -> None:
    for begins_us in (-5_000_000, 0, 2**45):
        timeline = Timeline()
        assert timeline.due_us(begins_us, 40_000, 7) == 7
        assert timeline.due_us(begins_us + 90_000_000, 40_000, 7) == 90_000_007


def test_a_picture_without_a_timestamp_lasts_as_the_one_before() -> None:
    timeline = Timeline()
    timeline.due_us(1_000_000, 40_000, 3_600_000_000)
    assert timeline.due_us(None, 40_000, 0) == 3_600_040_000
    assert timeline.due_us(1_080_000, 40_000, 0) == 3_600_080_000


def test_at_the_loop_point_the_last_picture_stays_for_its_duration() -> None:
    timeline = Timeline()
    timeline.due_us(0, 40_000, 0)
    timeline.due_us(40_000, 3_000_000, 0)
    timeline.loop_point()
    assert timeline.due_us(0, 40_000, 0) == 3_040_000


@given(st.lists(st.none() | st.integers(-(2**62), 2**62), min_size=2, max_size=30))
def test_time_never_goes_back_nor_waits_for_ever(stamps: list[int | None]) -> None:
    timeline = Timeline()
    dues = [timeline.due_us(pts_us, 40_000, 5) for pts_us in stamps]
    assert all(0 <= after - before <= PAUSE_US for before, after in pairwise(dues))
