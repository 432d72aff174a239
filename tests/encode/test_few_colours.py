"""Pages of text as PNG files: small, sharp, and only where few colours show the picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from samescreen.encode.few_colours import COLOURS, FAR, few_colours_png
from samescreen.encode.still import COARSEST, encode_jpeg, encode_within
from samescreen.media import Damage, Frame, Pixels
from tests.encode.h264_tools import noise, picture

ANY_SIZE = 1 << 30
INKS = ("#1f2328", "#0550ae", "#cf222e")


def page_of_text(width: int = 640, height: int = 360) -> Frame:
    image = Image.new("RGBX", (width, height), "#ffffff")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(10)
    for row in range(height // 10):
        line = f"{row} the quick brown fox jumps over the lazy dog; " * 4
        draw.text((2, 10 * row), line[row % 7 :], fill=INKS[row % 3], font=font)
    rgbx = np.asarray(image)
    return picture(np.ascontiguousarray(rgbx[:, :, [2, 1, 0, 3]]))


def read(file: bytes) -> Pixels:
    """The BGR pixels of an image file."""
    image = Image.open(io.BytesIO(file))
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def off_by(file: bytes, frame: Frame) -> float:
    """The mean difference of each channel, in levels."""
    return float(np.abs(read(file).astype(int) - frame.pixels[:, :, :3]).mean())


def test_a_page_of_text_is_smaller_and_closer_than_a_coarse_jpeg_file() -> None:
    frame = page_of_text()
    png, jpeg = few_colours_png(frame, ANY_SIZE), encode_jpeg(frame, quality=COARSEST)
    assert png is not None
    assert len(png) < 0.7 * len(jpeg)
    assert off_by(png, frame) < off_by(jpeg, frame) / 3


@settings(max_examples=60)
@given(st.integers(1, 70), st.integers(1, 140), st.integers(1, COLOURS), st.integers(0, 2**32 - 1))
def test_a_reader_gets_each_pixel_in_nearly_its_colour(
    width: int, height: int, count: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    colours = chance.integers(0, 16, (count, 3), np.uint8) * 17
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[:, :, :3] = colours[chance.integers(0, count, (height, width))]
    pixels[::3, ::3, :3] = colours[0]  # the choice of colours looks here
    pixels[0, : 3 * count : 3, :3] = colours[: -(-width // 3)]
    png = few_colours_png(Frame(pixels, 0, Damage.ALL), ANY_SIZE)
    assert png is not None
    seen = {tuple(colour) for colour in pixels[::3, ::3, :3].reshape(-1, 3)}
    known = np.array([[tuple(pixel) in seen for pixel in row] for row in pixels[:, :, :3]])
    assert np.array_equal(read(png)[known], pixels[:, :, :3][known])


def test_a_picture_of_many_colours_has_no_such_file() -> None:
    assert few_colours_png(picture(noise(320, 200)), ANY_SIZE) is None


def test_a_small_picture_in_a_page_of_text_does_not_matter_but_a_large_one_does() -> None:
    page = page_of_text().pixels.copy()
    page[:36, :20] = noise(20, 36)
    assert few_colours_png(picture(page), ANY_SIZE) is not None
    page[:180, :320] = noise(320, 180)
    assert few_colours_png(picture(page), ANY_SIZE) is None


def test_a_file_that_is_too_large_is_not_made() -> None:
    frame = page_of_text()
    whole = few_colours_png(frame, ANY_SIZE)
    assert whole is not None
    assert few_colours_png(frame, len(whole)) == whole
    assert few_colours_png(frame, len(whole) - 1) is None
    assert few_colours_png(frame, 100) is None


def test_a_gradient_keeps_within_the_distance() -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, :, :3] = np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None]
    png = few_colours_png(Frame(pixels, 0, Damage.ALL), ANY_SIZE)
    assert png is not None
    assert np.abs(read(png).astype(int) - pixels[:, :, :3]).max() <= FAR


@pytest.mark.parametrize("share", [1.0, 0.5, 0.05])
def test_a_first_still_of_text_is_a_png_file_if_that_helps(share: float) -> None:
    frame = page_of_text()
    jpeg, png = encode_jpeg(frame, quality=75), few_colours_png(frame, ANY_SIZE)
    limit = int(share * len(jpeg))
    assert encode_within(frame, 75, limit, may_be_png=True) == png
    assert not encode_within(frame, 75, limit).startswith(b"\x89PNG")


def test_a_link_that_carries_the_jpeg_file_at_once_gets_it_as_it_is() -> None:
    frame = page_of_text()
    jpeg = encode_jpeg(frame, quality=75)
    assert encode_within(frame, 75, 20 * len(jpeg), may_be_png=True) == jpeg
    assert encode_within(frame, 75, None, may_be_png=True) == jpeg


def test_a_picture_of_many_colours_stays_a_jpeg_file() -> None:
    frame = picture(noise(320, 200))
    limit = len(encode_jpeg(frame, quality=75)) // 2
    assert encode_within(frame, 75, limit, may_be_png=True) == encode_within(frame, 75, limit)
