"""Lets Windows draw the mouse pointer into pictures, because Desktop Duplication leaves it out.

Runs on the camera's thread. Copies the part of the picture below the pointer into a GDI bitmap,
lets DrawIconEx draw there (with transparency, masks and inversion as on the screen), and copies
the part back.
"""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from typing import Any, Final, cast

import numpy as np

from samescreen.media import Pixels, Region

from .libraries import libraries

_SHOWING: Final = 1
_NORMAL: Final = 3  # DI_NORMAL
_SIDE: Final = 128  # large enough for pointers enlarged by the accessibility settings


class _CursorState(ctypes.Structure):
    _fields_ = (
        ("size", wintypes.DWORD),
        ("flags", wintypes.DWORD),
        ("cursor", wintypes.HANDLE),
        ("at", wintypes.POINT),
    )


class _Icon(ctypes.Structure):
    _fields_ = (
        ("is_icon", wintypes.BOOL),
        ("hot_x", wintypes.DWORD),
        ("hot_y", wintypes.DWORD),
        ("mask", wintypes.HANDLE),
        ("colour", wintypes.HANDLE),
    )


class _BitmapHeader(ctypes.Structure):
    _fields_ = (
        ("size", ctypes.c_uint32),
        ("width", ctypes.c_int32),
        ("height", ctypes.c_int32),
        ("planes", ctypes.c_uint16),
        ("bits", ctypes.c_uint16),
        ("compression", ctypes.c_uint32),
        ("image_size", ctypes.c_uint32),
        ("x_per_metre", ctypes.c_int32),
        ("y_per_metre", ctypes.c_int32),
        ("colours_used", ctypes.c_uint32),
        ("colours_important", ctypes.c_uint32),
    )


def area_of(camera: object) -> Region:
    """Where the camera's output lies on the desktop, in pixels."""
    # dxcam has no public attribute for it.
    place = cast(Any, camera)._output.desc.DesktopCoordinates
    left, top = int(place.left), int(place.top)
    return Region(left, top, int(place.right) - left, int(place.bottom) - top)


class Pointer:
    """Draws the pointer into pictures of the camera's output."""

    def __init__(self, camera: object, system: Any = None) -> None:
        """`system` has `user32` and `gdi32`; None: Windows's own."""
        system = system or libraries()
        self._user32, self._gdi32 = system.user32, system.gdi32
        area = area_of(camera)
        self._left, self._top = area.x, area.y
        self._hot: dict[int, tuple[int, int]] = {}

    def draw(self, pixels: Pixels) -> None:
        """Draw the pointer at its current position, if it is visible and inside the picture."""
        state = _CursorState(size=ctypes.sizeof(_CursorState))
        if not self._user32.GetCursorInfo(ctypes.byref(state)) or state.flags != _SHOWING:
            return
        hot_x, hot_y = self._hot_spot(state.cursor)
        x, y = state.at.x - self._left - hot_x, state.at.y - self._top - hot_y
        height, width = pixels.shape[:2]
        piece = Region(x, y, _SIDE, _SIDE).intersection(Region(0, 0, width, height))
        if piece:
            view = pixels[piece.y : piece.bottom, piece.x : piece.right]
            self._draw_into(view, state.cursor, x - piece.x, y - piece.y)

    def _hot_spot(self, cursor: int) -> tuple[int, int]:
        """The tip's position in the pointer's image. Windows is asked once for each shape."""
        if cursor not in self._hot:
            icon = _Icon()
            if not self._user32.GetIconInfo(wintypes.HANDLE(cursor), ctypes.byref(icon)):
                return 0, 0
            for bitmap in filter(None, (icon.mask, icon.colour)):
                self._gdi32.DeleteObject(wintypes.HANDLE(bitmap))
            if len(self._hot) > 64:  # programs may make new shapes all the time
                self._hot.clear()
            self._hot[cursor] = (icon.hot_x, icon.hot_y)
        return self._hot[cursor]

    def _draw_into(self, view: Pixels, cursor: int, x: int, y: int) -> None:
        height, width = view.shape[:2]
        header = _BitmapHeader(
            size=ctypes.sizeof(_BitmapHeader), width=width, height=-height, planes=1, bits=32
        )
        bits = ctypes.c_void_p()
        gdi32, handle = self._gdi32, wintypes.HANDLE
        gdi32.CreateCompatibleDC.restype = gdi32.CreateDIBSection.restype = handle
        gdi32.SelectObject.restype = handle
        context = handle(gdi32.CreateCompatibleDC(None))
        bitmap = handle(
            gdi32.CreateDIBSection(
                context, ctypes.byref(header), 0, ctypes.byref(bits), None, 0
            )
        )
        if bits.value:
            before = handle(gdi32.SelectObject(context, bitmap))
            piece = (ctypes.c_uint8 * (width * height * 4)).from_address(bits.value)
            drawn = np.frombuffer(piece, dtype=np.uint8).reshape(height, width, 4)
            drawn[:] = view
            self._user32.DrawIconEx(context, x, y, handle(cursor), 0, 0, 0, None, _NORMAL)
            gdi32.GdiFlush()
            view[:] = drawn
            gdi32.SelectObject(context, before)
            gdi32.DeleteObject(bitmap)
        gdi32.DeleteDC(context)
