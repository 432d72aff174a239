"""The pointer in the picture: its position, the edges, and that GDI's bitmaps are freed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from samescreen.capture.windows.cursor import Pointer
from tests.capture.windows.fakes import FakeWin32
from tests.fakes import flat

CAMERA = SimpleNamespace(
    _output=SimpleNamespace(
        desc=SimpleNamespace(
            DesktopCoordinates=SimpleNamespace(left=100, top=50, right=1380, bottom=770)
        )
    )
)


@pytest.mark.parametrize(
    ("at", "white"),
    [
        ((112, 61), (slice(10, 14), slice(10, 14))),
        ((101, 50), (slice(0, 3), slice(0, 3))),
        ((163, 98), (slice(47, 48), slice(61, 64))),
    ],
)
def test_it_is_drawn_at_its_tip_and_cut_at_the_edges(
    at: tuple[int, int], white: tuple[slice, slice]
) -> None:
    win32, pixels, wanted = FakeWin32(), flat(64, 48, (7, 8, 9)), flat(64, 48, (7, 8, 9))
    win32.at = at
    wanted[white] = 255
    Pointer(CAMERA, win32).draw(pixels)
    assert (pixels[:, :, :3] == wanted[:, :, :3]).all()
    assert win32.objects == 0


@pytest.mark.parametrize("at", [(0, 0), (100 + 64 + 2, 60), (120, 50 + 48 + 1), (-500, 4000)])
def test_elsewhere_nothing_is_drawn(at: tuple[int, int]) -> None:
    win32, pixels = FakeWin32(), flat(64, 48)
    win32.at = at
    Pointer(CAMERA, win32).draw(pixels)
    assert not pixels.any()


def test_a_hidden_pointer_is_not_drawn() -> None:
    win32, pixels = FakeWin32(), flat(64, 48)
    win32.at, win32.is_shown = (110, 60), False
    Pointer(CAMERA, win32).draw(pixels)
    assert not pixels.any()


def test_each_shape_is_asked_for_once() -> None:
    win32 = FakeWin32()
    win32.at = (110, 60)
    pointer = Pointer(CAMERA, win32)
    for _ in range(3):
        pointer.draw(flat(64, 48))
    assert win32.shapes_asked == 1
