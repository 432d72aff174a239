"""The sound thread: records only for listeners, survives a lost device, reports it once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from samescreen.encode.opus import PcmEncoder, SoundEncoder
from samescreen.errors import EncodeError, SourceLost
from samescreen.hub.events import SourceStatus, TrackEvent
from samescreen.media import Packet, Rendition
from samescreen.publish.audio_track import LEAD_BLOCKS, MAX_WAITING_SOUND, AudioTrack
from tests.fake_sound import ScriptedSound, block
from tests.fakes import PATIENCE_S, TARGET, DrivenBridge, soon

OPUS, PCM = Rendition.OPUS, Rendition.PCM


class Stage:
    """A running track, and a record of everything it posts."""

    def __init__(self) -> None:
        self.source = ScriptedSound()
        self.events: list[TrackEvent] = []
        self.made: list[tuple[Rendition, int]] = []
        self.fails: Exception | None = None
        self.bridge = DrivenBridge(
            asyncio.get_running_loop(), self.events.append, TARGET, MAX_WAITING_SOUND
        )
        self.track = AudioTrack(self.source, self.bridge, self._make)

    def _make(self, rendition: Rendition, sequence: int) -> SoundEncoder:
        if self.fails is not None:
            raise self.fails
        self.made.append((rendition, sequence))
        encoder = PcmEncoder(255, sequence)
        encoder.rendition = rendition
        return encoder

    def listen(self, *renditions: Rendition) -> None:
        self.bridge.demand(renditions=frozenset(renditions))

    @property
    def packets(self) -> list[tuple[Rendition, int]]:
        return [(e.rendition, e.sequence) for e in self.events if isinstance(e, Packet)]

    @property
    def states(self) -> list[str]:
        return [event.state for event in self.events if isinstance(event, SourceStatus)]

    async def until(self, is_so: Callable[[], bool]) -> None:
        await soon(is_so, "what the track should do")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    stage.track.start()
    yield stage
    stage.bridge.stop()
    assert await asyncio.to_thread(stage.track.join, PATIENCE_S)
    assert not stage.source.is_open


async def test_without_listeners_nothing_is_recorded(stage: Stage) -> None:
    stage.source.give(block())
    stage.listen(PCM)
    await stage.until(lambda: stage.packets == [(PCM, 0)])
    stage.listen()
    await stage.until(lambda: not stage.source.is_open)
    stage.source.give(block())
    await asyncio.sleep(0)
    assert stage.packets == [(PCM, 0)]
    assert stage.source.opened == 1


async def test_each_rendition_is_encoded_once_and_its_sequence_continues(stage: Stage) -> None:
    stage.listen(OPUS, PCM)
    stage.source.give(block(), block())
    await stage.until(lambda: len(stage.packets) == 4)
    assert stage.packets == [(OPUS, 0), (PCM, 0), (OPUS, 1), (PCM, 1)]
    stage.listen()
    await stage.until(lambda: not stage.source.is_open)
    stage.listen(OPUS)
    stage.source.give(block())
    await stage.until(lambda: len(stage.packets) == 5)
    assert stage.packets[-1] == (OPUS, 2)
    assert stage.made == [(OPUS, 0), (PCM, 0), (OPUS, 2)]


async def test_a_lost_device_is_reported_once_and_reopened(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.listen(PCM)
    stage.source.give(block())
    await stage.until(lambda: stage.states == ["live"])
    stage.source.refuses = SourceLost("unplugged")
    stage.source.give(SourceLost("unplugged"))
    await stage.until(lambda: stage.states == ["live", "lost"])
    stage.source.refuses = None
    stage.source.give(block())
    await stage.until(lambda: stage.states == ["live", "lost", "live"])
    assert [r.getMessage() for r in caplog.records] == [
        "no sound: unplugged; trying again",
        "sound is back: a tone",
    ]


async def test_a_failing_encoder_is_reported(stage: Stage) -> None:
    stage.fails = EncodeError("no libopus")
    stage.listen(OPUS)
    stage.source.give(block())
    await stage.until(lambda: "failed" in stage.states)
    stage.fails = None
    stage.source.give(block())
    await stage.until(lambda: stage.packets == [(OPUS, 0)])


async def test_long_silence_is_not_encoded(stage: Stage) -> None:
    stage.listen(PCM)
    stage.source.give(block(0), block(400_000, 0))
    await stage.until(lambda: len(stage.packets) == 2)
    quiet = [block(600_000 + 10_000 * number, 0) for number in range(20)]
    stage.source.give(*quiet, block(800_000))
    await stage.until(lambda: len(stage.packets) == 3 + LEAD_BLOCKS)
    times = [event.pts_us for event in stage.events if isinstance(event, Packet)]
    lead = [800_000 - 10_000 * number for number in range(LEAD_BLOCKS, 0, -1)]
    assert times == [0, 400_000, *lead, 800_000], "its end is sent, for the page to begin with"
