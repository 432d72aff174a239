"""The pictures the painter shows: pages of real text, and a moving clip that is hard to encode.

Made once before painting starts; the same on every machine (Pillow's own font, fixed seeds).
"""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterator

import numpy as np
from barcode import Pixels
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

FONT_PX = 15
LINE_PX = 20
DENSE_PX = 10
COLUMN_PX = 640
PAPER = "#ffffff"
INKS = {"def": "#0550ae", "class": "#8250df", "return": "#cf222e", "#": "#57606a"}
INK = "#1f2328"


def text_page(width: int, height: int) -> Pixels:
    """Program text in columns, coloured as an editor would."""
    lines = inspect.getsource(argparse).splitlines()
    page = Image.new("RGB", (width, height), PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(FONT_PX)
    rows = height // LINE_PX
    for column in range(0, width, COLUMN_PX):
        first = column // COLUMN_PX * rows
        for row in range(rows):
            line = lines[(first + row) % len(lines)]
            words = line.split()
            ink = INKS.get(words[0], INK) if words else INK
            indent = 8 * (len(line) - len(line.lstrip()))
            draw.text((column + 12 + indent, row * LINE_PX), line.strip(), fill=ink, font=font)
        draw.rectangle((column + COLUMN_PX - 8, 0, column + COLUMN_PX, height), fill="#eaeef2")
    return _bgrx(page)


def dense_page(width: int, height: int) -> Pixels:
    """Small program text that fills every line, and no space between the lines."""
    lines = [line.strip() for line in inspect.getsource(argparse).splitlines() if line.strip()]
    text, page = " ".join(lines), Image.new("RGB", (width, height), PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(DENSE_PX)
    characters = width // 4
    for row in range(height // DENSE_PX):
        start = row * characters % (len(text) - characters)
        draw.text((2, row * DENSE_PX), text[start : start + characters], fill=INK, font=font)
    return _bgrx(page)


def glyphs(text: str) -> list[Pixels]:
    """One small picture per character, all of one size."""
    font = ImageFont.load_default(FONT_PX)
    made = []
    for character in text:
        glyph = Image.new("RGB", (12, LINE_PX), PAPER)
        ImageDraw.Draw(glyph).text((1, 1), character, fill=INK, font=font)
        made.append(_bgrx(glyph))
    return made


def moving_pictures(width: int, height: int, count: int) -> Iterator[Pixels]:
    """A loop of `count` frames: plasma, film grain that pans, and three discs on their orbits."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    grain = np.random.default_rng(7).normal(0, 14, (height, width // 4)).astype(np.float32)
    radius = np.hypot(x - width / 2, y - height / 2)
    for index in range(count):
        phase = np.float32(2 * np.pi * index / count)
        frame = np.empty((height, width, 4), np.uint8)
        panned = np.roll(grain, index * grain.shape[1] // count, axis=1)
        noise = np.tile(panned, (1, 5))[:, :width]
        waves = np.sin(x / 70 + phase) + np.sin(y / 50 - phase) + np.sin(radius / 60 - phase)
        for channel, shift in enumerate((0.0, 2.1, 4.2)):
            colour = 128 + 88 * np.sin(waves + np.float32(shift)) + noise
            frame[:, :, channel] = np.clip(colour, 0, 255)
        _discs(frame, x, y, float(phase))
        yield frame


def _discs(frame: Pixels, x: NDArray[np.float32], y: NDArray[np.float32], phase: float) -> None:
    height, width = x.shape
    for turn, colour in enumerate(((40, 60, 220, 0), (60, 200, 60, 0), (230, 230, 240, 0))):
        angle = phase + turn * 2.1
        centre_x = width / 2 + np.cos(angle) * width * 0.35
        centre_y = height / 2 + np.sin(angle) * height * 0.3
        frame[np.hypot(x - centre_x, y - centre_y) < height / 9] = colour


def _bgrx(picture: Image.Image) -> Pixels:
    return np.asarray(picture.convert("RGBA"))[:, :, [2, 1, 0, 3]]
