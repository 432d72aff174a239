"""How near a decoded picture is to its source: PSNR and SSIM of the luma. Pure.

SSIM is equation 13 of Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error
visibility to structural similarity" (IEEE Transactions on Image Processing 13, 2004), with the
authors' constants. The window is a box of 8×8 pixels at every fourth row and column, as in x264 and
in FFmpeg's filter `ssim`, instead of the authors' Gaussian. Values compare within this project, and
within 0.001 with FFmpeg's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
"""Shape (rows, columns)."""

PEAK: Final = 255.0
PERFECT_DB: Final = 100.0
"""PSNR where nothing differs; the formula has no finite value there."""
_C1: Final = (0.01 * PEAK) ** 2
_C2: Final = (0.03 * PEAK) ** 2
_CELL: Final = 4
_WINDOW_PIXELS: Final = (2 * _CELL) ** 2


def square_error(one: Luma, other: Luma) -> float:
    """The mean square of the difference.

    Raises:
        ValueError: the shapes differ.
    """
    if one.shape != other.shape:
        raise ValueError(f"pictures of {one.shape} and {other.shape} cannot be compared")
    off = one.astype(np.int16) - other
    return float(np.square(off, dtype=np.int32).mean())


def psnr_db(square_errors: Sequence[float]) -> float:
    """Of several pictures: 10·log10(255² ÷ mean of their square errors), at most 100.

    The mean is of the errors, not of the decibels, so one bad picture counts for what it is.
    """
    error = math.fsum(square_errors) / len(square_errors)
    return min(PERFECT_DB, 10 * math.log10(PEAK**2 / error)) if error else PERFECT_DB


def ssim(one: Luma, other: Luma) -> float:
    """The mean over all windows, at most 1. Rows and columns beyond a multiple of 4 are left out.

    Raises:
        ValueError: the shapes differ, or a side is shorter than 8.
    """
    if one.shape != other.shape:
        raise ValueError(f"pictures of {one.shape} and {other.shape} cannot be compared")
    if min(one.shape) < 2 * _CELL:
        raise ValueError(f"a picture of {one.shape} has no window of 8×8")
    a, b = one.astype(np.float32), other.astype(np.float32)
    sum_a, sum_b = _windows(a), _windows(b)
    squares, product = _windows(a * a + b * b), _windows(a * b)
    variances = squares * _WINDOW_PIXELS - sum_a * sum_a - sum_b * sum_b
    covariance = product * _WINDOW_PIXELS - sum_a * sum_b
    # All sums are of 64 pixels, so means and variances carry a factor of 64²; so do the constants.
    scale = float(_WINDOW_PIXELS**2)
    c1, c2 = _C1 * scale, _C2 * scale
    numerator = (2 * sum_a * sum_b + c1) * (2 * covariance + c2)
    denominator = (sum_a * sum_a + sum_b * sum_b + c1) * (variances + c2)
    return float((numerator / denominator).mean())


def _windows(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """The sum of each window of 8×8, at every fourth row and column."""
    rows, columns = (length // _CELL for length in values.shape)
    cut = values[: rows * _CELL, : columns * _CELL]
    cells = cut.reshape(rows, _CELL, columns, _CELL).sum(axis=(1, 3), dtype=np.float64)
    across = cells[:, 1:] + cells[:, :-1]
    sums: NDArray[np.float64] = across[1:] + across[:-1]
    return sums
