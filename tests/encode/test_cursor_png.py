"""A cursor's image as a PNG file: the same pixels, with straight alpha."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from samescreen.encode.cursor_png import cursor_png


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_a_reader_gets_the_pixels_back(width: int, height: int, seed: int) -> None:
    straight = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    alpha = straight[:, :, 3:].astype(int)
    premultiplied = straight.copy()
    premultiplied[:, :, :3] = (straight[:, :, :3] * alpha + 127) // 255
    read = np.asarray(Image.open(io.BytesIO(cursor_png(premultiplied))))
    assert read.shape == (height, width, 4)
    assert (read[:, :, 3:] == alpha).all()
    solid = np.broadcast_to(alpha == 255, (height, width, 3))
    assert (read[:, :, 2::-1][solid] == straight[:, :, :3][solid]).all()
    shown = (read[:, :, 2::-1].astype(int) * alpha + 127) // 255
    assert np.abs(shown - premultiplied[:, :, :3]).max() <= 1


def test_colours_above_their_alpha_do_not_overflow() -> None:
    broken = np.full((2, 2, 4), (255, 255, 255, 10), dtype=np.uint8)
    read = np.asarray(Image.open(io.BytesIO(cursor_png(broken))))
    assert (read == (255, 255, 255, 10)).all()
