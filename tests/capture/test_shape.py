"""The shape and orientation of pictures: anamorphic ones, and all eight orientations."""

from __future__ import annotations

import struct
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from samescreen.capture.base import FOREVER_US
from samescreen.capture.decoded import BgrxConverter, shown_size
from samescreen.capture.media_file import MediaFile
from samescreen.capture.upright import AS_STORED, Orientation, orientation, turned
from samescreen.media import Pixels
from tests.capture.recorded import FakePacer, flat, record

ONE = 1 << 16
MATRICES = {
    1: (ONE, 0, 0, ONE),
    2: (-ONE, 0, 0, ONE),
    3: (-ONE, 0, 0, -ONE),
    4: (ONE, 0, 0, -ONE),
    5: (0, ONE, ONE, 0),
    6: (0, ONE, -ONE, 0),
    7: (0, -ONE, -ONE, 0),
    8: (0, -ONE, ONE, 0),
}
"""a, b, c, d of libavutil/display.h, by the number that EXIF has for the same orientation."""

AS_SHOWN = {
    1: [[1, 2], [3, 4]],
    2: [[2, 1], [4, 3]],
    3: [[4, 3], [2, 1]],
    4: [[3, 4], [1, 2]],
    5: [[1, 3], [2, 4]],
    6: [[3, 1], [4, 2]],
    7: [[4, 2], [3, 1]],
    8: [[2, 4], [1, 3]],
}
"""Where the quarters 1, 2 (top), 3, 4 (bottom) of the stored picture are seen, as EXIF says."""

GREYS = {1: 10, 2: 90, 3: 170, 4: 250}


def stored() -> Pixels:
    pixels = flat(64, 32, (0, 0, 0))
    for quarter, grey in GREYS.items():
        y, x = divmod(quarter - 1, 2)
        pixels[16 * y : 16 * y + 16, 32 * x : 32 * x + 32, :3] = grey
    return pixels


def quarters(pixels: Pixels) -> list[list[int]]:
    """The quarter of the stored picture that each quarter of the shown one shows."""
    height, width = pixels.shape[:2]
    seen = [
        [int(pixels[y * height // 4, x * width // 4, 1]) for x in (1, 3)] for y in (1, 3)
    ]
    nearest = {grey: quarter for quarter, grey in GREYS.items()}
    return [[nearest[min(nearest, key=lambda g: abs(g - each))] for each in row] for row in seen]


def first_picture(path: Path) -> Pixels:
    source = MediaFile(str(path))
    try:
        source.open()
        frame = source.grab(FOREVER_US)
        assert frame is not None
        return frame.pixels.copy()
    finally:
        source.dispose()


def lay_matrix(path: Path, numbers: tuple[int, int, int, int]) -> None:
    """Write a display matrix into an MP4's track header."""
    a, b, c, d = numbers
    whole = bytearray(path.read_bytes())
    at = whole.index(b"tkhd") + 4 + 40
    whole[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(whole)


# --- orientation ---


@pytest.mark.parametrize("number", MATRICES)
@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tiff"])
def test_a_still_is_turned_as_its_exif_says(tmp_path: Path, kind: str, number: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = number
    picture = Image.fromarray(stored()[:, :, 2::-1].copy())
    picture.save(tmp_path / f"a.{kind}", exif=exif, lossless=True)
    assert quarters(first_picture(tmp_path / f"a.{kind}")) == AS_SHOWN[number]


@pytest.mark.parametrize("number", MATRICES)
def test_a_video_is_turned_as_its_matrix_says(tmp_path: Path, number: int) -> None:
    path = record(tmp_path / "a.mp4", [stored()] * 2)
    lay_matrix(path, MATRICES[number])
    pixels = first_picture(path)
    assert quarters(pixels) == AS_SHOWN[number]
    assert pixels.shape[:2] == ((32, 64) if number < 5 else (64, 32))


@given(st.sampled_from(list(MATRICES)), st.integers(-ONE // 3, ONE // 3))
def test_a_matrix_close_to_one_of_the_eight_counts_as_that_one(number: int, error: int) -> None:
    a, b, c, d = MATRICES[number]
    matrix = np.array([a, b + error, 0, c, d, 0, 0, 0, 1 << 30], dtype=np.int32)
    if number > 4:
        matrix = np.array([a + error, b, 0, c, d, 0, 0, 0, 1 << 30], dtype=np.int32)
    assert orientation(matrix) == WAYS[number]


WAYS = {
    1: AS_STORED,
    2: Orientation(False, True, False),
    3: Orientation(False, True, True),
    4: Orientation(False, False, True),
    5: Orientation(True, False, False),
    6: Orientation(True, True, False),
    7: Orientation(True, True, True),
    8: Orientation(True, False, True),
}


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(list(WAYS.values())))
def test_no_pixel_is_lost_by_turning(width: int, height: int, way: Orientation) -> None:
    pixels = np.arange(width * height * 4, dtype=np.uint8).reshape(height, width, 4)
    shown = turned(pixels, way)
    assert shown.shape == ((width, height, 4) if way.is_transposed else (height, width, 4))
    assert sorted(map(tuple, shown.reshape(-1, 4))) == sorted(map(tuple, pixels.reshape(-1, 4)))


# --- the shape ---


@pytest.mark.parametrize(
    ("size", "aspect", "shown"),
    [
        ((720, 576), Fraction(64, 45), (1024, 576)),
        ((720, 576), Fraction(16, 15), (768, 576)),
        ((720, 480), Fraction(8, 9), (720, 540)),
        ((64, 48), Fraction(1), (64, 48)),
        ((64, 48), Fraction(2, 1), (128, 48)),
        ((64, 48), Fraction(1, 2), (64, 96)),
        ((63, 47), Fraction(3, 2), (94, 47)),
        ((64, 48), Fraction(0), (64, 48)),
        ((64, 48), Fraction(1, 1000), (64, 48)),
        ((64, 48), Fraction(1000), (64, 48)),
        ((3840, 2160), Fraction(2), (3840, 1080)),
        ((1, 1), Fraction(9), (9, 1)),
    ],
)
def test_the_shown_size(size: tuple[int, int], aspect: Fraction, shown: tuple[int, int]) -> None:
    assert shown_size(*size, aspect) == shown


@given(
    st.integers(1, 20_000), st.integers(1, 20_000), st.fractions(min_value=-1, max_value=10_000)
)
def test_every_size_and_ratio_fits_a_browser(width: int, height: int, aspect: Fraction) -> None:
    wide, high = shown_size(width, height, aspect)
    assert 1 <= min(wide, high) <= 2160
    assert max(wide, high) <= 3840


@pytest.mark.parametrize("kind", ["mp4", "mkv", "ts", "avi"])
@pytest.mark.parametrize("aspect", [Fraction(64, 45), Fraction(3, 4)])
def test_an_anamorphic_video_is_shown_in_its_shape(
    tmp_path: Path, kind: str, aspect: Fraction
) -> None:
    path = record(tmp_path / f"a.{kind}", [stored()] * 4, aspect=aspect)
    pixels = first_picture(path)
    width, height = shown_size(64, 32, aspect)
    assert pixels.shape[:2] == (height, width)
    assert quarters(pixels) == AS_SHOWN[1]


def test_an_anamorphic_video_on_its_side(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", [stored()] * 2, aspect=Fraction(2))
    lay_matrix(path, MATRICES[7])
    pixels = first_picture(path)
    assert pixels.shape[:2] == (128, 32)
    assert quarters(pixels) == AS_SHOWN[7]


def test_an_aspect_ratio_that_changes_during_the_video_is_followed(tmp_path: Path) -> None:
    for name, aspect in (("wide", Fraction(16, 9)), ("narrow", Fraction(4, 3))):
        record(tmp_path / f"{name}.ts", [stored()] * 4, aspect=aspect)
    both = tmp_path / "both.ts"
    both.write_bytes((tmp_path / "wide.ts").read_bytes() + (tmp_path / "narrow.ts").read_bytes())
    source, converter = MediaFile(str(both)), BgrxConverter()
    widths = []
    with closing(source.frames(FakePacer())) as frames:
        for frame, _ in zip(frames, range(8), strict=False):
            assert isinstance(frame, av.VideoFrame)
            widths.append(converter.convert(frame).shape[1])
    source.dispose()
    assert widths == [114] * 4 + [85] * 4
