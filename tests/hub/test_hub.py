"""A hub whose streams come and go, and subscribers that are not pages."""

from __future__ import annotations

import pytest

from samescreen.flow.in_flight import SentPacket
from samescreen.hub.demand import Demand
from samescreen.hub.hub import Hub
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Ending, Notice, Offer, StatusChanged, StreamsChanged
from samescreen.media import Packet, Rendition
from samescreen.subscribe.audience import Audience
from tests.fakes import FakePublisher, FakeTransport, config, still, video
from tests.hub.room import LIVE, Guest, Room

MAIN, JPEG = Rendition.MAIN, Rendition.JPEG


class Recorder:
    """A subscriber of a kind that the hub does not know; it takes every packet."""

    def __init__(self) -> None:
        self.wants = Demand(frozenset((MAIN,)), paused=False)
        self.packets: list[Packet] = []
        self.notices: list[Notice] = []
        self.ended: list[Ending] = []

    def demand(self) -> Demand:
        return self.wants

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        self.packets.append(packet.packet)
        return Offer.SENT

    def notify(self, notice: Notice) -> None:
        self.notices.append(notice)

    def close(self, reason: Ending) -> None:
        self.ended.append(reason)


class Empty(Room):
    """A room whose hub shares nothing yet."""

    def __init__(self) -> None:
        self.now_us = 50_000_000
        self.hub = Hub(lambda: self.now_us)
        self.audience = Audience(self.hub, "desk", lambda: self.now_us, 10)


def watching(guest: Guest) -> str:
    said = [m["watching"] for m in guest.transport.messages if "watching" in m]
    return str(said[-1])


@pytest.fixture
def empty() -> Empty:
    return Empty()


def test_an_empty_hub_tells_a_page_that_nothing_is_shared(empty: Empty) -> None:
    guest = empty.guest().hello()
    welcome, status = guest.transport.messages
    assert (welcome["streams"], welcome["watching"]) == ([], "")
    assert status["state"] == "waiting"
    assert "nothing is shared" in status["detail"]
    guest.say("watch", stream="gone").say("visibility", hidden=True).say("listen", on=True)
    empty.tick()
    empty.audience.leave(guest.viewer)
    assert empty.audience.viewer_count() == 0


def test_waiting_viewers_see_the_first_stream(empty: Empty) -> None:
    early, late = empty.guest().hello(), empty.guest()
    publisher = FakePublisher(4)
    stream = empty.hub.add("screen", "Screen 1", publisher)
    late.hello()
    assert (watching(early), watching(late)) == ("screen", "screen")
    assert publisher.take().keyframes == {MAIN, JPEG}
    stream.deliver(LIVE)
    stream.deliver(config())
    stream.deliver(video(0, keyframe=True, track=4))
    assert early.shown == late.shown == [(MAIN, 0)]


async def test_viewers_of_an_ended_stream_see_another_one() -> None:
    room = Room()
    other = FakePublisher(1)
    stream = room.hub.add("other", "Other", other)
    room.begin()
    here, there = room.guest().hello(), room.guest().hello(stream="other")
    await room.hub.remove("screen")
    assert room.publisher.closed
    assert (watching(here), watching(there)) == ("other", "other")
    assert [each["stream"] for each in there.transport.messages[-1]["streams"]] == ["other"]
    stream.deliver(video(5, keyframe=True, track=1))
    assert here.shown[-1] == (MAIN, 5)
    assert room.publisher.take().renditions == frozenset()


async def test_viewers_of_the_last_stream_stay_and_see_the_next() -> None:
    room = Room()
    room.begin()
    guest = room.guest().hello()
    await room.hub.remove("screen")
    assert guest.transport.closed is None
    assert watching(guest) == ""
    status = next(m for m in reversed(guest.transport.messages) if m["type"] == "status")
    assert "nothing is shared" in status["detail"]
    room.hub.add("screen", "Screen 1", FakePublisher(2))
    assert watching(guest) == "screen"
    assert guest.viewer.session.track == 2


async def test_ended_streams_leave_nothing_behind() -> None:
    room = Room()
    guests = [room.guest().hello() for _ in range(3)]
    for number in range(1, 20):
        room.hub.add(f"s{number}", "Another", FakePublisher(number))
        for guest in guests:
            guest.say("watch", stream=f"s{number}")
        await room.hub.remove(f"s{number}")
        room.tick()
    assert list(room.hub.streams) == ["screen"]
    assert {group.stream for group in room.audience.groups} == {room.stream, room.hub.nothing}
    assert len(room.group.viewers) == 3


def test_a_subscriber_that_is_no_page_is_served_like_one() -> None:
    room = Room()
    recorder = Recorder()
    room.stream.subscribe(recorder)
    room.stream.changed(recorder, frozenset((MAIN,)))
    demand = room.publisher.take()
    assert demand.renditions == demand.keyframes == {MAIN}
    assert not demand.paused
    room.begin()
    room.deliver(video(1))
    assert [packet.rendition for packet in recorder.packets] == [JPEG, MAIN, MAIN]
    assert StatusChanged("screen", LIVE) in recorder.notices
    assert config() in recorder.notices
    room.stream.unsubscribe(recorder)
    room.stream.unsubscribe(recorder)
    assert room.publisher.take().renditions == frozenset()


def test_a_page_without_room_does_not_delay_a_recorder() -> None:
    room = Room()
    guest = room.guest().hello()
    room.begin()
    guest.viewer.outbox.window.size_bytes = 1
    room.deliver(video(1))
    assert room.publisher.take().paused
    recorder = Recorder()
    room.stream.subscribe(recorder)
    assert not room.publisher.take().paused
    room.deliver(video(2))
    assert not room.publisher.take().paused


def test_subscribers_are_notified_of_streams_and_of_the_end() -> None:
    room = Room()
    recorder = Recorder()
    room.stream.subscribe(recorder)
    room.hub.add("other", "Other", FakePublisher(1))
    changed = recorder.notices[-1]
    assert isinstance(changed, StreamsChanged)
    assert [(each.stream_id, each.track) for each in changed.streams] == [
        ("screen", 0),
        ("other", 1),
    ]
    room.hub.close()
    assert recorder.ended == ["stopping"]


def test_a_subscriber_may_leave_during_a_notice() -> None:
    """A page that is closed during a notice must not be notified."""
    stream = Stream("s", "", FakePublisher(), lambda: 0)

    class Leaver(Recorder):
        def notify(self, notice: Notice) -> None:
            super().notify(notice)
            stream.unsubscribe(other)

    first, other = Leaver(), Recorder()
    stream.subscribe(first)
    stream.subscribe(other)
    stream.deliver(LIVE)
    assert (len(first.notices), len(other.notices)) == (1, 0)


def test_a_transport_takes_the_message_or_the_frame() -> None:
    packet = EncodedPacket(still(3))
    assert packet.outgoing.frame.endswith(packet.outgoing.message)
    assert (packet.outgoing.rendition, packet.outgoing.stands_alone) == (JPEG, True)
    transport = FakeTransport()
    transport.write(packet.outgoing)
    assert transport.media == [packet.outgoing.message]
