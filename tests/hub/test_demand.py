"""Merging demands: in any order, no subscriber lowers the demand of another."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.first_still import NO_LIMIT
from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.hub.demand import IDLE, CursorNeed, Demand, joined, limited, merge
from samescreen.media import Damage, Region, Rendition

renditions = st.frozensets(st.sampled_from(Rendition))
targets = st.builds(RateTarget, st.integers(1, 10**8), st.integers(1, 240))
areas = st.one_of(
    st.just(Damage.NONE),
    st.just(Damage.ALL),
    st.builds(
        lambda x, y: Damage.of(Region(x * 32, y * 32, 32, 32)),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
)
demands = st.builds(
    Demand,
    renditions=renditions,
    keyframes=renditions,
    targets=st.dictionaries(st.sampled_from([Rendition.MAIN, Rendition.LOW]), targets),
    stills=st.none() | st.builds(StillTarget, st.integers(40, 90), st.integers(1, 30)),
    paused=st.booleans(),
    refine=st.booleans(),
    repair=areas,
    cursor=st.sampled_from([CursorNeed(number) for number in range(4)]),
    jpeg_only=st.booleans(),
    still_bytes=st.sampled_from([0, 1, 500_000, NO_LIMIT]),
)


def area(damage: Damage) -> object:
    return damage.is_all or frozenset(damage.regions)


def normal(demand: Demand) -> Any:
    """The demand in a form that ignores the order of the rectangles to repair."""
    fields = {name: getattr(demand, name) for name in Demand.__dataclass_fields__}
    return fields | {"repair": area(demand.repair), "targets": dict(demand.targets)}


@given(st.lists(demands, max_size=6), st.data())
def test_the_order_does_not_matter(each: list[Demand], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(each))
    assert normal(merge(each)) == normal(merge(shuffled))


@given(st.lists(demands, max_size=4), st.lists(demands, max_size=4))
def test_merging_is_associative(one: list[Demand], two: list[Demand]) -> None:
    assert normal(merge([merge(one), merge(two)])) == normal(merge([*one, *two]))


@given(demands)
def test_merging_is_idempotent(demand: Demand) -> None:
    assert normal(merge([demand])) == normal(demand)
    assert normal(joined(demand, merge([demand]))) == normal(demand)


def test_no_subscribers_demand_nothing() -> None:
    assert merge([]) == IDLE


@given(st.lists(demands, max_size=6), demands)
def test_a_subscriber_lowers_no_demand_of_another(others: list[Demand], newcomer: Demand) -> None:
    """What the others demand is still encoded, with at least the same quality."""
    before, after = merge(others), merge([*others, newcomer])
    assert after.renditions >= before.renditions
    assert after.keyframes >= before.keyframes
    assert after.refine >= before.refine
    assert after.cursor & before.cursor == before.cursor
    assert after.jpeg_only >= before.jpeg_only
    assert after.paused <= before.paused
    assert area(before.repair | after.repair) == area(after.repair)
    for rendition, target in before.targets.items():
        assert after.targets[rendition].within(target) == target
    if before.stills is not None:
        assert after.stills is not None
        assert after.stills.quality >= before.stills.quality
        assert after.stills.fps >= before.stills.fps


@given(st.lists(demands, min_size=1, max_size=6), st.data())
def test_a_slow_subscriber_changes_nothing_for_others(
    others: list[Demand], data: st.DataObject
) -> None:
    """A slow subscriber is paused, requests nothing, and watches what somebody else watches."""
    wanted = merge(others)
    watched = st.sampled_from(sorted(wanted.renditions)) if wanted.renditions else st.nothing()
    slow = Demand(renditions=data.draw(st.frozensets(watched)), paused=True)
    for _ in range(data.draw(st.integers(1, 3))):
        others.insert(data.draw(st.integers(0, len(others))), slow)
    assert normal(merge(others)) == normal(wanted)


@given(demands)
def test_a_demand_can_be_serialised(demand: Demand) -> None:
    text = msgspec.json.encode(demand)
    assert normal(msgspec.json.decode(text, type=Demand)) == normal(demand)


@given(demands)
def test_a_lasting_demand_requests_nothing_again(demand: Demand) -> None:
    lasting = demand.lasting()
    assert (lasting.keyframes, lasting.repair) == (frozenset(), Damage.NONE)
    assert normal(joined(lasting, demand)) == normal(demand)


@given(demands, targets)
def test_a_limited_demand_exceeds_neither_the_limit_nor_the_demand(
    demand: Demand, limit: RateTarget
) -> None:
    ceilings = {Rendition.MAIN: RateTarget(10**8, 240), Rendition.LOW: RateTarget(10**6, 20)}
    held = limited(demand, limit, ceilings)
    for rendition, ceiling in ceilings.items():
        wanted = demand.targets.get(rendition, ceiling)
        assert held.targets[rendition] == wanted.within(limit)
    assert held.stills is None or held.stills.fps <= limit.fps
    assert (held.renditions, held.keyframes) == (demand.renditions, demand.keyframes)
    assert (held.paused, held.refine, held.repair) == (
        demand.paused,
        demand.refine,
        demand.repair,
    )
