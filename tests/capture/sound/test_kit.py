"""The sound that a Mac plays, with fake frameworks that have the real ones' signatures."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from samescreen.capture.macos import frameworks
from samescreen.capture.sound import cards, kit
from samescreen.capture.sound.choose import choose_sound, list_sounds
from samescreen.capture.sound.kit import KitSound
from samescreen.errors import BackendMissing, SourceLost, SourceUnavailable
from samescreen.media import BLOCK_FRAMES, Samples
from tests.capture.macos.fakes import FakeError, FakeKit, SoundSample
from tests.capture.recorded_signatures import ScreenCaptureKit as Recorded
from tests.capture.sound.fakes import FakeSoundcard
from tests.fakes import flat
from tests.stage.timing import MS

WAIT_US = int(2000 * MS * 1e6)


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch) -> FakeKit:
    fake = FakeKit()
    for name, module in fake.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    return fake


@pytest.fixture
def source(mac: FakeKit) -> Iterator[KitSound]:
    made = KitSound()
    yield made
    made.close()


def tone() -> Samples:
    left = np.linspace(-1, 1, BLOCK_FRAMES, dtype=np.float32)
    return np.stack((left, left / 2), axis=1)


def test_the_numbers_are_apples() -> None:
    assert Recorded.VALUES["SCStreamOutputTypeAudio"] == kit._AUDIO
    assert Recorded.VALUES["kAudioFormatFlagIsNonInterleaved"] == kit._PLANAR


@pytest.mark.parametrize("planar", [True, False])
def test_what_plays_is_what_is_read(mac: FakeKit, source: KitSound, planar: bool) -> None:
    source.open()
    assert (source.label, source.backend) == ("this machine's output", "ScreenCaptureKit")
    assert mac.settings == {
        "CapturesAudio": True,
        "SampleRate": 48_000,
        "ChannelCount": 2,
        "Width": 2,
        "Height": 2,
        "MinimumFrameInterval": (1, 1),
    }
    mac.plays(SoundSample(tone(), planar=planar))
    block = source.read(WAIT_US)
    assert block is not None
    assert np.array_equal(block.samples, tone())
    assert mac.copies == 0


def test_pictures_and_empty_samples_are_ignored(mac: FakeKit, source: KitSound) -> None:
    source.open()
    mac.shows(flat(64, 48))
    empty = SoundSample(tone())
    empty.block = None
    mac.plays(empty)
    mac.plays(SoundSample(tone()[:0]))
    mac.plays(SoundSample(tone(), status=-12704))
    assert source.read(0) is None


def test_without_permission_the_cure_is_named(mac: FakeKit) -> None:
    mac.is_allowed = False
    with pytest.raises(SourceUnavailable, match="Privacy & Security, Screen Recording"):
        KitSound().open()


def test_an_old_macos_is_refused_and_the_message_names_virtual_devices(
    mac: FakeKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    mac.is_before_13 = True
    with pytest.raises(BackendMissing, match="BlackHole"):
        KitSound().open()
    choice = choose_sound("output")
    assert choice is not None
    assert choice.note.endswith("share it with --audio BlackHole")
    assert "\n" not in choice.note


@pytest.mark.parametrize(("is_before_13", "output"), [(False, ["--audio output"]), (True, [])])
def test_a_mac_lists_its_output_and_its_microphones(
    mac: FakeKit, monkeypatch: pytest.MonkeyPatch, is_before_13: bool, output: list[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    soundcard = FakeSoundcard(is_windows=False)
    importer = SimpleNamespace(import_module=soundcard.imported)
    monkeypatch.setattr(cards, "importlib", importer)
    mac.is_before_13 = is_before_13
    options = [each.option for each in list_sounds()]
    assert options == [*output, '--audio "MacBook Pro Microphone"', '--audio "BlackHole 16ch"']
    assert not mac.was_asked, "looking asks for nothing"


@pytest.mark.parametrize("at", ["content_error", "start_error", "output_error"])
def test_a_refusal_is_tried_again_later(mac: FakeKit, source: KitSound, at: str) -> None:
    setattr(mac, at, FakeError(-3818))
    with pytest.raises(SourceLost, match="it said no"):
        source.open()
    assert mac.running == 0
    setattr(mac, at, None)
    source.open()
    assert mac.running == 1


def test_stopped_by_the_system_it_comes_back_by_a_person_it_does_not(
    mac: FakeKit, source: KitSound
) -> None:
    source.open()
    mac.stops(FakeError(-3821))
    with pytest.raises(SourceLost, match="went away"):
        source.read(WAIT_US)
    source.open()
    mac.stops(FakeError(frameworks.USER_STOPPED))
    with pytest.raises(SourceLost, match="menu bar"):
        source.read(WAIT_US)
    with pytest.raises(SourceUnavailable, match="start samescreen again"):
        source.open()


def test_a_closed_source_records_nothing_more(mac: FakeKit, source: KitSound) -> None:
    source.open()
    source.close()
    source.close()
    assert mac.running == 0
    mac.plays(SoundSample(tone()))  # one that was already queued
    with pytest.raises(SourceLost, match="not open"):
        source.read(0)


def test_without_the_framework_the_message_names_virtual_devices(
    mac: FakeKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(sys.modules["ScreenCaptureKit"], "SCStream")
    with pytest.raises(BackendMissing, match=r"12\.3.*BlackHole"):
        KitSound().open()


def test_without_a_screen_there_is_a_reason(mac: FakeKit) -> None:
    mac.displays.clear()
    with pytest.raises(SourceUnavailable, match="with a screen only"):
        KitSound().open()
