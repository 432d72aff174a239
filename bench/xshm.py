"""An X connection with MIT-SHM: move pixels between this process and an X server without copies.

Used by the painter (to put pictures) and the reader (to get them). Not thread-safe.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
import xcffib
import xcffib.shm
import xcffib.xproto
from barcode import Pixels, Rect

IPC_PRIVATE, IPC_CREAT, IPC_RMID = 0, 0o1000, 0
ALL_PLANES = 0xFFFFFFFF

_libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
_libc.shmat.restype = ctypes.c_void_p
_libc.shmat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_libc.shmdt.argtypes = (ctypes.c_void_p,)


@dataclass(frozen=True, slots=True)
class Segment:
    """A picture in memory that the X server sees too."""

    xid: int
    address: int
    pixels: Pixels


class Screen:
    """One X server's only screen, 24-bit depth, 32 bits per pixel."""

    def __init__(self, display: str) -> None:
        self.connection = xcffib.connect(display=display)
        self.shm = self.connection(xcffib.shm.key)
        self.shm.QueryVersion().reply()
        self._info = self.connection.get_setup().roots[0]
        if self._info.root_depth != 24:
            raise RuntimeError(f"{display} has depth {self._info.root_depth}, the bench needs 24")
        self._segments: list[Segment] = []

    @property
    def root(self) -> int:
        return int(self._info.root)

    def segment(self, width: int, height: int) -> Segment:
        """A new shared picture; it goes away with the connection, whatever happens to us."""
        size_bytes = width * height * 4
        shmid = _libc.shmget(IPC_PRIVATE, size_bytes, IPC_CREAT | 0o600)
        if shmid < 0:
            raise OSError(ctypes.get_errno(), f"shmget of {size_bytes} bytes")
        address = _libc.shmat(shmid, None, 0)
        xid = self.connection.generate_id()
        self.shm.Attach(xid, shmid, False, is_checked=True).check()
        _libc.shmctl(shmid, IPC_RMID, None)
        raw = (ctypes.c_uint8 * size_bytes).from_address(address)
        pixels = np.frombuffer(memoryview(raw), np.uint8).reshape(height, width, 4)
        self._segments.append(Segment(xid, address, pixels))
        return self._segments[-1]

    def window(self, width: int, height: int) -> int:
        """A mapped window called "scene" at the top left, where no window manager moves it.

        The pointer is invisible over it: some systems draw the pointer into their picture, and a
        comparison with what was painted would count it as an error.
        """
        core, mask = self.connection.core, xcffib.xproto.CW
        wid = self.connection.generate_id()
        core.CreateWindow(
            24, wid, self.root, 0, 0, width, height, 0,
            xcffib.xproto.WindowClass.InputOutput, self._info.root_visual,
            mask.OverrideRedirect | mask.Cursor, [0, self._no_pointer()],
        )  # fmt: skip
        name = b"scene"
        atom = xcffib.xproto.Atom
        core.ChangeProperty(
            xcffib.xproto.PropMode.Replace, wid, atom.WM_NAME, atom.STRING, 8, len(name), name
        )
        core.MapWindow(wid)
        return int(wid)

    def _no_pointer(self) -> int:
        """A cursor of one pixel that is not in its mask."""
        core, bitmap, cursor = (
            self.connection.core, self.connection.generate_id(), self.connection.generate_id(),
        )  # fmt: skip
        core.CreatePixmap(1, bitmap, self.root, 1, 1)
        gc = self.connection.generate_id()
        core.CreateGC(gc, bitmap, xcffib.xproto.GC.Foreground, [0])
        core.PolyFillRectangle(bitmap, gc, 1, [xcffib.xproto.RECTANGLE.synthetic(0, 0, 1, 1)])
        core.CreateCursor(cursor, bitmap, bitmap, *[0] * 6, 0, 0)
        return int(cursor)

    def get(self, rect: Rect, into: Segment) -> None:
        """Copy what the screen shows inside `rect` to the start of the segment."""
        zpixmap = xcffib.xproto.ImageFormat.ZPixmap
        self.shm.GetImage(
            self.root, rect.x, rect.y, rect.width, rect.height, ALL_PLANES, zpixmap, into.xid, 0
        ).reply()

    def close(self) -> None:
        for segment in self._segments:
            self.shm.Detach(segment.xid)
        self.connection.disconnect()
        for segment in self._segments:
            _libc.shmdt(segment.address)
        self._segments.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()
