"""Marks on their way to another machine: whatever gets lost, both boards end up alike."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from samescreen.hub.ink import Added, unknown_of
from samescreen.hub.mark_feed import (
    COST_AT_ONCE,
    MESSAGE_COST,
    MESSAGE_POINTS,
    MOST_FADING,
    MOST_PENS,
    MarkFeed,
    Round,
)
from samescreen.hub.marks import Board, FarDrawer, Mark


@dataclass(frozen=True)
class Somebody:
    person_id: str
    name: str = ""


class Copy:
    """A board, and what another machine makes of its feed."""

    def __init__(self) -> None:
        self.here, self.there = Board(0), Board(0)
        self.feed = MarkFeed(lambda inker: inker.person.person_id != "away")
        self.count = 0

    def draw(self, who: int, stroke: int, points: int, *, is_end: bool = False) -> None:
        inker = self.here.find(Somebody(f"p{who}"), 0)
        assert inker is not None
        numbers = tuple(range(self.count, self.count + 3 * points))
        self.count += 3 * points
        if inker.keep(stroke, numbers):
            self.feed.changed()
        self.feed.drew(inker, Mark(inker.by, stroke, "pen", numbers, is_end))

    def undo(self, who: int) -> None:
        inker = self.here.find(Somebody(f"p{who}"), 0)
        assert inker is not None
        if inker.strokes:
            inker.strokes.popitem()
            self.feed.changed()

    def take(self, *, is_lost: bool = False) -> Round:
        due = self.feed.take(self.here)
        if not is_lost:
            self._apply(due)
        return due

    def settle(self) -> None:
        """Send until nothing waits."""
        while self.feed.is_due:
            self.take()

    def _apply(self, due: Round) -> None:
        if due.strokes is not None:
            for inker in self.there.inkers:
                assert inker.far is not None
                for stroke in [n for n in inker.strokes if (inker.far.by, n) not in due.strokes]:
                    del inker.strokes[stroke]
        for drawn in due.drawn:
            drawer = FarDrawer("x", drawn.inker.by, drawn.inker.name)
            far = self.there.find_far(drawer, 0)
            assert far is not None
            mark = drawn.mark
            rest = unknown_of(
                far, Added(mark.stroke, mark.tool, mark.points, mark.is_end, drawn.at)
            )
            if rest is not None:
                far.keep(mark.stroke, rest.points)

    def shown(self) -> dict[tuple[int, int], list[int]]:
        return {
            (inker.far.by, stroke): points
            for inker in self.there.inkers
            if inker.far is not None
            for stroke, points in inker.strokes.items()
        }

    def drawn(self) -> dict[tuple[int, int], list[int]]:
        return {
            (inker.by, stroke): points
            for inker in self.here.inkers
            for stroke, points in inker.strokes.items()
        }


ACTS = st.one_of(
    st.tuples(st.just("draw"), st.integers(0, 2), st.integers(0, 3), st.integers(1, 900)),
    st.tuples(st.just("undo"), st.integers(0, 2)),
    st.tuples(st.sampled_from(["take", "lose", "again"])),
)


@given(st.lists(ACTS, max_size=30))
def test_after_whatever_is_lost_all_that_stays_comes(acts: list[tuple[str, int, int, int]]) -> None:
    copy = Copy()
    for kind, *about in acts:
        if kind == "draw":
            copy.draw(*about)
        elif kind == "undo":
            copy.undo(*about)
        elif kind == "again":
            copy.feed.again(copy.here)
        else:
            due = copy.take(is_lost=kind == "lose")
            cost = sum(MESSAGE_COST + len(each.mark.points) // 3 for each in due.drawn)
            assert cost < COST_AT_ONCE + MESSAGE_COST + MESSAGE_POINTS
    copy.settle()
    copy.feed.again(copy.here)
    copy.settle()
    assert copy.shown() == copy.drawn()


def test_what_comes_from_there_does_not_go_back() -> None:
    copy = Copy()
    away = copy.here.find(Somebody("away"), 0)
    assert away is not None
    away.keep(1, (1, 2, 3))
    copy.feed.drew(away, Mark(away.by, 1, "pen", (1, 2, 3), is_end=True))
    copy.feed.again(copy.here)
    assert copy.take() == Round([], [])


def test_of_a_laser_only_the_newest_points_wait() -> None:
    copy = Copy()
    inker = copy.here.find(Somebody("p"), 0)
    assert inker is not None
    for number in range(1000):
        copy.feed.drew(inker, Mark(inker.by, 1, "laser", (number, 0, 0), is_end=False))
    (drawn,) = copy.take().drawn
    assert drawn.at is None
    assert drawn.mark.points[::3] == tuple(range(1000 - MESSAGE_POINTS, 1000))
    assert not copy.feed.is_due


def test_of_many_strokes_that_fade_only_the_newest_wait() -> None:
    copy = Copy()
    inker = copy.here.find(Somebody("p"), 0)
    assert inker is not None
    for stroke in range(10_000):
        copy.feed.drew(inker, Mark(inker.by, stroke, "laser", (1, 2, 3), is_end=True))
    came: list[int] = []
    while copy.feed.is_due:
        came += [each.mark.stroke for each in copy.take().drawn]
    assert came == list(range(10_000 - MOST_FADING, 10_000))


def test_strokes_that_are_gone_do_not_wait_for_ever() -> None:
    copy = Copy()
    for stroke in range(3 * MOST_PENS):
        copy.draw(1, stroke, 1, is_end=True)
    assert len(copy.feed._pens) == MOST_PENS, "nothing was taken meanwhile"
    copy.settle()
    assert copy.shown() == copy.drawn()


def test_a_stroke_that_is_asked_for_again_while_it_is_on_its_way_is_not_begun_again() -> None:
    copy = Copy()
    copy.draw(1, 1, 500, is_end=True)
    rounds = 0
    while copy.feed.is_due:
        copy.take()
        if rounds < 3:
            copy.feed.again(copy.here)
        rounds += 1
    assert rounds < 20
    assert copy.shown() == copy.drawn()
