"""Many viewers at once: their statistics, their places, and their common cost."""

from __future__ import annotations

from samescreen.hub.events import TrackStats
from samescreen.media import Rendition
from samescreen.subscribe.audience import WATCHED_AT_ONCE
from samescreen.subscribe.statistics import SENT_AT_ONCE
from tests.fakes import video
from tests.hub.room import MAX_VIEWERS, SECOND_US, Guest, Room

MAIN, JPEG = Rendition.MAIN, Rendition.JPEG


def limits(guest: Guest) -> list[str]:
    """What limits its picture, message by message."""
    return [m["limit"] for m in guest.transport.messages if m["type"] == "stats"]


def is_closed(guest: Guest) -> bool:
    return guest.transport.closed is not None


def test_a_stuck_viewer_gets_a_notice_and_another_when_it_recovers(room: Room) -> None:
    guest = room.guest().hello()
    room.begin()
    guest.ack_all()
    room.deliver(video(1))
    for _ in range(12):
        room.wait(SECOND_US // 2)
        room.tick()
    assert limits(guest) == ["stalled"], "once, after four seconds"
    guest.ack_all()
    room.tick()
    assert limits(guest) == ["stalled", "none"]


def test_a_crowd_gets_its_statistics_in_slices(room: Room) -> None:
    room.audience._max_viewers = 3 * SENT_AT_ONCE
    guests = [room.guest().hello() for _ in range(2 * SENT_AT_ONCE + 5)]
    room.begin()
    for guest in guests:
        guest.ack_all()
    sent = []
    room.deliver(TrackStats(60, 60, 1, 1, "x264"))
    for _ in range(4):
        sent.append(sum(len(limits(guest)) for guest in guests))
        room.tick()
    assert sent == [SENT_AT_ONCE, 2 * SENT_AT_ONCE, len(guests), len(guests)]


def test_packets_pass_while_a_crowd_is_looked_after(room: Room) -> None:
    """A viewer that leaves meanwhile, or stalled, does not disturb the rest of the tick."""
    room.audience._max_viewers = 3 * WATCHED_AT_ONCE
    guests = [room.guest().hello() for _ in range(2 * WATCHED_AT_ONCE + 5)]
    room.begin()
    for guest in guests:
        guest.ack_all()
    room.deliver(video(1))
    stalled = guests[WATCHED_AT_ONCE + 1]
    for guest in guests:
        if guest is not stalled:
            guest.ack_all()
    room.wait(60 * SECOND_US)
    ticking = room.audience.tick_in_turns()
    next(ticking)
    room.deliver(video(2))
    assert {guest.packets[-1].sequence for guest in guests if guest is not stalled} == {2}
    assert not is_closed(stalled), "its turn has not come"
    room.audience.leave(guests[WATCHED_AT_ONCE + 2].viewer)
    assert sum(1 for _ in ticking) == 1
    assert is_closed(stalled)
    assert room.audience.viewer_count() == len(guests) - 2


def test_one_viewer_too_many_gets_a_reason_and_is_closed(room: Room) -> None:
    guests = [room.guest().hello() for _ in range(MAX_VIEWERS)]
    late = room.guest().hello()
    assert late.transport.closed == (4429, "full")
    assert late.received == ["bye"]
    assert room.audience.viewer_count() == MAX_VIEWERS
    room.audience.leave(guests[0].viewer)
    assert room.guest().hello().received[0] == "welcome"


def test_a_viewer_that_returns_while_the_host_stops_gets_the_goodbye_again(room: Room) -> None:
    """Not a welcome: the page would take what follows for a broken network."""
    before = room.guest().hello()
    room.audience.hub.close()
    again = room.guest().hello()
    for guest in (before, again):
        assert guest.received[-1] == "bye"
        assert guest.transport.closed == (1001, "stopping")
    assert again.received == ["bye"]


def test_a_thousand_newcomers_cost_one_still_and_one_keyframe(room: Room) -> None:
    room.audience._max_viewers = 1000
    demand = []
    for _ in range(1000):
        room.guest().hello()
    demand.append(room.publisher.take().keyframes)
    room.begin()
    demand.append(room.publisher.take().keyframes)
    assert demand == [{MAIN, JPEG}, set()]


def test_the_last_of_a_crowd_hear_of_it_too_while_every_second_brings_news(room: Room) -> None:
    room.audience._max_viewers = 6 * SENT_AT_ONCE
    guests = [room.guest().hello() for _ in range(5 * SENT_AT_ONCE)]
    room.begin()
    for second in range(4):
        room.deliver(TrackStats(60 - second, 60, 1, 1, "x264"))
        room.tick()
    assert all(limits(guest) for guest in guests)
