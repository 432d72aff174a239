"""When the track may take pictures and answer requests: averages, jitter, coalescing."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.pace import Allowance, Coalescer, Pace

SECOND_US = 1_000_000
START_US = 5_000_000_000
FPS = [1, 5, 24, 25, 30, 50, 60, 75, 120, 144, 240]


def run(fps: int, offers_us: list[int], early: float = 0.25) -> list[int]:
    """Take a picture at each of these times at which the pace allows one."""
    pace, taken = Pace(fps, early=early), []
    for now_us in offers_us:
        if pace.wait_us(now_us) == 0:
            pace.took(now_us)
            taken.append(now_us)
    return taken


@pytest.mark.parametrize("fps", FPS)
def test_the_first_picture_is_taken_at_once(fps: int) -> None:
    assert Pace(fps).wait_us(START_US) == 0
    assert Pace(fps).wait_us(0) == 0


@given(
    st.sampled_from(FPS),
    st.sampled_from([0.25, 0.75]),
    st.lists(st.integers(0, 400_000), min_size=2, max_size=300),
)
def test_the_average_is_never_above_fps(fps: int, early: float, gaps_us: list[int]) -> None:
    """Except for a thousandth, and for pictures that may come early after a rest."""
    taken = run(fps, [START_US + at for at in accumulate(gaps_us)], early)
    interval_us = 0.999 * SECOND_US / fps - 2
    for first in range(len(taken)):
        for last in range(first + 1, len(taken)):
            span_us = taken[last] - taken[first]
            assert (last - first) * interval_us <= span_us + early * interval_us + 2


@given(
    st.sampled_from([24, 30, 50, 60]),
    st.integers(-50, 50),
    st.lists(st.integers(0, 12), min_size=1, max_size=20),
)
def test_one_delay_does_not_delay_later_pictures(
    fps: int, skew: int, hiccups_ms: list[int]
) -> None:
    """A screen at this rate ± 0.05 %, on a machine that is sometimes busy."""
    interval_us = SECOND_US * 100_000 // (fps * (100_000 + skew))
    pace, at_us = Pace(fps, early=0.75), START_US
    for hiccup_ms in hiccups_ms:
        for held_us in (min(hiccup_ms * 1000, interval_us * 7 // 10), 0, 0):
            at_us += interval_us
            now_us = at_us + held_us
            assert pace.wait_us(now_us) == 0
            pace.took(now_us)


@pytest.mark.parametrize("fps", [24, 30, 50, 60])
@pytest.mark.parametrize("seed", range(4))
def test_jitter_of_two_milliseconds_loses_nothing_at_exactly_fps(fps: int, seed: int) -> None:
    jitter = [(((step + seed) * 2_654_435_761) >> 7) % 4001 - 2000 for step in range(1000)]
    offers = [START_US + step * SECOND_US // fps + j for step, j in enumerate(jitter)]
    taken = run(fps, offers)
    # Early pictures may cost at most one at the start, never a steady share.
    assert len(offers) - len(taken) <= 1


@given(st.sampled_from(FPS), st.lists(st.integers(0, 100_000), max_size=100))
def test_after_the_wait_a_picture_may_be_taken(fps: int, gaps_us: list[int]) -> None:
    pace, now_us = Pace(fps), START_US
    for gap_us in gaps_us:
        now_us += gap_us
        wait_us = pace.wait_us(now_us)
        assert 0 <= wait_us <= SECOND_US // fps
        now_us += wait_us
        assert pace.wait_us(now_us) == 0
        pace.took(now_us)


def test_a_long_rest_saves_up_no_burst() -> None:
    pace = Pace(60)
    pace.took(START_US)
    later_us = START_US + 60 * SECOND_US
    pace.took(later_us)
    assert pace.wait_us(later_us + 1) > 10_000


def test_without_a_request_nothing_is_due() -> None:
    coalescer = Coalescer(500_000)
    assert coalescer.due_us(START_US) is None
    assert not coalescer.is_due(START_US)


def test_the_first_request_is_answered_at_once() -> None:
    for start_us in (0, START_US):
        coalescer = Coalescer(500_000)
        coalescer.request()
        assert coalescer.is_due(start_us)


def test_many_requests_get_one_answer() -> None:
    coalescer = Coalescer(500_000)
    for _ in range(10):
        coalescer.request()
    coalescer.answered(START_US)
    assert coalescer.due_us(START_US) is None
    assert coalescer.due_us(START_US + 10 * SECOND_US) is None


def test_the_next_answer_waits_for_its_spacing() -> None:
    coalescer = Coalescer(500_000)
    coalescer.answered(START_US)
    coalescer.request()
    assert coalescer.due_us(START_US + 100_000) == 400_000
    assert not coalescer.is_due(START_US + 499_999)
    assert coalescer.is_due(START_US + 500_000)


@given(st.lists(st.tuples(st.integers(0, 300_000), st.booleans()), max_size=100))
def test_answers_keep_their_spacing_and_no_request_waits_longer(
    steps: list[tuple[int, bool]],
) -> None:
    coalescer, now_us = Coalescer(500_000), START_US
    answers: list[int] = []
    asked_us: int | None = None
    for gap_us, asks in steps:
        now_us += gap_us
        if asks:
            coalescer.request()
            asked_us = now_us if asked_us is None else asked_us
        if coalescer.is_due(now_us):
            assert asked_us is not None
            assert not answers or now_us - answers[-1] >= 500_000
            answers.append(now_us)
            coalescer.answered(now_us)
            asked_us = None
        elif asked_us is not None:
            assert (coalescer.due_us(now_us) or 0) <= 500_000 - (now_us - answers[-1])


@given(st.lists(st.integers(0, 3 * SECOND_US), max_size=60))
def test_an_allowance_holds_over_every_span(gaps_us: list[int]) -> None:
    allowance, now_us = Allowance(3, SECOND_US), START_US
    taken: list[int] = []
    for gap_us in gaps_us:
        now_us += gap_us
        if not allowance.wait_us(now_us):
            allowance.take(now_us)
            taken.append(now_us)
    for first, start_us in enumerate(taken):
        for count, end_us in enumerate(taken[first:], 1):
            assert count <= 3 + (end_us - start_us) // SECOND_US


def test_constant_requests_get_the_answers_that_the_allowance_permits() -> None:
    coalescer, answers = Coalescer(500_000, Allowance(3, SECOND_US)), []
    for now_us in range(START_US, START_US + 6 * SECOND_US, 100_000):
        coalescer.request()
        if coalescer.is_due(now_us):
            coalescer.answered(now_us)
            answers.append((now_us - START_US) // 100_000)
    assert answers == [0, 5, 10, 15, 20, 30, 40, 50]


def test_an_answer_without_a_request_uses_no_allowance() -> None:
    coalescer = Coalescer(500_000, Allowance(1, 10 * SECOND_US))
    coalescer.answered(START_US)
    coalescer.request()
    assert coalescer.is_due(START_US + 500_000)
