"""A built-in animated picture: colour patches, fine text, lines, a clock and motion.

It serves as demo, as test double, and as the source on a machine without a screen. Runs on the
track's thread. Only the moving parts are redrawn, so the damage is known exactly.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np

from samescreen.clock import clock_us
from samescreen.media import Damage, Frame, Pixels, Region

from .base import Source
from .glyphs import HEIGHT_PX, WIDTH_PX, text_mask

Colour = tuple[int, int, int]

PATCHES: Final[tuple[Colour, ...]] = (
    (255, 255, 255),
    (255, 255, 0),
    (0, 255, 255),
    (0, 255, 0),
    (255, 0, 255),
    (255, 0, 0),
    (0, 0, 255),
    (16, 16, 16),
)
"""sRGB values of the eight flat patches, left to right."""

_BACKGROUND: Final = (24, 28, 36)
_INK: Final = (232, 236, 240)
_ACCENT: Final = (255, 176, 32)
_PANGRAMS: Final = (
    "Sphinx of black quartz, judge my vow. 0123456789",
    "The quick brown fox jumps over the lazy dog; {[(<>)]} @ # $ % & *",
    "def grab(self, deadline_us: int) -> Frame | None:  # 6x13",
    "iIlL1| oO0 S5 Z2 B8 rn/m cl/d vv/w .,:;'`",
)


class TestCard(Source):
    """The animated test card, `width`×`height` pixels."""

    __test__ = False  # pytest would take the name for a test case

    def __init__(self, width: int = 1280, height: int = 720) -> None:
        super().__init__()
        self._width, self._height = width, height
        self._canvas: Pixels = np.zeros((height, width, 4), dtype=np.uint8)
        self._moving: tuple[Region, ...] = ()
        self._is_fresh = True
        self.label = f"test card {width}×{height}"
        self.backend = "built in"

    def open(self) -> None:
        self._is_fresh = True
        _fill(self._canvas, Region(0, 0, self._width, self._height), _BACKGROUND)
        self._draw_patches()
        self._draw_lines()
        self._draw_text()

    def patch_region(self, index: int) -> Region:
        """The region of flat patch `index` (0…7)."""
        width = self._width // len(PATCHES)
        return Region(index * width, 0, width, self._height // 4)

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        now_us = clock_us()
        for region in self._moving:
            _fill(self._canvas, region, _BACKGROUND)
        previously, self._moving = self._moving, (self._draw_clock(), self._draw_ball(now_us))
        if self._is_fresh:
            self._is_fresh = False
            return Frame(self._canvas, now_us, Damage.of(Region(0, 0, self._width, self._height)))
        return Frame(self._canvas, now_us, Damage.of(*previously, *self._moving))

    def close(self) -> None:
        """Nothing to release."""

    def _draw_patches(self) -> None:
        for index, colour in enumerate(PATCHES):
            _fill(self._canvas, self.patch_region(index), colour)

    def _draw_lines(self) -> None:
        """One-pixel lines and a grey ramp, between patches and text."""
        top = self._height // 4
        band = self._canvas[top : top + self._height // 16, :, :3]
        half = self._width // 2
        band[:, :half:2] = 255
        band[:, half:] = np.linspace(0, 255, self._width - half, dtype=np.uint8)[:, None]

    def _draw_text(self) -> None:
        top = self._height // 2 - 2 * HEIGHT_PX
        colours = (_INK, (255, 64, 64), (120, 220, 140), _ACCENT)
        for row, (line, colour) in enumerate(zip(_PANGRAMS, colours, strict=True)):
            self._write(line, 24, top + row * (HEIGHT_PX + 4), 1, colour)

    def _draw_clock(self) -> Region:
        """The time of day with thousandths, large."""
        text = datetime.now().astimezone().strftime("%H:%M:%S.%f")[:-3]
        scale = max(1, self._width // (WIDTH_PX * 22))
        return self._write(text, 24, self._height - 16 - HEIGHT_PX * scale, scale, _ACCENT)

    def _draw_ball(self, now_us: int) -> Region:
        """A square that crosses the picture in two seconds, below the text."""
        side = self._height // 12
        x = (now_us * (self._width - side) // 2_000_000) % (2 * (self._width - side))
        x = min(x, 2 * (self._width - side) - x)
        region = Region(x, self._height * 21 // 32, side, side)
        _fill(self._canvas, region, _INK)
        return region

    def _write(self, text: str, x: int, y: int, scale: int, colour: Colour) -> Region:
        mask = text_mask(text, scale)
        region = Region(x, y, mask.shape[1], mask.shape[0]).intersection(
            Region(0, 0, self._width, self._height)
        )
        if region:
            cells = self._canvas[region.y : region.bottom, region.x : region.right]
            cells[mask[: region.height, : region.width]] = (*reversed(colour), 255)
        return region


def _fill(canvas: Pixels, region: Region, colour: Colour) -> None:
    canvas[region.y : region.bottom, region.x : region.right] = (*reversed(colour), 255)
