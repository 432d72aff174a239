"""When a video track grabs and encodes, with a scripted source and scripted encoders."""

from __future__ import annotations

import asyncio
import threading
from collections import deque

import pytest

from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.flow.rate import RateTarget, ceilings
from samescreen.hub.events import Sketch, SourceStatus
from samescreen.media import Damage, Packet, PacketKind, TrackConfig
from samescreen.publish.track_outputs import KEYFRAME_SPACING_US
from tests.fakes import PATIENCE_S, flat, frame, soon
from tests.jpegs import delivered, encoded
from tests.publish.track_stage import JPEG, LOW, MAIN, SPOT, Stage, moving


async def test_without_viewers_nothing_is_grabbed(stage: Stage) -> None:
    stage.source.push(frame())
    await stage.until_status("live")
    await stage.rest()
    assert (stage.source.grabs, stage.script.made) == (0, 0)


async def test_a_newcomer_gets_configs_a_still_and_a_keyframe(stage: Stage) -> None:
    stage.source.push(frame())
    stage.watch(MAIN)
    await stage.events.until(lambda: len(stage.events.packets) == 2, "a still and a keyframe")
    still, keyframe = stage.events.packets
    assert (still.kind, keyframe.kind) == (PacketKind.STILL, PacketKind.VIDEO)
    assert keyframe.is_keyframe
    order = [
        (type(event), event.rendition)
        for event in stage.events.all
        if isinstance(event, Packet | TrackConfig)
    ]
    for rendition in (JPEG, MAIN):
        config_at = order.index((TrackConfig, rendition))
        assert config_at < order.index((Packet, rendition))


async def test_each_picture_is_encoded_once_per_rendition(stage: Stage) -> None:
    stage.source.push(frame())
    stage.watch(MAIN)
    await stage.events.until(lambda: len(stage.events.packets) == 2, "the beginning")
    for _ in range(20):
        stage.watch(MAIN, ask=False)
    await stage.shows(*moving(10))
    assert [call.sequence for call in stage.script.of(MAIN)] == list(range(11))
    assert len(stage.script.of(JPEG)) == 1
    assert len(stage.script.of(LOW)) == 0


async def test_delta_frames_carry_the_damage(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(), *moving(3))
    assert [p.damage for p in stage.events.packets[-3:]] == [Damage.of(SPOT)] * 3
    assert [p.pts_us for p in stage.events.packets[-3:]] == [1, 2, 3]


async def test_an_unchanged_picture_is_not_encoded(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())
    await stage.events.until(lambda: len(stage.events.packets) == 2, "the beginning")
    await stage.rest()
    grabs = stage.source.grabs
    await stage.rest()
    assert len(stage.script.calls) == 2
    assert stage.source.grabs - grabs <= 1, "it waits in the source"


async def test_another_quality_makes_new_encoders_of_all_renditions(stage: Stage) -> None:
    stage.watch(MAIN, JPEG)
    await stage.shows(frame(), *moving(2))
    made = stage.script.made
    stage.bridge.demand(renditions=stage.watched, paused=False, quality=40)
    await stage.turns(1)  # the grab that was under way is over
    await stage.shows(*moving(2, start=10))
    await stage.events.until(lambda: stage.script.made == made + 2, "both are new")
    assert {spec.quality for spec in stage.script.specs[made:]} == {40}
    assert [p.is_keyframe for p in stage.events.packets if p.rendition is MAIN] == [
        True, False, False, True, False,
    ]  # fmt: skip


async def test_requested_keyframes_are_rate_limited(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())
    await stage.events.until(lambda: len(stage.script.of(MAIN)) == 1, "the first keyframe")
    began_s = asyncio.get_running_loop().time()
    for _ in range(50):
        stage.bridge.ask(MAIN)
        await asyncio.sleep(0)
    await stage.events.until(lambda: len(stage.script.of(MAIN)) == 2, "another")
    waited_s = asyncio.get_running_loop().time() - began_s
    assert waited_s >= 0.8 * KEYFRAME_SPACING_US / 1e6
    assert all(call.is_keyframe for call in stage.script.of(MAIN))
    await stage.rest()
    assert len(stage.script.of(MAIN)) == 2, "fifty requests, one answer"


async def test_a_keyframe_of_an_unchanged_picture_covers_what_no_still_shows(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(), *moving(2))
    stage.watch(MAIN)
    await stage.events.until(lambda: len(stage.script.of(JPEG)) == 2, "a still of the rest")
    await stage.events.until(lambda: stage.events.packets[-1].is_keyframe, "a keyframe")
    await stage.events.until(lambda: len(stage.script.of(MAIN)) == 4, "the keyframe")
    assert stage.events.packets[-1].damage == Damage.NONE


async def test_a_keyframe_that_somebody_needs_is_no_news_for_those_in_step(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(), *moving(2))
    stage.bridge.ask(MAIN)
    await stage.events.until(lambda: len(stage.script.of(MAIN)) == 4, "the keyframe")
    await stage.events.until(lambda: stage.events.packets[-1].is_keyframe, "its packet")
    keyframe = stage.events.packets[-1]
    assert keyframe.damage, "no still shows this"
    assert keyframe.news == Damage.NONE


async def test_a_lost_source_is_reported_once_and_retried_until_it_is_back(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(), *moving(1))
    last = stage.script.of(MAIN)[-1].sequence
    stage.source.refuse(SourceLost("it went away"))
    stage.source.push(SourceLost("it went away"))
    await stage.until_status("live", "lost")
    stage.source.push(frame())
    await stage.until_status("live", "lost", "live")
    assert stage.source.closed >= 1
    assert stage.source.opened == 3
    await stage.events.until(lambda: stage.script.of(MAIN)[-1].sequence == last + 1, "more")
    assert stage.script.of(MAIN)[-1].is_keyframe
    assert stage.statuses[1] == ("lost", "source-lost")


async def test_viewers_get_the_reason_before_a_slow_source_has_closed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_close, close = threading.Event(), stage.source.close

    def close_late() -> None:
        may_close.wait(PATIENCE_S)
        close()

    monkeypatch.setattr(stage.source, "close", close_late)
    stage.watch(MAIN)
    await stage.shows(frame())
    stage.source.push(SourceLost("it went away"))
    await stage.until_status("live", "lost")
    assert stage.source.closed == 0
    may_close.set()
    await stage.until_status("live", "lost", "live")


async def test_a_source_that_cannot_be_opened_is_reported_and_retried(retry_s: None) -> None:
    stage = Stage()
    stage.source.refuse(SourceUnavailable("no such thing"))
    stage.track.start()
    await stage.until_status("failed", "live")
    first = stage.events.of(SourceStatus)[0]
    assert (first.reason, first.detail) == ("source-unavailable", "no such thing")
    stage.bridge.stop()
    assert await asyncio.to_thread(stage.track.join, PATIENCE_S)


async def test_an_encoder_that_fails_once_is_replaced(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(), *moving(2))
    stage.script.failures = deque(["it died"])
    await stage.shows(*moving(2, 10))
    calls = stage.script.of(MAIN)
    assert [call.sequence for call in calls] == list(range(5))
    assert [call.is_keyframe for call in calls] == [True, False, False, True, False]
    replaced = [p for p in stage.events.packets if p.pts_us == 10]
    assert set(replaced[0].damage.regions) == {SPOT}, "what the last still does not show"
    assert stage.statuses == [("live", "live")]


async def test_an_encoder_that_fails_twice_is_a_failure(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())
    stage.script.failures = deque(["once", "twice"])
    stage.source.push(*moving(1))
    await stage.events.until(
        lambda: ("failed", "encoder-failed") in stage.statuses, "the failure is told"
    )
    failed = [s for s in stage.events.of(SourceStatus) if s.state == "failed"]
    assert failed[0].detail == "twice"
    stage.source.push(frame())
    await stage.events.until(lambda: stage.statuses[-1] == ("live", "live"), "tried again")


async def test_an_encoder_that_keeps_failing_is_reported_once(stage: Stage) -> None:
    stage.script.refusals = deque(["no codec"] * 100)
    stage.source.push(*[frame()] * 10)
    stage.watch(MAIN)
    await soon(lambda: stage.source.opened >= 3, "two retries")
    assert [state for state, _ in stage.statuses] == ["live", "failed"]


async def test_a_replaced_encoder_is_reported_with_the_reason(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(damage=Damage.of(SPOT)))
    stage.script.failures = deque(["the GPU was removed"])
    stage.script.note = "encoding with libx264, because the GPU was removed"
    await stage.shows(frame(damage=Damage.of(SPOT)))
    await stage.until_status("live", "live")
    before, after = stage.events.of(SourceStatus)
    assert set(after.notes) - set(before.notes) == {stage.script.note}


async def test_a_new_size_brings_its_config_before_its_keyframe(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(), frame(32, 24))
    await stage.events.until(lambda: stage.script.of(MAIN)[-1].size == (32, 24), "the new size")
    await stage.events.until(lambda: stage.events.packets[-1].rendition is MAIN, "its keyframe")
    events = stage.events.all
    config_at = max(
        at
        for at, event in enumerate(events)
        if isinstance(event, TrackConfig) and event.rendition is MAIN
    )
    config = events[config_at]
    assert isinstance(config, TrackConfig)
    assert (config.width, config.height) == (32, 24)
    later = [p for p in events[config_at:] if getattr(p, "rendition", None) is MAIN][1]
    assert getattr(later, "is_keyframe", False)
    assert [call.sequence for call in stage.script.of(MAIN)] == [0, 1]


async def test_a_stop_ends_the_thread_and_disposes_of_the_source(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())
    stage.bridge.stop()
    assert await asyncio.to_thread(stage.track.join, PATIENCE_S)
    assert stage.source.is_disposed
    assert stage.script.closed == stage.script.made
    assert not any(t.name == "video-track" for t in threading.enumerate())


async def test_a_stop_without_viewers_ends_the_thread(stage: Stage) -> None:
    await stage.until_status("live")
    stage.bridge.stop()
    assert await asyncio.to_thread(stage.track.join, PATIENCE_S)


async def test_a_paused_track_grabs_nothing_until_there_is_room(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())
    await stage.events.until(lambda: len(stage.events.packets) == 2, "the beginning")
    stage.bridge.pause(True)
    await stage.rest()
    stage.source.push(*moving(3))
    await stage.rest()
    encoded = len(stage.script.calls)
    assert encoded <= 3, "at most what was being grabbed already"
    stage.bridge.pause(False)
    await stage.events.until(lambda: len(stage.script.of(MAIN)) == 4, "the rest")


async def test_the_frame_rate_is_limited(stage: Stage) -> None:
    stage.bridge.demand(targets=ceilings(RateTarget(20_000_000, 20)))
    stage.watch(MAIN)
    loop = asyncio.get_running_loop()
    await stage.shows(frame())
    began_s = loop.time()
    stage.source.push(*moving(10))
    await stage.events.until(lambda: len(stage.script.of(MAIN)) >= 11, "all of them")
    assert loop.time() - began_s >= 9 * 0.05


async def test_for_viewers_of_stills_nothing_is_decoded(
    stage: Stage, decodings: list[bytes]
) -> None:
    stage.watch(JPEG)
    for number in range(3):
        await stage.shows(delivered(encoded(), number))
    assert decodings == []
    assert not stage.source.needed_pixels
    stage.watch(JPEG, MAIN)
    stage.source.wake()
    await stage.shows(delivered(encoded(), 3))
    assert stage.source.needed_pixels


async def test_a_newcomers_first_still_is_newly_encoded(
    stage: Stage, decodings: list[bytes]
) -> None:
    stage.source.push(delivered(encoded()))
    stage.watch(MAIN)
    await stage.events.until_packets(2)
    assert decodings, "the camera's own file may be large, and the link is unknown"


async def test_a_frame_is_decoded_once_for_all_renditions(
    stage: Stage, decodings: list[bytes]
) -> None:
    shown = encoded()
    stage.watch(JPEG)
    await stage.shows(delivered(shown))
    stage.watch(JPEG, MAIN, LOW)
    await stage.events.until(lambda: bool(stage.script.of(MAIN) and stage.script.of(LOW)), "both")
    assert decodings == [shown.jpeg]


async def test_a_new_size_is_noticed_without_decoding(
    stage: Stage, decodings: list[bytes]
) -> None:
    stage.watch(JPEG)
    await stage.shows(delivered(encoded()))
    stage.source.push(delivered(encoded(flat(96, 64))))
    await stage.events.until(lambda: stage.script.of(JPEG)[-1].size == (96, 64), "the new size")
    assert decodings == []


def sketches(stage: Stage) -> list[Packet]:
    return [event.packet for event in stage.events.of(Sketch)]


async def test_who_asks_for_a_sketch_gets_one_and_no_whole_still(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())
    stills = len(stage.script.of(JPEG))
    stage.bridge.demand(sketch=True, keyframes=frozenset([JPEG]))
    await stage.events.until(lambda: len(sketches(stage)) == 1, "a sketch")
    assert (sketches(stage)[0].kind, sketches(stage)[0].is_keyframe) == (PacketKind.STILL, True)
    await stage.turns(2)
    assert len(stage.script.of(JPEG)) == stills + 1, "the sketch alone"


async def test_a_sketch_is_no_still_that_a_keyframe_builds_on(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(), *moving(2))
    stage.bridge.demand(sketch=True, keyframes=frozenset([JPEG]))
    await stage.events.until(lambda: len(sketches(stage)) == 1, "a sketch")
    stage.bridge.demand(sketch=False, keyframes=frozenset([MAIN, JPEG]))

    def stills() -> list[Packet]:
        return [p for p in stage.events.packets if p.kind is PacketKind.STILL]

    await stage.events.until(lambda: len(stills()) == 2, "a whole still")
    assert stills()[1].damage == Damage.of(SPOT), "what changed since the whole still before"


async def test_a_newcomer_with_a_near_path_gets_its_still_beside_the_sketch(stage: Stage) -> None:
    stage.source.push(frame())
    stage.bridge.demand(
        renditions=frozenset([MAIN]),
        paused=False,
        sketch=True,
        keyframes=frozenset([MAIN, JPEG]),
    )
    await stage.events.until(lambda: len(stage.events.packets) == 2, "a still and a keyframe")
    assert len(sketches(stage)) == 1
