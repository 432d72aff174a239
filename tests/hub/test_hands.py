"""Hands in the order in which they went up; lines bounded in number, length and rate."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.hub.hands import (
    LINES_AT_ONCE,
    LINES_PER_S,
    LONGEST_LINE,
    MOST_LINES,
    Hands,
)

SECOND_US = 1_000_000


def test_hands_keep_the_order_in_which_they_went_up() -> None:
    hands = Hands()
    for at_us, person in enumerate(("b", "a", "c", "b")):
        assert hands.raise_hand(person, at_us)
    assert [(hand.person_id, hand.since_us) for hand in hands.hands] == [
        ("b", 0),
        ("a", 1),
        ("c", 2),
    ]
    assert hands.lower_hand("a")
    assert not hands.lower_hand("a")
    hands.raise_hand("a", 9)
    assert [hand.person_id for hand in hands.hands] == ["b", "c", "a"]


def test_a_person_writes_three_lines_at_once_and_then_one_in_four_seconds() -> None:
    hands, now_us = Hands(), 0
    taken = [hands.write("p", f"line {n}", now_us) for n in range(10)]
    assert sum(taken) == LINES_AT_ONCE
    assert hands.write("q", "another person", now_us)
    minute = [hands.write("p", "again", now_us + n * SECOND_US) for n in range(1, 61)]
    assert abs(sum(minute) - 60 * LINES_PER_S) <= 1


def test_a_line_is_put_away_once() -> None:
    hands = Hands()
    hands.write("p", "what is that?", 0)
    (line,) = hands.lines
    assert hands.put_away(line.number)
    assert not hands.put_away(line.number)
    assert hands.lines == ()


@given(st.lists(st.tuples(st.text(max_size=400), st.integers(0, 5)), max_size=300))
def test_lines_are_bounded_visible_and_numbered(said: list[tuple[str, int]]) -> None:
    hands = Hands()
    for second, (text, person) in enumerate(said):
        hands.write(f"p{person}", text, second * 10 * SECOND_US)
    assert len(hands.lines) <= MOST_LINES
    for line in hands.lines:
        assert 1 <= len(line.text) <= LONGEST_LINE
        assert "\n" not in line.text
    numbers = [line.number for line in hands.lines]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
