"""A hub with several streams: which of them a viewer is shown, and what a change costs it."""

from __future__ import annotations

from samescreen.hub.stream import Stream
from samescreen.media import Rendition
from tests.fakes import FakePublisher, config, still, video
from tests.hub.room import LIVE, Guest, Room

OTHER_TRACK = 1


def with_two() -> tuple[Room, Stream, FakePublisher]:
    room = Room()
    bridge = FakePublisher(OTHER_TRACK)
    other = room.hub.add("testcard", "Test card", bridge)
    room.begin()
    other.deliver(LIVE)
    return room, other, bridge


def watching(guest: Guest) -> str:
    names = [m["watching"] for m in guest.transport.messages if "watching" in m]
    return str(names[-1])


def test_a_viewer_gets_the_first_stream_and_a_list_of_all() -> None:
    room, _, _ = with_two()
    guest = room.guest().hello()
    welcome = guest.transport.messages[0]
    assert [each["stream"] for each in welcome["streams"]] == ["screen", "testcard"]
    assert welcome["watching"] == "screen"
    assert guest.viewer.viewer_id in room.group.viewers


def test_a_hello_may_name_its_stream_and_one_that_is_gone_is_the_first() -> None:
    room, other, bridge = with_two()
    assert watching(room.guest().hello(stream="testcard")) == "testcard"
    assert len(room.audience.of(other).viewers) == 1
    assert bridge.renditions == frozenset((Rendition.MAIN,))
    assert watching(room.guest().hello(stream="gone")) == "screen"


def test_switching_moves_demand_and_needs_a_whole_picture() -> None:
    room, other, bridge = with_two()
    guest = room.guest().hello()
    guest.say("watch", stream="testcard")
    assert guest.received[-2:] == ["streams", "status"]
    assert watching(guest) == "testcard"
    assert room.publisher.renditions == frozenset()
    assert bridge.renditions == frozenset((Rendition.MAIN,))
    before = len(guest.shown)
    room.deliver(video(9, keyframe=True))
    other.deliver(video(5))
    assert len(guest.shown) == before, "neither the old stream nor a delta of the new"
    other.deliver(config(Rendition.JPEG))
    other.deliver(still(0))
    other.deliver(video(6, keyframe=True))
    assert guest.shown[before:] == [(Rendition.JPEG, 0), (Rendition.MAIN, 6)]


def test_watching_what_one_watches_or_what_is_not_there_changes_nothing() -> None:
    room, _, _ = with_two()
    guest = room.guest().hello()
    for stream in ("screen", "gone"):
        received = len(guest.received)
        guest.say("watch", stream=stream)
        assert len(guest.received) == received
        assert guest.viewer.viewer_id in room.group.viewers
        assert not guest.viewer.is_new or guest.viewer.wants()


def test_acks_of_the_stream_before_are_not_taken_for_this_ones() -> None:
    room, other, _ = with_two()
    guest = room.guest().hello()
    room.deliver(still(0), video(1, keyframe=True))
    guest.ack_all()
    guest.say("watch", stream="testcard")
    other.deliver(still(0))
    other.deliver(video(1, keyframe=True))
    in_flight = guest.viewer.outbox.window.in_flight_bytes
    assert in_flight > 0
    guest.ack(Rendition.MAIN, 1)  # says no track: of the stream before
    assert guest.viewer.outbox.window.in_flight_bytes == in_flight
    guest.say("ack", rendition=0, sequence=1, held_us=0, track=OTHER_TRACK)
    assert guest.viewer.outbox.window.in_flight_bytes < in_flight


def test_another_source_keeps_the_viewers_and_tells_all() -> None:
    room, other, _ = with_two()
    here, there = room.guest().hello(), room.guest().hello(stream="testcard")
    room.hub.replace(room.stream, "Screen 2", FakePublisher(7))
    for guest in (here, there):
        news = next(m for m in reversed(guest.transport.messages) if m["type"] == "streams")
        assert news["streams"][0] == {"stream": "screen", "name": "Screen 2", "track": 7}
    assert here.viewer.session.track == 7
    assert there.viewer.session.track == other.track
    assert Rendition.MAIN in here.viewer.wants()


def test_leaving_leaves_the_stream_one_is_on() -> None:
    room, other, bridge = with_two()
    guest = room.guest().hello().say("watch", stream="testcard")
    room.audience.leave(guest.viewer)
    assert not room.audience.of(other).viewers
    assert bridge.renditions == frozenset()
