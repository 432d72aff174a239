"""Readers of stills, and what stills may cost for all who watch them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from samescreen.flow.stills import StillTarget
from samescreen.hub.packet import EncodedPacket
from samescreen.media import Packet, Rendition
from samescreen.subscribe.snapshots import reading_stills
from samescreen.subscribe.stills import StillFanout, StillReader
from tests.fakes import config, still, video
from tests.hub.room import LIVE, SECOND_US, Room

CEILING = StillTarget(75, 30)


def offer(one: StillReader, packet: Packet) -> None:
    encoded = EncodedPacket(packet)
    one.offer(encoded, encoded.as_sent(0, 0))


def reader() -> StillReader:
    return StillReader("10.0.0.8", lambda: None)


async def test_the_newest_still_takes_the_place_of_older_ones() -> None:
    one = reader()
    for number in range(3):
        offer(one, still(number))
    taken = await one.next()
    assert taken is not None
    assert taken.sequence == 2
    assert one.skipped == 2


async def test_a_png_file_is_no_still_for_readers() -> None:
    one = reader()
    offer(one, still(0))
    offer(one, replace(still(1), payload=b"\x89PNG"))
    taken = await one.next()
    assert taken is not None
    assert taken.sequence == 0


async def test_it_waits_for_a_still() -> None:
    one = reader()
    waiting = asyncio.create_task(one.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    offer(one, still(7))
    taken = await waiting
    assert taken is not None
    assert taken.sequence == 7


async def test_the_end_comes_even_with_a_still_waiting() -> None:
    one = reader()
    offer(one, still(0))
    one.close("stopping")
    assert await one.next() is None


def test_the_end_aborts_a_reader_that_does_not_read() -> None:
    cut: list[str] = []
    idle = StillReader("10.0.0.7", lambda: cut.append("idle"))
    stuck = StillReader("10.0.0.8", lambda: cut.append("stuck"))
    stuck.writing()
    for each in (idle, stuck):
        each.close("stopping")
    assert cut == ["stuck"]


def test_only_a_reader_that_skipped_a_still_while_writing_is_slow() -> None:
    one = reader()
    offer(one, still(0))
    offer(one, still(1))
    assert one.take_capacity_bps() is None, "it chose to be slow"
    one.writing()
    offer(one, still(2))
    one.wrote(125_000, SECOND_US)
    assert one.take_capacity_bps() == 1_000_000
    assert one.take_capacity_bps() is None, "that was then"


def test_a_slow_reader_makes_stills_cheaper_until_it_goes() -> None:
    feed = StillFanout(CEILING)
    one = reader()
    feed.readers.append(one)
    targets = []
    for tick in range(1, 9):
        one.writing()
        for number in (0, 1):
            newest = still(number, pts_us=tick * 10 + number)
            feed.note_size(newest)
            offer(one, newest)
        one.wrote(10, SECOND_US)
        feed.update_target([], tick * SECOND_US)
        targets.append(feed.rate.target)
    assert targets[0].quality < CEILING.quality
    feed.readers.clear()
    feed.update_target([], 20 * SECOND_US)
    assert feed.rate.target == CEILING


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
            room.tick()
    target = room.publisher.take().stills
    assert target is not None
    assert target.fps < 30


def test_h264_viewers_have_no_say() -> None:
    room = Room()
    room.guest().hello()
    room.begin()
    for number in range(1, 100):
        room.deliver(still(number, pts_us=number))
        room.wait(33_000)
        room.tick()
    assert room.publisher.take().stills == StillTarget()


def test_a_reader_is_a_viewer_and_wants_stills_at_once() -> None:
    room = Room()
    room.deliver(LIVE)
    with reading_stills(room.group, "10.0.0.8", lambda: None) as one:
        demand = room.publisher.take()
        assert demand.renditions == {Rendition.JPEG}
        assert demand.keyframes == {Rendition.JPEG}
        assert room.audience.viewer_count() == 1
        room.deliver(still(0))
        assert one.skipped == 0
        room.deliver(still(1))
        assert one.skipped == 1
    assert room.publisher.take().renditions == frozenset()
    assert room.audience.viewer_count() == 0


def test_a_congested_viewer_does_not_stop_the_grab_for_readers() -> None:
    room = Room()
    guest = room.guest().hello()
    room.begin()
    guest.viewer.outbox.window.size_bytes = 1
    room.deliver(video(1))
    assert room.publisher.take().paused
    with reading_stills(room.group, "10.0.0.8", lambda: None):
        assert not room.publisher.take().paused
    assert room.publisher.take().paused
