"""The notices of a stream: its status, configs, statistics, and what limits a viewer."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from samescreen.flow.rate import rates_within
from samescreen.hub.events import SourceStatus, TrackStats
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import StatusChanged
from samescreen.media import Limit, Rendition
from samescreen.subscribe.notices import config_message, message_of
from samescreen.subscribe.statistics import ack_interval_ms
from samescreen.wire import messages
from tests.fakes import TARGET, FakePublisher, claims, config, video
from tests.hub.room import LIVE, SECOND_US, Guest, Room

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG
STATS = TrackStats(
    captured_fps=59.5, encoded_fps=58, bitrate_bps=4_000_000, encode_us=3000, encoder="libx264"
)
FRAME_US = 16_667


@pytest.fixture
def guest(room: Room) -> Guest:
    """In step on the main rendition."""
    seated = room.guest().hello()
    room.begin()
    room.wait(5000)
    return seated.ack_all()


def report(guest: Guest, decode_us: int, fps: int = 60) -> None:
    fields: dict[str, Any] = {"fps": fps, "latency_us": 0, "dropped": 0}
    guest.say("report", decode_us=decode_us, decoder="wasm", **fields)


def congest(room: Room, guest: Guest) -> None:
    """A fifth of a second stands on the path."""
    start_us = room.now_us
    for n in range(1, 40):
        room.now_us = start_us + n * FRAME_US
        room.deliver(video(n))
        if n > 12:
            guest.ack(MAIN, n - 12)
    assert guest.viewer.outbox.window.is_congested()


# --- how often to acknowledge ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("viewers", "interval_ms"),
    [(0, 20), (1, 20), (10, 20), (11, 50), (50, 50), (51, 100), (200, 100), (201, 300)],
)
def test_more_viewers_acknowledge_less_often(viewers: int, interval_ms: int) -> None:
    assert ack_interval_ms(viewers) == interval_ms


def test_what_all_acknowledge_together_stays_bounded() -> None:
    for viewers in range(1, 1000):
        assert viewers * 1000 / ack_interval_ms(viewers) <= max(2000, viewers * 10)


@pytest.mark.parametrize("limit", [10, 50, 200, 350])
def test_viewers_who_come_and_go_at_a_limit_change_the_interval_once(limit: int) -> None:
    interval_ms, seen = 0, []
    for viewers in [limit, limit + 1] * 20:
        interval_ms = ack_interval_ms(viewers, interval_ms)
        seen.append(interval_ms)
    assert len(set(seen[1:])) == 1
    assert ack_interval_ms(limit * 8 // 10, interval_ms) == seen[0] < interval_ms


def test_the_welcome_and_the_statistics_tell_it(room: Room) -> None:
    first, *_ = guests = [room.guest().hello() for _ in range(11)]
    room.deliver(STATS)
    assert guests[-1].transport.messages[0]["ack_interval_ms"] == 50
    assert first.transport.messages[0]["ack_interval_ms"] == 20
    assert first.transport.messages[-1]["ack_interval_ms"] == 50


# --- what limits a viewer's picture ---------------------------------------------------------------


def status_message(stream: Stream) -> messages.Status:
    message = message_of(StatusChanged(stream.stream_id, stream.status))
    assert isinstance(message, messages.Status)
    return message


def limit(room: Room, guest: Guest) -> Limit:
    return room.group.statistics.limit_on(guest.viewer, room.now_us)


def test_nothing_limits_a_viewer_in_step(room: Room, guest: Guest) -> None:
    report(guest, 5000)
    room.deliver(STATS)
    assert limit(room, guest) == "none"


def test_a_hidden_tab(room: Room, guest: Guest) -> None:
    report(guest, 50_000)
    guest.say("visibility", hidden=True)
    assert limit(room, guest) == "hidden"


def test_a_slow_decoder(room: Room, guest: Guest) -> None:
    report(guest, 16_000)
    assert limit(room, guest) == "decoder"


def test_a_slow_decoder_is_distinguished_from_a_narrow_link(
    room: Room, guest: Guest
) -> None:
    congest(room, guest)
    report(guest, 16_000)
    assert limit(room, guest) == "decoder"


def test_a_queue_on_the_path(room: Room, guest: Guest) -> None:
    congest(room, guest)
    room.deliver(STATS)
    assert limit(room, guest) == "network"


def test_a_viewer_that_fell_behind(room: Room, guest: Guest) -> None:
    room.deliver(video(9), STATS)
    assert limit(room, guest) == "network"


def test_a_viewer_on_the_low_rendition(room: Room, guest: Guest) -> None:
    guest.viewer.step_down(room.now_us)
    room.deliver(config(LOW), video(0, keyframe=True, rendition=LOW))
    assert guest.viewer.is_in_step
    assert limit(room, guest) == "network"


def test_a_stream_that_was_made_cheaper(room: Room, guest: Guest) -> None:
    room.group.control.rates[MAIN].update(claims(1_000_000), 1280 * 720, room.now_us)
    room.deliver(STATS)
    assert limit(room, guest) == "network"


def test_a_slow_encoder(room: Room, guest: Guest) -> None:
    room.deliver(replace(STATS, encode_us=16_000))
    assert limit(room, guest) == "encoder"


def test_time_is_measured_by_the_pictures_wanted(room: Room, guest: Guest) -> None:
    room.group.control.rates.update(rates_within(replace(TARGET, fps=30)))
    room.deliver(replace(STATS, encode_us=16_000))
    report(guest, 16_000)
    assert limit(room, guest) == "none"


def test_a_busy_host(room: Room, guest: Guest) -> None:
    room.audience.note_cpu(97)
    room.deliver(STATS)
    assert limit(room, guest) == "host"
    room.deliver(replace(STATS, encode_us=16_000))
    assert limit(room, guest) == "encoder"


def test_a_page_that_just_opened_on_a_picture_that_rests_is_not_limited(
    room: Room, guest: Guest
) -> None:
    report(guest, 40_000, fps=1)
    room.deliver(replace(STATS, encoded_fps=1, encode_us=40_000))
    assert limit(room, guest) == "none"
    report(guest, 0, fps=0)
    room.audience.note_cpu(97)
    room.deliver(replace(STATS, encoded_fps=0, encode_us=0))
    assert limit(room, guest) == "none"


# --- messages -------------------------------------------------------------------------------------


def test_a_stream_that_is_not_open_yet_is_waiting(room: Room) -> None:
    message = status_message(room.stream)
    assert (message.stream, message.state, message.reason) == ("screen", "waiting", "starting")
    assert message.detail


def test_the_status_is_the_sources(room: Room) -> None:
    room.deliver(SourceStatus("lost", "source-lost", "it went away", "scripted"))
    message = status_message(room.stream)
    assert (message.state, message.reason) == ("lost", "source-lost")
    assert message.detail == "it went away"


@pytest.mark.parametrize("rendition", Rendition)
def test_a_config_message_has_the_fields_of_the_config(rendition: Rendition) -> None:
    changed = replace(
        config(rendition, 63, 47), track=2, coded_width=64, coded_height=48, fps=24
    )
    message = config_message(changed)
    for name, value in asdict(changed).items():
        assert getattr(message, name) == value, name


def test_statistics_are_the_streams_and_the_viewers_own(room: Room, guest: Guest) -> None:
    room.deliver(LIVE, STATS, video(1))
    message = room.group.statistics.message(guest.viewer, 12, room.now_us)
    assert (message.viewers, message.ack_interval_ms) == (12, 50)
    assert (message.captured_fps, message.encoded_fps) == (59.5, 58)
    assert (message.bitrate_bps, message.encode_us) == (4_000_000, 3000)
    assert (message.capture, message.encoder) == ("scripted", "libx264")
    assert (message.rendition, message.limit) == (MAIN, "none")
    assert (message.rtt_us, message.queue_us) == (5000, 0)
    assert message.in_flight_bytes == guest.viewer.outbox.window.in_flight_bytes > 0
    assert (message.dropped, message.gated_us) == (0, 0)


def test_before_anything_is_known_all_is_zero(room: Room) -> None:
    silent = room.guest()
    message = room.group.statistics.message(silent.viewer, 1, room.now_us)
    assert (message.rtt_us, message.in_flight_bytes, message.bitrate_bps) == (0, 0, 0)
    assert (message.rendition, message.encoder, message.capture) == (MAIN, "", "")


def test_what_was_withheld_is_counted(room: Room, guest: Guest) -> None:
    room.deliver(video(9), video(10))
    room.wait(SECOND_US)
    message = room.group.statistics.message(guest.viewer, 1, room.now_us)
    assert (message.dropped, message.gated_us) == (2, SECOND_US)


def test_two_streams_keep_their_words_apart(room: Room) -> None:
    other = room.hub.add("window", "A window", FakePublisher(1))
    room.deliver(LIVE, STATS)
    assert status_message(other).stream == "window"
    assert status_message(other).state == "waiting"
    assert room.stream.stats == STATS
    assert other.stats.encoder == ""
