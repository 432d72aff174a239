"""A viewer chooses among its own renditions: always low, or full size for good."""

from __future__ import annotations

from dataclasses import replace

from samescreen.hub.events import Piece
from samescreen.hub.subscriber import FellBehind
from samescreen.media import Damage, Region, Rendition
from tests.fakes import config, still, video
from tests.hub.room import SECOND_US, Guest, Room

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG


def begin(guest: Guest) -> None:
    """It gets its first pictures, and nothing is asked for any more."""
    guest.room.publisher.take()
    guest.room.begin()
    guest.ack_all()


def fall_behind(guest: Guest) -> None:
    guest.viewer.notify(FellBehind(in_step=1, fallen=1, at_us=guest.room.now_us))


def calm(room: Room, seconds: int) -> None:
    for _ in range(4 * seconds):
        room.wait(SECOND_US // 4)
        room.tick()


def limit_on(guest: Guest) -> str:
    return guest.room.group.statistics.limit_on(guest.viewer, guest.room.now_us)


def test_a_viewer_that_saves_data_gets_low_from_its_first_picture_on(room: Room) -> None:
    guest = room.guest().hello(quality="low")
    assert room.publisher.take().keyframes == {LOW}
    room.begin()
    room.deliver(config(LOW), video(0, keyframe=True, rendition=LOW))
    assert guest.shown == [(LOW, 0)]
    guest.ack_all()
    assert limit_on(guest) == "preference"
    calm(room, 60)
    assert guest.viewer.rendition is LOW, "however well its link does"


def test_the_choice_holds_until_the_next_and_only_for_this_viewer(room: Room) -> None:
    guest, other = room.guest().hello(), room.guest("10.0.0.8").hello()
    room.begin()
    room.publisher.take()
    guest.say("prefer", quality="low")
    assert (guest.viewer.rendition, other.viewer.rendition) == (LOW, MAIN)
    assert room.publisher.take().keyframes == {LOW}
    guest.say("visibility", hidden=True).say("visibility", hidden=False)
    assert guest.viewer.rendition is LOW
    room.publisher.take()
    guest.say("prefer", quality="auto")
    assert guest.viewer.rendition is MAIN
    assert room.publisher.take().keyframes == {MAIN, JPEG}


def test_a_repeated_choice_costs_nothing(room: Room) -> None:
    guest = room.guest().hello()
    begin(guest)
    for _ in range(50):
        guest.say("prefer", quality="auto")
    assert guest.viewer.is_in_step
    assert not room.publisher.take().keyframes


def on_stills(room: Room) -> Guest:
    """A viewer that prefers full size, fell behind on main, and was sent a still since."""
    guest = room.guest().hello(quality="full")
    begin(guest)
    fall_behind(guest)
    assert room.publisher.take().keyframes == {JPEG}, "the others do not pay"
    room.wait(SECOND_US)
    room.deliver(video(1), still(1))
    return guest


def test_a_viewer_that_wants_full_size_recovers_on_stills_and_then_on_main(room: Room) -> None:
    guest = on_stills(room)
    assert guest.shown[-1] == (JPEG, 1)
    assert guest.packets[-1].damage.is_all
    assert limit_on(guest) == "network"
    guest.ack_all()
    room.deliver(video(2), still(2))
    assert guest.shown[-1] == (JPEG, 2)
    guest.ack_all()
    calm(room, 6)
    assert guest.viewer.rendition is MAIN
    assert room.publisher.take().keyframes == {MAIN}
    room.deliver(video(3, keyframe=True))
    assert guest.shown[-1] == (MAIN, 3)
    assert guest.packets[-1].damage.is_all


def test_stills_of_full_size_become_exact_at_rest(room: Room) -> None:
    guest = on_stills(room)
    guest.ack_all()
    assert guest.viewer.has_room_for_piece()
    box = Damage.of(Region(0, 0, 8, 8))
    room.deliver(Piece(replace(still(2), is_keyframe=False, damage=box), is_repair=False))
    assert guest.shown[-1] == (JPEG, 2)


def test_a_page_without_a_video_decoder_keeps_its_stills_whatever_it_prefers(room: Room) -> None:
    guest = room.guest().hello("jpeg", quality="low")
    room.begin()
    assert guest.viewer.rendition is JPEG
    assert guest.shown == [(JPEG, 0)]
    assert limit_on(guest) != "preference"
