"""The factory makes each rendition's encoder, and replaces a hardware encoder that fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from av.error import ExternalError

from samescreen.encode import h264
from samescreen.encode.base import EncodeRequest, EncoderSpec
from samescreen.encode.factory import EncoderFactory
from samescreen.encode.h264 import X264, EncoderProfile, H264Encoder
from samescreen.encode.probe import SelectedEncoder
from samescreen.encode.still import StillEncoder
from samescreen.errors import EncodeError
from samescreen.media import Rendition
from tests.encode.h264_tools import noise, picture

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG
WITH_X264 = SelectedEncoder()
KEYFRAME = EncodeRequest(keyframe=True)
STAND_IN = EncoderProfile("h264_stand_in", X264.options)
NOWHERE = SelectedEncoder(EncoderProfile("h264_nowhere", X264.options))


def spec(rendition: Rendition = MAIN, sequence: int = 0, **changes: bool) -> EncoderSpec:
    flags = {"is_capped": False, "wide_motion_search": False} | changes
    return EncoderSpec(rendition, 64, 48, sequence, bitrate_bps=1_000_000, fps=30, **flags)


def factory(selected: SelectedEncoder = WITH_X264) -> EncoderFactory:
    return EncoderFactory(selected, track=7, quality=60)


class Dying:
    """libx264's context, which fails after its first picture."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._count = 0

    def encode(self, frame: Any) -> list[Any]:
        self._count += 1
        if self._count > 1:
            raise ExternalError(-1, "the device was removed")
        encoded: list[Any] = self._context.encode(frame)
        return encoded


@pytest.fixture
def stand_in_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in encodes one picture and then fails; libx264 keeps working."""
    real = h264._open

    def open_either(profile: EncoderProfile, *rest: Any) -> Any:
        context = real(X264, *rest)
        return Dying(context) if profile is STAND_IN else context

    monkeypatch.setattr(h264, "_open", open_either)


@pytest.mark.parametrize("rendition", [MAIN, LOW, JPEG])
def test_it_makes_the_encoder_of_each_rendition(rendition: Rendition) -> None:
    encoder = factory().make(spec(rendition, sequence=5))
    config = encoder.config
    assert isinstance(encoder, StillEncoder if rendition is JPEG else H264Encoder)
    assert (config.rendition, config.track, config.fps) == (rendition, 7, 30)
    assert (config.width, config.height) == ((32, 24) if rendition is LOW else (64, 48))
    assert encoder.next_sequence == 5


def test_the_spec_sets_the_limits_of_main() -> None:
    for is_capped in (False, True):
        encoder = factory().make(spec(is_capped=is_capped, wide_motion_search=True))
        assert isinstance(encoder, H264Encoder)
        settings = encoder.settings
        assert (settings.fps, settings.quality, settings.max_bitrate_bps) == (30, 60, 1_000_000)
        assert settings.is_capped is is_capped
        assert encoder.wide_motion_search is not is_capped


@pytest.mark.parametrize("rendition", [MAIN, LOW])
def test_the_spec_may_ask_for_another_quality(rendition: Rendition) -> None:
    encoder = factory().make(replace(spec(rendition), quality=35))
    assert isinstance(encoder, H264Encoder)
    assert encoder.settings.quality == 35


def test_low_is_always_capped_and_uses_libx264() -> None:
    encoder = factory(NOWHERE).make(spec(LOW))
    assert isinstance(encoder, H264Encoder)
    assert encoder.settings.is_capped
    assert (encoder.name, encoder.note) == ("libx264", "")


def test_an_encoder_that_cannot_be_opened_is_replaced_at_once() -> None:
    encoder = factory(NOWHERE).make(spec())
    assert encoder.name == "libx264"
    assert "because this build of PyAV has no h264_nowhere" in encoder.note
    assert encoder.encode(picture(noise(64, 48)), KEYFRAME).is_keyframe


def test_after_a_failure_the_next_encoder_is_libx264(stand_in_dies: None) -> None:
    made = factory(SelectedEncoder(STAND_IN))
    encoder = made.make(spec())
    assert encoder.name == "h264_stand_in"
    encoder.encode(picture(noise(64, 48)), KEYFRAME)
    with pytest.raises(EncodeError, match="the device was removed"):
        encoder.encode(picture(noise(64, 48, 1), 1), EncodeRequest())
    following = made.make(spec(sequence=encoder.next_sequence))
    assert following.name == "libx264"
    assert "the device was removed" in following.note
    assert following.encode(picture(noise(64, 48)), KEYFRAME).sequence == 1


def test_a_failure_on_one_track_changes_no_other_track(stand_in_dies: None) -> None:
    selected = SelectedEncoder(STAND_IN)
    failing, other = factory(selected), factory(selected)
    encoder = failing.make(spec())
    encoder.encode(picture(noise(64, 48)), KEYFRAME)
    with pytest.raises(EncodeError):
        encoder.encode(picture(noise(64, 48, 1), 1), EncodeRequest())
    assert failing.make(spec()).name == "libx264"
    assert other.make(spec()).name == "h264_stand_in"


def threads_of(rendition: Rendition, size: tuple[int, int], **how: int | None) -> int:
    made = EncoderFactory(WITH_X264, track=7, quality=60, **how)  # type: ignore[arg-type]
    encoder = made.make(
        EncoderSpec(
            rendition, *size, 0, bitrate_bps=1_000_000, fps=60, is_capped=False,
            wide_motion_search=False,
        )
    )  # fmt: skip
    assert isinstance(encoder, H264Encoder)
    encoder.close()
    return encoder.settings.threads


def test_threads_follow_the_size_of_the_rendition_and_the_cores() -> None:
    assert threads_of(MAIN, (1920, 1080), cores=2) == 1
    assert threads_of(MAIN, (1920, 1080), cores=8) == 2
    assert threads_of(LOW, (1920, 1080), cores=8) == 1, "it has a quarter of the pixels"


def test_a_given_number_of_threads_is_used_as_far_as_there_are_rows() -> None:
    assert threads_of(MAIN, (640, 360), cores=1, threads=3) == 3
    assert threads_of(MAIN, (640, 100), cores=16, threads=8) == 1
    assert threads_of(MAIN, (1920, 1080), cores=16, threads=1) == 1
