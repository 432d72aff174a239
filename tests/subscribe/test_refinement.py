"""Which viewers get pieces of a picture at rest, and how all of them become exact."""

from __future__ import annotations

from dataclasses import replace

from samescreen.flow.congestion_window import START_BYTES
from samescreen.hub.events import RepairDone
from samescreen.media import Damage, Region, Rendition
from tests.fakes import config, piece, still, video
from tests.hub.room import LIVE, Guest, Room

MAIN, JPEG = Rendition.MAIN, Rendition.JPEG
PLACE = Region(32, 0, 32, 32)
SPOT, ELSEWHERE = Region(300, 0, 8, 8), Region(600, 0, 32, 32)
HALF = START_BYTES // 2


def in_step(room: Room) -> Guest:
    """It has a picture, has acknowledged it, and has all its pieces."""
    guest = room.guest().hello()
    if room.stream.configs:
        room.deliver(still(1), video(1, keyframe=True))
    else:
        room.begin()
    guest.ack_all()
    room.tick()
    room.publisher.take()
    room.deliver(RepairDone())
    guest.transport.clear()
    return guest


def pieces(guest: Guest) -> list[int]:
    return [packet.sequence for packet in guest.packets if not packet.is_keyframe]


def test_a_viewer_in_step_gets_new_pieces(room: Room) -> None:
    guest = in_step(room)
    room.deliver(piece(5), piece(6))
    assert pieces(guest) == [5, 6]


def test_a_viewer_that_waits_for_a_keyframe_or_still_gets_no_pieces(room: Room) -> None:
    in_step(room)
    waiting, stills = room.guest().hello(), room.guest().hello("jpeg")
    room.deliver(piece(5))
    assert pieces(waiting) == pieces(stills) == []


def watching_stills(room: Room) -> Guest:
    """It has a still, has acknowledged it, and has all its pieces."""
    guest = room.guest().hello("jpeg")
    room.deliver(LIVE, config(JPEG), still(0))
    guest.ack_all()
    room.tick()
    room.publisher.take()
    room.deliver(RepairDone())
    guest.transport.clear()
    return guest


def test_a_viewer_of_stills_gets_pieces_and_repairs_of_what_stills_painted_over(room: Room) -> None:
    guest = watching_stills(room)
    room.deliver(piece(5, PLACE))
    assert pieces(guest) == [5]
    guest.ack(JPEG, 5)
    room.deliver(replace(still(6), damage=Damage.of(PLACE)))
    assert guest.packets[-1].damage == Damage.of(PLACE), "the rest stays exact"
    guest.ack(JPEG, 6)
    room.tick()
    assert room.publisher.take().repair == Damage.of(PLACE)


def test_a_viewer_that_has_a_still_skips_the_same_picture(room: Room) -> None:
    guest = watching_stills(room)
    late = room.guest().hello("jpeg")
    room.deliver(replace(still(1), damage=Damage.NONE))
    assert guest.shown == []
    assert [packet.damage for packet in late.packets] == [Damage.ALL], "it has nothing to add to"
    room.deliver(replace(still(2), damage=Damage.of(PLACE)))
    assert [packet.damage for packet in guest.packets] == [Damage.of(PLACE)]


def test_a_viewer_that_skipped_a_still_paints_that_area_too(room: Room) -> None:
    guest = watching_stills(room)
    guest.transport.buffered = 1
    room.deliver(replace(still(1), damage=Damage.of(PLACE)), piece(2, ELSEWHERE))
    guest.transport.buffered = 0
    spot = Damage.of(SPOT)
    room.deliver(replace(still(3), damage=spot), replace(still(4), damage=spot))
    assert [set(packet.damage.regions) for packet in guest.packets] == [{PLACE, SPOT}, {SPOT}]
    guest.ack_all()
    room.tick()
    assert set(room.publisher.take().repair.regions) == {PLACE, SPOT, ELSEWHERE}


def test_a_piece_leaves_room_for_stills(room: Room) -> None:
    guest = watching_stills(room)
    room.deliver(still(1), piece(2, PLACE), piece(3, PLACE))
    assert guest.shown == [(JPEG, 1), (JPEG, 2)]


def test_a_newcomer_asks_for_everything_and_alone_is_sent_the_repeats(room: Room) -> None:
    first = in_step(room)
    late = room.guest().hello()
    room.deliver(still(1), video(1, keyframe=True))
    late.ack_all()
    room.publisher.take()
    room.tick()
    demand = room.publisher.take()
    assert demand.repair == Damage.ALL, "all of the picture"
    assert demand.refine
    late.transport.clear()
    first.transport.clear()
    room.deliver(piece(5, is_repair=True), piece(6))
    assert (pieces(first), pieces(late)) == ([6], [5, 6])
    room.deliver(RepairDone(), piece(7, is_repair=True))
    assert pieces(late) == [5, 6]


def test_a_round_at_a_time(room: Room) -> None:
    in_step(room)
    room.guest().hello()
    room.deliver(still(1), video(1, keyframe=True))
    room.tick()
    assert room.publisher.take().repair == Damage.ALL
    late = room.guest().hello()
    room.deliver(still(2), video(2, keyframe=True))
    late.ack_all()
    room.tick()
    assert room.publisher.take().repair == Damage.NONE
    room.deliver(RepairDone())
    room.tick()
    assert room.publisher.take().repair == Damage.ALL


def test_what_there_was_no_room_for_is_asked_for_once_there_is(room: Room) -> None:
    guest = in_step(room)
    room.deliver(piece(5, size_bytes=HALF), piece(6, PLACE))
    assert pieces(guest) == [5], "half of the window stays free for pictures"
    assert not room.publisher.take().refine, "nobody has room"
    room.tick()
    assert room.publisher.take().repair == Damage.NONE
    guest.ack(JPEG, 5)
    assert room.publisher.take().refine
    room.tick()
    assert room.publisher.take().repair == Damage.of(PLACE)
    room.deliver(piece(7, PLACE, is_repair=True), RepairDone())
    guest.ack(JPEG, 7)
    room.tick()
    assert room.publisher.take().repair == Damage.NONE
    assert pieces(guest) == [5, 7]


def test_motion_goes_on_while_a_piece_is_under_way(room: Room) -> None:
    guest = in_step(room)
    room.deliver(piece(5, size_bytes=HALF), video(1))
    assert guest.shown == [(JPEG, 5), (MAIN, 1)]


def test_a_viewer_that_fell_behind_needs_everything(room: Room) -> None:
    guest = in_step(room)
    guest.say("need")
    room.deliver(still(9), video(9, keyframe=True))
    guest.ack_all()
    room.tick()
    assert room.publisher.take().repair == Damage.ALL
