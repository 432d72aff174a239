"""PSNR and SSIM: against their definitions, written out slowly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from bench.quality import Luma, psnr_db, square_error, ssim

pictures = arrays(np.uint8, (13, 17))


def _ssim_of_window(a: Luma, b: Luma) -> float:
    """Equation 13, for one window, with plain means."""
    x, y = a.astype(float).ravel(), b.astype(float).ravel()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    covariance = ((x - x.mean()) * (y - y.mean())).mean()
    luminance = (2 * x.mean() * y.mean() + c1) / (x.mean() ** 2 + y.mean() ** 2 + c1)
    structure = (2 * covariance + c2) / (x.var() + y.var() + c2)
    return float(luminance * structure)


@settings(max_examples=30, deadline=None)
@given(pictures, pictures)
def test_ssim_is_the_mean_of_its_windows(a: Luma, b: Luma) -> None:
    windows = [
        _ssim_of_window(a[y : y + 8, x : x + 8], b[y : y + 8, x : x + 8])
        for y in range(0, 12 - 8 + 1, 4)
        for x in range(0, 16 - 8 + 1, 4)
    ]
    assert ssim(a, b) == pytest.approx(sum(windows) / len(windows), abs=1e-6)


@given(pictures)
def test_a_picture_equals_itself(a: Luma) -> None:
    assert ssim(a, a) == pytest.approx(1)
    assert square_error(a, a) == 0
    assert psnr_db([0.0]) == 100


def test_psnr_of_a_known_error() -> None:
    dark, light = np.zeros((8, 8), np.uint8), np.full((8, 8), 255, np.uint8)
    assert square_error(dark, light) == 255**2
    assert psnr_db([255.0**2]) == 0
    assert psnr_db([1.0, 3.0]) == pytest.approx(10 * math.log10(255**2 / 2))


def test_more_noise_is_worse() -> None:
    noise = np.random.default_rng(1).normal(0, 1, (64, 64))
    source = np.tile(np.arange(64, dtype=np.float64) * 3, (64, 1))
    shown = [np.clip(source + noise * much, 0, 255).astype(np.uint8) for much in (2, 5, 20)]
    clean = source.astype(np.uint8)
    similar = [ssim(clean, each) for each in shown]
    decibels = [psnr_db([square_error(clean, each)]) for each in shown]
    assert similar == sorted(similar, reverse=True)
    assert decibels == sorted(decibels, reverse=True)


def test_pictures_that_cannot_be_compared() -> None:
    small, large = np.zeros((8, 8), np.uint8), np.zeros((8, 16), np.uint8)
    for compare in (ssim, square_error):
        with pytest.raises(ValueError, match="cannot be compared"):
            compare(small, large)
    with pytest.raises(ValueError, match="no window"):
        ssim(small[:7], small[:7])
