"""Conversion to YUV: known colours, padding, and band updates that equal a full conversion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescreen.encode.colour import YuvPicture, even
from samescreen.media import Region
from tests.encode.h264_tools import bgr_at, noise, picture, planes_of
from tests.fakes import flat


@pytest.mark.parametrize(
    ("bgr", "yuv"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 255), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((255, 0, 0), (32, 240, 118)),
    ],
)
def test_colours_by_bt709_limited(bgr: tuple[int, int, int], yuv: tuple[int, int, int]) -> None:
    planes = planes_of(YuvPicture(64, 32).update(picture(flat(64, 32, bgr))))
    for plane, expected in zip(planes, yuv, strict=True):
        assert np.abs(plane.astype(int) - expected).max() <= 1


@given(st.integers(1, 10_000))
def test_even_rounds_up(length: int) -> None:
    assert even(length) % 2 == 0
    assert 0 <= even(length) - length <= 1


@pytest.mark.parametrize(("width", "height"), [(63, 32), (64, 31), (33, 35), (1, 1)])
def test_odd_sizes_repeat_their_last_row_and_column(width: int, height: int) -> None:
    pixels = noise(width, height)
    plane, *_ = planes_of(YuvPicture(even(width), even(height)).update(picture(pixels)))
    luma = plane.astype(int)
    assert luma.shape == (even(height), even(width))
    # swscale rounds the last columns, which fill no vector, by up to 3 levels differently.
    if width % 2:
        assert np.abs(luma[:height, -1] - luma[:height, -2]).max() <= 3
    if height % 2:
        assert np.abs(luma[-1, :width] - luma[-2, :width]).max() <= 3


boxes = st.builds(
    Region, st.integers(0, 90), st.integers(0, 190), st.integers(1, 60), st.integers(1, 60)
)


@given(
    st.sampled_from([(96, 200), (95, 199), (64, 161)]),
    st.lists(st.lists(boxes, min_size=1, max_size=3), min_size=1, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_band_updates_equal_a_full_conversion(
    size: tuple[int, int], steps: list[list[Region]]
) -> None:
    """To a rounding: bands start on even rows, and chroma is averaged within two rows only."""
    width, height = size
    pixels = noise(width, height)
    kept = YuvPicture(even(width), even(height))
    kept.update(picture(pixels))
    for number, damage in enumerate(steps):
        for region in damage:
            pixels[region.y : region.bottom, region.x : region.right] = 37 * number + region.x
        updated = planes_of(kept.update(picture(pixels, 0, *damage)))
        fresh = planes_of(YuvPicture(even(width), even(height)).update(picture(pixels)))
        for one, other in zip(updated, fresh, strict=True):
            assert np.abs(one.astype(int) - other).max() <= 1


def test_only_the_damage_is_converted() -> None:
    kept = YuvPicture(64, 320)
    kept.update(picture(flat(64, 320)))
    white = flat(64, 320, (255, 255, 255))
    luma, *_ = planes_of(kept.update(picture(white, 0, Region(0, 100, 4, 4))))
    assert (luma[96:128] == 235).all()
    assert (luma[:96] == 16).all()
    assert (luma[128:] == 16).all()


def test_the_first_update_converts_all_whatever_the_damage() -> None:
    white = flat(64, 320, (255, 255, 255))
    planes = planes_of(YuvPicture(64, 320).update(picture(white, 0, Region(0, 0, 1, 1))))
    assert (planes[0] == 235).all()
    assert np.abs(bgr_at(planes, 32, 300) - 255).max() <= 1
