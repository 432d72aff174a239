"""Newcomers on long paths, and the low rendition: no viewer gets more than its path carries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from samescreen.flow.congestion_window import CongestionWindow
from samescreen.hub.events import Sketch, TrackStats
from samescreen.media import Rendition
from samescreen.subscribe.rendition_control import RISE_SPACING_US
from samescreen.subscribe.viewer import CAUTIOUS_US
from tests.fakes import config, still, video
from tests.hub.room import SECOND_US, Guest, Room

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG
RTT_US = 60_000
LARGE = b"x" * 100_000


def far(room: Room, **more: Any) -> Guest:
    """A page whose hello takes a round trip of 60 ms."""
    guest = room.guest()
    room.wait(RTT_US)
    return guest.hello(**more)


def first_still(room: Room, guest: Guest, carries_bps: int) -> None:
    """The still reaches the page over a path of that rate."""
    room.deliver(config(JPEG, 1280, 720), replace(still(7), payload=LARGE))
    room.wait(RTT_US + len(LARGE) * 8_000_000 // carries_bps)
    guest.ack(JPEG, 7)


def test_a_far_newcomer_is_sent_a_still_and_nothing_more(room: Room) -> None:
    guest = far(room)
    assert room.publisher.take().keyframes == {JPEG}
    room.deliver(config(JPEG), still(0), config(), video(0, keyframe=True), still(1), video(1))
    assert guest.shown == [(JPEG, 0)]


def test_a_far_newcomer_is_sent_a_sketch_first_and_then_a_whole_still(room: Room) -> None:
    near = room.guest().hello()
    guest = far(room)
    assert room.publisher.take().sketch
    room.deliver(config(JPEG), Sketch(still(0)), Sketch(still(1)))
    room.deliver(config(), video(0, keyframe=True))
    assert guest.shown == [(JPEG, 0)]
    assert (JPEG, 0) not in near.shown
    room.wait(RTT_US)
    guest.ack(JPEG, 0)
    assert room.publisher.take().keyframes == {MAIN, JPEG}
    room.deliver(still(2), video(1, keyframe=True))
    assert guest.shown[1:] == [(JPEG, 2), (MAIN, 1)]


def test_after_a_slow_sketch_a_whole_still_measures_the_path_before_video(room: Room) -> None:
    guest = far(room)
    room.publisher.take()
    room.deliver(config(JPEG, 1280, 720), Sketch(replace(still(6), payload=LARGE[:60_000])))
    room.wait(RTT_US + 240_000)
    guest.ack(JPEG, 6)
    demand = room.publisher.take()
    assert demand.keyframes == {JPEG}
    assert not demand.sketch
    room.deliver(Sketch(still(5)), video(0, keyframe=True))
    assert guest.shown == [(JPEG, 6)]
    first_still(room, guest, carries_bps=2_000_000)
    demand = room.publisher.take()
    assert MAIN in demand.keyframes
    assert demand.targets[MAIN].bitrate_bps < 2_000_000


PNG = b"\x89PNG" + LARGE


def test_pages_that_read_png_files_let_the_host_make_them(room: Room) -> None:
    far(room, kinds=["png"])
    assert not room.publisher.take().jpeg_only
    room.deliver(config(JPEG, 1280, 720), replace(still(7), payload=PNG))
    assert not room.publisher.take().jpeg_only


def test_one_viewer_that_reads_no_png_files_keeps_all_stills_jpeg_files(room: Room) -> None:
    far(room, kinds=["png"])
    far(room)
    assert room.publisher.take().jpeg_only


def test_a_viewer_that_reads_no_png_files_waits_for_the_next_still(room: Room) -> None:
    reads, does_not = far(room, kinds=["png"]), far(room)
    room.publisher.take()
    room.deliver(config(JPEG, 1280, 720), replace(still(7), payload=PNG))
    assert reads.shown == [(JPEG, 7)]
    assert does_not.shown == []
    assert does_not.viewer.wants() == {JPEG}
    room.deliver(still(8))
    assert does_not.shown == [(JPEG, 8)]


def test_once_the_still_is_there_it_asks_for_a_keyframe(room: Room) -> None:
    guest = far(room)
    room.publisher.take()
    first_still(room, guest, carries_bps=100_000_000)
    assert MAIN in room.publisher.take().keyframes
    room.deliver(config(), video(0, keyframe=True), video(1))
    assert guest.shown[-2:] == [(MAIN, 0), (MAIN, 1)]
    target = room.publisher.take().targets[MAIN]
    assert target.bitrate_bps == 20_000_000, "a good path changes nothing"


def test_alone_on_a_thin_path_main_fits_it_from_the_first_keyframe(room: Room) -> None:
    guest = far(room)
    room.publisher.take()
    first_still(room, guest, carries_bps=2_000_000)
    demand = room.publisher.take()
    assert MAIN in demand.keyframes
    assert 1_000_000 <= demand.targets[MAIN].bitrate_bps <= 2_000_000


def passed_on(room: Room) -> None:
    """The pictures come encoded, and nobody can make main cheaper."""
    tracks = room.publisher.tracks
    room.publisher.tracks = (replace(tracks[0], is_passed_on=True),)


def test_where_main_is_passed_on_a_far_newcomer_does_not_wait_for_a_still(room: Room) -> None:
    passed_on(room)
    guest = far(room)
    assert room.publisher.take().keyframes == {MAIN, JPEG}
    room.deliver(config(), video(0, keyframe=True))
    assert guest.shown == [(MAIN, 0)]


@pytest.mark.parametrize("is_passed_on", [False, True])
def test_alone_on_a_congested_path_low_helps_at_once_where_main_is_passed_on(
    room: Room, monkeypatch: pytest.MonkeyPatch, is_passed_on: bool
) -> None:
    if is_passed_on:
        passed_on(room)
    guest = room.guest().hello()
    room.begin()
    guest.ack_all()
    monkeypatch.setattr(CongestionWindow, "is_congested", lambda self: True)
    room.tick()
    assert (guest.viewer.rendition is LOW) is is_passed_on


def test_beside_others_a_thin_path_begins_on_low(room: Room) -> None:
    near = room.guest().hello()
    room.begin()
    near.ack_all()
    room.deliver(TrackStats(60, 60, 17_000_000, 3000, "x264", main_bps=17_000_000))
    thin = far(room)
    room.publisher.take()
    first_still(room, thin, carries_bps=1_600_000)
    demand = room.publisher.take()
    assert demand.keyframes == {LOW}
    assert demand.targets[MAIN].bitrate_bps == 20_000_000, "the others do not pay"
    room.deliver(video(1), config(LOW), video(0, keyframe=True, rendition=LOW))
    assert [rendition for rendition, _ in thin.shown] == [JPEG, LOW]


def test_a_still_that_is_never_acknowledged_does_not_hold_it_up_for_ever(room: Room) -> None:
    guest = far(room)
    room.begin()
    assert guest.shown == [(JPEG, 0)]
    room.wait(CAUTIOUS_US + SECOND_US // 2)
    room.tick()
    room.deliver(video(1, keyframe=True))
    assert guest.shown[-1] == (MAIN, 1)
    assert guest.packets[-1].damage.is_all, "stills came by that it was not sent: all is painted"


def test_a_near_newcomer_is_not_kept_waiting(room: Room) -> None:
    guest = room.guest()
    room.wait(3000)
    guest.hello()
    assert room.publisher.take().keyframes == {MAIN, JPEG}


def on_low(room: Room, carries_bps: int) -> Guest:
    """A page on low whose last keyframe arrived at that rate, and calm ever since."""
    guest = far(room)
    first_still(room, guest, carries_bps)
    guest.viewer.step_down(room.now_us)
    room.deliver(config(LOW), replace(video(0, keyframe=True, rendition=LOW), payload=LARGE))
    room.wait(RTT_US + len(LARGE) * 8_000_000 // carries_bps)
    guest.ack(LOW, 0)
    return guest


@pytest.mark.parametrize(("main_bps", "goes_up"), [(1_000_000, True), (1_900_000, False)])
def test_up_only_where_the_path_carries_main(room: Room, main_bps: int, goes_up: bool) -> None:
    guest = on_low(room, carries_bps=2_000_000)
    room.deliver(TrackStats(60, 60, 1, 1, "x264", main_bps=main_bps))
    for _ in range(40):
        room.wait(SECOND_US // 4)
        room.tick()
    assert (guest.viewer.rendition is MAIN) == goes_up


def test_viewers_that_all_fall_behind_at_once_stay_on_main(room: Room) -> None:
    guests = [room.guest().hello() for _ in range(4)]
    room.begin()
    room.publisher.take()
    for guest in guests:
        guest.ack_all()
    room.deliver(video(1))
    room.wait(5 * SECOND_US)
    room.deliver(video(2))
    assert {guest.viewer.rendition for guest in guests} == {MAIN}
    for guest in guests:
        guest.ack_all()
    assert room.publisher.take().keyframes == {MAIN}


def test_viewers_go_up_together_for_each_time_costs_everybody_a_keyframe(room: Room) -> None:
    first = on_low(room, carries_bps=100_000_000)
    for _ in range(4):
        room.wait(SECOND_US // 4)
        room.tick()
    second = on_low(room, carries_bps=100_000_000)
    up_at: dict[str, int] = {}
    for _ in range(80):
        room.wait(SECOND_US // 4)
        room.tick()
        for name, guest in (("first", first), ("second", second)):
            if guest.viewer.rendition is MAIN:
                up_at.setdefault(name, room.now_us)
    assert up_at["second"] - up_at["first"] >= RISE_SPACING_US


def test_while_the_stream_is_heavy_even_a_near_newcomer_begins_with_a_still(room: Room) -> None:
    near = room.guest().hello()
    room.begin()
    near.ack_all()
    room.deliver(TrackStats(60, 60, 17_000_000, 3000, "x264", main_bps=17_000_000))
    room.publisher.take()
    guest = room.guest().hello()
    assert room.publisher.take().keyframes == {JPEG}
    first_still(room, guest, carries_bps=1_600_000)
    assert room.publisher.take().keyframes == {LOW}


def test_a_page_that_is_slow_to_start_is_no_thin_path(room: Room) -> None:
    guest = far(room)
    room.publisher.take()
    room.deliver(config(JPEG, 1280, 720), replace(still(7), payload=LARGE))
    room.wait(RTT_US + 300_000)
    guest.ack(JPEG, 7)
    room.deliver(config(), video(0, keyframe=True))
    for n in range(1, 20):
        room.wait(SECOND_US // 20)
        room.deliver(video(n))
        if n > 6:
            guest.ack(MAIN, n - 6)
        room.tick()
    assert room.publisher.take().targets[MAIN].bitrate_bps == 20_000_000
