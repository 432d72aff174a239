"""How a compositor lays out the pixels of a buffer, and how they become BGRX. Pure.

A format's code is that of wl_shm: 0 and 1 for the usual ones, four letters (fourcc) for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from samescreen.media import Pixels

Rows = NDArray[np.uint8]
"""A buffer's memory: shape (height, stride)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A buffer's size in pixels, the bytes from row to row, and the code of its format."""

    width: int
    height: int
    stride: int
    code: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.stride * self.height

    @property
    def is_sound(self) -> bool:
        """Whether such a buffer can exist; a compositor's numbers are not trusted."""
        most = self.stride <= _WIDEST * 8 and self.height <= _WIDEST
        return most and self.height > 0 and 0 < self.width * bytes_a_pixel(self.code) <= self.stride


_WIDEST: Final = 32_768


def _four_letters(text: str) -> int:
    return int.from_bytes(text.encode("ascii"), "little")


def _as_stored(words: Rows) -> Pixels:
    return words


def _swapped(words: Rows) -> Pixels:
    return np.ascontiguousarray(words[:, :, [2, 1, 0, 3]])


def _three_bytes(order: slice) -> Callable[[Rows], Pixels]:
    def widened(triples: Rows) -> Pixels:
        made = np.zeros((*triples.shape[:2], 4), np.uint8)
        made[:, :, :3] = triples[:, :, order]
        return made

    return widened


def _ten_bits(low: int, high: int) -> Callable[[Rows], Pixels]:
    """The upper eight of ten bits for each channel; `low` and `high` are blue's and red's place."""

    def narrowed(words: Rows) -> Pixels:
        values = np.ascontiguousarray(words).view(np.uint32)[:, :, 0]
        made = np.zeros(words.shape, np.uint8)
        for channel, place in enumerate((low, 10, high)):
            made[:, :, channel] = values >> (place + 2) & 0xFF
        return made

    return narrowed


_FORMATS: Final[dict[int, tuple[int, Callable[[Rows], Pixels]]]] = {
    1: (4, _as_stored),
    0: (4, _as_stored),
    _four_letters("XB24"): (4, _swapped),
    _four_letters("AB24"): (4, _swapped),
    _four_letters("RG24"): (3, _three_bytes(slice(None))),
    _four_letters("BG24"): (3, _three_bytes(slice(None, None, -1))),
    _four_letters("XR30"): (4, _ten_bits(0, 20)),
    _four_letters("AR30"): (4, _ten_bits(0, 20)),
    _four_letters("XB30"): (4, _ten_bits(20, 0)),
    _four_letters("AB30"): (4, _ten_bits(20, 0)),
}
"""By code, the best first: bytes a pixel, and how to convert them."""


def is_known(code: int) -> bool:
    return code in _FORMATS


def best(codes: Iterable[int]) -> int | None:
    """Of these codes the one that costs least to convert; None: all are unknown."""
    offered = set(codes)
    return next((code for code in _FORMATS if code in offered), None)


def bytes_a_pixel(code: int) -> int:
    return _FORMATS[code][0] if code in _FORMATS else 4


def format_name(code: int) -> str:
    """For people: the four letters, or the number."""
    letters = code.to_bytes(4, "little")
    return letters.decode("ascii") if letters.isalnum() else str(code)


def to_bgrx(rows: Rows, layout: Layout) -> Pixels:
    """The picture. It is the memory itself where that is BGRX already."""
    wide, convert = _FORMATS[layout.code]
    used = rows[:, : layout.width * wide]
    if used.shape[1] != layout.stride:
        used = np.ascontiguousarray(used)
    return convert(used.reshape(layout.height, layout.width, wide))
