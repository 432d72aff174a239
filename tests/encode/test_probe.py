"""The probe of encoders that work, misbehave, hang and crash, and the selection that follows."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from av.error import ExternalError

from samescreen.encode import h264, probe
from samescreen.encode.h264 import X264, EncoderProfile, H264Settings
from samescreen.encode.hardware import CANDIDATES, Candidate, candidates
from samescreen.encode.probe import check, findings, select_encoder
from samescreen.errors import EncodeError
from tests.stage.timing import MS

STAND_IN = EncoderProfile("libx264", X264.options)
Answer = Callable[[Any, list[Any]], list[Any]]


def candidate(profile: EncoderProfile, missing: str = "") -> Candidate:
    return Candidate(profile, (sys.platform,), lambda: missing)


@pytest.fixture
def no_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretends that this machine has no GPU."""
    bare = tuple(replace(each, missing=lambda: "no such device") for each in CANDIDATES)
    monkeypatch.setattr(probe, "CANDIDATES", bare)
    monkeypatch.setattr(probe, "candidates", lambda: bare)


class Quirky:
    """libx264's context, whose output a test distorts as broken drivers do."""

    def __init__(self, context: Any, bend: Answer) -> None:
        self._context = context
        self._bend = bend

    def encode(self, frame: Any) -> list[Any]:
        return self._bend(frame, self._context.encode(frame))


@pytest.fixture
def quirky(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], None]:
    """Distorts the codec's output with a given function."""
    real = h264._open

    def bend_all(bend: Answer) -> None:
        monkeypatch.setattr(h264, "_open", lambda *args: Quirky(real(*args), bend))

    return bend_all


def test_an_encoder_that_keeps_the_contract_passes() -> None:
    check(X264)


def held_back() -> Answer:
    held: list[Any] = []

    def bend(frame: Any, packets: list[Any]) -> list[Any]:
        held.extend(packets)
        return [held.pop(0)] if len(held) > 1 else []

    return bend


def headless(frame: Any, packets: list[Any]) -> list[Any]:
    """Keyframes without their parameter sets, as with a global header."""
    payload = bytes(packets[0])
    slice_at = payload.find(b"\0\0\1\x65")
    return [Bare(payload[slice_at:], packets[0].is_keyframe)] if slice_at >= 0 else packets


class Bare:
    """A packet with PyAV's interface."""

    def __init__(self, payload: bytes, is_keyframe: bool) -> None:
        self._payload = payload
        self.is_keyframe = is_keyframe

    def __bytes__(self) -> bytes:
        return self._payload

    def has_sidedata(self, name: str) -> bool:
        return False


def eager(frame: Any, packets: list[Any]) -> list[Any]:
    return [Bare(bytes(packets[0]), True)]


def dying(frame: Any, packets: list[Any]) -> list[Any]:
    raise ExternalError(-1, "the device was removed")


@pytest.mark.parametrize(
    ("bend", "why_not"),
    [
        (held_back(), "gave 0 packets for one picture"),
        (lambda frame, packets: packets * 2, "gave 2 packets for one picture"),
        (headless, "without its parameters"),
        (eager, "without its parameters|makes keyframes when it likes"),
        (dying, "the device was removed"),
        (lambda frame, packets: [Bare(b"\0\0\1\x67\xff", True)], "cannot be read"),
    ],
)
def test_an_encoder_that_breaks_it_is_refused_with_the_reason(
    quirky: Callable[[Answer], None], bend: Answer, why_not: str
) -> None:
    quirky(bend)
    with pytest.raises(EncodeError, match=why_not):
        check(STAND_IN)


def test_a_profile_that_pages_cannot_decode_is_refused() -> None:
    def high(settings: H264Settings) -> dict[str, str]:
        return X264.options(settings) | {"profile": "high", "preset": "fast"}

    with pytest.raises(EncodeError, match=r"makes avc1\.64.*not every page"):
        check(EncoderProfile("libx264", high))


def test_wrong_colours_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = probe._picture

    def darker(at: int) -> Any:
        frame = real(at)
        return replace(frame, decoded=frame.pixels // 2)

    seen = iter(real(at) for at in range(100))
    monkeypatch.setattr(probe, "_picture", darker)
    monkeypatch.setattr(
        probe, "_compare", lambda name, frame, *rest, c=probe._compare: c(name, next(seen), *rest)
    )
    with pytest.raises(EncodeError, match="another picture than it was given"):
        check(STAND_IN)


@pytest.mark.parametrize("each", candidates(), ids=lambda each: each.profile.name)
def test_a_real_probe_ends_with_a_clear_reason_or_works(each: Candidate) -> None:
    """The real encoder of this build in its own process; test machines rarely have its device."""
    found = probe.probe(replace(each, missing=lambda: ""))
    assert "\n" not in found.why_not
    assert "crashed" not in found.why_not
    assert "{" not in found.why_not, "no dump of options"
    assert not found.why_not or len(found.why_not) > 15


def test_a_missing_device_costs_no_time(no_devices: None) -> None:
    began = time.monotonic()
    selected = select_encoder("auto")
    assert time.monotonic() - began < 50 * MS / 1000
    assert (selected.profile, selected.note) == (X264, "")


def test_a_probe_that_hangs_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "TIME_OUT_S", 0.2)
    real: Any = subprocess.run
    asleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(subprocess, "run", lambda command, **rest: real(asleep, **rest))
    found = findings([candidate(STAND_IN)])
    assert found[0].why_not == "no answer within 0 s"


def test_a_crash_of_the_probe_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Any = subprocess.run
    crash = [sys.executable, "-c", "import os; os._exit(139)"]
    monkeypatch.setattr(subprocess, "run", lambda command, **rest: real(crash, **rest))
    assert "crashed (exit code 139)" in probe.probe(candidate(STAND_IN)).why_not


def test_a_frozen_program_is_not_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(subprocess, "run", lambda *args, **rest: pytest.fail("started"))
    assert "frozen" in probe.probe(candidate(STAND_IN)).why_not


def test_auto_selects_the_first_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    works = EncoderProfile("h264_works", X264.options)
    monkeypatch.setattr(probe, "candidates", lambda: (candidate(STAND_IN), candidate(works)))
    monkeypatch.setattr(
        probe,
        "probe",
        lambda each: probe.Finding(each.profile, "" if each.profile is works else "it does not"),
    )
    selected = select_encoder("auto")
    assert (selected.name, selected.note) == ("h264_works", "")


def test_libx264_replaces_a_named_encoder_that_does_not_work(no_devices: None) -> None:
    selected = select_encoder("h264_nvenc")
    assert selected.name == "libx264"
    assert selected.note == "encoding with libx264, because h264_nvenc: no such device"


def test_libx264_replaces_an_encoder_of_another_system() -> None:
    foreign = next(each for each in CANDIDATES if sys.platform not in each.platforms)
    selected = select_encoder(foreign.profile.name)
    assert selected.name == "libx264"
    assert f"{foreign.profile.name} is for {foreign.platforms[0]}" in selected.note


def test_libx264_by_name_probes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "probe", lambda each: pytest.fail("probed"))
    assert select_encoder("libx264").name == "libx264"
