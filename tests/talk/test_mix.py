"""The mix that the host makes: two voices added, uneven arrival, real Opus through the thread."""

from __future__ import annotations

import queue
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

from samescreen.gate.sound import check_opus
from samescreen.talk.mix import DEPTH_BLOCKS, MOST_BLOCKS, Block, Mix, softened
from samescreen.talk.mixer import Mixer
from samescreen.talk.opus_voice import OpusVoice
from samescreen.wire.talk import VOICE_FRAMES, VOICE_RATE, VOICE_US, Voice, VoiceKind
from tests.fakes import PATIENCE_S


def level(value: float) -> Block:
    return np.full(VOICE_FRAMES, value, np.float32)


def heard(mix: Mix) -> float | None:
    block = mix.pull()
    return None if block is None else round(float(block[0]), 3)


def tone(hertz: float, blocks: int) -> Block:
    at = np.arange(blocks * VOICE_FRAMES)
    return (0.4 * np.sin(2 * np.pi * hertz * at / VOICE_RATE)).astype(np.float32)


def encoded(sound: Block) -> list[bytes]:
    """As a page encodes it: Opus, mono, one frame of 20 ms a packet."""
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, AudioCodecContext)
    codec.sample_rate, codec.layout, codec.format = VOICE_RATE, "mono", "flt"
    codec.bit_rate, codec.time_base = 32_000, Fraction(1, VOICE_RATE)
    codec.options = {"frame_duration": "20", "application": "voip"}
    packets = []
    for at in range(0, len(sound), VOICE_FRAMES):
        frame = av.AudioFrame.from_ndarray(
            sound[None, at : at + VOICE_FRAMES], format="flt", layout="mono"
        )
        frame.sample_rate, frame.pts = VOICE_RATE, at
        packets += [bytes(packet) for packet in codec.encode(frame)]
    return packets


def power(sound: NDArray[np.floating[Any]], hertz: float) -> float:
    at = np.arange(len(sound))
    return float(abs(np.mean(sound * np.exp(-2j * np.pi * hertz * at / VOICE_RATE))) * 2)


def test_a_speaker_is_heard_once_enough_has_come_and_again_after_they_ran_dry() -> None:
    mix = Mix()
    for _ in range(DEPTH_BLOCKS - 1):
        mix.push(1, level(0.5))
        assert heard(mix) is None
    mix.push(1, level(0.5))
    assert [heard(mix) for _ in range(DEPTH_BLOCKS)] == [0.5] * DEPTH_BLOCKS
    assert not mix.is_empty
    assert heard(mix) is None
    assert mix.is_empty


def test_who_stops_early_is_heard_to_the_end() -> None:
    mix = Mix()
    mix.push(1, level(0.5))
    mix.finish(1)
    mix.finish(2)
    assert [heard(mix), heard(mix), mix.is_empty] == [0.5, None, True]


def test_two_speakers_are_both_heard_and_never_beyond_full_scale() -> None:
    mix = Mix()
    for _ in range(DEPTH_BLOCKS):
        mix.push(1, level(0.25))
        mix.push(2, level(0.125))
    assert heard(mix) == 0.375
    loud = softened(level(3.0))
    assert 0.9 < float(loud.max()) <= 1.0
    assert float(softened(level(-0.7))[0]) == pytest.approx(-0.7)


def test_what_a_stall_held_back_is_skipped() -> None:
    mix = Mix()
    for number in range(MOST_BLOCKS + 1):
        mix.push(1, level(number / 100))
    assert heard(mix) == (MOST_BLOCKS + 1 - DEPTH_BLOCKS) / 100


def test_opus_of_a_page_comes_back_as_sound_and_garbage_does_not() -> None:
    packets = encoded(tone(1000, 20))
    for packet in packets:
        check_opus(packet, frozenset({VOICE_US}))
    decoder = OpusVoice()
    blocks = [decoder.decode(packet) for packet in packets]
    assert all(block is not None and len(block) == VOICE_FRAMES for block in blocks[1:])
    sound = np.concatenate([block for block in blocks[5:] if block is not None])
    assert power(sound, 1000) > 0.3
    assert decoder.decode(b"") is None


def test_the_thread_mixes_what_speakers_say_while_pages_listen() -> None:
    mixed: queue.Queue[Voice] = queue.Queue()
    mixer = Mixer(mixed.put)
    low, high = encoded(tone(500, 40)), encoded(tone(2000, 40))
    mixer.take(Voice(VoiceKind.OPUS, 1, 0, low[0], begins=True))
    assert mixer.close() is None, "nobody listens, so nothing runs"

    mixer = Mixer(mixed.put)
    mixer.serve(True)
    got: list[Voice] = []
    for number in range(DEPTH_BLOCKS):
        mixer.take(Voice(VoiceKind.OPUS, 1, number, low[number], begins=number == 0))
        mixer.take(Voice(VoiceKind.OPUS, 2, number, high[number], begins=number == 0))
    for number in range(DEPTH_BLOCKS, 30):
        mixer.take(Voice(VoiceKind.OPUS, 1, number, low[number]))
        mixer.take(Voice(VoiceKind.OPUS, 2, number, high[number]))
        got.append(mixed.get(timeout=PATIENCE_S))
    thread = mixer.close()
    assert thread is not None
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert {each.kind for each in got} == {VoiceKind.MIX}
    assert [each.sequence for each in got] == list(range(1, len(got) + 1))
    samples = np.concatenate([np.frombuffer(each.payload, "<i2") for each in got[8:]]) / 32768
    assert power(samples, 500) > 0.2
    assert power(samples, 2000) > 0.2
