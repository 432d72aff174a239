"""How marks on the desktop fade, stay and go, by simulated time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture.desktop_ink import (
    ABANDONED_US,
    FADE_US,
    FRAME_US,
    LASER_US,
    DesktopInk,
    Drawer,
    Growth,
    Point,
    Tool,
)

ANNA = Drawer(0xE5243B, "Anna")
BO = Drawer(0x1A73E8, "Bo")


def growth(
    stroke: int, tool: Tool, *points: Point, by: int = 1, is_end: bool = False, stream: str = "a"
) -> Growth:
    return Growth(stream, by, stroke, tool, points, is_end, 4.0)


def ink(*kept: tuple[int, int]) -> DesktopInk:
    drawn = DesktopInk()
    drawn.replace("a", {1: ANNA, 2: BO}, set(kept))
    return drawn


def test_a_pen_stays_until_it_is_not_kept() -> None:
    drawn = ink((1, 7))
    drawn.add(growth(7, "pen", (1, 2), (3, 4)), 0)
    drawn.add(growth(7, "pen", (5, 6), is_end=True), 10)
    (line,) = drawn.shown(10**12)
    assert line.points == ((1, 2), (3, 4), (5, 6))
    assert (line.colour, line.label) == (ANNA.colour, "")
    assert drawn.due_us(10**12) is None, "nothing to draw again"
    drawn.replace("a", {1: ANNA}, set())
    assert drawn.shown(10**12) == ()


def test_a_laser_loses_its_trail_and_then_goes() -> None:
    drawn = ink()
    drawn.add(growth(7, "laser", (0, 0), (1, 1)), 0)
    drawn.add(growth(7, "laser", (9, 9)), 900_000)
    (line,) = drawn.shown(950_000)
    assert len(line.points) == 3
    assert line.has_dot
    assert line.label == "Anna"
    (line,) = drawn.shown(LASER_US)
    assert line.points == ((9, 9),)
    assert drawn.due_us(LASER_US) == LASER_US + FRAME_US
    assert drawn.shown(900_000 + LASER_US) == ()
    assert drawn.due_us(900_000 + LASER_US) is None


def test_a_fading_line_becomes_thinner_after_its_end() -> None:
    drawn = ink()
    drawn.add(growth(7, "fade", (0, 0), (1, 1)), 0)
    drawn.add(growth(7, "fade", is_end=True), 1_000_000)
    (line,) = drawn.shown(1_000_000)
    assert line.width_px == 4
    (line,) = drawn.shown(1_000_000 + FADE_US - 100_000)
    assert line.width_px == 1
    assert drawn.shown(1_000_000 + FADE_US) == ()


def test_a_stroke_whose_end_never_comes_goes_too() -> None:
    drawn = ink()
    drawn.add(growth(7, "fade", (0, 0)), 0)
    assert drawn.shown(ABANDONED_US - 1)
    assert not drawn.shown(ABANDONED_US)


def test_marks_go_with_their_person_and_their_picture() -> None:
    drawn = ink()
    drawn.replace("b", {1: ANNA}, set())
    for by, stream in ((1, "a"), (2, "a"), (1, "b")):
        drawn.add(growth(7, "fade", (0, 0), by=by, stream=stream), 0)
    drawn.replace("a", {2: BO}, set())
    assert [line.colour for line in drawn.shown(0)] == [BO.colour, ANNA.colour]
    drawn.replace("b", {}, set())
    assert [line.colour for line in drawn.shown(0)] == [BO.colour]


def test_somebody_unknown_is_not_shown() -> None:
    drawn = ink()
    drawn.add(growth(7, "laser", (0, 0), by=3), 0)
    assert drawn.shown(0) == ()


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["laser", "fade", "pen"]),
            st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=3),
            st.booleans(),
            st.integers(0, 2_000_000),
        ),
        max_size=12,
    )
)
def test_whatever_comes_each_line_has_points_and_all_that_fades_ends(
    steps: list[tuple[int, Tool, list[Point], bool, int]],
) -> None:
    drawn, now_us = ink(*((1, each) for each in range(4))), 0
    for stroke, tool, points, is_end, us in steps:
        drawn.add(growth(stroke, tool, *points, is_end=is_end), now_us)
        now_us += us
        assert all(line.points and line.width_px > 0 for line in drawn.shown(now_us))
    for _ in range(200):
        due_us = drawn.due_us(now_us)
        if due_us is None:
            break
        assert due_us > now_us
        now_us = due_us + 1_000_000
        drawn.shown(now_us)
    assert drawn.due_us(now_us) is None
