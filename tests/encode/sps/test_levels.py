"""The levels of common streams by Table A-1, and laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.encode.sps import level_for

sides = st.integers(16, 8192)
rates = st.integers(1, 240)
bitrates = st.integers(0, 800_000_000)


@pytest.mark.parametrize(
    ("width", "height", "fps", "level"),
    [
        (176, 144, 15, 10),
        (352, 288, 30, 13),
        (640, 360, 30, 30),
        (1280, 720, 30, 31),
        (1280, 720, 60, 32),
        (1920, 1080, 30, 40),
        (1920, 1080, 60, 42),
        (2560, 1440, 60, 51),
        (3840, 2160, 30, 51),
        (3840, 2160, 60, 52),
        (7680, 4320, 60, 61),
        (7680, 4320, 240, 62),
    ],
)
def test_common_screens(width: int, height: int, fps: int, level: int) -> None:
    assert level_for(width, height, fps) == level


def test_long_shapes_need_a_higher_level() -> None:
    """A side has at most √(8 · MaxFS) macroblocks: 256 at level 4.0, too few for 5120 pixels."""
    assert level_for(4096, 64, 30) == 40
    assert level_for(4112, 64, 30) == 42
    assert level_for(64, 4112, 30) == 42


@pytest.mark.parametrize(
    ("bitrate", "level"), [(14_000_000, 31), (14_000_001, 32), (20_000_001, 41)]
)
def test_a_higher_bitrate_needs_a_higher_level(bitrate: int, level: int) -> None:
    assert level_for(1280, 720, 30, bitrate) == level


def test_the_high_profile_may_use_a_quarter_more() -> None:
    assert level_for(1280, 720, 30, 17_500_000, profile_idc=100) == 31
    assert level_for(1280, 720, 30, 17_500_001, profile_idc=100) == 32


def test_a_larger_vbv_needs_a_higher_level() -> None:
    assert level_for(16, 16, 1, buffer_bits=175_000) == 10
    assert level_for(16, 16, 1, buffer_bits=175_001) == 11


def test_more_reference_pictures_need_a_higher_level() -> None:
    assert level_for(1280, 720, 30, ref_frames=5) == 31
    assert level_for(1280, 720, 30, ref_frames=6) == 40


@given(sides, sides, rates, bitrates, st.integers(1, 16))
def test_more_of_anything_never_needs_a_lower_level(
    width: int, height: int, fps: int, bitrate: int, refs: int
) -> None:
    level = level_for(width, height, fps, bitrate, ref_frames=refs)
    assert level <= level_for(width + 16, height, fps, bitrate, ref_frames=refs)
    assert level <= level_for(width, height + 16, fps, bitrate, ref_frames=refs)
    assert level <= level_for(width, height, fps + 1, bitrate, ref_frames=refs)
    assert level <= level_for(width, height, fps, bitrate + 100_000, ref_frames=refs)
    assert level <= level_for(width, height, fps, bitrate, ref_frames=refs + 1)
    assert level == level_for(height, width, fps, bitrate, ref_frames=refs)
