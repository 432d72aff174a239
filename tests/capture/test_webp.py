"""Animated WebP has the frames that Pillow decodes; damaged ones are left out."""

from __future__ import annotations

from contextlib import closing
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from samescreen.capture.media_file import MediaFile
from samescreen.capture.webp import animation, is_animated
from tests.capture.recorded import FakePacer


def drawn(path: Path, mode: str = "RGB", **options: Any) -> Path:
    """A square that moves, in frames of 100, 200, 300 and 400 ms."""
    pictures = []
    for number in range(4):
        picture = Image.new(mode, (66, 48), (200, 30, 60) if mode == "RGB" else (0, 0, 0, 0))
        square = (10 * number + 1, 5, 10 * number + 9, 21)
        ImageDraw.Draw(picture).rectangle(square, (20, 200, 50 * number))
        pictures.append(picture)
    durations = [100, 200, 300, 400]
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=durations, **options
    )
    return path


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("lossless", [True, False])
def test_each_frame_is_as_another_decoder_has_it(tmp_path: Path, mode: str, lossless: bool) -> None:
    path = drawn(tmp_path / "a.webp", mode, lossless=lossless, minimize_size=True)
    theirs = Image.open(path)
    count = 0
    for number, ours in enumerate(animation(path.read_bytes())):
        theirs.seek(number)
        wanted = np.asarray(theirs.convert("RGBA")).astype(int)
        seen = ours.to_ndarray(format="rgba").astype(int)
        assert np.abs(seen[:, :, 3] - wanted[:, :, 3]).max() <= 2
        shown = wanted[:, :, 3] > 0
        assert np.abs(seen[shown] - wanted[shown]).mean() <= 6
        count += 1
    assert count == 4


def test_a_file_is_shown_at_its_pace_over_and_over(tmp_path: Path) -> None:
    source, pacer = MediaFile(str(drawn(tmp_path / "a.webp"))), FakePacer()
    with closing(source.frames(pacer)) as frames:
        list(islice(frames, 6))
    source.dispose()
    steps = [after - before for before, after in pairwise(pacer.holds)]
    assert steps == [100_000, 200_000, 300_000, 400_000, 100_000]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_files_raise_nothing(data: st.DataObject) -> None:
    file = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 8))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(file[: data.draw(st.integers(0, len(file)))])
    if is_animated(cut):
        list(animation(cut))


def whole() -> bytes:
    import io

    file = io.BytesIO()
    pictures = [Image.new("RGB", (16, 16), (80 * number, 0, 0)) for number in range(3)]
    pictures[0].save(file, "WEBP", save_all=True, append_images=pictures[1:], duration=50)
    return file.getvalue()


WHOLE = whole()
