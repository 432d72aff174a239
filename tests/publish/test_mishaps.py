"""An unexpected error does not end a track: the track logs it once, reports it, and retries."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator

import pytest

from samescreen.capture.recurring_errors import UNEXPECTED, RecurringErrors
from samescreen.encode.base import EncoderSpec, VideoEncoder
from samescreen.hub.events import SourceStatus
from samescreen.media import Packet, Rendition
from samescreen.publish import track_thread
from tests.fake_sound import block
from tests.fakes import PATIENCE_S, frame, soon
from tests.publish.test_audio_track import Stage as SoundStage
from tests.publish.track_stage import MAIN, Stage, moving
from tests.stage.scripted import EncoderScript
from tests.stage.timing import MS

PCM = Rendition.PCM
BUG = ZeroDivisionError("a bug")


@pytest.fixture(autouse=True)
def nothing_was_logged_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(track_thread, "_errors", RecurringErrors(logging.getLogger("test")))
    monkeypatch.setattr(track_thread, "RETRY_S", 50 * MS)


async def stop(stage: Stage | SoundStage) -> None:
    stage.bridge.stop()
    assert await asyncio.to_thread(stage.track.join, PATIENCE_S)


@pytest.fixture
async def sound() -> AsyncIterator[SoundStage]:
    stage = SoundStage()
    stage.track.start()
    yield stage
    await stop(stage)


def tracebacks(caplog: pytest.LogCaptureFixture) -> int:
    return caplog.text.count("Traceback")


async def test_a_bug_in_the_source_is_reported_and_retried(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())
    for _ in range(3):
        stage.source.push(BUG)
    await stage.until_status("live", "failed")
    assert stage.events.of(SourceStatus)[-1].detail == UNEXPECTED
    stage.source.push(frame())
    await stage.until_status("live", "failed", "live")
    assert tracebacks(caplog) == 1
    await stage.shows(*moving(2))


async def test_a_source_whose_open_has_a_bug_is_retried(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())
    stage.source.refuse(BUG, BUG)
    stage.source.push(BUG)
    await stage.until_status("live", "failed")
    stage.source.push(frame())
    await stage.until_status("live", "failed", "live")


async def test_a_source_that_does_not_close_is_retried(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())

    def fail() -> None:
        raise BUG

    with monkeypatch.context() as patched:
        patched.setattr(stage.source, "close", fail)
        stage.source.push(BUG)
        await stage.until_status("live", "failed")
        opened = stage.source.opened
        await soon(lambda: stage.source.opened > opened, "another try")
    stage.source.push(frame())
    await stage.until_status("live", "failed", "live")


async def test_an_encoder_with_a_bug_is_reported_once_and_retried(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = deque([True, True, True])
    make = EncoderScript.make

    def failing(script: EncoderScript, spec: EncoderSpec) -> VideoEncoder:
        if spec.rendition is MAIN and made:
            made.pop()
            raise BUG
        return make(script, spec)

    stage.track._encoders._make = lambda spec: failing(stage.script, spec)
    stage.source.push(*[frame()] * 10)
    stage.watch(MAIN)
    await stage.until_status("live", "failed", "live")
    assert not made


async def test_a_bug_in_the_sound_is_reported_and_retried(
    sound: SoundStage, caplog: pytest.LogCaptureFixture
) -> None:
    sound.listen(PCM)
    sound.source.give(block(), BUG, BUG, block(20_000))
    await sound.until(lambda: sound.states == ["live", "failed", "live"])
    assert tracebacks(caplog) == 1
    assert len([each for each in sound.events if isinstance(each, Packet)]) == 2


async def test_a_sound_encoder_with_a_bug_is_reported_once(sound: SoundStage) -> None:
    sound.fails = BUG
    sound.listen(PCM)
    sound.source.give(*[block(10_000 * number) for number in range(3)])
    await sound.until(lambda: sound.source.opened >= 3)
    assert sound.states == ["live", "failed"]
    sound.fails = None
    sound.source.give(block(90_000))
    await sound.until(lambda: sound.states == ["live", "failed", "live"])


async def test_a_sound_that_does_not_close_is_retried(
    sound: SoundStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise BUG

    sound.listen(PCM)
    with monkeypatch.context() as patched:
        patched.setattr(sound.source, "close", fail)
        sound.source.give(block(), BUG)
        await sound.until(lambda: sound.states == ["live", "failed"])
    sound.source.give(block(20_000))
    await sound.until(lambda: sound.states == ["live", "failed", "live"])
