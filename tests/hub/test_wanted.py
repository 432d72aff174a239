"""A demand crosses the publish socket unchanged."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.first_still import NO_LIMIT
from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.hub.demand import CursorNeed, Demand, joined
from samescreen.hub.wanted import demand_of, want_of
from samescreen.media import Damage, Region, Rendition
from samescreen.wire.publishing import Want, message_to_publisher, text_to_publisher

PLAIN = [rendition for rendition in Rendition if rendition is not Rendition.POINTED]
renditions = st.frozensets(st.sampled_from(PLAIN))
targets = st.dictionaries(
    st.sampled_from([Rendition.MAIN, Rendition.LOW]),
    st.builds(RateTarget, st.integers(0, 10**9), st.integers(1, 240)),
)
damages = st.just(Damage.ALL) | st.lists(
    st.builds(Region, *[st.integers(0, 2**15)] * 2, *[st.integers(1, 2**15)] * 2), max_size=5
).map(lambda regions: Damage.of(*regions))
demands = st.builds(
    Demand,
    renditions=renditions,
    keyframes=renditions,
    targets=targets,
    stills=st.none() | st.builds(StillTarget, st.integers(40, 90), st.integers(1, 30)),
    paused=st.booleans(),
    refine=st.booleans(),
    repair=damages,
    sketch=st.booleans(),
    still_bytes=st.integers(0, 2**53 - 1),
    quality=st.none() | st.integers(1, 100),
    cursor=st.sampled_from(CursorNeed) | st.just(CursorNeed.APART | CursorNeed.IN_PICTURE),
    jpeg_only=st.booleans(),
)


def across(demand: Demand) -> Demand:
    """The demand after it was sent as text."""
    want = message_to_publisher(text_to_publisher(want_of(demand, 7)))
    assert isinstance(want, Want)
    assert want.track == 7
    return demand_of(want)


@given(demands)
def test_every_demand_arrives_as_it_was(demand: Demand) -> None:
    assert across(demand) == demand


@given(demands, demands)
def test_joined_before_or_after_is_the_same(one: Demand, other: Demand) -> None:
    assert across(joined(one, other)) == joined(across(one), across(other))


def test_stills_with_the_cursor_are_plain_stills_elsewhere() -> None:
    pointed = Demand(renditions=frozenset({Rendition.POINTED}))
    assert across(pointed).renditions == {Rendition.JPEG}


def test_an_empty_want_demands_nothing() -> None:
    want = message_to_publisher('{"type":"want","track":3}')
    assert isinstance(want, Want)
    assert demand_of(want) == Demand(cursor=CursorNeed.IN_PICTURE, jpeg_only=True)


def test_no_limit_for_a_still_fits_the_message() -> None:
    assert across(Demand(still_bytes=NO_LIMIT)) == Demand(still_bytes=2**53 - 1)
