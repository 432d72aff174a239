"""One stream for everybody, taken back, and streams that only the host sees."""

from __future__ import annotations

import pytest

from samescreen.grants import EVERYTHING
from samescreen.hub.people import Person
from tests.fakes import FakePublisher
from tests.hub.room import LIVE, Guest, Room
from tests.subscribe.test_several_streams import watching, with_two


def test_everybody_and_newcomers_watch_what_the_host_shows_and_go_back() -> None:
    room, _, bridge = with_two()
    one, other = room.guest().hello(), room.guest().hello()
    room.hub.show_to_all("testcard")
    assert [watching(each) for each in (one, other)] == ["testcard"] * 2
    assert bridge.renditions
    assert watching(room.guest().hello()) == "testcard"
    one.say("watch", stream="screen")
    assert watching(one) == "screen", "a viewer may still look elsewhere"
    room.hub.show_to_all("")
    assert [watching(each) for each in (one, other)] == ["screen"] * 2
    assert watching(room.guest().hello()) == "screen"


def test_a_stream_that_everybody_watches_ends_like_any_other() -> None:
    room, _, _ = with_two()
    guest = room.guest().hello()
    room.hub.show_to_all("testcard")
    room.hub.end("testcard")
    assert watching(guest) == "screen"
    assert room.hub.broadcast.forward == ""
    with pytest.raises(KeyError):
        room.hub.show_to_all("testcard")


def with_kept() -> tuple[Room, FakePublisher]:
    room = Room()
    publisher = FakePublisher(7)
    room.hub.add("camera-1", "Ann · camera", publisher, is_private=True).deliver(LIVE)
    room.begin()
    return room, publisher


def as_host(room: Room) -> Guest:
    guest = room.guest()
    guest.viewer.person = Person("h", "host", "127.0.0.1", EVERYTHING)
    return guest


def test_a_kept_stream_is_in_no_list_and_cannot_be_named() -> None:
    room, publisher = with_kept()
    guest = room.guest().hello(stream="camera-1")
    assert watching(guest) == "screen"
    assert [each["stream"] for each in guest.transport.messages[0]["streams"]] == ["screen"]
    guest.say("watch", stream="camera-1")
    assert watching(guest) == "screen"
    assert not publisher.renditions
    assert room.hub.find("camera-1") is None
    room.hub.announce()
    lists = [m["streams"] for m in guest.transport.messages if "streams" in m]
    assert all(len(each) == 1 for each in lists)


def test_the_host_watches_a_kept_stream() -> None:
    room, publisher = with_kept()
    host = as_host(room).hello(stream="camera-1")
    assert watching(host) == "camera-1"
    assert publisher.renditions
    room.hub.announce()
    lists = [m["streams"] for m in host.transport.messages if "streams" in m]
    assert all("camera-1" in [each["stream"] for each in listed] for listed in lists)
    host.say("watch", stream="screen")
    assert "camera-1" not in str(host.transport.messages[-2:])


def test_a_kept_stream_is_for_everybody_only_while_the_host_shows_it() -> None:
    room, publisher = with_kept()
    guest = room.guest().hello()
    room.hub.show_to_all("camera-1")
    assert watching(guest) == "camera-1"
    assert publisher.renditions
    lists = [m["streams"] for m in guest.transport.messages if "streams" in m]
    assert [each["stream"] for each in lists[-1]] == ["screen", "camera-1"]
    room.hub.show_to_all("")
    assert watching(guest) == "screen"
    assert not publisher.renditions
    assert room.hub.find("camera-1") is None


def test_a_kept_stream_alone_is_nothing_for_others() -> None:
    room, _ = with_kept()
    guest = room.guest().hello()
    room.hub.end("screen")
    assert watching(guest) == ""
    room.hub.end("camera-1")
    assert "camera-1" not in room.hub.broadcast.private
