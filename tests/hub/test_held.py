"""What the host holds a stream to: never above its rates, and the quality that it asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.rate import RateTarget, ceilings
from samescreen.flow.stills import StillTarget
from samescreen.hub.demand import Demand, limited
from samescreen.hub.held import NOT_HELD, Held
from samescreen.hub.publisher import MediaTrack
from tests.hub.test_demand import demands, targets

TRACK = MediaTrack("video", 0, ceilings(RateTarget(20_000_000, 60)), StillTarget(75, 30))
qualities = st.integers(1, 100)


@given(demands)
def test_a_stream_that_is_not_held_asks_for_what_is_demanded(demand: Demand) -> None:
    assert NOT_HELD.of(demand, TRACK) is demand


@given(demands, st.none() | targets, qualities)
def test_the_quality_goes_along_with_the_rates(
    demand: Demand, rate: RateTarget | None, quality: int
) -> None:
    held = Held(rate, quality).of(demand, TRACK)
    assert held.quality == quality
    within = demand if rate is None else limited(demand, rate, TRACK.targets)
    assert held.targets == within.targets
    assert held.renditions == demand.renditions
    assert (held.stills is None) is (demand.stills is None)


@given(qualities, st.integers(40, 90))
def test_stills_follow_the_quality_unless_links_lowered_them(quality: int, now: int) -> None:
    demand = Demand(stills=StillTarget(now, 30))
    stills = Held(quality=quality).of(demand, TRACK).stills
    asked = StillTarget.within(quality, 30)
    assert stills is not None
    assert stills == asked if now >= 75 else stills.quality == min(now, asked.quality)


def test_stills_that_a_publisher_cannot_make_stay_away() -> None:
    held = Held(quality=50).of(Demand(stills=StillTarget()), MediaTrack("sound", 1))
    assert held.stills == StillTarget()
