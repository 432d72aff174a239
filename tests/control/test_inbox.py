"""Input that waits for the injecting thread: moves are merged, all else stays, in order."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from samescreen.control.events import Button, Event, Move, Order, Pen, Shift, Text
from samescreen.control.inbox import MOST_WAITING, Inbox
from tests.control.input_events import EVENTS


def drained(inbox: Inbox) -> list[Order]:
    events: list[Order] = []
    while (event := inbox.take()) is not None:
        events.append(event)
    return events


@given(st.lists(EVENTS, max_size=60))
def test_only_moves_are_merged_and_order_stays(events: list[Event]) -> None:
    inbox = Inbox()
    for event in events:
        inbox.put(event)
    left = drained(inbox)
    assert [e for e in left if not isinstance(e, Move | Shift | Pen)] == [
        e for e in events if not isinstance(e, Move | Shift | Pen)
    ]
    if events and isinstance(events[-1], Move | Pen):
        assert left[-1] == events[-1]
    assert _way(left) == _way(events), "relative motion is added up, never lost"


def _way(events: Iterable[Order]) -> tuple[int, int]:
    shifts = [event for event in events if isinstance(event, Shift)]
    return sum(each.dx for each in shifts), sum(each.dy for each in shifts)


def test_a_flood_of_moves_takes_no_room_and_one_of_keys_is_noticed() -> None:
    inbox = Inbox()
    for x in range(10_000):
        inbox.put(Move(x % 1000, 0))
    assert inbox.has_room
    assert drained(inbox) == [Move(999, 0)]
    for _ in range(10_000):
        inbox.put(Shift(3, -1))
    assert drained(inbox) == [Shift(30_000, -10_000)]
    inbox.put(Button(0, True, 0, 0))
    for x in range(10_000):
        inbox.put(Move(x % 1000, 0))
    assert len(drained(inbox)) < 100, "a drawing keeps some"
    for _ in range(MOST_WAITING + 1):
        inbox.put(Text("x"))
    assert not inbox.has_room
