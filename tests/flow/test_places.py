"""Everybody gets a place while places are free; then the lowest rank loses places first."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.places import Places

RANKS = 3
entries = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from("abc"), st.integers(0, RANKS - 1)), max_size=60
)


def places(capacity: int = 10) -> Places[int]:
    return Places(capacity, RANKS, random.Random(1))


@given(entries, st.lists(st.integers(0, 30)), st.sampled_from("abcd"))
def test_the_largest_group_of_the_lowest_rank_loses_a_place(
    entered: list[tuple[int, str, int]], left: list[int], newcomer: str
) -> None:
    taken, model = places(), {}
    for holder, group, rank in entered:
        taken.enter(holder, group, rank)
        model[holder] = (group, rank)
    for holder in left:
        taken.leave(holder)
        model.pop(holder, None)
    assert len(taken) == len(model)
    for rank in range(RANKS + 1):
        below = {holder for holder, place in model.items() if place[1] < rank}
        assert set(taken.below(rank)) == below
        assert taken.count(rank) == len(below)
    gone = taken.next_to_go(newcomer)
    if not model:
        assert gone is None
        return
    lowest = min(rank for _, rank in model.values())
    groups = [group for group, rank in model.values() if rank == lowest]
    most = max(groups.count(group) for group in groups)
    if gone is None:
        assert lowest == RANKS - 1
        assert most <= groups.count(newcomer) + 1
    else:
        assert model[gone][1] == lowest
        assert groups.count(model[gone][0]) == most


def test_groups_share_the_highest_rank_evenly() -> None:
    taken = places()
    for holder in range(8):
        taken.enter(holder, "many", RANKS - 1)
    taken.enter(8, "one", RANKS - 1)
    assert taken.next_to_go("newcomer") in range(8)
    assert taken.next_to_go("many") is None


def test_a_newcomer_often_survives_a_flood_of_its_own_rank() -> None:
    """There are 200 places, and 200 others come between its first byte and its request."""
    survived = 0
    for seed in range(200):
        taken: Places[int] = Places(200, RANKS, random.Random(seed))
        for holder in range(200):
            taken.enter(holder, "x", 1)
        for newcomer in range(1000, 1200):
            gone = taken.next_to_go("x")
            assert gone is not None
            taken.leave(gone)
            taken.enter(newcomer, "x", 1)
        survived += 1000 in taken
    assert survived > 40  # 1/e of 200 is 74; with "newest first" it is none
