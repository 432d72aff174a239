"""How demands meet: no subscriber lowers what another wants, in whatever order they come."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.hub.demand import IDLE, Demand, joined, merge
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
)


def area(damage: Damage) -> object:
    return damage.is_all or frozenset(damage.regions)


def normal(demand: Demand) -> Any:
    """With the area of repairs as a set: the order of its rectangles says nothing."""
    fields = {name: getattr(demand, name) for name in Demand.__dataclass_fields__}
    return fields | {"repair": area(demand.repair), "targets": dict(demand.targets)}


@given(st.lists(demands, max_size=6), st.data())
def test_the_order_does_not_matter(each: list[Demand], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(each))
    assert normal(merge(each)) == normal(merge(shuffled))


@given(st.lists(demands, max_size=4), st.lists(demands, max_size=4))
def test_what_was_merged_before_may_be_merged_again(one: list[Demand], two: list[Demand]) -> None:
    assert normal(merge([merge(one), merge(two)])) == normal(merge([*one, *two]))


@given(demands)
def test_one_alone_gets_what_it_wants_and_twice_is_once(demand: Demand) -> None:
    assert normal(merge([demand])) == normal(demand)
    assert normal(joined(demand, merge([demand]))) == normal(demand)


def test_nobody_wants_nothing() -> None:
    assert merge([]) == IDLE


@given(st.lists(demands, max_size=6), demands)
def test_another_subscriber_lowers_nothing(others: list[Demand], newcomer: Demand) -> None:
    """Whatever it wants, what the others wanted is still made, and for no less."""
    before, after = merge(others), merge([*others, newcomer])
    assert after.renditions >= before.renditions
    assert after.keyframes >= before.keyframes
    assert after.refine >= before.refine
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
    """One without room, waiting for nothing, on a rendition that somebody else watches."""
    wanted = merge(others)
    watched = st.sampled_from(sorted(wanted.renditions)) if wanted.renditions else st.nothing()
    slow = Demand(renditions=data.draw(st.frozensets(watched)), paused=True)
    for _ in range(data.draw(st.integers(1, 3))):
        others.insert(data.draw(st.integers(0, len(others))), slow)
    assert normal(merge(others)) == normal(wanted)


@given(demands)
def test_a_demand_travels(demand: Demand) -> None:
    text = msgspec.json.encode(demand)
    assert normal(msgspec.json.decode(text, type=Demand)) == normal(demand)


@given(demands)
def test_what_lasts_asks_for_nothing_anew(demand: Demand) -> None:
    lasting = demand.lasting()
    assert (lasting.keyframes, lasting.repair) == (frozenset(), Damage.NONE)
    assert normal(joined(lasting, demand)) == normal(demand)
