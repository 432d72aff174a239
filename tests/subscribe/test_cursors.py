"""The cursor's messages: for pages that draw it, each shape once, only the newest place."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from samescreen.hub.demand import CursorNeed
from samescreen.hub.events import CursorShape, CursorState, SourceStatus
from samescreen.media import Rendition
from samescreen.subscribe.cursors import BACKLOG_BYTES
from samescreen.subscribe.snapshots import reading_stills
from tests.fakes import still
from tests.hub.room import Guest, Room

ARROW = CursorShape(1, 16, 24, 2, 3, b"png of an arrow")
HAND = CursorShape(2, 20, 20, 9, 1, b"png of a hand")
APART = CursorState(True, 1000, ARROW, 30, 40)
DRAWS = {"kinds": ["cursor"]}


def cursor_messages(guest: Guest) -> list[dict[str, Any]]:
    return [each for each in guest.transport.messages if each["type"] in ("shape", "cursor")]


def places(guest: Guest) -> list[tuple[int, int, int]]:
    """Shape and place of each position sent."""
    cursors = [each for each in cursor_messages(guest) if each["type"] == "cursor"]
    return [(each["shape"], each["x"], each["y"]) for each in cursors]


def shapes(guest: Guest) -> list[int]:
    return [each["number"] for each in cursor_messages(guest) if each["type"] == "shape"]


def test_a_shape_comes_once_before_the_first_place_that_names_it() -> None:
    room = Room()
    guest = room.guest().hello(**DRAWS)
    room.begin()
    for state in (APART, replace(APART, x=31), replace(APART, shape=HAND), replace(APART, x=9)):
        room.deliver(state)
    assert [each["type"] for each in cursor_messages(guest)] == [
        *("shape", "cursor", "cursor", "shape", "cursor", "cursor")
    ]
    assert places(guest) == [(1, 30, 40), (1, 31, 40), (2, 30, 40), (1, 9, 40)]
    first = cursor_messages(guest)[0]
    assert first["png"] == b64encode(ARROW.png).decode()
    assert (first["width"], first["height"], first["hot_x"], first["hot_y"]) == (16, 24, 2, 3)


def test_a_newcomer_gets_the_newest_place() -> None:
    room = Room()
    room.begin()
    room.deliver(APART, replace(APART, x=99))
    guest = room.guest().hello(**DRAWS)
    assert places(guest) == [(1, 99, 40)]
    assert shapes(guest) == [1]


def test_who_draws_no_cursor_is_sent_none_and_needs_it_in_the_picture() -> None:
    room = Room()
    drawing = room.guest("10.0.0.1").hello(**DRAWS)
    assert CursorNeed.APART in room.publisher.take().cursor
    assert CursorNeed.IN_PICTURE not in room.publisher.take().cursor
    old = room.guest("10.0.0.2").hello()
    assert CursorNeed.IN_PICTURE in room.publisher.take().cursor
    room.begin()
    room.deliver(APART)
    assert cursor_messages(old) == []
    assert places(drawing) == [(1, 30, 40)]
    room.audience.leave(old.viewer)
    assert CursorNeed.IN_PICTURE not in room.publisher.take().cursor


def test_a_hidden_page_needs_nothing_and_catches_up_when_it_is_shown() -> None:
    room = Room()
    guest = room.guest().hello(hidden=True, **DRAWS)
    demand = room.publisher.take()
    assert CursorNeed.APART not in demand.cursor
    assert CursorNeed.IN_PICTURE not in demand.cursor
    room.begin()
    room.deliver(APART, replace(APART, x=31))
    assert cursor_messages(guest) == []
    guest.say("visibility", hidden=False)
    room.tick()
    assert places(guest) == [(1, 31, 40)]


def test_it_never_queues_behind_what_waits() -> None:
    room = Room()
    guest = room.guest().hello(**DRAWS)
    room.begin()
    guest.transport.buffered = BACKLOG_BYTES + 1
    for x in range(50):
        room.deliver(replace(APART, x=x))
    room.tick()
    assert cursor_messages(guest) == []
    guest.transport.buffered = 0
    room.tick()
    assert places(guest) == [(1, 49, 40)]
    room.tick()
    assert len(places(guest)) == 1


@pytest.mark.parametrize("reason", ["paused", "blanked"])
def test_a_withheld_stream_does_not_say_where_it_is(reason: Any) -> None:
    room = Room()
    guest = room.guest().hello(**DRAWS)
    room.begin()
    room.deliver(APART)
    room.stream.withhold(SourceStatus("waiting", reason, "the host withholds it"))
    room.deliver(replace(APART, x=77))
    room.tick()
    late = room.guest("10.0.0.3").hello(**DRAWS)
    assert places(guest) == [(1, 30, 40)]
    assert places(late) == []
    room.stream.withhold(None)
    assert places(guest)[-1] == places(late)[-1] == (1, 77, 40)


def test_it_is_not_over_the_picture() -> None:
    room = Room()
    guest = room.guest().hello(**DRAWS)
    room.begin()
    room.deliver(APART, CursorState(True, 1000))
    assert places(guest)[-1] == (0, 0, 0)


def test_readers_take_stills_with_the_cursor_wherever_it_is() -> None:
    room = Room()
    room.begin()
    with reading_stills(room.group, "10.0.0.8", lambda: None) as reader:
        room.deliver(still(1))
        assert reader.skipped == 0
        room.publisher.take()
        room.deliver(APART)
        demand = room.publisher.take()
        assert demand.renditions == demand.keyframes == {Rendition.POINTED}
        room.deliver(still(2), replace(APART, x=31))
        assert reader.skipped == 0, "the still of pages lacks the cursor"
        assert room.publisher.take().keyframes == frozenset(), "a move asks for nothing"
        room.deliver(replace(still(3), rendition=Rendition.POINTED))
        assert reader.skipped == 1
        room.deliver(CursorState(False, 2000))
        assert room.publisher.take().renditions == {Rendition.JPEG}


def test_a_still_for_readers_changes_nothing_for_pages() -> None:
    room = Room()
    guest = room.guest().hello("jpeg", **DRAWS)
    room.begin()
    guest.ack_all()
    before = len(guest.packets)
    room.deliver(replace(still(0), rendition=Rendition.POINTED))
    assert len(guest.packets) == before
    assert guest.viewer.is_in_step
