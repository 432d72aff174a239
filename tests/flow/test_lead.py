"""When the next picture is grabbed: two stages at once, simulated with durations of any kind."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.lead import STALE_US, Lead

WARM_UP = 7
"""Pictures until the predictions rest on pictures of the whole pipeline."""


@dataclass
class Run:
    """When the encoder got each picture, and how old the picture was once it was encoded."""

    handed_us: list[int]
    ages_us: list[int]

    @property
    def intervals_us(self) -> list[int]:
        times = self.handed_us[WARM_UP:]
        return [after - before for before, after in zip(times, times[1:], strict=False)]


def overlapped(grabs_us: list[int], encodings_us: list[int]) -> Run:
    """Grab each picture while the one before is encoded, as `Lead` says."""
    lead, run = Lead(), Run([], [])
    now_us = captured_us = 0
    ready_us = grabs_us[0]
    for grab_us, encode_us in zip(grabs_us[1:], encodings_us, strict=False):
        lead.asked(now_us)
        now_us = max(now_us, ready_us)
        lead.grabbed(ready_us - captured_us)
        shown_us, captured_us = captured_us, lead.handed(now_us)
        assert captured_us >= now_us, "the grab thread has one picture at a time"
        ready_us = captured_us + grab_us
        run.handed_us.append(now_us)
        now_us += encode_us
        run.ages_us.append(now_us - shown_us)
    return run


DURATIONS = st.integers(1_000, 60_000)


@given(DURATIONS, DURATIONS)
def test_the_longer_stage_alone_limits_the_rate(grab_us: int, encode_us: int) -> None:
    run = overlapped([grab_us] * 20, [encode_us] * 20)
    assert set(run.intervals_us) == {max(grab_us, encode_us)}


@given(DURATIONS, DURATIONS)
def test_a_picture_is_as_young_as_if_nothing_overlapped(grab_us: int, encode_us: int) -> None:
    run = overlapped([grab_us] * 20, [encode_us] * 20)
    assert set(run.ages_us[WARM_UP:]) == {grab_us + encode_us}


@given(
    DURATIONS,
    DURATIONS,
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=30, max_size=60),
)
def test_durations_that_vary_cost_no_more_than_they_vary(
    grab_us: int, encode_us: int, shares: list[tuple[float, float]]
) -> None:
    grabs_us = [grab_us + int(share * grab_us / 2) for share, _ in shares]
    encodings_us = [encode_us + int(share * encode_us / 2) for _, share in shares]
    spread_us = max(grabs_us) - min(grabs_us)
    run = overlapped(grabs_us, encodings_us)
    assert max(run.intervals_us) <= max(*grabs_us, *encodings_us) + spread_us
    spread_us += max(encodings_us) - min(encodings_us)
    assert max(run.ages_us[WARM_UP:]) <= max(grabs_us) + max(encodings_us) + spread_us


def test_a_long_encoding_delays_no_later_picture() -> None:
    run = overlapped([8_000] * 30, [12_000] * 10 + [200_000] + [12_000] * 19)
    assert median(run.ages_us) == 20_000
    assert run.ages_us[-10:] == [20_000] * 10


def test_a_pause_says_nothing_about_the_encoding() -> None:
    lead = Lead()
    for at_us in range(0, 100_000, 10_000):
        lead.handed(at_us)
        lead.asked(at_us + 10_000)
    lead.handed(100_000)
    lead.forget()
    lead.asked(9_000_000)
    assert lead.handed(9_000_000) == 9_010_000


def test_a_picture_is_stale_after_a_pause_but_not_after_a_long_encoding() -> None:
    lead = Lead()
    assert not lead.is_stale(5, 5 + STALE_US)
    assert lead.is_stale(5, 6 + STALE_US)
    for at_us in range(0, 200_000, 40_000):
        lead.handed(at_us)
        lead.asked(at_us + 30_000)
        lead.grabbed(10_000)
    assert not lead.is_stale(0, 40_000)
    assert lead.is_stale(0, 40_001)


@given(DURATIONS, DURATIONS, st.integers(0, 4), st.integers(0, 1_000_000))
def test_one_odd_duration_changes_nothing(
    grab_us: int, encode_us: int, place: int, odd_us: int
) -> None:
    lead = Lead()
    for number in range(5):
        lead.handed(0)
        lead.asked(odd_us if number == place else encode_us)
        lead.grabbed(odd_us if number == place else grab_us)
    assert lead.handed(0) == max(0, encode_us - grab_us)
