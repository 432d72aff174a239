"""What a rendition may cost: it falls at once, rises by guesses, and stays low for a majority."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.claims import Claim
from samescreen.flow.rate import (
    LOW_CEILING,
    MAIN_FLOOR,
    RateControl,
    RateTarget,
    ceilings,
    rates_within,
)
from samescreen.media import Rendition
from tests.fakes import claims
from tests.stage.timing import MS

SECOND_US = 1_000_000
START_US = 1000 * SECOND_US
CEILING = RateTarget(20_000_000, 60)
HD = 1280 * 720


def following(ceiling: RateTarget) -> RateControl:
    return rates_within(ceiling)[Rendition.MAIN]


def test_it_stays_at_the_ceiling_without_congestion() -> None:
    rate = following(CEILING)
    for second in range(100):
        assert not rate.update(claims(None, None), HD, START_US + second * SECOND_US)
    assert rate.target == CEILING
    assert not rate.is_lowered


def test_it_falls_below_the_capacity_of_one_viewer_at_once() -> None:
    rate = following(CEILING)
    assert rate.update(claims(4_000_000), HD, START_US)
    assert 2_000_000 <= rate.target.bitrate_bps < 4_000_000
    assert rate.is_lowered


def test_falls_keep_a_distance() -> None:
    rate = following(CEILING)
    assert rate.update(claims(4_000_000), HD, START_US)
    assert not rate.update(claims(1_000_000), HD, START_US + 100_000)
    assert rate.update(claims(1_000_000), HD, START_US + SECOND_US)


def test_the_floor_holds() -> None:
    rate = following(CEILING)
    assert rate.update(claims(1000), HD, START_US)
    assert rate.target.bitrate_bps == MAIN_FLOOR.bitrate_bps
    assert rate.is_at_floor
    assert rate.target.fps >= 20


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an alarm")
@pytest.mark.parametrize("capacity", [0, 1])
def test_a_dead_link_does_not_hang_the_loop(capacity: int) -> None:
    def ring(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 500 * MS)
    try:
        assert following(CEILING).update(claims(capacity), HD, START_US)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_ceiling_below_the_floor_holds() -> None:
    rate = following(RateTarget(100_000, 10))
    rate.update(claims(1000), HD, START_US)
    assert rate.target.bitrate_bps <= 100_000
    assert rate.target.fps <= 10


def climb(rate: RateControl, now_us: int, seconds: int) -> list[int]:
    """The seconds at which the target of a calm stream rose."""
    return [
        second
        for second in range(1, seconds)
        if rate.update(claims(None), HD, now_us + second * SECOND_US)
    ]


def test_it_climbs_back_to_the_ceiling_when_calm() -> None:
    rate = following(CEILING)
    rate.update(claims(2_000_000), HD, START_US)
    assert climb(rate, START_US, 60)
    assert rate.target == CEILING


def test_a_failed_rise_makes_the_next_one_wait_longer() -> None:
    rate, now_us, waits = following(CEILING), START_US, []
    rate.update(claims(2_000_000), HD, now_us)
    for _ in range(4):
        went_up_s = next(
            s for s in range(1, 200) if rate.update(claims(None), HD, now_us + s * SECOND_US)
        )
        waits.append(went_up_s)
        now_us += (went_up_s + 1) * SECOND_US
        assert rate.update(claims(2_000_000), HD, now_us)
    assert waits == sorted(waits)
    assert waits[-1] >= 4 * waits[0]
    assert max(waits) <= 60


def test_the_frame_rate_falls_only_when_the_bits_do_not_suffice() -> None:
    rate = following(CEILING)
    rate.update(claims(2_500_000), 640 * 360, START_US)
    assert rate.target.fps == 60
    rate.update(claims(500_000), 1920 * 1080, START_US + SECOND_US)
    assert rate.target.fps == 20


@given(
    st.lists(
        st.tuples(
            st.lists(st.none() | st.integers(0, 10**9), max_size=5), st.integers(0, 5 * SECOND_US)
        ),
        max_size=60,
    ),
    st.integers(100_000, 10**9),
    st.integers(1, 240),
)
def test_the_target_keeps_its_bounds(
    steps: list[tuple[list[int | None], int]], bitrate_bps: int, fps: int
) -> None:
    ceiling = RateTarget(bitrate_bps, fps)
    rate, now_us = following(ceiling), START_US
    for capacities, gap_us in steps:
        now_us += gap_us
        before = rate.target
        changed = rate.update(claims(*capacities), HD, now_us)
        assert changed or rate.target == before
        assert min(MAIN_FLOOR.bitrate_bps, bitrate_bps) <= rate.target.bitrate_bps <= bitrate_bps
        assert min(20, fps) <= rate.target.fps <= fps


def test_reset_returns_to_the_ceiling() -> None:
    rate = following(CEILING)
    rate.update(claims(1000), HD, START_US)
    assert rate.target != CEILING
    rate.reset()
    assert rate.target == CEILING
    assert (rate.is_lowered, rate.is_at_floor) == (False, False)
    assert not rate.update(claims(None), HD, START_US + 100 * SECOND_US)


def test_after_a_reset_it_falls_at_once() -> None:
    rate = following(CEILING)
    rate.update(claims(4_000_000), HD, START_US)
    rate.reset()
    assert rate.update(claims(1_000_000), HD, START_US + 1), "a reset forgets the last fall"
    assert rate.target.bitrate_bps < 1_000_000


def test_reset_forgets_failed_rises() -> None:
    def first_climb(rate: RateControl, now_us: int) -> int:
        rate.update(claims(2_000_000), HD, now_us)
        times = range(1, 200)
        return next(s for s in times if rate.update(claims(None), HD, now_us + s * SECOND_US))

    rate, now_us = following(CEILING), START_US
    for _ in range(4):
        now_us += (first_climb(rate, now_us) + 1) * SECOND_US
    rate.reset()
    fresh = first_climb(following(CEILING), now_us)
    assert first_climb(rate, now_us) == fresh


@given(st.integers(100_000, 10**9), st.integers(1, 240))
def test_the_low_rendition_never_costs_more_than_main(bitrate_bps: int, fps: int) -> None:
    low = ceilings(RateTarget(bitrate_bps, fps))[Rendition.LOW]
    assert low.bitrate_bps <= min(bitrate_bps, LOW_CEILING.bitrate_bps)
    assert low.fps <= min(fps, LOW_CEILING.fps)


def test_the_low_rendition_becomes_cheaper_than_main_can() -> None:
    rates = rates_within(CEILING)
    for rate in rates.values():
        assert rate.update(claims(1000), HD // 4, START_US)
        assert rate.is_at_floor
    low, main = rates[Rendition.LOW].target, rates[Rendition.MAIN].target
    assert low.bitrate_bps < main.bitrate_bps
    assert low.fps < main.fps


def seconds_to_ceiling(rate: RateControl, viewers: list[Claim]) -> int:
    """The seconds until the target is at the ceiling; none of these viewers is late."""
    return next(
        tick
        for tick in range(1, 1000)
        if rate.update(viewers, HD, START_US + tick * SECOND_US // 4) and rate.target == CEILING
    ) // 4  # fmt: skip


def calm(*viewer_ids: str) -> list[Claim]:
    return [Claim(viewer_id, f"10.0.0.{viewer_id[1:]}", None) for viewer_id in viewer_ids]


def test_a_contradicted_claim_counts_only_while_its_viewer_is_alone() -> None:
    rate = following(CEILING)
    lone = Claim("v1", "10.0.0.1", 300_000, is_confirmed=False)
    assert rate.update([lone], HD, START_US)
    assert not rate.update([lone], HD, START_US + SECOND_US)
    assert rate.update([lone, *calm("v2")], HD, START_US + 2 * SECOND_US)
    assert rate.target == CEILING


@pytest.mark.parametrize("is_confirmed", [True, None])
def test_a_slow_viewer_lowers_the_target_only_while_it_is_alone(
    is_confirmed: bool | None,
) -> None:
    def lowered() -> RateControl:
        rate = following(CEILING)
        assert rate.update([Claim("v1", "10.0.0.1", 300_000, is_confirmed)], HD, START_US)
        return rate

    assert seconds_to_ceiling(lowered(), calm("v1")) > 30
    assert seconds_to_ceiling(lowered(), calm("v1", "v2")) < 10


def test_the_target_returns_when_the_slow_viewers_have_left() -> None:
    rate = following(CEILING)
    assert rate.update(claims(300_000, 300_000, 300_000, None), HD, START_US)
    assert rate.update(calm("v3"), HD, START_US + SECOND_US)
    assert rate.target == CEILING


def test_the_quick_rise_ends_at_the_first_failure() -> None:
    rate, now_us, went_up = following(CEILING), START_US, []
    rate.update(claims(1_000_000), HD, now_us)
    for tick in range(1, 240):
        now_us += SECOND_US // 4
        before = rate.target.bitrate_bps
        capacity = 1_000_000 if before > 1_000_000 else None
        if rate.update(claims(capacity, capacity), HD, now_us) and rate.target.bitrate_bps > before:
            went_up.append(tick)
    assert went_up[0] <= 4
    assert len(went_up) <= 8


# --- the target comes to rest ---------------------------------------------------------------------


def changes(
    rate: RateControl, viewers: Callable[[int, int], list[Claim]], minutes: int
) -> list[int]:
    """The seconds at which the target changed; `viewers`: by the tick and the bitrate."""
    found = []
    for tick in range(minutes * 60 * 4):
        now_us = START_US + tick * 250_137  # ticks of a busy machine are never exact
        if rate.update(viewers(tick, rate.target.bitrate_bps), 1920 * 1080, now_us):
            found.append(tick // 4)
    return found


@pytest.mark.parametrize("capacity_bps", [300_000, 1_000_000, 3_000_000, 8_000_000, 19_000_000])
def test_on_a_link_of_constant_capacity_trials_become_rare(capacity_bps: int) -> None:
    found = changes(
        following(CEILING),
        lambda _, bitrate_bps: claims(capacity_bps if bitrate_bps > capacity_bps else None),
        40,
    )
    assert len(found) <= 40
    for minute in range(10, 40 - 6):
        assert sum(minute <= second / 60 < minute + 6 for second in found) <= 3, "one trial"


@pytest.mark.parametrize("flicker_s", [1, 2, 4, 8, 16, 30])
def test_one_flickering_claim_in_four_comes_to_rest(flicker_s: int) -> None:
    """Two of four viewers are late, and a third one off and on: with it they are a majority."""

    def viewers(tick: int, bitrate_bps: int) -> list[Claim]:
        late = 1_000_000 if bitrate_bps > 1_000_000 else None
        return claims(late, late, late if tick // 4 // flicker_s % 2 else None, None)

    found = changes(following(CEILING), viewers, 20)
    assert len(found) <= 40
    assert sum(second >= 480 for second in found) <= 12


@pytest.mark.parametrize("bad_s", [10, 60, 300])
def test_a_link_is_used_again_when_it_was_good_for_as_long_as_it_was_bad(bad_s: int) -> None:
    rate, recovered_s = following(CEILING), 0

    def viewers(tick: int, bitrate_bps: int) -> list[Claim]:
        return claims(1_000_000 if tick // 4 < bad_s and bitrate_bps > 1_000_000 else None)

    changes(rate, viewers, 1 + bad_s // 60 * 2)
    now_us = START_US + (1 + bad_s // 60 * 2) * 60 * SECOND_US
    while rate.target != CEILING:
        recovered_s += 1
        rate.update(claims(None), 1920 * 1080, now_us + recovered_s * SECOND_US)
    assert recovered_s <= 30, "as long again, and the steps of three seconds each"


def test_a_ceiling_that_cannot_pay_for_its_frame_rate_is_reached_again() -> None:
    poor = RateTarget(500_000, 60)
    rate = following(poor)
    assert rate.update(claims(300_000), 1920 * 1080, START_US)
    for second in range(1, 120):
        rate.update(claims(None), 1920 * 1080, START_US + second * SECOND_US)
    assert rate.target == poor
    assert not rate.is_lowered
