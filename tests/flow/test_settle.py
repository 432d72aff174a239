"""A coarse picture that rests reaches its quality, once, in a bounded number of rounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.settle import MAX_ROUNDS, REST_US, Settling
from samescreen.media import MAX_REGIONS, Damage, Region

START_US = 7_000_000
SPOT: Damage = Damage.of(Region(3, 3, 4, 4))
PATCH: Damage = Damage.of(Region(40, 8, 9, 2))


def coarse() -> Settling:
    settling = Settling()
    settling.encoded(SPOT, below_target_quality=True, now_us=START_US)
    return settling


def test_before_the_first_packet_nothing_is_due() -> None:
    assert Settling().due_us(START_US) is None


def test_a_good_picture_needs_no_rounds() -> None:
    settling = Settling()
    settling.encoded(SPOT, below_target_quality=False, now_us=START_US)
    assert settling.due_us(START_US + 10 * REST_US) is None


def test_a_coarse_picture_is_due_after_a_rest() -> None:
    settling = coarse()
    assert settling.due_us(START_US) == REST_US
    assert settling.due_us(START_US + REST_US - 1) == 1
    assert settling.due_us(START_US + REST_US) == 0
    assert settling.due_us(START_US + 2 * REST_US) == 0


def test_motion_restarts_the_rest() -> None:
    settling = coarse()
    settling.encoded(SPOT, below_target_quality=True, now_us=START_US + REST_US - 1)
    assert settling.due_us(START_US + REST_US) == REST_US - 1


def test_a_coarse_picture_stays_coarse_under_good_small_changes() -> None:
    settling = coarse()
    settling.encoded(SPOT, below_target_quality=False, now_us=START_US + 1)
    assert settling.due_us(START_US + 1 + REST_US) == 0


def test_rounds_follow_each_other_until_the_picture_is_good() -> None:
    settling = coarse()
    now_us = START_US + REST_US
    assert settling.settled(below_target_quality=True) is False
    assert settling.due_us(now_us) == 0
    assert settling.settled(below_target_quality=False) is True
    assert settling.due_us(now_us + REST_US) is None


def test_it_gives_up_after_a_bounded_number_of_rounds() -> None:
    settling = coarse()
    done = [settling.settled(below_target_quality=True) for _ in range(MAX_ROUNDS)]
    assert done == [False] * (MAX_ROUNDS - 1) + [True]
    assert settling.due_us(START_US + 10 * REST_US) is None


def test_motion_resets_the_number_of_rounds() -> None:
    settling = coarse()
    for _ in range(MAX_ROUNDS):
        settling.settled(below_target_quality=True)
    settling.encoded(SPOT, below_target_quality=True, now_us=START_US)
    assert settling.settled(below_target_quality=True) is False


@given(st.lists(st.booleans(), max_size=60))
def test_a_picture_at_rest_costs_a_bounded_number_of_encodes(results: list[bool]) -> None:
    settling, rounds = coarse(), 0
    for is_below in results:
        if settling.due_us(START_US + REST_US) is None:
            break
        rounds += 1
        settling.settled(below_target_quality=is_below)
    assert rounds <= MAX_ROUNDS


# --- where viewers see less than the target quality -----------------------------------------------


def test_nothing_is_coarse_at_first() -> None:
    assert Settling().coarse == Damage.NONE


def test_good_packets_paint_nothing_coarse() -> None:
    settling = Settling()
    settling.encoded(PATCH, below_target_quality=False, now_us=START_US)
    settling.encoded(Damage.ALL, below_target_quality=False, now_us=START_US + 1)
    assert settling.coarse == Damage.NONE


def test_the_coarse_area_adds_up_over_packets() -> None:
    settling = coarse()
    settling.encoded(Damage.NONE, below_target_quality=False, now_us=START_US + 1)
    settling.encoded(PATCH, below_target_quality=True, now_us=START_US + 2)
    assert set(settling.coarse.regions) == {*SPOT.regions, *PATCH.regions}


def test_a_coarse_keyframe_makes_the_whole_picture_coarse() -> None:
    settling = coarse()
    settling.encoded(Damage.ALL, below_target_quality=True, now_us=START_US + 1)
    settling.encoded(SPOT, below_target_quality=True, now_us=START_US + 2)
    assert settling.coarse == Damage.ALL


def test_a_coarse_packet_that_paints_nothing_adds_nothing() -> None:
    settling = Settling()
    settling.encoded(Damage.NONE, below_target_quality=True, now_us=START_US)
    assert settling.coarse == Damage.NONE


def test_rounds_keep_the_coarse_area_for_the_last_packet() -> None:
    settling = coarse()
    settling.settled(below_target_quality=True)
    assert settling.coarse == SPOT
    assert settling.settled(below_target_quality=False)
    assert settling.coarse == SPOT, "the caller resets it"


def test_after_a_reset_only_later_coarse_packets_count() -> None:
    settling = coarse()
    settling.settled(below_target_quality=False)
    settling.coarse = Damage.NONE
    settling.encoded(PATCH, below_target_quality=True, now_us=START_US + 1)
    assert settling.coarse == PATCH


regions = st.builds(
    Region, st.integers(0, 50), st.integers(0, 50), st.integers(0, 9), st.integers(0, 9)
)


def damage_of(boxes: list[Region]) -> Damage:
    return Damage.of(*boxes) if boxes else Damage.ALL


@given(
    st.lists(
        st.tuples(st.lists(regions, max_size=4).map(damage_of), st.booleans()), max_size=40
    )
)
def test_coarse_covers_what_every_coarse_packet_painted(
    packets: list[tuple[Damage, bool]],
) -> None:
    settling = Settling()
    for now_us, (damage, is_below) in enumerate(packets):
        settling.encoded(damage, below_target_quality=is_below, now_us=now_us)
        assert len(settling.coarse.regions) <= MAX_REGIONS, "the area stays bounded"
    painted = [damage for damage, is_below in packets if is_below]
    assert (settling.coarse == Damage.ALL) is any(damage == Damage.ALL for damage in painted)
    for region in (region for damage in painted for region in damage.regions):
        covering = settling.coarse.within(region)
        assert any(c == region for c in covering)
