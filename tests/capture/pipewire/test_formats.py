"""What is asked of PipeWire, and what its parameters and metadata say."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture.pipewire.formats import (
    BGRA,
    BGRX,
    META_CURSOR,
    RGBA,
    Format,
    offer,
    read_cursor,
    wishes,
)
from samescreen.capture.pipewire.pods import Object, Pod, PodError


def agreed(
    code: int = BGRX, width: int = 40, height: int = 30, *, has_modifier: bool = False
) -> bytes:
    properties = {1: Pod.ident(2), 2: Pod.ident(1), 0x20001: Pod.ident(code)}
    properties[0x20003] = Pod.rectangle(width, height)
    if has_modifier:
        properties[0x20002] = Pod(5, bytes(8))
    return Object(0x40003, 4, properties).packed


def cursor_meta(
    *, number: int = 1, width: int = 2, height: int = 2, stride: int = 12, code: int = BGRA
) -> bytes:
    """A cursor at (50, 60) with its hot spot at (1, 2); the bitmap follows with padded rows."""
    head = struct.pack("=IIiiiiI", number, 0, 50, 60, 1, 2, 28)
    padding = bytes(max(0, stride - 4 * width))
    rows = b"".join(bytes((each, 20, 30, 255)) * width + padding for each in range(height))
    return head + struct.pack("=IIIiI", code, width, height, stride, 20) + rows


def test_memory_of_the_cpu_is_asked_for_and_no_fixed_rate() -> None:
    read = Object.read(offer(60))
    assert (read.type, read.purpose) == (0x40003, 3)
    assert 0x20002 not in read.properties  # the modifier, which GPU buffers have
    assert read.get(0x20001).number == BGRX
    assert read.get(0x20004).pair == (0, 1)
    assert read.get(0x20005).pair == (75, 1)
    assert Object.read(offer(60, (640, 481))).get(0x20003).pair == (640, 481)


def test_the_cursor_is_asked_for_at_any_size() -> None:
    """An exact size made some producers leave it out."""
    buffers, *metas = map(Object.read, wishes())
    assert buffers.get(6).number == 1 << 2 | 1 << 1
    assert buffers.get(1).number == 4
    cursor = next(each for each in wishes() if Object.read(each).get(1).number == META_CURSOR)
    assert struct.pack("=I", 28 + 20 + 4 * 1024**2) in cursor
    assert len(metas) == 4


def test_a_format_is_read() -> None:
    assert Format.read(agreed()) == Format(40, 30, BGRX)
    assert not Format.read(agreed(BGRA)).is_swapped
    assert Format.read(agreed(RGBA)).is_swapped


@pytest.mark.parametrize(
    "packed",
    [
        agreed(code=2),
        agreed(width=0),
        agreed(height=70_000),
        agreed(has_modifier=True),
        b"",
    ],
)
def test_a_format_that_was_not_offered_is_refused(packed: bytes) -> None:
    with pytest.raises(PodError):
        Format.read(packed)


def test_a_cursor_with_padded_rows_is_read() -> None:
    meta = read_cursor(cursor_meta())
    assert meta is not None
    assert meta.image is not None
    assert (meta.is_visible, meta.x, meta.y) == (True, 50, 60)
    assert (meta.image.hot_x, meta.image.hot_y) == (1, 2)
    assert meta.image.bgra.tolist() == [[[0, 20, 30, 255]] * 2, [[1, 20, 30, 255]] * 2]
    swapped = read_cursor(cursor_meta(code=RGBA))
    assert swapped is not None
    assert swapped.image is not None
    assert swapped.image.bgra[0, 0].tolist() == [30, 20, 0, 255]
    assert np.array_equal(swapped.image.bgra[:, :, 3], meta.image.bgra[:, :, 3])


def test_a_cursor_that_is_elsewhere_or_unchanged() -> None:
    gone = read_cursor(cursor_meta(number=0))
    assert gone is not None
    assert not gone.is_visible
    same = read_cursor(struct.pack("=IIiiiiI", 1, 0, 5, 6, 0, 0, 0))
    assert same is not None
    assert (same.is_visible, same.x, same.y, same.image) == (True, 5, 6, None)
    assert read_cursor(b"") is None


@pytest.mark.parametrize(
    "meta",
    [
        cursor_meta()[:-14],
        cursor_meta(width=3, stride=8) + bytes(64),
        cursor_meta()[:28],
        cursor_meta().replace(struct.pack("=II", BGRA, 2), struct.pack("=II", BGRA, 5000)),
    ],
)
def test_a_bitmap_outside_its_memory_is_refused(meta: bytes) -> None:
    with pytest.raises(PodError):
        read_cursor(meta)


@given(st.binary(max_size=120))
def test_garbage_of_a_cursor_is_refused_or_read(meta: bytes) -> None:
    try:
        read_cursor(meta)
    except PodError:
        return


@given(st.integers(0, 75), st.integers(0, 255))
def test_a_damaged_cursor_is_refused_or_read(at: int, value: int) -> None:
    damaged = bytearray(cursor_meta())
    damaged[at % len(damaged)] = value
    try:
        read_cursor(bytes(damaged))
    except PodError:
        return
