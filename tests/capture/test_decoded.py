"""Any pixel format becomes the same BGRX, whatever the picture leaves unstated."""

from __future__ import annotations

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from samescreen.capture.decoded import BgrxConverter

RGB = (200, 30, 60)
LIMITED = [
    *("yuv420p", "yuv422p", "yuv444p", "yuyv422", "uyvy422", "nv12"),
    *("yuv420p10le", "p010le", "yuva420p"),
]
FULL = ["yuvj420p", "yuvj422p", "rgb24", "rgba", "rgb0", "bgra", "bgr0", "gbrp", "rgb48be"]


def picture(form: str, matrix: Colorspace, width: int = 171, height: int = 99) -> av.VideoFrame:
    """A picture of one colour in any format, its matrix and range unstated."""
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[:] = RGB
    made = VideoReformatter().reformat(
        av.VideoFrame.from_ndarray(rgb, "rgb24"),
        format=form,
        src_color_range=ColorRange.JPEG,
        dst_colorspace=matrix,
        dst_color_range=ColorRange.JPEG if form in FULL else ColorRange.MPEG,
    )
    made.colorspace, made.color_range = 2, 0
    return made


@pytest.mark.parametrize("form", [*LIMITED, *FULL])
def test_every_format_gives_its_colour_in_contiguous_rows(form: str) -> None:
    pixels = BgrxConverter().convert(picture(form, Colorspace.ITU601))
    assert pixels.shape == (99, 171, 4)
    assert pixels.flags.c_contiguous
    assert np.abs(pixels[:, :, 2::-1].astype(int) - RGB).max() <= 4


@pytest.mark.parametrize(
    ("default_matrix", "matrix", "height"),
    [
        (None, Colorspace.ITU601, 576),
        (None, Colorspace.ITU709, 720),
        (Colorspace.ITU601, Colorspace.ITU601, 720),
    ],
)
def test_an_unstated_matrix_is_guessed(
    default_matrix: Colorspace | None, matrix: Colorspace, height: int
) -> None:
    pixels = BgrxConverter(default_matrix).convert(picture("yuv420p", matrix, 64, height))
    assert np.abs(pixels[:, :, 2::-1].astype(int) - RGB).max() <= 4


def test_pictures_of_changing_size_and_format_follow_each_other() -> None:
    converter = BgrxConverter()
    for form, width, height in [("yuv420p", 64, 48), ("rgb24", 33, 21), ("yuv420p", 128, 96)]:
        pixels = converter.convert(picture(form, Colorspace.ITU601, width, height))
        assert pixels.shape == (height, width, 4)
        assert np.abs(pixels[:, :, 2::-1].astype(int) - RGB).max() <= 4


@pytest.mark.parametrize("width", [*range(50, 86), 1366])
def test_every_column_of_a_picture_is_converted(width: int) -> None:
    picture = av.VideoFrame(width, 48, "yuv420p")
    for plane, level in zip(picture.planes, (120, 90, 200), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    _ = [np.full((48, width, 4), 37 * number % 251, np.uint8) for number in range(40)]
    pixels = BgrxConverter().convert(picture)[:, :, :3].astype(int)
    assert np.abs(pixels - pixels[24, 24]).max() <= 2
