"""A program's source is used as the program means it, or refused at once with the cure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from samescreen.capture.base import FOREVER_US
from samescreen.capture.given import check_given, open_given
from samescreen.errors import UsageError
from samescreen.media import Frame
from tests.capture.recorded import record, shades

RED = np.full((48, 64, 3), (200, 30, 40), dtype=np.uint8)


class Rows:
    """Like a tensor: iterable, but meant as one array."""

    def __array__(self) -> Any:
        return RED

    def __iter__(self) -> Iterator[Any]:
        return iter(RED)


def pictures() -> Iterator[Any]:
    yield RED


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (5, "not int"),
        (b"screen", "not bytes"),
        (pictures, "call it"),
        (object(), "not object"),
        ([], "no picture"),
        (["screen"], "not str"),
        ([[1, 2], [3, 4]], "not list"),
        (RED.astype(float), "float64"),
        (RED[0, 0], r"shape \(3,\)"),
        (RED[:, :, :2], r"shape"),
        (np.zeros((0, 48, 64, 3), np.uint8), "no picture"),
        (Rows(), "numpy.asarray"),
        (Image.new("RGB", (8, 8)), "numpy.asarray"),
        ({5: None}, "name of a stream"),
        ({"a": {"b": None}}, "not dict"),
        ({"a": 5}, "not int"),
    ],
    ids=itertools.count(),
)
def test_an_unusable_source_is_refused_at_once(source: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        check_given(source, "RGB")
    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("order", ["rgb", "RGBA", None, 5, [], ""])
def test_an_order_of_channels_is_checked_at_once(order: Any) -> None:
    with pytest.raises(UsageError, match="order takes"):
        check_given(None, order)


def first(source: Any) -> Frame:
    check_given(source, "RGB")
    chosen = open_given("", source, "RGB").source
    try:
        chosen.open()
        frame = chosen.grab(FOREVER_US)
        assert frame is not None
        return Frame(frame.pixels.copy(), frame.pts_us, frame.damage)
    finally:
        chosen.dispose()


@pytest.mark.parametrize(
    "make",
    [
        lambda: RED,
        lambda: RED[:, ::-1],
        lambda: [RED],
        lambda: np.stack([RED] * 3),
        lambda: pictures(),
        lambda: (each for each in [RED]),
    ],
    ids=["one picture", "strided", "a list", "a pile", "a generator", "an expression"],
)
def test_pictures_are_shown_whole(make: Callable[[], Any]) -> None:
    frame = first(make())
    assert frame.size == (64, 48)
    assert tuple(frame.pixels[0, 0, :3]) == (40, 30, 200)


@pytest.mark.parametrize(
    "picture", [RED[:, :, 0], np.stack([RED[:, :, 0]] * 5)], ids=["gray", "a pile of gray"]
)
def test_gray_pictures_are_shown_whole(picture: Any) -> None:
    assert first(picture).size == (64, 48)


def test_a_path_is_a_file(tmp_path: Path) -> None:
    assert first(record(tmp_path / "a.mp4", shades(2))).size == (64, 48)
