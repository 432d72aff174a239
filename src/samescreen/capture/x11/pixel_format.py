"""The formats in which X servers store pixels, and their conversion to BGRX. Pure.

The three colour masks of a visual and the server's byte order define a format; the depth alone
does not say which bits are red.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from samescreen.media import Pixels

_BLOCK_ROWS: Final = 16
"""Rows converted at once: few enough for the intermediate arrays to stay in the cache."""
_TABLE_BITS: Final = 16
"""Pixels of up to this many bits are converted by a table, wider ones are computed."""

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """The layout of a true-colour Z pixmap.

    `bits_per_pixel` is 8, 16, 24 or 32. Rows are padded to a multiple of `pad_bits`. `red`, `green`
    and `blue` are the masks of the pixel's bits.
    """

    bits_per_pixel: int
    pad_bits: int
    is_big_endian: bool
    red: int
    green: int
    blue: int

    @property
    def is_bgrx(self) -> bool:
        """Whether the layout is that of `media.Pixels`, so that no conversion is needed."""
        masks = (self.red, self.green, self.blue)
        is_plain = self.bits_per_pixel == 32 and self.pad_bits <= 32 and not self.is_big_endian
        return is_plain and masks == (0xFF0000, 0xFF00, 0xFF)

    def pixel(self, colour: int) -> int:
        """The value of a pixel of this colour (0xRRGGBB), for requests that draw."""
        parts = zip((self.red, self.green, self.blue), (16, 8, 0), strict=True)
        return sum(
            round((colour >> at & 0xFF) / 255 * (mask >> _shift(mask))) << _shift(mask)
            for mask, at in parts
            if mask
        )

    def stride(self, width: int) -> int:
        """Bytes from one row of `width` pixels to the next."""
        bits = width * self.bits_per_pixel
        return -(-bits // self.pad_bits) * self.pad_bits // 8

    def to_bgrx(self, raw: Bytes, out: Pixels) -> None:
        """Convert rows of shape (height, stride) into `out`, of shape (height, width, 4).

        The fourth byte of each pixel of `out` is unchanged, unless the format has at most 16 bits.
        """
        width, masks = out.shape[1], (self.blue, self.green, self.red)
        step = self.bits_per_pixel // 8
        if step > 2 and all(_is_a_byte(mask) for mask in masks):
            each = raw[:, : width * step].reshape(-1, width, step)
            for channel, mask in enumerate(masks):
                at = _shift(mask) // 8
                out[:, :, channel] = each[:, :, step - 1 - at if self.is_big_endian else at]
            return
        for top in range(0, len(out), _BLOCK_ROWS):
            rows = slice(top, top + _BLOCK_ROWS)
            values = self._values(raw[rows], width)
            if self.bits_per_pixel <= _TABLE_BITS:
                out[rows].view(np.uint32)[:, :, 0] = _table(self.bits_per_pixel, masks)[values]
                continue
            for channel, mask in enumerate(masks):
                out[rows, :, channel] = _scaled(values, mask)

    def _values(self, raw: Bytes, width: int) -> NDArray[Any]:
        """The pixels as numbers."""
        if self.bits_per_pixel != 24:
            found: NDArray[Any] = raw.view(self._dtype)[:, :width]
            return found
        return _three_bytes(raw[:, : width * 3].reshape(-1, width, 3), self.is_big_endian)

    @property
    def _dtype(self) -> np.dtype[Any]:
        return np.dtype(f"{'>' if self.is_big_endian else '<'}u{self.bits_per_pixel // 8}")


@lru_cache(maxsize=8)
def _table(bits: int, masks: tuple[int, int, int]) -> NDArray[np.uint32]:
    values = np.arange(1 << bits, dtype=np.uint32)
    table = np.zeros((1 << bits, 4), dtype=np.uint8)
    for channel, mask in enumerate(masks):
        table[:, channel] = _scaled(values, mask)
    found: NDArray[np.uint32] = table.view(np.uint32)[:, 0]
    return found


def _three_bytes(each: Bytes, is_big_endian: bool) -> NDArray[np.uint32]:
    low, middle, high = (each[:, :, at].astype(np.uint32) for at in range(3))
    if is_big_endian:
        low, high = high, low
    found: NDArray[np.uint32] = low | middle << np.uint32(8) | high << np.uint32(16)
    return found


def _scaled(values: NDArray[Any], mask: int) -> Bytes:
    """The bits that `mask` selects, scaled to 0…255: five one bits become 255, not 248."""
    if not mask:
        return np.zeros(values.shape, dtype=np.uint8)
    shift, most = _shift(mask), mask >> _shift(mask)
    if most >= 255:  # the cast keeps the low byte: the channel's upper eight bits
        return (values >> np.uint32(shift + most.bit_length() - 8)).astype(np.uint8)
    part = (values & np.uint32(mask)) >> np.uint32(shift)
    return ((part * 255 + most // 2) // most).astype(np.uint8)


def _is_a_byte(mask: int) -> bool:
    return mask in (0xFF, 0xFF00, 0xFF0000, 0xFF000000)


def _shift(mask: int) -> int:
    """The position of the lowest bit that is set."""
    return (mask & -mask).bit_length() - 1
