"""When the motion search is wide: never if it costs frames, and without oscillation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.motion_search import MotionSearch

SECOND_US = 1_000_000
FRAME_US = 16_667
START_US = 1000 * SECOND_US
WIDE_FACTOR = 1.7
"""How much slower a wide search is at most, for content in which it finds nothing."""


def run(search: MotionSearch, share: float, start_us: int, seconds: float) -> list[int]:
    """Sixty deltas a second that take this share of the interval; when `is_wide` changed."""
    times = [start_us + n * FRAME_US for n in range(round(seconds * 60))]
    return [at_us for at_us in times if search.on_delta(round(FRAME_US * share), FRAME_US, at_us)]


def narrow() -> MotionSearch:
    search = MotionSearch()
    assert len(run(search, 2.0, START_US, 1)) == 1
    assert not search.is_wide
    return search


def test_it_is_wide_at_first_and_while_there_is_time() -> None:
    search = MotionSearch()
    assert search.is_wide
    assert run(search, 0.75, START_US, 60) == []
    assert search.is_wide


@pytest.mark.parametrize("share", [0.9, 1.0, 1.6])
def test_it_narrows_within_a_second_of_taking_too_long(share: float) -> None:
    search = MotionSearch()
    run(search, 0.4, START_US, 5)
    (changed_us,) = run(search, share, START_US, 1)
    assert changed_us < START_US + SECOND_US
    assert not search.is_wide


def test_one_frame_that_waited_for_a_core_changes_nothing() -> None:
    search = MotionSearch()
    run(search, 0.6, START_US, 5)
    assert not search.on_delta(40 * FRAME_US, FRAME_US, START_US)
    assert run(search, 0.6, START_US, 5) == []


def test_slow_frames_of_a_picture_that_changes_seldom_are_no_reason() -> None:
    search = MotionSearch()
    for n in range(600):
        assert not search.on_delta(2 * FRAME_US, FRAME_US, START_US + n * 4 * FRAME_US)


def test_slow_frames_in_a_row_are_a_reason_though_fewer_come() -> None:
    search = MotionSearch()
    changes = [search.on_delta(2 * FRAME_US, FRAME_US, START_US + n * 37_000) for n in range(60)]
    assert sum(changes) == 1


def test_it_narrows_within_a_second_on_a_starved_machine_too() -> None:
    search = MotionSearch()
    changes = [search.on_delta(137_000, FRAME_US, START_US + n * 140_000) for n in range(7)]
    assert sum(changes) == 1


def test_it_widens_after_ten_seconds_when_there_is_time() -> None:
    (returned_us,) = run(narrow(), 0.3, START_US, 30)
    assert START_US + 10 * SECOND_US <= returned_us <= START_US + 11 * SECOND_US


def test_it_does_not_widen_where_a_wide_search_would_take_too_long() -> None:
    search = narrow()
    assert run(search, 0.5, START_US, 300) == []
    assert not search.is_wide


def test_each_failed_return_doubles_the_rest_up_to_a_bound() -> None:
    search, now_us, rests_s = narrow(), START_US + SECOND_US, []
    for _ in range(6):
        left_us = now_us
        while not search.on_delta(round(0.3 * FRAME_US), FRAME_US, now_us):
            now_us += FRAME_US
        rests_s.append((now_us - left_us) // SECOND_US)
        while not search.on_delta(2 * FRAME_US, FRAME_US, now_us):
            now_us += FRAME_US
    assert rests_s == [10, 20, 40, 80, 160, 160]


@given(st.floats(0.01, 3.0), st.booleans())
def test_unchanging_content_changes_it_at_most_once(share: float, starts_narrow: bool) -> None:
    """`share`: how much of the interval encoding takes with a narrow search."""
    search = narrow() if starts_narrow else MotionSearch()
    changes = 0
    for n in range(60 * 60):
        now_us = START_US + 2 * SECOND_US + n * FRAME_US
        cost = share * (WIDE_FACTOR if search.is_wide else 1.0)
        changes += search.on_delta(round(FRAME_US * cost), FRAME_US, now_us)
    assert changes <= 1


@given(st.lists(st.floats(0.0, 5.0), min_size=1, max_size=900))
def test_it_stays_narrow_for_at_least_ten_seconds(shares: list[float]) -> None:
    search, left_us = MotionSearch(), None
    for n, share in enumerate(shares):
        now_us = START_US + n * FRAME_US
        if search.on_delta(round(FRAME_US * share), FRAME_US, now_us):
            if search.is_wide:
                assert left_us is not None
                assert now_us - left_us >= 10 * SECOND_US
            else:
                left_us = now_us


def turns(half_period_s: int, minutes: int) -> list[int]:
    """Content that is slow and quick to encode in turns; the seconds at which `is_wide` changed."""
    search, changed = MotionSearch(), list[int]()
    for n in range(minutes * 60 * 30):
        now_us = START_US + n * 2 * FRAME_US
        is_slow = n // 30 // half_period_s % 2
        share = (1.4 if search.is_wide else 1.2) if is_slow else 0.3
        if search.on_delta(round(2 * FRAME_US * share), 2 * FRAME_US, now_us):
            changed.append(n // 30)
    return changed


@pytest.mark.parametrize("half_period_s", [11, 20, 40])
def test_content_slow_and_quick_in_turns_comes_to_rest(half_period_s: int) -> None:
    changed = turns(half_period_s, 15)
    assert len(changed) <= 7
    assert changed[-1] <= 5 * 60


@pytest.mark.parametrize(("near_bytes", "returns_s"), [(20_000, 11), (11_000, 161)])
def test_it_returns_soon_only_if_a_wide_search_saved_bytes(
    near_bytes: int, returns_s: int
) -> None:
    search, now_us = MotionSearch(), START_US
    while not search.on_delta(2 * FRAME_US, FRAME_US, now_us, 10_000):
        now_us += FRAME_US
    left_us = now_us
    while not search.on_delta(FRAME_US // 3, FRAME_US, now_us, near_bytes):
        now_us += FRAME_US
    assert (now_us - left_us) / SECOND_US <= returns_s
    assert (now_us - left_us) / SECOND_US >= returns_s - 2


def test_a_new_encoder_begins_a_new_average() -> None:
    search = MotionSearch()
    assert run(search, 0.79, START_US, 5) == []
    search.on_new_encoder()
    assert run(search, 1.2, START_US + 5 * SECOND_US, 0.1) == []
    assert len(run(search, 1.2, START_US + 6 * SECOND_US, 1)) == 1
