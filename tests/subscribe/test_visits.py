"""Visits: a page is one visit whatever its connections, and silent ones give up their places."""

from __future__ import annotations

import pytest

from samescreen.hub.packet import EncodedPacket
from samescreen.subscribe.stills import StillReader
from samescreen.subscribe.visits import MAX_CONNECTIONS_PER_VISIT, reader_to_evict
from tests.fakes import still
from tests.hub.room import SECOND_US, Room


@pytest.fixture
def room() -> Room:
    made = Room()
    made.audience._max_viewers = 3
    made.begin()
    return made


def test_connections_of_one_page_are_one_visit(room: Room) -> None:
    guests = [room.guest().hello(visit="page") for _ in range(4)]
    assert room.audience.viewer_count() == 1
    others = [room.guest().hello(), room.guest().hello()]
    assert all(guest.transport.closed is None for guest in guests + others)
    assert room.audience.viewer_count() == 3
    assert room.guest().hello().transport.closed == (4429, "full")


def test_a_visit_has_so_many_connections_and_no_more(room: Room) -> None:
    guests = [room.guest().hello(visit="page") for _ in range(MAX_CONNECTIONS_PER_VISIT + 1)]
    assert [guest.transport.closed for guest in guests[:-1]] == [None] * (len(guests) - 1)
    assert guests[-1].transport.closed == (4400, "protocol")


def test_a_connection_without_hello_takes_no_place_and_ends_after_five_seconds(room: Room) -> None:
    silent = [room.guest() for _ in range(30)]
    guest = room.guest().hello()
    assert guest.transport.closed is None
    room.wait(4 * SECOND_US)
    room.tick()
    assert all(each.transport.closed is None for each in silent)
    room.wait(2 * SECOND_US)
    room.tick()
    assert all(each.transport.closed == (4408, "stalled") for each in silent)
    assert guest.transport.closed is None


def test_an_address_that_has_most_gives_way_to_others_and_not_to_itself(room: Room) -> None:
    guests = [room.guest().hello() for _ in range(3)]
    same = room.guest().hello()
    assert same.transport.closed == (4429, "full")
    other = room.guest("10.0.0.77").hello()
    assert other.transport.closed is None
    assert [guest.transport.closed for guest in guests].count((4429, "full")) == 1


def test_a_viewer_that_acknowledges_nothing_is_evicted_first(room: Room) -> None:
    stuck, honest = room.guest().hello(), [room.guest().hello() for _ in range(2)]
    for _ in range(5):
        room.deliver(still(room.now_us // SECOND_US))
        room.wait(SECOND_US)
        for guest in honest:
            guest.ack_all()
    newcomer = room.guest().hello()
    assert newcomer.transport.closed is None
    assert stuck.transport.closed == (4429, "full")


def test_a_viewer_that_reads_nothing_is_closed_for_what_waits(room: Room) -> None:
    guest = room.guest().hello()
    guest.transport.buffered = 9 << 20
    room.tick()
    assert guest.transport.closed == (4408, "stalled")


def test_frames_that_say_nothing_count_like_messages(room: Room) -> None:
    guest = room.guest().hello()
    for _ in range(299):
        room.audience.count(guest.viewer)
    assert guest.transport.closed is None
    room.audience.count(guest.viewer)
    assert guest.transport.closed == (4400, "protocol")


def test_a_slow_reader_of_stills_gives_way_to_a_newcomer() -> None:
    readers = [StillReader("10.0.0.1", lambda: None) for _ in range(4)]
    assert reader_to_evict(readers, "10.0.0.1") is None
    assert reader_to_evict(readers, "10.0.0.2") in readers
    slow = readers[2]
    slow.writing()
    waiting = EncodedPacket(still(0))
    slow.offer(waiting, waiting.as_sent(0, 0))
    assert reader_to_evict(readers, "10.0.0.1") is slow
    slow.wrote(10, 10)
    assert reader_to_evict(readers, "10.0.0.1") is None
