"""Relays on one bus: what one shows is seen at the others, and nothing goes out for nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samescreen.bus import room
from samescreen.bus.messages import Ask, Heartbeat, to_text
from samescreen.bus.subjects import RoomSubjects
from samescreen.bus.wire import MOST_BYTES, Kind, Numbered
from samescreen.hub.demand import Demand
from samescreen.media import Damage, Rendition
from samescreen.relay.seal import Seal
from samescreen.wire.messages import PROTOCOL_VERSION
from tests.bus.fake_broker import Broker, Node, pair, picture_packet, real_still, run
from tests.hub.room import LIVE, SECOND_US, Guest

MAIN, JPEG = Rendition.MAIN, Rendition.JPEG
ROOM = RoomSubjects("team")


def demanded(node: Node) -> Demand:
    """What the publisher there was asked for since the last time."""
    node.stream.refresh()
    return node.publisher.take()


def watched() -> tuple[Node, Node, Guest]:
    """A relay, another one, and a viewer there, who has the first pictures."""
    one, other = pair()
    guest = other.guest().hello()
    one.broker.move()
    one.deliver(real_still(0), picture_packet(0))
    return one, other, guest.ack_all()


def test_what_one_relay_shows_is_seen_at_another_one() -> None:
    _, other, guest = watched()
    assert other.shown == ["screen"]
    assert (other.far().name, other.far().status) == ("Screen 1", LIVE)
    assert (JPEG, 0) in guest.shown
    assert (MAIN, 0) in guest.shown


def test_sealed_packets_cross_the_bus_as_they_are() -> None:
    broker = Broker()
    one, other = Node(broker, "aaaaaaaa", shows=True), Node(broker, "bbbbbbbb")
    one.publisher.tracks = (replace(one.publisher.tracks[0], is_sealed=True),)
    one.begin()
    run(one, other)
    run(one, other)
    guest = other.guest().hello()
    broker.move()
    sealing = Seal().series()
    sent = [sealing.sealed(each) for each in (real_still(0), picture_packet(0))]
    one.deliver(*sent)
    assert other.far().is_sealed
    got = guest.ack_all().packets
    assert [each.payload for each in got] == [each.payload for each in sent]
    assert all(each.is_sealed for each in got)


def test_nothing_goes_out_while_nobody_watches_elsewhere() -> None:
    one, other = pair()
    one.guest().hello()
    one.broker.media()
    one.deliver(real_still(0), picture_packet(0))
    assert one.broker.media() == []
    guest = other.guest().hello()
    one.broker.move()
    one.deliver(picture_packet(0))
    assert one.broker.media()
    other.audience.leave(guest.viewer)
    run(one, other)
    assert other.bus.subjects == [
        *(ROOM.inks, ROOM.redraw(other.name)),
        *(ROOM.states, ROOM.ask(other.name), ROOM.answers(other.name)),
    ]
    one.broker.media()
    one.deliver(picture_packet(1))
    assert one.broker.media() == []


def test_a_packet_goes_out_once_whatever_the_number_of_relays_and_viewers() -> None:
    one, other, _ = watched()
    third = Node(one.broker, "cccccccc")
    run(one, other, third, seconds=1.5)
    guests = [node.guest().hello() for node in (other, third, third)]
    one.broker.move()
    one.broker.media()
    one.deliver(replace(picture_packet(0), sequence=1))
    assert len(one.broker.media()) == 1
    assert all((MAIN, 1) in guest.shown for guest in guests)


def test_the_demands_of_all_relays_are_one() -> None:
    one, other, guest = watched()
    third = Node(one.broker, "cccccccc")
    run(one, other, third, seconds=1.5)
    assert demanded(one).renditions == {MAIN}
    still_reader = third.guest().hello("jpeg")
    one.broker.move()
    assert JPEG in demanded(one).keyframes
    other.audience.leave(guest.viewer)
    run(one, other, third)
    assert demanded(one).renditions == {JPEG}
    third.audience.leave(still_reader.viewer)
    run(one, other, third)
    assert not demanded(one).renditions


def test_a_relay_reads_only_the_renditions_that_its_viewers_need() -> None:
    one, other = pair()
    other.guest().hello("jpeg")
    one.broker.move()
    media = [subject for subject in other.bus.subjects if ".media." in subject]
    assert media == [ROOM.media(one.name, 0, JPEG)]


def test_a_stream_from_the_bus_does_not_go_back_on_it() -> None:
    one, other, _ = watched()
    run(one, other, seconds=3)
    assert (one.shown, other.shown) == (["screen"], ["screen"])
    assert (one.on_bus.others, other.on_bus.others) == ([], [one.name])


def test_two_relays_show_their_streams_to_each_other() -> None:
    broker = Broker()
    one, other = (Node(broker, name, shows=True) for name in ("aaaaaaaa", "bbbbbbbb"))
    one.begin()
    other.begin()
    run(one, other, seconds=2)
    assert one.shown == other.shown == ["screen", "screen-2"]


def test_a_stream_that_ends_ends_everywhere() -> None:
    one, other, guest = watched()
    one.hub.end("screen")
    run(one, other)
    assert other.shown == []
    assert guest.received[-2:] == ["status", "streams"]


def test_a_new_source_keeps_the_viewers_elsewhere() -> None:
    one, other, guest = watched()
    one.hub.replace(one.stream, "Screen 2", one.publisher)
    run(one, other)
    one.begin()
    assert [each.name for each in other.hub.streams.values()] == ["Screen 2"]
    one.deliver(real_still(5), picture_packet(0))
    assert guest.shown[-1] == (MAIN, 0)
    assert len(guest.shown) == 4


def test_a_relay_that_is_silent_is_gone_and_so_are_its_demands() -> None:
    one, other, _ = watched()
    other.on_bus.close()
    assert demanded(one).renditions
    run(one, seconds=5)
    assert not demanded(one).renditions
    third = Node(one.broker, "cccccccc")
    run(one, third, seconds=2)
    assert third.shown == ["screen"]
    one.bus.is_open = False
    run(third, seconds=5)
    assert third.shown == []


def test_a_host_that_comes_to_another_relay_is_seen_before_the_dead_one_is_given_up() -> None:
    one, other, guest = watched()
    one.bus.is_open = False
    run(one, other, seconds=2)
    again = Node(one.broker, "cccccccc", shows=True)
    again.begin()
    run(again, other)
    assert other.on_bus.others == [again.name]
    assert other.shown == ["screen"]
    guest.ack_all()
    again.deliver(real_still(5), replace(picture_packet(0), sequence=7))
    assert guest.shown[-1] == (MAIN, 7)


def test_a_relay_that_shows_a_stream_of_the_same_name_takes_none_from_a_living_one() -> None:
    one, other, _ = watched()
    run(one, other, seconds=2)
    third = Node(one.broker, "cccccccc", shows=True)
    third.begin()
    run(one, other, third, seconds=2)
    assert sorted(other.on_bus.others) == [one.name, third.name]
    assert other.shown == ["screen", "screen-2"]


def test_a_relay_that_stops_says_so() -> None:
    one, other, _ = watched()
    one.on_bus.close()
    one.broker.move()
    assert other.shown == []


def test_while_the_broker_is_away_viewers_see_why_and_then_a_fresh_picture() -> None:
    one, other, guest = watched()
    one.bus.is_open = other.bus.is_open = False
    run(one, other, seconds=10)
    one.deliver(picture_packet(1))
    assert other.far().status.reason == "source-lost"
    assert not demanded(one).renditions
    one.bus.is_open = other.bus.is_open = True
    run(one, other)
    assert other.far().status == LIVE
    wanted = demanded(one)
    assert wanted.renditions == {MAIN}
    assert MAIN in wanted.keyframes
    one.deliver(replace(picture_packet(0), sequence=9, damage=Damage.NONE))
    assert guest.shown[-1] == (MAIN, 9)
    assert guest.packets[-1].damage.is_all, "nobody knows what changed meanwhile"


def test_a_broker_that_stays_away_ends_the_streams_of_others_only() -> None:
    one, other, _ = watched()
    one.bus.is_open = other.bus.is_open = False
    run(one, other, seconds=31)
    assert (one.shown, other.shown) == (["screen"], [])


@pytest.mark.parametrize("kind", ["state", "ask", "answer", "media"])
def test_whatever_gets_lost_for_a_while_the_picture_comes(kind: str) -> None:
    broker = Broker()
    one, other = Node(broker, "aaaaaaaa", shows=True), Node(broker, "bbbbbbbb")
    broker.lose = lambda subject: f".{kind}." in subject
    one.begin()
    run(one, other, seconds=2)
    guest = other.guest().hello()
    broker.move()
    one.deliver(real_still(0), picture_packet(0))
    broker.lose = lambda subject: False
    run(one, other, seconds=2)
    if (MAIN, 0) not in guest.shown:
        one.deliver(real_still(1), replace(picture_packet(0), sequence=1))
    guest.ack_all()
    run(one, other, seconds=2)
    assert MAIN in {rendition for rendition, _ in guest.shown}


def test_a_lost_keyframe_is_asked_for_again() -> None:
    one, other = pair()
    other.guest().hello()
    one.broker.move()
    assert MAIN in demanded(one).keyframes
    one.broker.lose = lambda subject: ".media." in subject
    one.deliver(real_still(0), picture_packet(0))
    one.broker.lose = lambda subject: False
    run(one, other, seconds=1.5)
    assert demanded(one).keyframes == {MAIN, JPEG}


def test_a_gap_in_the_film_asks_for_a_keyframe() -> None:
    one, other, guest = watched()
    demanded(one)
    one.broker.lose = lambda subject: ".media." in subject
    one.deliver(picture_packet(1))
    one.broker.lose = lambda subject: False
    one.deliver(picture_packet(2))
    assert demanded(one).keyframes == {MAIN}
    one.deliver(replace(picture_packet(0), sequence=3))
    assert guest.shown[-1] == (MAIN, 3)


def test_what_found_no_way_to_the_broker_is_made_up_for() -> None:
    one, other, guest = watched()
    demanded(one)
    one.bus.waiting_bytes = 10 << 20
    one.deliver(picture_packet(1))
    assert guest.shown[-1] == (MAIN, 0)
    run(one, other)
    assert not demanded(one).keyframes
    one.bus.waiting_bytes = 0
    one.on_bus.tick()
    assert demanded(one).keyframes == {MAIN}


def test_a_host_that_ends_a_stream_here_does_not_get_it_again() -> None:
    one, other, _ = watched()
    publisher = other.hub.end("screen")
    publisher.close().close()
    run(one, other, seconds=3)
    assert len(other.shown) <= 1


def test_garbage_and_other_versions_change_nothing(caplog: pytest.LogCaptureFixture) -> None:
    one, other, guest = watched()
    media = ROOM.media(one.name, 0, MAIN)
    for subject in (media, ROOM.state(one.name), ROOM.ask(one.name), ROOM.answer("bbbbbbbb", "x")):
        for message in (b"", b"garbage", bytes(500), next(Numbered(1).messages(Kind.TEXT, b"{"))):
            one.broker.waiting.append((subject, message))
    future = Heartbeat(PROTOCOL_VERSION + 1, 1, 1)
    one.broker.waiting.append(
        (ROOM.state("dddddddd"), next(Numbered(1).messages(Kind.TEXT, to_text(future))))
    )
    asks = Ask("eeeeeeee", 1, -1)
    one.broker.waiting.append((ROOM.state("dddddddd"), to_text(asks)))
    one.broker.move()
    assert "update the older one" in caplog.text
    assert other.on_bus.others == [one.name]
    one.deliver(picture_packet(1))
    guest.ack_all()
    run(one, other)
    one.deliver(replace(picture_packet(0), sequence=2))
    assert guest.shown[-1] == (MAIN, 2)
    assert len(caplog.records) < 30


def test_texts_whose_other_parts_never_come_stay_bounded() -> None:
    one, other = pair()
    part = next(Numbered(1).messages(Kind.TEXT, bytes(MOST_BYTES)))
    texts = [[*Numbered(1).messages(Kind.TEXT, bytes(MOST_BYTES))][:-1] for _ in range(4)]
    for name, messages in zip("defg", texts, strict=True):
        one.broker.waiting += [(ROOM.state(name * 8), each) for each in messages]
    one.broker.move()
    waiting = [each.waiting_bytes for each in other.on_bus._joined.values()]
    assert len(part) < sum(waiting) <= room.MOST_WAITING_BYTES


def test_another_version_of_the_bus_is_named_once_with_the_cure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one, other = pair()
    text = next(Numbered(1).messages(Kind.TEXT, b"{}"))
    for _ in range(3):
        one.broker.waiting.append((ROOM.state("dddddddd"), b"\x02" + text[1:]))
    one.broker.move()
    (line,) = {each.getMessage() for each in caplog.records}
    assert line.endswith("speaks version 2 of the bus, this one 1; update the older one")
    assert other.on_bus.others == [one.name]


@pytest.mark.parametrize("hours", [-9, 9])
def test_relays_whose_clocks_differ_show_pictures_by_their_own_clock(hours: int) -> None:
    """Each relay's clock counts from its own machine's start."""
    broker = Broker()
    one, other = Node(broker, "aaaaaaaa", shows=True), Node(broker, "bbbbbbbb")
    one.now_us += 10 * 3600 * SECOND_US
    other.now_us = one.now_us + hours * 3600 * SECOND_US
    one.begin()
    run(one, other, seconds=2)
    guest = other.guest().hello()
    broker.move()
    one.deliver(*(replace(each, pts_us=one.now_us) for each in (real_still(0), picture_packet(0))))
    assert {packet.rendition for packet in guest.packets} == {MAIN, JPEG}
    assert all(abs(packet.pts_us - other.now_us) < SECOND_US for packet in guest.packets)
    run(one, other, seconds=6)
    assert other.shown == ["screen"]


def test_another_run_of_a_relay_replaces_the_one_before() -> None:
    one, other, _ = watched()
    again = Node(one.broker, one.name, shows=True)
    one.broker.buses.remove(one.bus)
    again.begin()
    again.now_us = other.now_us
    run(again, other, seconds=2)
    assert other.shown == ["screen"]
    guest = other.guest().hello()
    again.broker.move()
    again.deliver(real_still(0), picture_packet(0))
    assert (MAIN, 0) in guest.shown


def test_a_relay_whose_way_is_full_reads_nothing_until_answers_come_soon_again() -> None:
    """So the broker keeps little for it, and makes no other relay wait."""
    one, other, guest = watched()
    run(one, other, seconds=1.5)
    demanded(one)
    one.broker.lose = lambda subject: ".answer." in subject
    run(one, other, seconds=2.25)
    assert not any(".media." in subject for subject in other.bus.subjects)
    one.deliver(picture_packet(1))
    assert guest.shown[-1] == (MAIN, 0)
    one.broker.lose = lambda subject: False
    run(one, other, seconds=1.25)
    assert any(".media." in subject for subject in other.bus.subjects)
    assert MAIN in demanded(one).keyframes
    one.deliver(replace(picture_packet(0), sequence=2))
    assert guest.shown[-1] == (MAIN, 2)
