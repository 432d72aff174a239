"""Windows's and macOS's devices, with a fake soundcard that has the real signatures."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from samescreen.capture.sound import card, cards
from samescreen.capture.sound.card import CardSound
from samescreen.capture.sound.choose import choose_sound, list_sounds
from samescreen.capture.sound.named import found_device
from samescreen.capture.sound.permission import MICROPHONE
from samescreen.errors import BackendMissing, SourceLost, SourceUnavailable
from samescreen.media import BLOCK_FRAMES, Samples, SoundBlock
from tests.capture.recorded_signatures import PyobjcCore, accept
from tests.capture.sound.fakes import FakeMicrophone, FakeSoundcard
from tests.stage.census import nothing_leaks
from tests.stage.timing import MS, eventually

WAIT_US = int(2000 * MS * 1e6)


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> FakeSoundcard:
    made = FakeSoundcard(is_windows=True)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "WinDLL", made.com.load, raising=False)
    monkeypatch.setattr(cards, "importlib", SimpleNamespace(import_module=made.imported))
    return made


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch) -> FakeSoundcard:
    made = FakeSoundcard(is_windows=False)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(cards, "importlib", SimpleNamespace(import_module=made.imported))
    monkeypatch.setitem(sys.modules, "objc", None)
    return made


@pytest.fixture
def source(windows: FakeSoundcard) -> Iterator[CardSound]:
    output = CardSound("output")
    yield output
    output.close()


def block(value: float, channels: int = 2) -> Samples:
    return np.full((BLOCK_FRAMES, channels), value, dtype=np.float32)


def recorded(source: CardSound) -> SoundBlock:
    found = source.read(WAIT_US)
    assert found is not None
    return found


def read_on(source: CardSound) -> None:
    while source.read(WAIT_US) is not None:
        pass


def test_the_output_is_the_default_speakers_loopback(
    windows: FakeSoundcard, source: CardSound
) -> None:
    source.open()
    assert (source.label, source.backend) == ("this machine's output", "WASAPI")
    assert windows.opened == ["Speakers (Realtek(R) Audio)"]
    assert windows.asked == {"samplerate": 48_000, "channels": 2, "blocksize": 3840}
    windows.gives(block(0.25), block(0.5))
    assert (recorded(source).samples == 0.25).all()
    assert (recorded(source).samples == 0.5).all()


@pytest.mark.parametrize(
    ("spec", "opened"),
    [("realtek", "Microphone (Realtek(R) Audio)"), ("hdmi", "Monitor (HDMI)")],
)
def test_a_part_of_a_name_is_enough_and_microphones_come_first(
    windows: FakeSoundcard, spec: str, opened: str
) -> None:
    source = CardSound(spec)
    source.open()
    assert (source.label, windows.opened) == (opened, [opened])
    source.close()


def test_unplugged_it_is_lost_and_found_again(windows: FakeSoundcard, source: CardSound) -> None:
    source.open()
    windows.gives(block(0.5), RuntimeError("Error 0x88890004"))
    recorded(source)
    with pytest.raises(SourceLost, match="^the sound device went away$"):
        read_on(source)
    source.close()
    windows.is_gone = False
    source.open()
    windows.gives(block(0.125))
    assert (recorded(source).samples == 0.125).all()


def test_another_default_output_is_another_source(
    windows: FakeSoundcard, source: CardSound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card, "_LOOK_US", 0)
    source.open()
    windows.default = "{0.0.0}.{a}"
    with pytest.raises(SourceLost, match="elsewhere"):
        source.read(WAIT_US)
    source.open()
    assert windows.opened[-1] == "Monitor (HDMI)"


def test_a_named_device_does_not_follow(
    windows: FakeSoundcard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card, "_LOOK_US", 0)
    source = CardSound("Speakers")
    source.open()
    windows.default = "{0.0.0}.{a}"
    windows.gives(block(0.5))
    recorded(source)
    assert source.read(1000) is None
    source.close()


def test_a_device_that_is_not_there_is_named_with_those_that_are(windows: FakeSoundcard) -> None:
    choice = choose_sound("theremin")
    assert choice is not None
    assert "'theremin'" in choice.note
    assert "'Microphone (Realtek(R) Audio)'" in choice.note


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (RuntimeError("Error 0x80070005"), "Privacy & security, Microphone"),
        (RuntimeError("Error 0x80070490"), "no such sound device"),
        (RuntimeError("Error 0x8889000a"), "another program"),
        (RuntimeError("Error 0x88890010"), "Windows Audio service"),
        (RuntimeError("unsupported format"), "refused: unsupported format"),
        (AssertionError(), "refused: AssertionError"),
    ],
)
def test_the_packages_errors_become_messages(
    windows: FakeSoundcard, source: CardSound, refusal: Exception, expected: str
) -> None:
    windows.refusal = refusal
    with pytest.raises(SourceLost, match=expected):
        source.open()
    windows.refusal = None
    source.open()


def test_an_unexpected_error_is_logged_and_is_a_loss(
    windows: FakeSoundcard, source: CardSound, caplog: pytest.LogCaptureFixture
) -> None:
    source.open()
    windows.gives(KeyError("surprise"))
    with pytest.raises(SourceLost, match="see the host's log"):
        source.read(WAIT_US)
    assert "surprise" in caplog.text


def test_without_an_output_there_is_a_reason(windows: FakeSoundcard, source: CardSound) -> None:
    del windows.microphones[:2]
    with pytest.raises(SourceUnavailable, match="no sound output"):
        source.open()
    assert [each.option for each in list_sounds()] == ['--audio "Microphone (Realtek(R) Audio)"']


def test_without_the_package_there_is_a_reason_and_no_list(
    windows: FakeSoundcard, source: CardSound
) -> None:
    windows.import_error = ImportError("No module named 'soundcard'")
    with pytest.raises(BackendMissing, match="No module named"):
        source.open()
    assert list_sounds() == []


def test_devices_are_listed_with_their_option(windows: FakeSoundcard) -> None:
    windows.microphones[0].called = RuntimeError("it went away just now")
    listed = [(each.option, each.description) for each in list_sounds()]
    assert listed == [
        ("--audio output", "what this machine plays"),
        ('--audio "Speakers (Realtek(R) Audio)"', "what it plays"),
        ('--audio "Microphone (Realtek(R) Audio)"', "microphone"),
    ]
    assert windows.com.threads == set()


def test_two_devices_of_one_name_have_different_specs(windows: FakeSoundcard) -> None:
    for at in ("d", "e"):
        windows.microphones.append(FakeMicrophone(windows, f"{{0.0.1}}.{{{at}}}", "USB Audio"))
    assert [(each.spec, each.description) for each in list_sounds()][-2:] == [
        ("{0.0.1}.{d}", "microphone: USB Audio"),
        ("{0.0.1}.{e}", "microphone: USB Audio"),
    ]
    assert found_device("{0.0.1}.{e}", cards.list_cards()).name == "{0.0.1}.{e}"


def test_a_thread_with_another_kind_of_com_keeps_it(
    windows: FakeSoundcard, source: CardSound
) -> None:
    windows.com.answer = -2147417850  # RPC_E_CHANGED_MODE
    source.open()
    windows.gives(block(0.5))
    recorded(source)
    source.close()
    assert windows.com.threads == set()


def test_a_system_that_does_not_answer_blocks_nobody(
    windows: FakeSoundcard, source: CardSound, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (card, cards):
        monkeypatch.setattr(module, "ANSWER_S", 0.02)
    monkeypatch.setattr(card, "_STOP_S", 0.02)
    windows.hangs = threading.Event()
    with pytest.raises(SourceLost, match="does not answer"):
        source.open()
    with pytest.raises(SourceLost, match="does not release"):
        source.open()
    assert list_sounds() == []
    windows.hangs.set()
    monkeypatch.setattr(card, "ANSWER_S", 3 * MS * 1000)
    monkeypatch.setattr(card, "_STOP_S", 3 * MS * 1000)
    source.open()


@pytest.mark.skipif(sys.platform != "linux", reason="counts in /proc")
def test_closed_it_leaves_nothing_behind(windows: FakeSoundcard) -> None:
    with nothing_leaks():
        source = CardSound("output")
        source.close()
        for _ in range(3):
            source.open()
            windows.gives(block(0.5))
            recorded(source)
            source.close()
            source.close()
    assert (windows.recording, windows.com.threads) == (0, set())
    with pytest.raises(SourceLost, match="not open"):
        source.read(0)


def test_a_mac_records_one_channel_as_two(mac: FakeSoundcard) -> None:
    source = CardSound("macbook")
    source.open()
    assert (source.label, source.backend) == ("MacBook Pro Microphone", "Core Audio")
    assert mac.asked == {"samplerate": 48_000, "channels": 1, "blocksize": None}
    mac.gives(block(0.5, channels=1))
    assert recorded(source).samples.shape == (BLOCK_FRAMES, 2)
    source.close()
    assert mac.recording == 0


def test_a_virtual_device_of_a_mac_is_a_device(mac: FakeSoundcard) -> None:
    source = CardSound("BlackHole")
    source.open()
    assert mac.asked["channels"] == 2
    source.close()


def test_a_mac_that_stops_sending_samples_is_lost(
    mac: FakeSoundcard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card, "_WAIT_S", 0.005)
    monkeypatch.setattr(CardSound, "silent_us", 100_000)
    source = CardSound("macbook")
    source.open()
    with pytest.raises(SourceLost, match="MacBook Pro Microphone gives no sound.*unplugged"):
        eventually(lambda: source.read(1000) is not None, what="nothing", within=8000 * MS)
    source.close()
    assert (mac.recording, mac.waits_for_ever) == (0, False)


@pytest.mark.parametrize(("status", "is_refused"), [(0, False), (1, True), (2, True), (3, False)])
def test_a_microphone_that_macos_refuses_names_the_cure(
    mac: FakeSoundcard, monkeypatch: pytest.MonkeyPatch, status: int, is_refused: bool
) -> None:
    monkeypatch.setitem(sys.modules, "objc", objc_that_answers(status))
    choice = choose_sound("macbook")
    assert choice is not None
    assert choice.note == (f"no sound: {MICROPHONE}" if is_refused else "")


def objc_that_answers(status: int) -> ModuleType:
    """The part of pyobjc that the check of the permission needs."""

    def load(*args: Any, **kwargs: Any) -> None:
        asked = accept(PyobjcCore.loadBundle, *args, **kwargs)
        assert asked["bundle_path"].endswith("AVFoundation.framework")

    def answer(medium: str) -> int:
        assert medium == "soun"
        return status

    made: Any = ModuleType("objc")
    made.error = type("error", (Exception,), {})
    made.loadBundle = load
    made.lookUpClass = lambda name: SimpleNamespace(authorizationStatusForMediaType_=answer)
    found: ModuleType = made
    return found
