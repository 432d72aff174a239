"""Readers of stills, and what stills may cost for all who watch them."""

from __future__ import annotations

import asyncio

from samescreen.flow.stills import StillAim
from samescreen.live.reading import reading_stills
from samescreen.live.stills import StillFeed, StillReader
from samescreen.media import Rendition
from tests.fakes import config, still, video
from tests.live.room import LIVE, SECOND_US, Room

CEILING = StillAim(75, 30)


def reader() -> StillReader:
    return StillReader("10.0.0.8", lambda: None)


async def test_the_newest_still_takes_the_place_of_older_ones() -> None:
    one = reader()
    for number in range(3):
        one.offer(still(number))
    taken = await one.next()
    assert taken is not None
    assert taken.sequence == 2
    assert one.skipped == 2


async def test_it_waits_for_a_still() -> None:
    one = reader()
    waiting = asyncio.create_task(one.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    one.offer(still(7))
    taken = await waiting
    assert taken is not None
    assert taken.sequence == 7


async def test_the_end_comes_even_with_a_still_waiting() -> None:
    one = reader()
    one.offer(still(0))
    one.close()
    assert await one.next() is None


def test_the_end_cuts_off_who_does_not_read() -> None:
    cut: list[str] = []
    idle = StillReader("10.0.0.7", lambda: cut.append("idle"))
    stuck = StillReader("10.0.0.8", lambda: cut.append("stuck"))
    stuck.writing()
    for each in (idle, stuck):
        each.close()
    assert cut == ["stuck"]


def test_only_who_was_passed_over_while_writing_is_slow() -> None:
    one = reader()
    one.offer(still(0))
    one.offer(still(1))
    assert one.take_capacity_bps() is None, "it chose to be slow"
    one.writing()
    one.offer(still(2))
    one.wrote(125_000, SECOND_US)
    assert one.take_capacity_bps() == 1_000_000
    assert one.take_capacity_bps() is None, "that was then"


def test_a_slow_reader_makes_stills_cheaper_until_it_goes() -> None:
    feed = StillFeed(CEILING)
    one = reader()
    feed.readers.append(one)
    aims = []
    for tick in range(1, 9):
        one.writing()
        for number in (0, 1):
            feed.offer(still(number, pts_us=tick * 10 + number))
        one.wrote(10, SECOND_US)
        aims.append(feed.follow([], tick * SECOND_US))
    assert aims[0] is not None
    assert aims[0].quality < CEILING.quality
    feed.readers.clear()
    assert feed.follow([], 20 * SECOND_US) == CEILING
    assert feed.follow([], 21 * SECOND_US) is None


def test_a_jpeg_viewer_that_is_passed_over_makes_stills_cheaper() -> None:
    room = Room()
    guest = room.guest().hello("jpeg")
    room.deliver(LIVE, config(Rendition.JPEG))
    for number in range(200):
        room.deliver(still(number, pts_us=number))
        room.wait(33_000)
        if number % 15 == 0:
            guest.ack_all()
        if number % 8 == 0:
            room.hub.tick()
    aim = room.bridge.take().stills
    assert aim is not None
    assert aim.fps < 30


def test_h264_viewers_have_no_say() -> None:
    room = Room()
    room.guest().hello()
    room.begin()
    for number in range(1, 100):
        room.deliver(still(number, pts_us=number))
        room.wait(33_000)
        room.hub.tick()
    assert room.bridge.take().stills is None


def test_a_reader_is_a_viewer_and_wants_stills_at_once() -> None:
    room = Room()
    room.deliver(LIVE)
    with reading_stills(room.stream, "10.0.0.8", lambda: None) as one:
        demand = room.bridge.take()
        assert demand.renditions == {Rendition.JPEG}
        assert demand.asked == {Rendition.JPEG}
        assert room.hub.viewer_count() == 1
        room.deliver(still(0))
        assert one.skipped == 0
        room.deliver(still(1))
        assert one.skipped == 1
    assert room.bridge.take().renditions == frozenset()
    assert room.hub.viewer_count() == 0


def test_a_congested_viewer_does_not_stop_the_grab_for_readers() -> None:
    room = Room()
    guest = room.guest().hello()
    room.begin()
    guest.viewer.outbox.window.size_bytes = 1
    room.deliver(video(1))
    assert room.bridge.take().held
    with reading_stills(room.stream, "10.0.0.8", lambda: None):
        assert not room.bridge.take().held
    assert room.bridge.take().held
