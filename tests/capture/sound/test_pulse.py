"""Recording from a real PulseAudio, and what happens when the server or the device goes away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from samescreen.capture.sound import libpulse, pulse
from samescreen.capture.sound.choose import choose_sound, list_sounds
from samescreen.capture.sound.libpulse import Device
from samescreen.capture.sound.named import found_device
from samescreen.capture.sound.pulse import PulseSound
from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import BLOCK_FRAMES, SOUND_CHANNELS, SOUND_RATE, Samples
from tests.stage.sound_server import SoundServer, tone
from tests.stage.timing import MS, eventually

WAIT_US = int(2000 * MS * 1e6)
HEADSET = ("load-module", "module-null-sink", "sink_name=headset", "norewinds=1")
DEVICES = [
    Device("stage.monitor", "Monitor of Desk Speakers"),
    Device("desk_mic", "Desk Microphone"),
]


@pytest.fixture
def server(sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> SoundServer:
    for name, value in sound_server.env.items():
        monkeypatch.setenv(name, value)
    return sound_server


@pytest.fixture(autouse=True)
def look_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for the default output four times as often, to save time."""
    monkeypatch.setattr(pulse, "_LOOK_US", int(250 * MS * 1e6))


@pytest.fixture
def source() -> Iterator[PulseSound]:
    output = PulseSound("output")
    yield output
    output.close()


def read_on(source: PulseSound) -> None:
    """Read for some seconds."""
    end_us = clock_us() + int(8000 * MS * 1e6)
    while clock_us() < end_us:
        source.read(WAIT_US)


def recorded(source: PulseSound, blocks: int) -> Samples:
    """This many consecutive blocks, once the tone has begun."""
    found: list[Samples] = []

    def listen() -> bool:
        block = source.read(WAIT_US)
        if block is not None and (found or np.abs(block.samples).max() > 0.4):
            assert block.samples.shape == (BLOCK_FRAMES, SOUND_CHANNELS)
            found.append(block.samples)
        return len(found) == blocks

    eventually(listen, what="the tone", within=8000 * MS)
    return np.concatenate(found[1:])


def test_a_tone_played_is_the_tone_read(server: SoundServer, source: PulseSound) -> None:
    source.open()
    assert source.label == "this machine's output"
    with server.playing(tone(20)):
        # Try again when this machine was so slow that PulseAudio dropped samples.
        eventually(lambda: is_the_tone(recorded(source, 50)), what="1 kHz, 50 dB above the rest")


def is_the_tone(samples: Samples) -> bool:
    left, right = samples.T
    assert np.array_equal(left, right)
    spectrum = np.abs(np.fft.rfft(left * np.hanning(left.size)))
    peak = int(spectrum.argmax())
    rest = np.delete(spectrum, slice(max(0, peak - 6), peak + 7))
    is_clean = 10 * np.log10((spectrum**2).sum() / (rest**2).sum()) > 50
    return bool(is_clean and abs(peak * SOUND_RATE / left.size - 1000) < 3)


def test_blocks_are_ten_milliseconds_apart(server: SoundServer, source: PulseSound) -> None:
    source.open()
    eventually(lambda: source.read(WAIT_US) is not None, what="sound flows")
    blocks = [source.read(WAIT_US) for _ in range(100)]
    times = [block.pts_us for block in blocks if block is not None]
    assert len(times) == 100
    assert abs((times[-1] - times[0]) / 99 - 10_000) < 500
    assert abs(clock_us() - times[-1]) < WAIT_US


def test_a_read_ends_at_its_timeout(server: SoundServer, source: PulseSound) -> None:
    source.open()
    began_us = clock_us()
    while source.read(0) is not None:
        pass
    assert clock_us() - began_us < WAIT_US


def test_a_server_that_dies_is_lost_and_found_again(
    server: SoundServer, source: PulseSound
) -> None:
    source.open()
    server.kill()
    with pytest.raises(SourceLost, match="went away"):
        read_on(source)
    source.close()
    with pytest.raises(SourceUnavailable, match="start PulseAudio"):
        source.open()
    server.start()
    source.open()
    eventually(lambda: source.read(WAIT_US) is not None, what="sound flows again")


def test_a_server_that_hangs_neither_blocks_nor_ends_a_read(
    server: SoundServer, source: PulseSound
) -> None:
    source.open()
    eventually(lambda: source.read(WAIT_US) is not None, what="sound flows")
    with server.hung():
        deadline_us = clock_us() + int(1100 * MS * 1e6)  # four questions without an answer
        while clock_us() < deadline_us:
            source.read(100_000)
        assert source.read(1000) is None
    eventually(lambda: source.read(WAIT_US) is not None, what="sound flows again")


def test_a_server_that_hangs_is_not_said_to_be_missing(
    server: SoundServer, source: PulseSound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libpulse, "_CONNECT_S", 0.2)
    with server.hung(), pytest.raises(SourceUnavailable, match="does not answer: restart"):
        source.open()


def test_another_default_output_is_another_source(server: SoundServer, source: PulseSound) -> None:
    source.open()
    assert server.control(*HEADSET) is not None
    assert server.control("set-default-sink", "headset") is not None
    with pytest.raises(SourceLost, match="elsewhere"):
        read_on(source)
    source.open()
    with server.playing(tone(20), sink="headset"):
        recorded(source, 5)


def test_a_device_that_is_unplugged_is_lost(server: SoundServer) -> None:
    module = server.control(*HEADSET)
    assert module is not None
    source = PulseSound("headset")
    source.open()
    server.control("unload-module", module.strip())
    with pytest.raises(SourceLost):
        read_on(source)
    source.close()


def test_devices_are_listed_with_their_specs(server: SoundServer) -> None:
    listed = list_sounds()
    assert [each.option for each in listed] == ["--audio output", '--audio "Monitor of Stage"']
    spec = [each.spec for each in listed]
    for each in spec:
        choice = choose_sound(each)
        assert choice is not None
        assert choice.note == ""


def test_a_device_that_is_not_there_is_named_with_those_that_are(server: SoundServer) -> None:
    choice = choose_sound("theremin")
    assert choice is not None
    assert "'theremin'" in choice.note
    assert "'Monitor of Stage'" in choice.note


def test_without_a_server_there_is_a_note_and_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent/native")
    assert list_sounds() == []
    choice = choose_sound("output")
    assert choice is not None
    assert choice.note.startswith("no sound: ")


def test_an_empty_spec_is_no_sound() -> None:
    assert choose_sound("") is None


def test_closing_twice_and_reading_when_closed() -> None:
    source = PulseSound("output")
    source.close()
    source.close()
    with pytest.raises(SourceLost):
        source.read(0)


@pytest.mark.parametrize(
    ("spec", "name"),
    [("microphone", "desk_mic"), ("speakers", "stage.monitor"), ("DESK", "desk_mic")],
)
def test_part_of_a_name_is_enough_and_microphones_come_first(spec: str, name: str) -> None:
    assert found_device(spec, DEVICES).name == name
