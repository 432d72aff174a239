"""What goes up to a relay, and what is made again after something did not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from samescreen.flow.up_link import UpLink
from samescreen.hub.demand import Demand
from samescreen.hub.events import RepairDone
from samescreen.hub.hub import Hub
from samescreen.hub.wanted import want_of
from samescreen.media import Damage, PacketKind, Region, Rendition
from samescreen.relay.up_sound import UpSound
from samescreen.relay.up_stream import UpStream
from samescreen.wire.published import Published, published_from_bytes
from samescreen.wire.publishing import FromPublisher, Repaired
from tests.fakes import FakePublisher, config, piece, still, video
from tests.hub.room import LIVE

MAIN, JPEG, OPUS = Rendition.MAIN, Rendition.JPEG, Rendition.OPUS
NUMBER = 9
ONE, OTHER = Region(0, 0, 32, 32), Region(32, 0, 32, 32)
WANTED = Demand(frozenset((MAIN, JPEG)), paused=False, refine=True, repair=Damage.NONE)


class Wire:
    """A connection that keeps what is sent. `waiting`: bytes that the system did not take."""

    def __init__(self) -> None:
        self.told: list[FromPublisher] = []
        self.sent: list[Published] = []
        self.sizes: list[int] = []
        self.waiting = 0

    def send_text(self, message: FromPublisher) -> None:
        self.told.append(message)

    def send_media(self, message: bytes) -> None:
        self.sent.append(published_from_bytes(message))
        self.sizes.append(len(message))

    def buffered_bytes(self) -> int:
        return self.waiting


class Way:
    """A stream of a hub, and its way up to a relay."""

    def __init__(self) -> None:
        self.now_us = 50_000_000
        hub = Hub(lambda: self.now_us)
        self.publisher = FakePublisher()
        self.stream = hub.add("screen", "Screen 1", self.publisher)
        self.wire, self.link = Wire(), UpLink(100_000)
        self.link.round_trip(10_000, self.now_us)
        self.up = UpStream(self.stream, NUMBER, self.wire, self.link, lambda: None)
        self.deliver(LIVE, config(), config(JPEG))

    def deliver(self, *events: Any) -> None:
        for event in events:
            self.stream.deliver(event)

    def want(self, **changes: Any) -> None:
        self.up.want(want_of(replace(WANTED, **changes), NUMBER))

    def arrived(self) -> None:
        """The relay reports all that was sent."""
        self.now_us += 20_000
        self.link.got(sum(self.wire.sizes), 0, self.now_us)

    @property
    def sequences(self) -> list[tuple[Rendition, int]]:
        return [(each.packet.rendition, each.packet.sequence) for each in self.wire.sent]

    @property
    def demanded(self) -> Demand:
        """What the publisher is asked for after the host's tick; questions count once."""
        self.stream.refresh()
        return self.publisher.take()


@pytest.fixture
def way() -> Way:
    return Way()


def test_a_delta_goes_up_only_after_what_it_builds_on(way: Way) -> None:
    way.want()
    way.deliver(video(1), video(2, keyframe=True), video(3))
    assert way.sequences == [(MAIN, 2), (MAIN, 3)]
    assert {each.packet.track for each in way.wire.sent} == {NUMBER}


def test_after_a_gap_a_keyframe_is_asked_for_when_there_is_room(way: Way) -> None:
    way.want()
    way.deliver(video(1, keyframe=True), video(2))
    way.wire.waiting = 10 << 20
    way.deliver(video(3))
    way.wire.waiting = 0
    way.deliver(video(4))
    assert way.sequences == [(MAIN, 1), (MAIN, 2)]
    _ = way.demanded
    way.arrived()
    way.up.resume(way.now_us)
    assert MAIN in way.demanded.keyframes
    way.deliver(video(5, keyframe=True), video(6))
    assert way.sequences[2:] == [(MAIN, 5), (MAIN, 6)]


def test_the_keyframe_after_stills_that_were_dropped_says_what_they_changed(way: Way) -> None:
    way.want()
    way.deliver(still(1), video(1, keyframe=True))
    way.wire.waiting = 1
    way.deliver(replace(still(2), damage=Damage.of(ONE)))
    way.wire.waiting = 0
    way.deliver(video(2, keyframe=True, damage=Damage.of(OTHER), news=Damage.of(OTHER)))
    newest = way.wire.sent[-1].packet
    assert set(newest.damage.regions) == {ONE, OTHER}
    assert newest.news == Damage.of(OTHER)


def test_a_piece_that_found_no_room_is_made_again(way: Way) -> None:
    way.want()
    way.deliver(still(1), video(1, keyframe=True))
    way.arrived()
    way.wire.waiting = 1
    way.deliver(piece(2, ONE))
    assert way.sequences == [(JPEG, 1), (MAIN, 1)]
    way.wire.waiting = 0
    way.up.resume(way.now_us)
    assert way.demanded.repair == Damage.of(ONE)
    way.deliver(piece(3, ONE, is_repair=True), RepairDone())
    assert way.sequences[-1] == (JPEG, 3)
    assert not way.wire.sent[-1].is_repair, "all viewers of the relay lost it"
    assert way.wire.told[-1] == Repaired(NUMBER)


def test_what_a_viewer_of_the_relay_lost_is_a_repair_for_it_alone(way: Way) -> None:
    way.want()
    way.deliver(still(1), video(1, keyframe=True))
    way.arrived()
    way.want(repair=Damage.of(OTHER))
    assert way.demanded.repair == Damage.of(OTHER)
    way.deliver(piece(2, OTHER, is_repair=True), RepairDone())
    assert way.wire.sent[-1].is_repair


def test_repairs_of_local_viewers_do_not_go_up(way: Way) -> None:
    way.want()
    way.deliver(still(1), video(1, keyframe=True))
    way.arrived()
    way.deliver(piece(2, ONE, is_repair=True))
    assert way.sequences == [(JPEG, 1), (MAIN, 1)]


def test_nothing_goes_up_that_nobody_wants(way: Way) -> None:
    way.deliver(still(1), video(1, keyframe=True), piece(2, ONE))
    assert not way.wire.sent
    way.want()
    way.want(renditions=frozenset())
    way.deliver(still(3), video(2, keyframe=True))
    assert not way.wire.sent


def sound(sequence: int) -> Any:
    packet = replace(video(sequence), kind=PacketKind.AUDIO, rendition=OPUS, is_keyframe=True)
    return replace(packet, damage=Damage.NONE)


def test_sound_goes_past_the_pictures_but_never_late(way: Way) -> None:
    up = UpSound(way.stream, 7, way.wire, way.link)
    way.deliver(sound(1))
    assert not way.wire.sent, "nobody listens"
    up.want(want_of(Demand(frozenset((OPUS,)), paused=False), 7))
    for number in range(2, 60):
        way.link.sent(200_000, way.now_us)  # pictures fill the window
        way.deliver(sound(number))
    assert not way.link.has_room
    assert [each.packet.track for each in way.wire.sent] == [7] * 58
    way.wire.waiting = 1 << 20
    way.deliver(sound(60))
    assert len(way.wire.sent) == 58
