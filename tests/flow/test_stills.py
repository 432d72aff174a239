"""What stills may cost: bounds, directions, and where the target settles on each link."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.stills import (
    CEILING_FPS,
    CEILING_QUALITY,
    COMFORTABLE_FPS,
    FLOOR_FPS,
    FLOOR_QUALITY,
    StillRate,
    StillTarget,
)
from tests.fakes import claims

SECOND_US = 1_000_000
TICK_US = 250_000
CEILING = StillTarget(75, 30)

capacities = st.lists(st.none() | st.integers(0, 10**9), max_size=6)


def size_at(quality: int, full_bytes: int) -> int:
    """A still's size, roughly as libjpeg makes it: half as large at quality 40 as at 75."""
    return int(full_bytes * 2 ** ((quality - 75) / 35))


class Link:
    """One viewer on a link; the picture's still has `full_bytes` at quality 75."""

    def __init__(self, capacity_bps: int, full_bytes: int, ceiling: StillTarget = CEILING) -> None:
        self.capacity_bps = capacity_bps
        self.full_bytes = full_bytes
        self.rate = StillRate(ceiling)
        self.now_us = 0

    @property
    def still_bytes(self) -> int:
        return size_at(self.rate.target.quality, self.full_bytes)

    @property
    def cost_bps(self) -> int:
        return self.still_bytes * 8 * self.rate.target.fps

    def run(self, seconds: int) -> None:
        for _ in range(seconds * SECOND_US // TICK_US):
            self.now_us += TICK_US
            is_full = self.cost_bps > self.capacity_bps
            capacity = self.capacity_bps if is_full else None
            self.rate.update(claims(capacity), self.still_bytes, self.now_us)


@given(st.lists(st.tuples(capacities, st.integers(0, 10**7), st.integers(1, 5 * SECOND_US))))
def test_it_never_leaves_its_bounds(steps: list[tuple[list[int | None], int, int]]) -> None:
    rate, now_us = StillRate(CEILING), 0
    for known, still_bytes, later_us in steps:
        now_us += later_us
        before = rate.target
        has_changed = rate.update(claims(*known), still_bytes, now_us)
        assert has_changed == (rate.target != before)
        assert FLOOR_QUALITY <= rate.target.quality <= CEILING.quality
        assert FLOOR_FPS <= rate.target.fps <= CEILING.fps


@given(st.integers(1, 10**9), st.integers(1, 10**7), st.integers(0, 100))
def test_a_skipped_viewer_never_gets_more(capacity: int, still_bytes: int, ticks: int) -> None:
    rate = StillRate(CEILING)
    for tick in range(ticks):
        before = rate.target
        rate.update(claims(capacity), still_bytes, (tick + 1) * TICK_US)
        assert rate.target.quality <= before.quality
        assert rate.target.fps <= before.fps


@given(st.integers(500_000, 100_000_000), st.integers(20_000, 400_000))
def test_it_settles_on_what_the_link_carries(capacity_bps: int, full_bytes: int) -> None:
    link = Link(capacity_bps, full_bytes)
    link.run(60)
    costs = []
    for _ in range(40):
        link.run(1)
        costs.append(link.cost_bps / capacity_bps)
    is_at_floor = link.rate.target == StillTarget(FLOOR_QUALITY, FLOOR_FPS)
    is_at_ceiling = link.rate.target == CEILING
    assert is_at_floor or sorted(costs)[20] <= 1.0, "most of the time the stills fit"
    smallest_step = size_at(FLOOR_QUALITY, full_bytes) * 8 / capacity_bps
    assert is_at_ceiling or max(costs) >= min(0.5, 1 - smallest_step), "and they use the link"


def test_a_fast_link_gets_the_ceiling() -> None:
    link = Link(100_000_000, 100_000)
    link.run(10)
    assert link.rate.target == CEILING


def test_the_rate_falls_first_then_the_quality_then_the_rate() -> None:
    seen = []
    for capacity in (20_000_000, 8_000_000, 2_000_000):
        link = Link(capacity, 100_000)
        link.run(20)
        seen.append(link.rate.target)
    assert seen[0].quality == CEILING.quality
    assert COMFORTABLE_FPS < seen[0].fps < CEILING.fps
    assert FLOOR_QUALITY < seen[1].quality < CEILING.quality
    assert seen[1].fps == COMFORTABLE_FPS
    assert seen[2].quality == FLOOR_QUALITY
    assert seen[2].fps < COMFORTABLE_FPS


def test_the_target_recovers_with_the_link() -> None:
    link = Link(1_000_000, 100_000)
    link.run(30)
    assert link.rate.target.quality == FLOOR_QUALITY
    link.capacity_bps = 100_000_000
    link.run(120)
    assert link.rate.target == CEILING


def test_failed_rises_make_it_wait_longer() -> None:
    link = Link(3_000_000, 100_000)
    link.run(60)
    changes, before = 0, link.rate.target
    for _ in range(60):
        link.run(1)
        changes += link.rate.target != before
        before = link.rate.target
    assert changes <= 6


@pytest.mark.parametrize("capacity_bps", [2_000_000, 3_000_000, 8_000_000, 20_000_000])
def test_on_a_link_of_constant_capacity_the_quality_comes_to_rest(capacity_bps: int) -> None:
    link, changed = Link(capacity_bps, 100_000), list[int]()
    for second in range(20 * 60):
        before = link.rate.target
        link.run(1)
        if link.rate.target != before:
            changed.append(second)
    assert sum(second >= 60 for second in changed) <= 20
    assert sum(second >= 600 for second in changed) <= 10


def test_it_does_not_follow_the_slowest_of_several() -> None:
    rate = StillRate(CEILING)
    assert not rate.update(claims(10_000, None, None), 100_000, SECOND_US)
    assert rate.target == CEILING
    assert rate.update(claims(10_000), 100_000, 2 * SECOND_US)


def test_claims_before_the_first_still_mean_nothing() -> None:
    rate = StillRate(CEILING)
    assert not rate.update(claims(1000), 0, SECOND_US)


def test_reset_returns_to_the_ceiling() -> None:
    link = Link(1_000_000, 100_000)
    link.run(30)
    link.rate.reset()
    assert link.rate.target == CEILING


def test_targets_are_clamped_to_their_bounds() -> None:
    assert StillTarget.within(1, 0) == StillTarget(FLOOR_QUALITY, FLOOR_FPS)
    assert StillTarget.within(100, 240) == StillTarget(CEILING_QUALITY, CEILING_FPS)
    assert StillTarget.within(75, 20) == StillTarget(75, 20)


def test_stills_stay_cheap_only_while_the_slow_are_a_majority() -> None:
    rate = StillRate(CEILING)
    for tick in range(1, 60):
        rate.update(claims(100_000), 100_000, tick * SECOND_US)
    assert rate.target.fps == FLOOR_FPS
    assert rate.update(claims(None, None), 100_000, 60 * SECOND_US)
    assert rate.target == CEILING
