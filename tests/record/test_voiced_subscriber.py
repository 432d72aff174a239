"""The sound of a recording while people speak: the stream's and theirs, without a hole."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from samescreen.encode.opus import OpusEncoder
from samescreen.encode.opus_samples import OpusSamples
from samescreen.hub.stream import Stream
from samescreen.hub.voices import Voices
from samescreen.media import Packet, Rendition, SoundBlock, TrackConfig
from samescreen.record.timeline import Arrived
from samescreen.record.voiced_subscriber import SILENT_US, VoicedSink, VoicedSubscriber
from samescreen.wire.talk import Voice, VoiceKind
from tests.fakes import FakePublisher, video

BEGAN_US: Final = 10**9
STEP_US: Final = 20_000


class Sink:
    """What would be written."""

    def __init__(self) -> None:
        self.taken: list[Arrived] = []

    def take(self, arrived: Arrived) -> None:
        self.taken.append(arrived)

    def needs_keyframe(self, now_us: int) -> bool:
        return now_us == 7

    @property
    def sounds(self) -> list[Packet]:
        packets = [each.what for each in self.taken if isinstance(each.what, Packet)]
        return [each for each in packets if each.rendition is Rendition.OPUS]


class Stage:
    def __init__(self) -> None:
        self.now_us = BEGAN_US
        self.inner = Sink()
        self.sink = VoicedSink(self.inner, lambda: self.now_us)
        self._encoder = OpusEncoder(255)
        self._at = 0

    def plays(self, hertz: float, level: float = 0.3) -> Packet:
        """10 ms of the stream's sound."""
        at = np.arange(self._at, self._at + 480)
        self._at += 480
        wave = (level * np.sin(2 * np.pi * hertz * at / 48_000)).astype(np.float32)
        block = SoundBlock(np.stack((wave, wave), axis=1), self.now_us - 30_000)
        packet = self._encoder.encode(block)
        self.sink.take(Arrived(packet, self.now_us))
        return packet

    def speaks(self, count: int, hertz: float = 1000, *, plays: float = 0) -> None:
        """Voices for so many times 20 ms, perhaps over a tone of the stream."""
        for number in range(count):
            self.now_us += STEP_US
            if plays:
                self.plays(plays)
                self.plays(plays)
            at = np.arange(number * 960, (number + 1) * 960)
            wave = 0.3 * np.sin(2 * np.pi * hertz * at / 48_000)
            self.sink.spoke((wave * 32767).astype("<i2").tobytes())


def loudness(packets: list[Packet], hertz: float) -> float:
    """How loud that pitch is in what a player hears."""
    decoder = OpusSamples()
    blocks = [block for each in packets for block in decoder.take(each.payload)]
    left = np.frombuffer(b"".join(blocks), "<i2")[0::2].astype(np.float64) / 32768
    spectrum = np.abs(np.fft.rfft(left * np.hanning(len(left)))) * 4 / len(left)
    return float(spectrum[max(0, round(hertz * len(left) / 48_000) - 2) :][:5].max())


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_while_nobody_speaks_everything_passes_as_it_is(stage: Stage) -> None:
    packets = [stage.plays(440) for _ in range(5)]
    stage.sink.take(Arrived(video(0), stage.now_us))
    assert [each.what for each in stage.inner.taken] == [*packets, video(0)]
    assert stage.sink.needs_keyframe(7)
    assert not stage.sink.needs_keyframe(8)


def test_voices_without_another_sound_are_recorded(stage: Stage) -> None:
    stage.speaks(50)
    assert len(stage.inner.sounds) == 100
    assert loudness(stage.inner.sounds, 1000) > 0.2
    times = [each.pts_us for each in stage.inner.sounds]
    assert {b - a for a, b in zip(times, times[1:], strict=False)} == {10_000}
    assert times[0] == BEGAN_US, "when it was said"


def test_both_are_heard_at_once(stage: Stage) -> None:
    stage.speaks(50, plays=440)
    assert len(stage.inner.sounds) == 102, "what came before the first word, then each moment once"
    assert loudness(stage.inner.sounds, 1000) > 0.2
    assert loudness(stage.inner.sounds, 440) > 0.2


def test_after_the_voices_the_sound_passes_as_it_is_again(stage: Stage) -> None:
    stage.speaks(5, plays=440)
    stage.now_us += SILENT_US
    packet = stage.plays(440)
    assert stage.inner.taken[-1].what == packet
    numbers = [each.sequence for each in stage.inner.sounds[:-1]]
    stage.speaks(2)
    assert numbers[2:] == list(range(10))
    assert loudness(stage.inner.sounds[-4:], 440) < 0.05, "what waited before is forgotten"


def test_a_recording_takes_the_mix_for_as_long_as_it_runs() -> None:
    voices, sink = Voices(), Sink()
    stream = Stream("a", "A", FakePublisher(), lambda: BEGAN_US)
    subscriber = VoicedSubscriber(stream, sink, voices, lambda: BEGAN_US, lambda: None)
    voices.send_mix(Voice(VoiceKind.MIX, 0, 0, bytes(1920)))
    assert len(sink.sounds) == 2
    subscriber.leave()
    subscriber.leave()
    voices.send_mix(Voice(VoiceKind.MIX, 0, 1, bytes(1920)))
    assert len(sink.sounds) == 2
    assert not any(isinstance(each.what, TrackConfig) for each in sink.taken)
