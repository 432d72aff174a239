"""Fan-out with fake transports: who gets what, in which order, at whose cost."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError
from samescreen.hub.events import SourceStatus, TrackStats
from samescreen.hub.stream import Stream
from samescreen.media import Rendition
from samescreen.subscribe.audience import Audience
from samescreen.subscribe.viewer import Viewer
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.packets import packet_to_bytes
from tests.fakes import config, still, video
from tests.hub.room import LIVE, SECOND_US, Room

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG


def test_nothing_before_hello(room: Room) -> None:
    silent = room.guest()
    room.begin()
    room.deliver(video(1), TrackStats(60, 60, 1, 1, "x"), SourceStatus("lost", "source-lost", ""))
    room.tick()
    assert silent.transport.frames == []
    assert room.audience.viewer_count() == 0
    assert room.publisher.take().renditions == frozenset()


def test_hello_is_answered_with_all_there_is_to_know(room: Room) -> None:
    room.begin()
    guest = room.guest().hello()
    assert guest.received == ["welcome", "status", "config", "config"]
    welcome, status, *configs = guest.transport.messages
    assert welcome["version"] == PROTOCOL_VERSION
    assert welcome["host"] == "desk"
    assert welcome["streams"] == [{"stream": "screen", "name": "Screen 1", "track": 0}]
    assert (status["state"], status["detail"]) == ("live", "a screen")
    assert {c["rendition"] for c in configs} == {MAIN, JPEG}


def test_before_the_source_is_open_the_status_says_so(room: Room) -> None:
    guest = room.guest().hello()
    assert guest.transport.messages[1]["state"] == "waiting"


def test_a_late_joiner_asks_for_a_still_and_a_keyframe_and_sees_deltas_only_after(
    room: Room,
) -> None:
    first = room.guest().hello()
    room.begin()
    room.deliver(*(video(n) for n in range(1, 6)))
    room.publisher.take()
    late = room.guest().hello()
    demand = room.publisher.take()
    assert demand.keyframes == {MAIN, JPEG}
    assert demand.renditions == {MAIN}
    room.deliver(video(6), still(1), video(7, keyframe=True), video(8))
    assert late.shown == [(JPEG, 1), (MAIN, 7), (MAIN, 8)]
    assert first.shown == [(JPEG, 0), *((MAIN, n) for n in range(9))]


def test_the_very_same_bytes_are_written_to_all(room: Room) -> None:
    guests = [room.guest().hello() for _ in range(5)]
    room.begin()
    for guest in guests:
        guest.transport.clear()
    room.deliver(video(1), SourceStatus("lost", "source-lost", "gone"))
    written = [guest.transport.frames for guest in guests]
    assert all(len(frames) == 2 for frames in written)
    for of_one in zip(*written, strict=True):
        assert len({id(frame) for frame in of_one}) == 1


def test_packets_are_sent_as_they_are(room: Room) -> None:
    guest = room.guest().hello()
    room.begin()
    packet = video(1, payload=b"x" * 70_000)
    room.deliver(packet)
    assert guest.transport.media[-1] == packet_to_bytes(packet)


def test_handing_over_never_waits() -> None:
    for name in ("join", "receive", "leave", "tick_in_turns"):
        assert not inspect.iscoroutinefunction(getattr(Audience, name))
    for name in ("deliver", "subscribe", "unsubscribe", "changed", "refresh", "end"):
        assert not inspect.iscoroutinefunction(getattr(Stream, name))
    for name in ("demand", "offer", "notify", "send", "take", "close"):
        assert not inspect.iscoroutinefunction(getattr(Viewer, name))


@pytest.mark.parametrize("kind", ["stops reading", "never acks", "both"])
def test_a_slow_viewer_changes_nothing_for_another(kind: str) -> None:
    def run(*, with_a_slow_one: bool) -> list[bytes]:
        room = Room()
        healthy = room.guest().hello()
        slow = room.guest().hello() if with_a_slow_one else None
        room.begin()
        for n in range(1, 400):
            room.deliver(video(n, payload=bytes(20_000)))
            room.wait(16_667)
            healthy.ack(MAIN, n)
            if slow is not None and kind != "never acks":
                slow.transport.buffered = sum(map(len, slow.transport.frames))
            if slow is not None and kind == "stops reading" and n < 30:
                slow.ack_all()
            if n % 15 == 0:
                room.tick()
        return healthy.transport.frames[2:]  # the welcome names its viewer

    assert run(with_a_slow_one=True) == run(with_a_slow_one=False)


def test_what_a_stopped_viewer_holds_is_bounded(room: Room) -> None:
    guest = room.guest().hello()
    room.begin()
    for n in range(1, 2000):
        guest.transport.buffered = sum(map(len, guest.transport.frames))
        room.deliver(video(n, payload=bytes(50_000), keyframe=n % 60 == 0))
        room.wait(16_667)
    assert sum(map(len, guest.transport.frames)) < 2 << 20


def test_a_viewer_that_fell_behind_alone_recovers_with_a_keyframe(room: Room) -> None:
    guest = room.guest().hello()
    room.begin()
    guest.ack(MAIN, 0)
    for n in range(1, 30):
        room.wait(16_667)
        room.deliver(video(n))
    sent = guest.shown[-1][1]
    assert sent < 29, "it was gated"
    room.publisher.take()
    room.tick()
    assert MAIN not in room.publisher.take().keyframes, "not before it has caught up"
    guest.ack(MAIN, sent)
    assert MAIN in room.publisher.take().keyframes
    room.deliver(video(30), video(31, keyframe=True), video(32))
    assert guest.shown[-2:] == [(MAIN, 31), (MAIN, 32)]


def test_beside_a_healthy_viewer_the_slow_one_recovers_on_low(room: Room) -> None:
    healthy, slow = room.guest().hello(), room.guest().hello()
    room.begin()
    healthy.ack(MAIN, 0)
    slow.ack(MAIN, 0)
    for n in range(1, 40):
        room.wait(16_667)
        room.deliver(video(n))
        healthy.ack(MAIN, n)
    room.tick()
    demand = room.publisher.take()
    assert demand.renditions == {MAIN, LOW}
    slow.ack_all()
    room.publisher.take()
    room.deliver(config(LOW), video(0, keyframe=True, rendition=LOW))
    assert slow.shown[-1] == (LOW, 0)
    assert healthy.shown[-1] == (MAIN, 39)
    assert MAIN not in room.publisher.take().keyframes


def test_a_gap_gates_everybody_until_a_keyframe(room: Room) -> None:
    guest = room.guest().hello()
    room.begin()
    room.deliver(video(1), video(9), video(10))
    assert guest.shown[-1] == (MAIN, 1)
    guest.ack_all()
    room.tick()
    assert MAIN in room.publisher.take().keyframes
    room.deliver(video(11, keyframe=True))
    assert guest.shown[-1] == (MAIN, 11)


def test_a_page_that_decodes_only_jpeg_gets_only_stills(room: Room) -> None:
    guest = room.guest().hello("jpeg")
    assert room.publisher.take().renditions == {JPEG}
    room.begin()
    guest.ack_all()
    room.deliver(video(1), still(1))
    assert guest.shown == [(JPEG, 0), (JPEG, 1)]


def test_a_jpeg_page_that_missed_the_last_still_gets_one_when_it_has_caught_up(room: Room) -> None:
    guest = room.guest().hello("jpeg")
    room.deliver(LIVE, config(JPEG), *(still(n) for n in range(5)))
    assert guest.shown[-1][1] < 4, "it could not keep up"
    room.publisher.take()
    guest.ack_all()
    room.wait(SECOND_US)
    room.tick()
    assert JPEG in room.publisher.take().keyframes


def test_a_hidden_tab_gets_nothing_and_costs_nothing(room: Room) -> None:
    guest = room.guest().hello(hidden=True)
    assert room.publisher.take().renditions == frozenset()
    room.begin()
    assert guest.packets == []
    guest.say("visibility", hidden=False)
    demand = room.publisher.take()
    assert demand.renditions == {MAIN}
    assert demand.keyframes == {MAIN, JPEG}
    guest.say("visibility", hidden=True)
    assert room.publisher.take().renditions == frozenset()


def test_what_a_page_needs_is_asked_for(room: Room) -> None:
    guest = room.guest().hello()
    room.begin()
    room.publisher.take()
    guest.say("need")
    assert room.publisher.take().keyframes >= {MAIN, JPEG}
    room.deliver(video(1))
    assert guest.shown[-1] == (MAIN, 0), "no delta until then"


def test_a_decoder_lost_twice_is_helped_twice_and_a_page_that_always_asks_once_a_second(
    room: Room,
) -> None:
    guest = room.guest().hello()
    room.begin()
    heard_ms = []
    for now_ms in range(0, 5000, 100):
        room.publisher.take()
        guest.say("need")
        if MAIN in room.publisher.take().keyframes:
            heard_ms.append(now_ms)
        room.deliver(still(now_ms), video(now_ms, keyframe=True))
        guest.ack_all()
        room.wait(SECOND_US // 10)
    assert heard_ms == [0, 100, 200, 1000, 2000, 3000, 4000]


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("junk", 4400, "protocol"),
        ('{"type":"ping","sent_us":1}', 4400, "protocol"),
        ('{"type":"hello","version":999,"accepts":["h264"]}', 4426, "version"),
    ],
)
def test_a_viewer_that_breaks_the_protocol_gets_a_reason_and_is_closed(
    room: Room, text: str, code: int, reason: str
) -> None:
    guest, other = room.guest(), room.guest().hello()
    room.audience.receive(guest.viewer, text)
    (bye,) = guest.transport.messages
    assert (bye["type"], bye["reason"]) == ("bye", reason)
    assert bye["detail"]
    assert guest.transport.closed == (code, reason)
    room.begin()
    assert guest.transport.media == []
    assert other.transport.closed is None


@pytest.mark.parametrize("kind", ["hello", "visibility", "need", "watch", "listen", "noise"])
def test_messages_of_a_dismissed_viewer_have_no_effect(room: Room, kind: str) -> None:
    guest = room.guest().hello()
    room.audience.refuse(guest.viewer, ProtocolError("no"))
    said = list(guest.received)
    fields: dict[str, dict[str, Any]] = {
        "hello": {"version": PROTOCOL_VERSION, "accepts": ["jpeg"]},
        "visibility": {"hidden": True},
        "watch": {"stream": "screen"},
        "listen": {"on": True},
    }
    guest.say(kind, **fields.get(kind, {}))
    assert guest.received == said
    assert guest.viewer.viewer_id not in room.group.viewers


def test_a_stalled_viewer_is_closed(room: Room) -> None:
    guest = room.guest().hello()
    room.begin()
    closed = []
    for wait_us in (10 * SECOND_US, SECOND_US):
        room.wait(wait_us)
        room.tick()
        closed.append(guest.transport.closed)
    assert closed == [None, (4408, "stalled")]
    assert guest.transport.messages[-1]["reason"] == "stalled"
    assert room.audience.viewer_count() == 0


def test_a_stalled_viewer_with_a_full_transport_is_not_written_to(room: Room) -> None:
    guest = room.guest().hello()
    room.begin()
    guest.transport.buffered = 1 << 20
    written = len(guest.transport.frames)
    room.wait(11 * SECOND_US)
    room.tick()
    assert guest.transport.closed is not None
    assert len(guest.transport.frames) == written


def test_an_idle_viewer_is_not_stalled(room: Room) -> None:
    guest = room.guest().hello()
    room.begin()
    guest.ack_all()
    room.wait(3600 * SECOND_US)
    room.tick()
    assert guest.transport.closed is None


def test_leaving_may_happen_twice(room: Room) -> None:
    guest, other = room.guest().hello(), room.guest().hello("jpeg")
    for _ in range(2):
        room.audience.leave(guest.viewer)
    assert room.audience.viewer_count() == 1
    assert room.publisher.take().renditions == {JPEG}
    room.begin()
    assert guest.packets == []
    assert other.packets != []
    room.audience.leave(other.viewer)
    assert room.publisher.take().renditions == frozenset()


def test_goodbye(room: Room) -> None:
    guests = [room.guest().hello() for _ in range(3)]
    room.hub.close()
    for guest in guests:
        assert guest.transport.messages[-1]["type"] == "bye"
        assert guest.transport.messages[-1]["reason"] == "stopping"
        assert guest.transport.closed == (1001, "stopping")
    assert room.audience.viewer_count() == 0
    room.hub.close()


def test_a_ping_is_answered_with_the_hosts_clock(room: Room) -> None:
    guest = room.guest().hello()
    guest.say("ping", sent_us=123)
    assert guest.transport.messages[-1] == {
        "type": "pong",
        "sent_us": 123,
        "host_us": room.now_us,
    }


def test_statistics_are_sent_on_change_only(room: Room) -> None:
    guest = room.guest().hello()
    stats = TrackStats(60, 59, 4_000_000, 3000, "libx264")
    room.deliver(LIVE, stats, stats, stats)
    (sent,) = [m for m in guest.transport.messages if m["type"] == "stats"]
    assert (sent["viewers"], sent["captured_fps"], sent["bitrate_bps"]) == (1, 60, 4_000_000)
    assert (sent["capture"], sent["encoder"]) == ("scripted", "libx264")


def test_statistics_are_left_out_when_the_link_is_busy(room: Room) -> None:
    guest = room.guest().hello()
    guest.transport.buffered = 1 << 20
    room.deliver(TrackStats(60, 59, 1, 1, "x"))
    assert "stats" not in guest.received
    room.deliver(SourceStatus("lost", "source-lost", "gone"))
    assert guest.received[-1] == "status", "what matters is sent all the same"


def test_joins_and_leaves_are_logged_with_people_and_reasons(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="samescreen.subscribe.audience")
    room.guest()
    guest, other = room.guest().hello(), room.guest().hello()
    room.audience.leave(guest.viewer)
    room.audience.leave(guest.viewer)
    room.audience.dismiss(other.viewer, CloseCode.STALLED, "it took nothing for a minute")
    fields = [record.__dict__["fields"] for record in caplog.records]
    assert [(each["event"], each["viewer"]) for each in fields] == [
        ("join", "v2"), ("join", "v3"), ("leave", "v2"), ("leave", "v3"),
    ]  # fmt: skip
    assert fields[2]["address"] == guest.viewer.address
    assert fields[2]["reason"] == "its connection is gone"
    assert fields[3]["reason"] == "stalled: it took nothing for a minute"
