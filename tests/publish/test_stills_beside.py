"""Stills of large pictures are encoded beside the track, while it goes on with video."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import numpy as np
import pytest

from samescreen.errors import EncodeError
from samescreen.hub.demand import CursorNeed
from samescreen.hub.events import Piece, Sketch, SourceStatus
from samescreen.media import Damage, Frame, Packet, PacketKind
from tests.fakes import PATIENCE_S, frame, soon, thread_names
from tests.publish.test_track_cursor import POINTED, PointingSource
from tests.publish.track_stage import JPEG, MAIN, PATCH, SPOT, Stage, moving


class Codec:
    """Makes stills when the test lets it: the first byte says the brightness of its picture."""

    def __init__(self) -> None:
        self.begun = 0
        self.failure: Exception | None = None
        self._may_end = threading.Event()

    def __call__(self, shown: Frame) -> bytes:
        self.begun += 1
        assert self._may_end.wait(PATIENCE_S), "the test never let it end"
        self._may_end.clear()
        if self.failure is not None:
            raise self.failure
        return bytes([int(shown.pixels[0, 0, 0])]) + b" of a still"

    def end(self) -> None:
        """Let the still end that is being made, or the next one."""
        self._may_end.set()


class Scene:
    """A track with a viewer in step, and stills that take as long as a test says."""

    def __init__(self, stage: Stage, codec: Codec) -> None:
        self.stage = stage
        self.codec = codec

    async def newcomer(self) -> None:
        """Somebody asks for a still and a keyframe; the still has begun."""
        begun = self.codec.begun
        self.stage.bridge.ask(MAIN, JPEG)
        await soon(lambda: self.codec.begun > begun, "the still begins")

    async def still(self, count: int = 2) -> Packet:
        """The newest still, once there are so many."""
        await self.stage.events.until(lambda: len(self.stills) >= count, "the still")
        return self.stills[-1]

    @property
    def stills(self) -> list[Packet]:
        return [packet for packet in self.stage.events.packets if packet.rendition is JPEG]

    @property
    def keyframes(self) -> list[Packet]:
        packets = self.stage.events.packets
        return [packet for packet in packets if packet.rendition is MAIN and packet.is_keyframe]


@pytest.fixture
async def scene(retry_s: None) -> AsyncIterator[Scene]:
    made, codec = Stage(beside_above_px=0), Codec()
    made.script.codec = codec
    made.track.start()
    made.watch(MAIN)
    await made.shows(frame())
    await made.events.until_packets(2)
    assert codec.begun == 0, "nobody is in step yet: the first still comes from the track itself"
    yield Scene(made, codec)
    codec.end()
    made.bridge.stop()
    assert await asyncio.to_thread(made.track.join, PATIENCE_S)
    await soon(lambda: "still" not in thread_names(), "the still's thread ends")


async def test_video_goes_on_while_a_still_is_made(scene: Scene) -> None:
    await scene.newcomer()
    await scene.stage.shows(*moving(5))
    videos = [packet for packet in scene.stage.events.packets if packet.rendition is MAIN]
    assert [packet.pts_us for packet in videos[1:]] == [1, 2, 3, 4, 5]
    assert not any(packet.is_keyframe for packet in videos[1:]), "deltas, for those in step"
    assert len(scene.stills) == 1


async def test_a_still_shows_the_picture_of_its_time(scene: Scene) -> None:
    shown = frame(pts_us=7, damage=Damage.of(PATCH))
    shown.pixels[:] = 200
    await scene.stage.shows(shown)
    await scene.newcomer()
    shown.pixels[:] = 9  # the source may do so from its next grab on
    await scene.stage.shows(frame(pts_us=8, damage=Damage.of(SPOT)))
    scene.codec.end()
    still = await scene.still()
    assert still.payload[0] == 200
    assert still.pts_us == 7
    assert still.damage == Damage.of(PATCH), "what changed between the still before and this one"
    assert (still.kind, still.is_keyframe) == (PacketKind.STILL, True)


async def test_the_keyframe_follows_its_still_and_covers_what_changed_since(scene: Scene) -> None:
    await scene.newcomer()
    await scene.stage.shows(*moving(2))
    scene.codec.end()
    await scene.stage.events.until(lambda: len(scene.keyframes) == 2, "the keyframe")
    packets = scene.stage.events.packets
    at = packets.index(scene.keyframes[1])
    assert packets[at - 1] is scene.stills[1]
    assert scene.keyframes[1].damage == Damage.of(SPOT)
    assert scene.keyframes[1].news == Damage.NONE


async def test_a_keyframe_meanwhile_builds_on_the_still_before(scene: Scene) -> None:
    await scene.stage.shows(frame(pts_us=1, damage=Damage.of(PATCH)))
    await scene.newcomer()
    scene.stage.script.failures.append("it died")  # a new encoder begins with a keyframe
    await scene.stage.shows(frame(pts_us=2, damage=Damage.of(SPOT)))
    assert set(scene.keyframes[1].damage.regions) == {PATCH, SPOT}
    assert len(scene.stills) == 1


async def test_one_still_is_made_at_a_time_and_numbers_stay_in_order(scene: Scene) -> None:
    await scene.newcomer()
    scene.stage.bridge.demand(refine=True)
    await scene.stage.events.until(lambda: scene.stage.events.of(Piece), "a piece meanwhile")
    scene.stage.bridge.ask(JPEG)
    await scene.stage.turns(3)
    assert scene.codec.begun == 1
    scene.codec.end()
    await soon(lambda: scene.codec.begun == 2, "who asked meanwhile gets the next one")
    scene.codec.end()
    await scene.still(3)
    sent = [
        event.packet if isinstance(event, Piece) else event
        for event in scene.stage.events.all
        if isinstance(event, Piece | Packet)
    ]
    numbers = [packet.sequence for packet in sent if packet.rendition is JPEG]
    assert numbers == list(range(len(numbers)))


async def test_a_still_is_posted_while_no_viewer_has_room(scene: Scene) -> None:
    await scene.newcomer()
    scene.stage.bridge.pause(True)
    scene.codec.end()
    began_s = asyncio.get_running_loop().time()
    await scene.still()
    assert asyncio.get_running_loop().time() - began_s < PATIENCE_S / 2


async def test_a_still_that_nobody_waits_for_is_dropped(scene: Scene) -> None:
    await scene.stage.shows(frame(pts_us=1, damage=Damage.of(PATCH)))
    await scene.newcomer()
    rests = scene.stage.source.rests
    scene.stage.bridge.watch()
    await soon(lambda: scene.stage.source.rests > rests, "nobody watches")
    scene.codec.end()
    await soon(lambda: "still" not in thread_names(), "the dropped still is made")
    scene.stage.watch(MAIN)
    still = await scene.still()
    assert still.payload != b"\0 of a still", "made anew, of the newest picture"
    assert still.damage == Damage.of(PATCH), "no posted still shows it yet"


async def test_a_still_of_the_size_before_is_dropped(scene: Scene) -> None:
    await scene.newcomer()
    scene.stage.source.push(frame(32, 24))
    await scene.stage.events.until(lambda: len(scene.keyframes) == 2, "the new size")
    scene.codec.end()
    await soon(lambda: scene.codec.begun == 2, "another, of the new size")
    assert len(scene.stills) == 1
    scene.codec.end()
    still = await scene.still()
    assert still.damage == Damage.ALL
    assert scene.stage.script.of(JPEG)[-1].size == (32, 24)


@pytest.mark.parametrize("failure", [EncodeError("no memory"), MemoryError("no memory")])
async def test_a_still_that_fails_is_a_failure_of_the_encoder(
    scene: Scene, failure: Exception
) -> None:
    scene.codec.failure = failure
    await scene.newcomer()
    scene.codec.end()
    await scene.stage.until_status("live", "failed")
    assert scene.stage.events.of(SourceStatus)[-1].reason == "encoder-failed"
    scene.stage.source.push(frame(pts_us=5))
    await scene.stage.until_status("live", "failed", "live")


async def test_without_a_free_thread_the_still_is_made_at_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    scene.codec.end()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        scene.stage.bridge.ask(MAIN, JPEG)
        assert (await scene.still()).payload == b"\0 of a still"


async def test_a_sketch_is_made_beside_the_track_too(scene: Scene) -> None:
    scene.stage.bridge.demand(sketch=True, keyframes=frozenset([JPEG]))
    await soon(lambda: scene.codec.begun == 1, "it begins")
    await scene.stage.shows(*moving(2))
    scene.codec.end()
    await scene.stage.events.until(lambda: scene.stage.events.of(Sketch), "the sketch")
    assert len(scene.stills) == 1


async def test_a_still_that_must_be_small_is_made_beside_the_track_at_any_size(
    retry_s: None,
) -> None:
    stage, codec = Stage(), Codec()
    stage.script.codec = codec
    stage.track.start()
    stage.watch(MAIN)
    await stage.shows(frame())
    stage.bridge.demand(still_bytes=500_000, keyframes=frozenset([JPEG]))
    await soon(lambda: codec.begun == 1, "it begins")
    await stage.shows(*moving(2))
    codec.end()
    stage.bridge.stop()
    assert await asyncio.to_thread(stage.track.join, PATIENCE_S)


async def test_for_viewers_of_stills_alone_the_track_makes_them(retry_s: None) -> None:
    stage = Stage(beside_above_px=0)
    stage.script.codec = Codec()
    stage.track.start()
    stage.watch(JPEG)
    await stage.shows(frame(), *moving(2))
    stage.bridge.stop()
    assert await asyncio.to_thread(stage.track.join, PATIENCE_S)


async def test_a_stop_does_not_wait_for_a_still_without_end(scene: Scene) -> None:
    await scene.newcomer()
    scene.stage.bridge.stop()
    assert await asyncio.to_thread(scene.stage.track.join, PATIENCE_S)


def test_the_codec_of_the_tests_sees_the_pixels() -> None:
    codec = Codec()
    codec.end()
    assert codec(Frame(np.full((2, 2, 4), 5, np.uint8), 0, Damage.ALL)) == b"\5 of a still"


async def test_a_still_with_the_cursor_is_made_beside_the_track_too(retry_s: None) -> None:
    source, codec = PointingSource(), Codec()
    stage = Stage(source=source, beside_above_px=0)
    stage.script.codec = codec
    stage.track.start()
    stage.bridge.demand(cursor=CursorNeed.APART)
    stage.watch(MAIN)
    await stage.shows(frame(pts_us=1))
    await soon(lambda: source.report is not None, "the cursor is apart")
    source.point(0, 0)
    stage.watch(MAIN, POINTED)
    await soon(lambda: codec.begun == 1, "the still begins")
    await stage.shows(*moving(3))
    videos = [packet for packet in stage.events.packets if packet.rendition is MAIN]
    assert [packet.pts_us for packet in videos[-3:]] == [1, 2, 3], "video goes on"
    assert not any(packet.rendition is POINTED for packet in stage.events.packets)
    codec.end()
    await stage.events.until(
        lambda: any(packet.rendition is POINTED for packet in stage.events.packets), "the still"
    )
    (still,) = (packet for packet in stage.events.packets if packet.rendition is POINTED)
    assert still.payload[0] == 255, "the cursor is in it"
    assert still.damage == Damage.ALL
    await soon(lambda: codec.begun == 2, "another, of what moved since")
    codec.end()
    stage.bridge.stop()
    assert await asyncio.to_thread(stage.track.join, PATIENCE_S)
    await soon(lambda: "still" not in thread_names(), "the still's thread ends")
