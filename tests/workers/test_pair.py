"""Viewers of a worker get what those of the host's own process get, and obey the same rules."""

from __future__ import annotations

import pytest

from samescreen.closing import CloseCode
from samescreen.errors import UsageError
from samescreen.grants import Grant
from samescreen.hub.demand import CursorNeed
from samescreen.hub.events import CursorShape, CursorState
from samescreen.media import Rendition
from samescreen.serve.status import host_status
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.workers import workers
from samescreen.workers.feed import MOST_WAITING_BYTES, key_of
from samescreen.workers.mirror import LATE_US
from samescreen.workers.values import Admit
from tests.fakes import FakePublisher, claims, config, still, video
from tests.hub.room import LIVE, Room
from tests.workers.pair import Pair

MAIN, JPEG = Rendition.MAIN, Rendition.JPEG
POINTS = frozenset({Grant.WATCH, Grant.POINT})


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def pair(room: Room) -> Pair:
    return Pair(room)


def begin(pair: Pair) -> None:
    pair.room.begin()
    pair.move()


def test_a_viewer_gets_the_same_messages_and_packets(room: Room, pair: Pair) -> None:
    page, guest = pair.page().hello(), room.guest().hello()
    begin(pair)
    pair.deliver(video(1), video(2))
    assert page.transport.media == guest.transport.media
    assert page.received == guest.received
    assert page.transport.messages[0]["streams"] == guest.transport.messages[0]["streams"]


def test_it_crosses_once_whatever_the_number_of_viewers(room: Room, pair: Pair) -> None:
    pages = [pair.page().hello() for _ in range(20)]
    begin(pair)
    before = pair.down.sent
    pair.deliver(video(1))
    assert pair.down.sent == before + 1
    assert len({page.transport.frames[-1] for page in pages}) == 1


def test_without_viewers_nothing_crosses(pair: Pair) -> None:
    begin(pair)
    before = pair.down.sent
    pair.deliver(video(1), still(1))
    assert pair.down.sent == before
    assert pair.room.publisher.take().renditions == frozenset()


def test_a_late_viewer_asks_for_a_still_and_a_keyframe(room: Room, pair: Pair) -> None:
    pair.page().hello()
    begin(pair)
    pair.deliver(video(1))
    room.publisher.take()
    late = pair.page().hello()
    demand = room.publisher.take()
    assert demand.keyframes == {MAIN, JPEG}
    pair.deliver(video(2), still(1), video(3, keyframe=True))
    assert len(late.transport.media) == 2


def test_a_viewer_that_leaves_takes_its_demand_along(room: Room, pair: Pair) -> None:
    page = pair.page().hello()
    begin(pair)
    assert room.publisher.take().renditions == {MAIN}
    assert room.audience.viewer_count() == 1
    page.leave()
    pair.tick()
    assert room.publisher.take().renditions == frozenset()
    assert room.audience.viewer_count() == 0
    assert pair.worker.connections == {}


def test_what_a_rendition_may_cost_follows_the_workers_viewers(room: Room, pair: Pair) -> None:
    """The host's own process has no viewers, so it has no say."""
    pair.page().hello()
    begin(pair)
    before = room.publisher.take().targets[MAIN]
    rate = pair.process._fanout.groups[0].control.rates[MAIN]
    assert rate.update(claims(300_000), 64 * 48, room.now_us)
    pair.process._mirror.tick()
    pair.move()
    assert room.publisher.take().targets[MAIN] == rate.target != before


def test_messages_before_the_hello_is_answered_are_not_lost(room: Room, pair: Pair) -> None:
    begin(pair)
    page = pair.page()
    page.say_at_once("hello", version=PROTOCOL_VERSION, accepts=["h264"])
    page.say_at_once("visibility", hidden=True)
    pair.move()
    assert page.viewer.session.hidden


def test_a_first_message_that_is_no_hello_closes_it(pair: Pair) -> None:
    page = pair.page().say("ping", sent_us=1)
    assert page.transport.closed is not None
    assert page.transport.closed[0] == CloseCode.PROTOCOL


def test_pings_are_answered_on_the_spot(pair: Pair) -> None:
    page = pair.page().hello()
    before = pair.up.sent
    page.say("ping", sent_us=7)
    assert pair.up.sent == before
    assert page.transport.messages[-1]["type"] == "pong"


def test_hands_and_names_reach_the_host(room: Room, pair: Pair) -> None:
    page = pair.page("anna").hello(kinds=["you"])
    page.say("name", name="Anna").say("hand", up=True)
    assert page.person.name == "Anna"
    assert room.hub.people.hands.is_up("anna")
    assert page.transport.messages[-1]["type"] == "you"


def test_a_line_of_the_host_reaches_it(room: Room, pair: Pair) -> None:
    page = pair.page("anna").hello(kinds=["from-host"])
    room.hub.people.say("lunch", "anna")
    pair.move()
    assert page.transport.messages[-1]["text"] == "lunch"


def test_to_draw_takes_the_grant_that_the_host_checks(room: Room, pair: Pair) -> None:
    page = pair.page("anna").hello()
    stroke = {"track": 0, "stroke": 1, "tool": "pen", "points": [0, 0, 0, 9, 9, 0], "end": True}
    page.say("draw", **stroke)
    assert page.transport.closed is not None
    assert page.transport.closed[0] == CloseCode.FORBIDDEN


def test_put_out_reaches_it_with_the_reason(room: Room, pair: Pair) -> None:
    page = pair.page("anna").hello()
    begin(pair)
    room.hub.people.put_out("anna", "the host said so")
    pair.move()
    assert page.transport.messages[-1]["detail"] == "the host said so"
    assert page.transport.closed == (CloseCode.PUT_OUT, CloseCode.PUT_OUT.reason)
    assert pair.worker.connections == {}


def test_who_is_put_out_before_the_handshake_leaves_nothing_behind(
    room: Room, pair: Pair
) -> None:
    number, person = pair.begun("anna")
    admit = Admit(number, person.address, False, b"", {}, None, 4096, 1, 1)
    pair.process._admitted[number] = admit
    room.hub.people.put_out("anna", "the host said so")
    pair.move()
    assert pair.worker.connections == {}
    assert not person.connections


def test_who_waits_in_the_lobby_gets_pictures_when_let_in(room: Room, pair: Pair) -> None:
    begin(pair)
    room.hub.people.lobby.is_on = True
    page = pair.page("anna").hello()
    assert page.received == ["lobby"]
    room.hub.people.let_in("anna")
    pair.move()
    assert page.received[1] == "welcome"
    pair.deliver(still(1), video(3, keyframe=True))
    assert len(page.transport.media) == 2


def test_all_limits_hold_over_all_processes(room: Room, pair: Pair) -> None:
    room.audience._max_viewers = 2
    pages = [pair.page().hello() for _ in range(2)]
    late = room.guest("10.1.1.1").hello()
    pair.move()
    closed = [page for page in pages if page.transport.closed]
    assert len(closed) + (late.transport.closed is not None) == 1
    assert room.audience.viewer_count() == 2


def test_it_watches_another_stream(room: Room, pair: Pair) -> None:
    page = pair.page().hello()
    begin(pair)
    other = room.hub.add("camera", "Camera", FakePublisher(1))
    pair.move()
    assert page.received[-1] == "streams"
    page.say("watch", stream="camera")
    page.transport.clear()
    other.deliver(config())
    other.deliver(video(0, keyframe=True, track=1))
    pair.move()
    assert len(page.transport.media) == 1
    pair.deliver(video(1))
    assert len(page.transport.media) == 1


async def test_when_its_stream_ends_it_sees_the_first_of_the_others(
    room: Room, pair: Pair
) -> None:
    page = pair.page().hello()
    begin(pair)
    other = room.hub.add("camera", "Camera", FakePublisher(1))
    await room.hub.remove("screen")
    pair.move()
    page.transport.clear()
    other.deliver(config())
    other.deliver(video(0, keyframe=True, track=1))
    pair.move()
    assert len(page.transport.media) == 1
    await room.hub.remove("camera")
    pair.move()
    assert page.transport.messages[-1]["reason"] == "nothing-shared"


def test_a_new_source_begins_with_a_keyframe(room: Room, pair: Pair) -> None:
    page = pair.page().hello()
    begin(pair)
    new = FakePublisher(7)
    room.hub.replace(room.stream, "another", new)
    pair.move()
    assert new.take().keyframes == {MAIN, JPEG}
    page.transport.clear()
    pair.deliver(LIVE, config(), video(0, keyframe=True, track=7))
    assert len(page.transport.media) == 1


def test_pause_and_blank_reach_it(room: Room, pair: Pair) -> None:
    page = pair.page().hello()
    begin(pair)
    room.hub.broadcast.blank(True)
    pair.move()
    assert page.transport.messages[-1]["reason"] == "blanked"
    page.transport.clear()
    pair.deliver(video(1))
    assert page.transport.media == []
    room.hub.broadcast.blank(False)
    pair.move()
    assert room.publisher.take().keyframes >= {MAIN, JPEG}


def test_the_cursor_is_sent_in_the_worker(room: Room, pair: Pair) -> None:
    page = pair.page().hello(kinds=["cursor", "shape"])
    begin(pair)
    assert CursorNeed.APART in room.publisher.take().cursor
    shape = CursorShape(1, 8, 8, 0, 0, b"png")
    pair.deliver(CursorState(True, 5, shape, 3, 4))
    assert page.received[-2:] == ["shape", "cursor"]
    late = pair.page().hello(kinds=["cursor", "shape"])
    assert {"shape", "cursor"} <= set(late.received)


def test_marks_cross_once_and_who_missed_them_gets_them_all(room: Room, pair: Pair) -> None:
    drawer = pair.page("anna", POINTS).hello(kinds=["ink", "marks"])
    slow = pair.page("ben").hello(kinds=["ink", "marks"])
    begin(pair)
    slow.transport.buffered = 10**9
    stroke = {"track": 0, "stroke": 1, "tool": "pen", "points": [0, 0, 0, 9, 9, 0], "end": True}
    drawer.say("draw", **stroke)
    assert "ink" in drawer.received
    assert "ink" not in slow.received
    slow.transport.buffered = 0
    pair.tick()
    assert "ink" in slow.received


def test_a_stuck_worker_gets_no_packets_and_nobody_else_waits(room: Room, pair: Pair) -> None:
    page, guest = pair.page().hello(), room.guest().hello()
    begin(pair)
    pair.down.waiting_bytes = MOST_WAITING_BYTES + 1
    pair.deliver(video(1))
    assert len(guest.packets) == len(page.transport.media) + 1
    pair.down.waiting_bytes = 0
    pair.deliver(video(2))
    pair.tick()
    assert MAIN in room.publisher.take().keyframes | room.publisher.take().renditions
    pair.deliver(video(3, keyframe=True))
    assert len(page.transport.media) == len(guest.packets) - 2


def test_status_and_counts_know_everybody(room: Room, pair: Pair) -> None:
    page = pair.page().hello()
    room.guest("10.3.3.3").hello()
    begin(pair)
    page.say("report", fps=59, latency_us=1, decode_us=2, decoder="wasm", dropped=0)
    pair.tick()
    status = host_status(room.audience, room.now_us).streams[0]
    assert len(status.viewers) == 2
    assert {each.report.fps for each in status.viewers} == {0, 59}
    assert pair.process._fanout.groups[0].statistics.open_viewers() == 2


def test_a_worker_that_breaks_the_protocol_is_ended(pair: Pair) -> None:
    pair.worker._receive(b"\xc1 no message")
    assert pair.down.is_cut


def test_a_silent_worker_is_ended(room: Room, pair: Pair) -> None:
    room.wait(61_000_000)
    pair.worker.tick(room.now_us)
    assert pair.down.is_cut


def test_a_worker_that_is_gone_leaves_nothing_behind(room: Room, pair: Pair) -> None:
    for _ in range(3):
        pair.page().hello()
    begin(pair)
    assert room.audience.viewer_count() == 3
    pair.worker.child = _NoChild()  # type: ignore[assignment]
    pair.worker._lose()
    assert room.audience.viewer_count() == 0
    assert room.group.ink.others == []
    room.hub.tick()
    assert room.publisher.take().renditions == frozenset()
    assert list(room.hub.people) == []


class _NoChild:
    def end(self) -> None:
        """There is no process."""



def test_what_waited_too_long_between_the_processes_is_dropped(room: Room, pair: Pair) -> None:
    page = pair.page().hello()
    begin(pair)
    seen = len(page.transport.media)
    room.deliver(video(1))
    room.wait(LATE_US + 1)
    pair.move()
    pair.deliver(video(2))
    assert len(page.transport.media) == seen
    assert room.publisher.take().keyframes >= {MAIN}
    pair.deliver(video(3, keyframe=True))
    assert len(page.transport.media) == seen + 1


def test_a_system_that_cannot_pass_connections_on_says_so(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "CAN_SPAWN", False)
    workers.Workers(0, room.hub, room.audience, lambda: 0)
    with pytest.raises(UsageError, match="leave --workers out"):
        workers.Workers(2, room.hub, room.audience, lambda: 0)


def test_what_only_the_host_sees_is_in_no_worker_until_everybody_may_see_it(
    room: Room, pair: Pair
) -> None:
    room.hub.add("camera", "Ann · camera", FakePublisher(7), is_private=True).deliver(LIVE)
    pair.worker.follow()
    page = pair.page().hello(stream="camera")
    begin(pair)
    assert "Ann" not in str(page.transport.messages)
    assert set(pair.process._mirror._hub.streams) == {key_of(room.stream)}
    room.hub.show_to_all("camera")
    pair.worker.follow()
    pair.move()
    assert page.transport.messages[-1].get("stream", "camera") == "camera"
    assert len(pair.process._mirror._hub.streams) == 2
    room.hub.show_to_all("")
    pair.worker.follow()
    pair.move()
    watched = [each["watching"] for each in page.transport.messages if "watching" in each]
    assert watched[-1] == "screen"
    assert set(pair.process._mirror._hub.streams) == {key_of(room.stream)}
