"""Listeners of sound: on request, bounded, and outside the bookkeeping of pictures."""

from __future__ import annotations

import pytest

from samescreen.hub.events import SourceStatus
from samescreen.hub.stream import Stream
from samescreen.media import Damage, Packet, PacketKind, Rendition
from samescreen.subscribe.sound import SOUND_BACKLOG_BYTES, Listener, SoundListeners
from tests.fakes import FakePublisher
from tests.hub.room import Room

OPUS, PCM = Rendition.OPUS, Rendition.PCM
NOT_HEARD_YET = SourceStatus("waiting", "starting", "nobody has listened yet")
LOST = SourceStatus("lost", "source-lost", "unplugged")


def sound(sequence: int, rendition: Rendition = OPUS) -> Packet:
    return Packet(
        kind=PacketKind.AUDIO,
        rendition=rendition,
        track=255,
        sequence=sequence,
        pts_us=sequence * 10_000,
        is_keyframe=True,
        damage=Damage.ALL,
        payload=b"sound",
    )


@pytest.fixture
def room() -> Room:
    room = Room()
    room.begin()
    return room


class Feed:
    """The sound of the room's stream."""

    def __init__(self, room: Room) -> None:
        self.bridge = FakePublisher(255)
        self.stream = Stream("sound", "", self.bridge, lambda: room.now_us, status=NOT_HEARD_YET)
        self.deliver = self.stream.deliver
        room.stream.replace_sound(self.stream)
        assert room.group.sound is not None
        self.viewers: SoundListeners = room.group.sound

    @property
    def listeners(self) -> dict[str, Listener]:
        return self.viewers.listeners


@pytest.fixture
def feed(room: Room) -> Feed:
    return Feed(room)


def received(guest: object) -> list[tuple[Rendition, int]]:
    packets = guest.packets  # type: ignore[attr-defined]
    return [(p.rendition, p.sequence) for p in packets if p.kind is PacketKind.AUDIO]


def test_a_newcomer_learns_that_there_is_sound_and_gets_none(room: Room, feed: Feed) -> None:
    guest = room.guest().hello()
    notices = [message for message in guest.transport.messages if message["type"] == "audio"]
    assert notices == [
        {
            "type": "audio",
            "track": 255,
            "state": "waiting",
            "detail": "nobody has listened yet",
            "rate": 48_000,
            "channels": 2,
        }
    ]
    feed.deliver(sound(0))
    assert received(guest) == []
    assert feed.bridge.renditions == frozenset()


def test_without_sound_nothing_is_said_and_asking_is_harmless(room: Room) -> None:
    guest = room.guest().hello().say("listen", on=True)
    assert "audio" not in guest.received


def test_each_hears_the_rendition_it_asked_for(room: Room, feed: Feed) -> None:
    opus = room.guest().hello().say("listen", on=True, codec="opus")
    pcm = room.guest().hello().say("listen", on=True, codec="pcm")
    assert feed.bridge.renditions == {OPUS, PCM}
    for packet in (sound(0), sound(0, PCM), sound(1)):
        feed.deliver(packet)
    assert received(opus) == [(OPUS, 0), (OPUS, 1)]
    assert received(pcm) == [(PCM, 0)]
    opus.say("listen", on=True, codec="pcm")
    assert feed.bridge.renditions == {PCM}
    pcm.say("listen", on=False)
    opus.say("listen", on=False)
    assert feed.bridge.renditions == frozenset()


def test_a_listener_that_left_ends_the_recording(room: Room, feed: Feed) -> None:
    guest = room.guest().hello().say("listen", on=True)
    room.audience.leave(guest.viewer)
    room.audience.leave(guest.viewer)
    assert feed.bridge.renditions == frozenset()
    feed.deliver(sound(0))
    feed.deliver(LOST)
    assert "lost" not in [m.get("state") for m in guest.transport.messages]


def test_a_viewer_without_a_place_may_still_ask_for_sound(room: Room, feed: Feed) -> None:
    guest = room.guest().hello()
    room.audience.leave(guest.viewer)
    guest.say("listen", on=True)
    assert feed.listeners == {}


def test_all_viewers_learn_the_state_of_the_device(room: Room, feed: Feed) -> None:
    guests = [room.guest().hello(), room.guest().hello().say("listen", on=True)]
    feed.deliver(LOST)
    for guest in guests:
        assert guest.transport.messages[-1]["detail"] == "unplugged"
    assert room.guest().hello().transport.messages[-1]["state"] == "lost"


def test_too_late_is_dropped_and_counted(room: Room, feed: Feed) -> None:
    guest = room.guest().hello().say("listen", on=True)
    guest.transport.buffered = SOUND_BACKLOG_BYTES
    feed.deliver(sound(0))
    guest.transport.buffered += 1
    feed.deliver(sound(1))
    assert received(guest) == [(OPUS, 0)]
    listener = feed.listeners[guest.viewer.viewer_id]
    assert (listener.sent, listener.dropped) == (1, 1)


def test_sound_goes_on_while_pictures_are_withheld_and_is_not_waited_for(
    room: Room, feed: Feed
) -> None:
    guest = room.guest().hello().say("listen", on=True)
    guest.viewer.outbox.gate(0)
    window = guest.viewer.outbox.window
    before = window.in_flight_bytes
    feed.deliver(sound(0))
    assert received(guest) == [(OPUS, 0)]
    assert window.in_flight_bytes == before
    guest.ack(OPUS, 0)
    assert window.in_flight_bytes == before
    assert guest.transport.closed is None
