"""The hardware encoders' settings against FFmpeg's own tables, and the checks for devices."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from samescreen.encode import h264, hardware
from samescreen.encode.base import EncodeRequest
from samescreen.encode.h264 import X264, EncoderProfile, H264Encoder, H264Settings
from samescreen.encode.hardware import CANDIDATES, candidates
from samescreen.options import ENCODERS, OPTIONS
from tests.encode.h264_tools import Decoder, noise, picture
from tests.encode.option_table import OptionTable

PROFILES = [X264, *(each.profile for each in CANDIDATES)]
SETTINGS = [
    H264Settings(fps=fps, quality=quality, max_bitrate_bps=bps, is_capped=is_capped)
    for fps in (1, 60, 240)
    for quality in (1, 75, 100)
    for bps in (100_000, 1_000_000_000)
    for is_capped in (True, False)
]


def of(name: str) -> EncoderProfile:
    return next(each for each in PROFILES if each.name == name)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_this_build_knows_every_option_and_its_value(profile: EncoderProfile) -> None:
    try:
        table = OptionTable(profile.name)
    except LookupError as error:
        pytest.skip(str(error))
    refused = {
        (option, value)
        for settings in SETTINGS
        for option, value in profile.options(settings).items()
        if not table.takes(option, value)
    }
    assert refused == set()


def test_the_table_refuses_what_is_not_in_it() -> None:
    table = OptionTable("libx264")
    assert table.takes("preset", "fast")
    assert not table.takes("zerolatency", "1"), "an option of NVENC's"
    assert not OptionTable("h264_nvenc").takes("tune", "zerolatency"), "a value of libx264's"


@pytest.mark.parametrize("profile", PROFILES[1:], ids=lambda profile: profile.name)
def test_nothing_is_reordered_and_the_bitrate_is_kept(profile: EncoderProfile) -> None:
    capped = profile.options(H264Settings(fps=30, max_bitrate_bps=3_000_000))
    assert capped["bf"] == "0"
    assert capped["maxrate"] == "3000000"
    assert capped["bufsize"] == "400000", "four pictures"
    free = profile.options(H264Settings(is_capped=False, max_bitrate_bps=3_000_000))
    assert ("maxrate" in free) is not profile.has_quantiser


def test_the_encoder_option_names_exactly_these() -> None:
    assert ("auto", *(each.name for each in PROFILES)) == ENCODERS
    assert "encoder" in {each.name for each in OPTIONS}


def test_each_system_has_its_own_candidates() -> None:
    names = {
        system: [each.profile.name for each in candidates(system)]
        for system in ("linux", "win32", "darwin", "sunos")
    }
    assert names == {
        "linux": ["h264_nvenc", "h264_qsv", "h264_amf", "h264_v4l2m2m"],
        "win32": ["h264_nvenc", "h264_qsv", "h264_amf", "h264_mf"],
        "darwin": ["h264_videotoolbox"],
        "sunos": [],
    }


def test_nv12_carries_the_same_picture() -> None:
    """Quick Sync's input format, tested with an encoder that runs here."""
    options = X264.options
    shown = []
    for pixel_format in ("yuv420p", "nv12"):
        profile = EncoderProfile("libx264", options, pixel_format=pixel_format)
        settings = H264Settings(is_capped=False)
        encoder = H264Encoder(settings, profile=profile, track=0, width=320, height=180)
        packet = encoder.encode(picture(noise(320, 180)), EncodeRequest(keyframe=True))
        shown.append(Decoder().decode(packet))
        encoder.close()
    for first, second in zip(*shown, strict=True):
        assert (first == second).all()


class Silent:
    """A packet without statistics."""

    def has_sidedata(self, name: str) -> bool:
        return False


def test_an_unreported_quality_counts_as_coarse_under_a_bitrate_limit() -> None:
    """So the track improves such a picture once the screen stops changing."""
    assert h264._mean_qp(Silent()) > H264Settings(quality=50).crf + 2
    coarse = []
    for has_quantiser in (True, False):
        profile = EncoderProfile("libx264", _at_the_worst, has_quantiser=has_quantiser)
        free = H264Settings(is_capped=False)
        encoder = H264Encoder(free, profile=profile, track=0, width=64, height=48)
        encoder.encode(picture(noise(64, 48)), EncodeRequest(keyframe=True))
        coarse.append(encoder.below_target_quality)
        encoder.close()
    assert coarse == [False, True]


def _at_the_worst(settings: H264Settings) -> dict[str, str]:
    return X264.options(settings) | {"qp": "50"}


@pytest.mark.skipif(sys.platform != "linux", reason="looks at Linux's device files")
def test_devices_are_found_by_their_vendor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def below(path: str) -> Path:
        return tmp_path / path.lstrip("/")

    monkeypatch.setattr(hardware, "Path", below)
    assert "no Intel GPU" in hardware._no_intel()
    assert "no AMD GPU" in hardware._no_amd()
    assert "no encoder" in hardware._no_v4l2_encoder()
    node = tmp_path / "sys/class/drm/renderD128/device"
    node.mkdir(parents=True)
    (node / "vendor").write_text("0x8086\n")
    assert hardware._no_intel() == ""
    assert "no AMD GPU" in hardware._no_amd()
    video = tmp_path / "sys/class/video4linux/video11"
    video.mkdir(parents=True)
    (video / "name").write_text("bcm2835-codec-encode\n")
    assert hardware._no_v4l2_encoder() == ""
