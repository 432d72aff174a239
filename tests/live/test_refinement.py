"""Who is sent pieces of what rests, who not, and how everybody has them all in the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samescreen.flow.window import START_BYTES
from samescreen.live.slot import RoundOver
from samescreen.media import NOTHING, Region, Rendition
from tests.fakes import config, piece, still, video
from tests.live.room import LIVE, Guest, Room

MAIN, JPEG = Rendition.MAIN, Rendition.JPEG
PLACE = Region(32, 0, 32, 32)
SPOT, ELSEWHERE = Region(300, 0, 8, 8), Region(600, 0, 32, 32)
HALF = START_BYTES // 2


@pytest.fixture
def room() -> Room:
    return Room()


def in_step(room: Room) -> Guest:
    """It has a picture, has acknowledged it, and has all its pieces."""
    guest = room.guest().hello()
    if room.stream.configs:
        room.deliver(still(1), video(1, keyframe=True))
    else:
        room.begin()
    guest.ack_all()
    room.hub.tick()
    room.slot.take()
    room.deliver(RoundOver())
    guest.transport.clear()
    return guest


def pieces(guest: Guest) -> list[int]:
    return [packet.sequence for packet in guest.packets if not packet.is_keyframe]


def test_who_is_in_step_is_sent_new_pieces(room: Room) -> None:
    guest = in_step(room)
    room.deliver(piece(5), piece(6))
    assert pieces(guest) == [5, 6]


def test_who_waits_for_a_keyframe_or_for_a_still_is_not(room: Room) -> None:
    in_step(room)
    waiting, stills = room.guest().hello(), room.guest().hello("jpeg")
    room.deliver(piece(5))
    assert pieces(waiting) == pieces(stills) == []


def watching_stills(room: Room) -> Guest:
    """It has a still, has acknowledged it, and has all its pieces."""
    guest = room.guest().hello("jpeg")
    room.deliver(LIVE, config(JPEG), still(0))
    guest.ack_all()
    room.hub.tick()
    room.slot.take()
    room.deliver(RoundOver())
    guest.transport.clear()
    return guest


def test_who_watches_stills_is_sent_pieces_and_then_what_stills_painted_over(room: Room) -> None:
    guest = watching_stills(room)
    room.deliver(piece(5, PLACE))
    assert pieces(guest) == [5]
    guest.ack(JPEG, 5)
    room.deliver(replace(still(6), damage=(PLACE,)))
    assert guest.packets[-1].damage == (PLACE,), "the rest stays exact"
    guest.ack(JPEG, 6)
    room.hub.tick()
    assert room.slot.take().missed == (PLACE,)


def test_the_same_picture_once_more_is_not_for_who_has_its_still(room: Room) -> None:
    guest = watching_stills(room)
    late = room.guest().hello("jpeg")
    room.deliver(replace(still(1), damage=NOTHING))
    assert guest.shown == []
    assert [packet.damage for packet in late.packets] == [()], "it has nothing to add to"
    room.deliver(replace(still(2), damage=(PLACE,)))
    assert [packet.damage for packet in guest.packets] == [(PLACE,)]


def test_who_was_passed_over_paints_that_too_and_keeps_the_rest(room: Room) -> None:
    guest = watching_stills(room)
    guest.transport.buffered = 1
    room.deliver(replace(still(1), damage=(PLACE,)), piece(2, ELSEWHERE))
    guest.transport.buffered = 0
    room.deliver(replace(still(3), damage=(SPOT,)), replace(still(4), damage=(SPOT,)))
    assert [set(packet.damage) for packet in guest.packets] == [{PLACE, SPOT}, {SPOT}]
    guest.ack_all()
    room.hub.tick()
    assert set(room.slot.take().missed) == {PLACE, SPOT, ELSEWHERE}


def test_a_piece_leaves_room_for_stills(room: Room) -> None:
    guest = watching_stills(room)
    room.deliver(still(1), piece(2, PLACE), piece(3, PLACE))
    assert guest.shown == [(JPEG, 1), (JPEG, 2)]


def test_a_newcomer_asks_for_everything_and_alone_is_sent_the_repeats(room: Room) -> None:
    first = in_step(room)
    late = room.guest().hello()
    room.deliver(still(1), video(1, keyframe=True))
    late.ack_all()
    room.slot.take()
    room.hub.tick()
    wishes = room.slot.take()
    assert wishes.missed == (), "all of the picture"
    assert wishes.refines
    late.transport.clear()
    first.transport.clear()
    room.deliver(piece(5, is_repeat=True), piece(6))
    assert (pieces(first), pieces(late)) == ([6], [5, 6])
    room.deliver(RoundOver(), piece(7, is_repeat=True))
    assert pieces(late) == [5, 6]


def test_a_round_at_a_time(room: Room) -> None:
    in_step(room)
    room.guest().hello()
    room.deliver(still(1), video(1, keyframe=True))
    room.hub.tick()
    assert room.slot.take().missed == ()
    late = room.guest().hello()
    room.deliver(still(2), video(2, keyframe=True))
    late.ack_all()
    room.hub.tick()
    assert room.slot.take().missed == NOTHING
    room.deliver(RoundOver())
    room.hub.tick()
    assert room.slot.take().missed == ()


def test_what_there_was_no_room_for_is_asked_for_once_there_is(room: Room) -> None:
    guest = in_step(room)
    room.deliver(piece(5, size_bytes=HALF), piece(6, PLACE))
    assert pieces(guest) == [5], "half of the window stays free for pictures"
    assert not room.slot.take().refines, "nobody has room"
    room.hub.tick()
    assert room.slot.take().missed == NOTHING
    guest.ack(JPEG, 5)
    assert room.slot.take().refines
    room.hub.tick()
    assert room.slot.take().missed == (PLACE,)
    room.deliver(piece(7, PLACE, is_repeat=True), RoundOver())
    guest.ack(JPEG, 7)
    room.hub.tick()
    assert room.slot.take().missed == NOTHING
    assert pieces(guest) == [5, 7]


def test_motion_goes_on_while_a_piece_is_under_way(room: Room) -> None:
    guest = in_step(room)
    room.deliver(piece(5, size_bytes=HALF), video(1))
    assert guest.shown == [(JPEG, 5), (MAIN, 1)]


def test_who_fell_out_of_step_lacks_everything(room: Room) -> None:
    guest = in_step(room)
    guest.say("need")
    room.deliver(still(9), video(9, keyframe=True))
    guest.ack_all()
    room.hub.tick()
    assert room.slot.take().missed == ()
