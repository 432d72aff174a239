"""Paused, blanked, muted: nothing is made, nothing leaves, and everything starts afresh after."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.hub.broadcast import BLANKED, MUTED, PAUSED
from samescreen.hub.events import ScreenLocked, SourceStatus
from samescreen.hub.stream import Stream
from samescreen.media import Rendition
from tests.fakes import FakePublisher, config, still, video
from tests.hub.room import Guest, Room

MAIN = Rendition.MAIN


@pytest.fixture
def room() -> Room:
    room = Room()
    room.begin()
    return room


@pytest.fixture
def guest(room: Room) -> Guest:
    guest = room.guest().hello()
    room.deliver(still(1), video(1, keyframe=True))
    guest.ack_all()
    assert guest.shown[-1] == (MAIN, 1)
    guest.transport.clear()
    return guest


def reasons(guest: Guest) -> list[str]:
    return [m["reason"] for m in guest.transport.messages if m["type"] == "status"]


@pytest.mark.parametrize("switch", ["pause", "blank"])
def test_nothing_is_made_and_nothing_leaves(room: Room, guest: Guest, switch: str) -> None:
    getattr(room.hub.broadcast, switch)()
    demand = room.publisher.take()
    assert (demand.renditions, demand.paused) == (frozenset(), True)
    assert reasons(guest) == ["paused" if switch == "pause" else "blanked"]
    room.deliver(video(2), still(2), video(3, keyframe=True))
    room.guest("10.0.0.8").hello()
    room.tick()
    assert guest.packets == []
    assert not room.publisher.take().renditions, "a newcomer wants pictures, and none are made"


@pytest.mark.parametrize("switch", ["pause", "blank"])
def test_afterwards_everybody_starts_on_a_keyframe(room: Room, guest: Guest, switch: str) -> None:
    set_it = getattr(room.hub.broadcast, switch)
    set_it()
    room.deliver(video(2))
    room.publisher.take()
    set_it(False)
    assert MAIN in room.publisher.take().keyframes
    assert reasons(guest)[-1] == "live"
    room.deliver(video(3))
    assert guest.packets == [], "a delta builds on a picture that never came"
    room.deliver(still(4), video(4, keyframe=True))
    assert guest.shown[-1] == (MAIN, 4)


def test_blank_counts_more_than_pause(room: Room, guest: Guest) -> None:
    broadcast = room.hub.broadcast
    broadcast.pause()
    broadcast.blank()
    assert room.stream.status is BLANKED
    broadcast.blank(False)
    assert room.stream.status is PAUSED
    assert room.stream.is_withheld


def test_a_newcomer_sees_why_there_is_no_picture(room: Room) -> None:
    room.hub.broadcast.pause()
    assert reasons(room.guest().hello()) == ["paused"]


def test_what_the_source_says_meanwhile_is_shown_afterwards(room: Room, guest: Guest) -> None:
    room.hub.broadcast.blank()
    room.deliver(SourceStatus("lost", "source-lost", "it went away"))
    assert reasons(guest) == ["blanked"]
    room.hub.broadcast.blank(False)
    assert reasons(guest)[-1] == "source-lost"


def test_viewers_see_that_the_screen_is_locked_and_its_picture(room: Room, guest: Guest) -> None:
    room.deliver(SourceStatus("live", "live", "screen 64×48"))
    guest.transport.clear()
    room.deliver(ScreenLocked(True), video(2))
    assert reasons(guest) == ["screen-locked"]
    assert guest.shown[-1] == (MAIN, 2)
    newcomer = room.guest("10.0.0.8").hello()
    assert reasons(newcomer) == ["screen-locked"]
    room.deliver(SourceStatus("live", "live", "screen 64×40"))
    assert room.stream.status == SourceStatus("live", "screen-locked", "screen 64×40")
    room.deliver(ScreenLocked(False))
    assert reasons(guest) == ["screen-locked", "screen-locked", "live"]


def test_a_lock_hides_no_failure_and_nothing_that_the_host_withholds(
    room: Room, guest: Guest
) -> None:
    room.deliver(SourceStatus("lost", "source-lost", "it was unplugged"), ScreenLocked(True))
    assert reasons(guest) == ["source-lost"]
    room.hub.broadcast.blank()
    room.deliver(ScreenLocked(False), ScreenLocked(True))
    assert reasons(guest) == ["source-lost", "blanked"]
    room.hub.broadcast.blank(False)
    room.deliver(SourceStatus("waiting", "no-picture", "no picture yet"))
    assert reasons(guest)[2:] == ["source-lost", "screen-locked"]


def test_another_source_is_not_locked(room: Room, guest: Guest) -> None:
    room.deliver(SourceStatus("live", "live", "screen 64×48"), ScreenLocked(True))
    room.hub.replace(room.stream, "test card", FakePublisher(7))
    room.deliver(SourceStatus("live", "live", "test card"))
    assert room.stream.status.reason == "live"


def test_another_source_and_another_stream_are_withheld_too(room: Room, guest: Guest) -> None:
    room.hub.broadcast.blank()
    after, second = FakePublisher(1), FakePublisher(2)
    room.hub.replace(room.stream, "Camera", after)
    room.deliver(config(), video(0, keyframe=True))
    added = room.hub.add("two", "Two", second)
    assert added.is_withheld
    assert not after.take().renditions
    assert guest.packets == []
    room.hub.broadcast.blank(False)
    assert MAIN in after.take().renditions
    assert not added.is_withheld


def test_mute_ends_the_sound_and_leaves_the_picture(room: Room, guest: Guest) -> None:
    sound = Stream("sound", "sound", FakePublisher(255), lambda: room.now_us)
    room.hub.broadcast.mute()
    room.hub.replace_sound(room.stream, sound)
    assert sound.status is MUTED
    assert not room.stream.is_withheld
    room.hub.broadcast.pause()
    room.hub.broadcast.pause(False)
    assert sound.status is MUTED, "mute outlives a pause"
    room.hub.broadcast.mute(False)
    assert not sound.is_withheld


@given(st.lists(st.tuples(st.sampled_from(["pause", "blank"]), st.booleans()), max_size=12))
def test_a_packet_leaves_exactly_while_no_switch_is_on(turns: list[tuple[str, bool]]) -> None:
    room = Room()
    room.begin()
    guest = room.guest().hello()
    broadcast = room.hub.broadcast
    for sequence, (switch, is_on) in enumerate(turns, start=1):
        getattr(broadcast, switch)(is_on)
        guest.transport.clear()
        room.wait(1_000_000)
        room.deliver(still(sequence, room.now_us), video(sequence, keyframe=True))
        assert bool(guest.packets) is not (broadcast.is_paused or broadcast.is_blanked)
        guest.ack_all()
