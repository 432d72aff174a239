"""The board of marks: its bounds hold whatever people draw, and its values add up."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.errors import ProtocolError
from samescreen.hub.marks import (
    COLOURS,
    COST_AT_ONCE,
    COST_PER_S,
    MESSAGE_COST,
    MOST_PEOPLE,
    MOST_POINTS,
    MOST_STROKES,
    QUIET_US,
    Board,
    Inker,
    drawn,
)


@dataclass(frozen=True)
class Somebody:
    person_id: str
    name: str = ""


def inker_on(board: Board, person_id: str = "p", now_us: int = 0) -> Inker:
    inker = board.find(Somebody(person_id), now_us)
    assert inker is not None
    return inker


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 900)), max_size=40))
def test_whatever_stays_of_one_person_is_bounded(strokes: list[tuple[int, int]]) -> None:
    inker = inker_on(Board(0))
    for stroke, points in strokes:
        before = set(inker.strokes)
        has_dropped = inker.keep(stroke, [0] * 3 * points)
        assert has_dropped == (not before | {stroke} <= set(inker.strokes))
        assert sum(map(len, inker.strokes.values())) <= 3 * MOST_POINTS


def test_the_oldest_stroke_goes_first() -> None:
    board = Board(0)
    inker = inker_on(board)
    for stroke in range(MOST_STROKES + 2):
        inker.keep(stroke, (1, 2, 3))
    assert next(iter(inker.strokes)) == 2
    assert [mark.stroke for mark in board.strokes] == list(range(2, MOST_STROKES + 2))


def test_people_differ_in_colour_and_the_seventeenth_waits_for_room() -> None:
    board = Board(0)
    for n in range(MOST_PEOPLE):
        inker_on(board, f"p{n}").keep(0, (1, 2, 3))
    colours = [each.colour for each in board.inkers]
    assert colours == [*range(COLOURS)] * 2
    assert board.find(Somebody("late"), QUIET_US) is None, "everybody has marks"
    board.inkers[3].strokes.clear()
    assert board.find(Somebody("late"), QUIET_US - 1) is None, "this one drew a moment ago"
    late = inker_on(board, "late", QUIET_US)
    assert late.colour == 3
    assert len(board.inkers) == MOST_PEOPLE
    assert len({each.by for each in board.inkers}) == MOST_PEOPLE


def test_the_same_id_of_another_person_is_somebody_new() -> None:
    board = Board(0)
    one = inker_on(board)
    assert board.find(one.person, 0) is one
    again = inker_on(board)
    assert again.by != one.by


def test_what_exceeds_the_budget_is_left_out_but_never_an_end() -> None:
    inker = inker_on(Board(0))
    points = (1, 2, 3) * 60
    sent = 0
    while drawn(inker, 1, "fade", points, is_end=False, now_us=0) is not None:
        sent += 60 + MESSAGE_COST
    assert COST_AT_ONCE < sent <= COST_AT_ONCE + 60 + MESSAGE_COST
    end = drawn(inker, 1, "fade", points, is_end=True, now_us=0)
    assert end is not None
    assert (end.is_end, end.points) == (True, ())
    paid_us = (sent + MESSAGE_COST - COST_AT_ONCE) * 1_000_000 // COST_PER_S + 1
    assert drawn(inker, 2, "fade", points, is_end=False, now_us=paid_us) is not None


@pytest.mark.parametrize("points", [(1,), (1, 2), (1, 2, 3, 4)])
def test_half_a_point_breaks_the_protocol(points: tuple[int, ...]) -> None:
    with pytest.raises(ProtocolError, match="three numbers"):
        drawn(inker_on(Board(0)), 1, "pen", points, is_end=False, now_us=0)
