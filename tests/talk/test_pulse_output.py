"""Voices on this machine's own sound server: heard at its output, a microphone, nothing left."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from samescreen.capture.sound.libpulse import Connection, Recording
from samescreen.errors import SourceUnavailable
from samescreen.talk import pulse_output
from samescreen.talk.pulse_output import PulseOutput, VirtualMicrophone, open_output
from samescreen.wire.talk import VOICE_FRAMES, VOICE_RATE
from tests.stage.sound_server import SoundServer
from tests.stage.timing import MS, eventually

TONE = (8000 * np.sin(2 * np.pi * 1000 * np.arange(VOICE_FRAMES) / VOICE_RATE)).astype("<i2")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    server = SoundServer(tmp_path_factory.mktemp("sound")).start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def here(server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)


def loudness(connection: Connection, recording: Recording) -> float:
    connection.iterate(20_000)
    samples = np.frombuffer(recording.take(), "<f4")
    return float(np.abs(samples).max()) if len(samples) else 0.0


def assert_heard(output: PulseOutput, device: str) -> None:
    connection = Connection()
    try:
        recording = connection.record(device, rate=VOICE_RATE, channels=1, fragment_bytes=1920)

        def is_heard() -> bool:
            output.play(TONE.tobytes())
            return loudness(connection, recording) > 0.1

        eventually(is_heard, what=f"the voice at {device}", within=10_000 * MS)
        recording.close()
    finally:
        connection.close()


def test_voices_come_out_of_the_speakers() -> None:
    output = open_output("speakers")
    try:
        assert_heard(output, "@DEFAULT_MONITOR@")
        output.rest()
        assert_heard(output, "@DEFAULT_MONITOR@")
    finally:
        output.close()


def test_a_microphone_for_other_programs_goes_with_the_share(server: SoundServer) -> None:
    before = server.control("list", "short", "modules")
    output = open_output("mic")
    try:
        listed = server.control("list", "short", "sources") or ""
        name = next(word for word in listed.split() if word.startswith("samescreen_microphone_"))
        assert_heard(output, name)
    finally:
        output.close()
        output.close()
    assert server.control("list", "short", "modules") == before


def test_the_microphone_comes_back_with_the_sound_server(
    server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = open_output("mic")
    try:
        output.play(TONE.tobytes())
        server.kill()
        output.play(TONE.tobytes())
        server.start()
        monkeypatch.setattr(pulse_output, "_AGAIN_US", 0)
        output._again_us = 0

        def is_back() -> bool:
            output.play(TONE.tobytes())
            return "samescreen_microphone_" in (server.control("list", "short", "sources") or "")

        eventually(is_back, what="the microphone")
    finally:
        output.close()


def test_after_an_attempt_that_hung_comes_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    times_us = [0]

    def hangs() -> Connection:
        times_us.append(times_us[-1] + 3_000_000)
        raise SourceUnavailable("the sound server does not answer")

    monkeypatch.setattr(pulse_output, "Connection", hangs)
    monkeypatch.setattr(pulse_output, "clock_us", lambda: times_us[-1])
    output = PulseOutput()
    output.play(TONE.tobytes())
    output.play(TONE.tobytes())
    assert times_us == [0, 3_000_000]


def test_what_a_killed_process_left_is_removed(server: SoundServer) -> None:
    before = server.control("list", "short", "modules")
    nobody = 2**22 + 5
    left = VirtualMicrophone(nobody)
    assert server.control("list", "short", "modules") != before
    open_output("mic").close()
    assert server.control("list", "short", "modules") == before
    left.close()


def test_a_server_that_goes_away_ends_nothing(server: SoundServer) -> None:
    output = open_output("speakers")
    output.play(TONE.tobytes())
    server.kill()
    for _ in range(3):
        output.play(TONE.tobytes())
    with pytest.raises(SourceUnavailable, match="start PulseAudio"):
        open_output("speakers")
    output.close()
    server.start()
