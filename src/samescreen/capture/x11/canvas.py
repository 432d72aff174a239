"""Pixel memory that an X server fills: shared memory (MIT-SHM), or copies over the socket.

Runs on the track's thread. A canvas covers one region of a drawable (the root window, or a
window's pixmap). It reads spans of whole rows, because MIT-SHM writes rows without gaps. Pixels
that the server stores as BGRX are not copied again; other formats are converted after each read.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import io
import os
import struct
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import xcffib
import xcffib.shm
import xcffib.xproto

from samescreen.errors import CaptureError, SourceLost
from samescreen.media import Pixels, Region

from .display import Display, lost_on_error
from .pixel_format import Bytes, PixelFormat

_ALL_PLANES: Final = 0xFFFFFFFF
_Z_PIXMAP: Final = 2
_IPC_PRIVATE: Final = 0
_IPC_CREAT: Final = 0o1000
_IPC_RMID: Final = 0
_GET_IMAGE: Final = 73  # core opcode

Rows = tuple[int, int]
"""A half-open span of rows."""


def stripes(rows: Rows, height: int) -> list[Rows]:
    """The rows, cut at multiples of `height`."""
    top, bottom = rows
    cuts = [top, *range(top // height * height + height, bottom, height), bottom]
    return list(pairwise(cuts))


class Canvas(ABC):
    """The memory of one picture.

    `stale` lists spans of rows that may differ from the drawable. `drawn` lists the regions over
    which the source drew: the cursor, a window's menus; `masked` those that it painted out after
    that. `form` is how the drawable stores its
    pixels (None: like the root window).
    """

    def __init__(
        self,
        display: Display,
        region: Region,
        drawable: int | None = None,
        form: PixelFormat | None = None,
    ) -> None:
        self.region = region
        self.drawable = display.root if drawable is None else drawable
        self.stale: list[Rows] = [(0, region.height)]
        self.drawn: tuple[Region, ...] = ()
        self.masked: tuple[Region, ...] = ()
        self._display = display
        self._form = form or display.root_format
        self._stride = self._form.stride(region.width)

    pixels: Pixels

    def read(self, rows: Rows) -> None:
        """Copy a span of rows from the drawable.

        Raises:
            SourceLost: the server is gone, or the region is outside the drawable.
        """
        with lost_on_error("reading its pixels"):
            raw = self._read_raw(*rows)
        if raw is not None:
            top, bottom = rows
            self._form.to_bgrx(raw.reshape(bottom - top, self._stride), self.pixels[top:bottom])

    def read_in_stripes(self, rows: Rows, height: int) -> Iterator[Rows]:
        """Copy as `read` does, all of it from one moment; yields each stripe once it is there.

        Stripes end at multiples of `height` rows. Raises as `read`.
        """
        self.read(rows)
        yield rows

    @abstractmethod
    def _read_raw(self, top: int, bottom: int) -> Bytes | None:
        """Rows in the server's format, to be converted; None: they are in `pixels` already."""

    def _blank(self) -> Pixels:
        return np.zeros((self.region.height, self.region.width, 4), dtype=np.uint8)

    def close(self) -> None:  # noqa: B027  (our own memory needs no release)
        """Release the memory."""


class SharedCanvas(Canvas):
    """A canvas in memory that this process shares with the server.

    Raises:
        CaptureError: this process and the server cannot share memory.
    """

    def __init__(
        self,
        display: Display,
        region: Region,
        drawable: int | None = None,
        form: PixelFormat | None = None,
    ) -> None:
        super().__init__(display, region, drawable, form)
        self._memory = _SharedMemory(self._stride * region.height)
        self._shm: Any = display.connection(xcffib.shm.key)
        self._segment = display.connection.generate_id()
        try:
            self._shm.AttachChecked(self._segment, self._memory.shmid, False).check()
        except xcffib.XcffibException as error:
            self._memory.close()
            raise CaptureError("the X server cannot reach this process's memory") from error
        finally:
            # Without a name, the segment vanishes with the last process that uses it, even killed.
            self._memory.remove_name()
        self._raw: Bytes = np.ctypeslib.as_array(self._memory.buffer)
        if self._form.is_bgrx:
            self.pixels = self._raw.reshape(region.height, region.width, 4)
        else:
            self.pixels = self._blank()

    def is_shared(self) -> bool:
        """Whether what the server writes arrives in our memory.

        On another machine (`ssh -Y`) the segment's number may name a different segment.

        Raises:
            SourceLost: the server is gone, or the region is outside the drawable.
        """
        row = self._raw[: self._stride]
        for mark in (0x00, 0xFF):  # every row of pixels differs from one of them
            row[:] = mark
            self.read((0, 1))
            if (row != mark).any():
                return True
        return False

    def read_in_stripes(self, rows: Rows, height: int) -> Iterator[Rows]:
        if not self._form.is_bgrx:
            yield from super().read_in_stripes(rows, height)
            return
        with lost_on_error("reading its pixels"):
            # One write holds all requests, so the server is never left grabbed. Nobody else draws
            # between the stripes, and each reply comes as soon as its stripe is copied.
            core = self._display.connection.core
            core.GrabServer()
            asked = [(stripe, self._ask(*stripe)) for stripe in stripes(rows, height)]
            core.UngrabServer()
            self._display.connection.flush()
        for stripe, cookie in asked:
            with lost_on_error("reading its pixels"):
                cookie.reply()
            yield stripe

    def _ask(self, top: int, bottom: int) -> Any:
        """Ask the server for these rows. They are here once the cookie has its reply."""
        return self._shm.GetImage(
            self.drawable,
            self.region.x,
            self.region.y + top,
            self.region.width,
            bottom - top,
            _ALL_PLANES,
            _Z_PIXMAP,
            self._segment,
            top * self._stride,
        )

    def _read_raw(self, top: int, bottom: int) -> Bytes | None:
        self._ask(top, bottom).reply()
        if self._form.is_bgrx:
            return None
        return self._raw[top * self._stride : bottom * self._stride]

    def close(self) -> None:
        try:
            self._shm.Detach(self._segment)
            self._display.connection.flush()
        except xcffib.XcffibException:
            pass  # the server is gone, and with it its side of the segment
        del self.pixels, self._raw
        self._memory.close()


class CopiedCanvas(Canvas):
    """A canvas filled through the socket: for servers on other machines or without MIT-SHM."""

    def __init__(
        self,
        display: Display,
        region: Region,
        drawable: int | None = None,
        form: PixelFormat | None = None,
    ) -> None:
        super().__init__(display, region, drawable, form)
        self.pixels = self._blank()

    def _read_raw(self, top: int, bottom: int) -> Bytes | None:
        part = Region(self.region.x, self.region.y + top, self.region.width, bottom - top)
        raw = _raw_image(self._display, self.drawable, part)[: self._stride * part.height]
        if not self._form.is_bgrx:
            return raw
        self.pixels[top:bottom] = raw.reshape(part.height, part.width, 4)
        return None


@dataclass(frozen=True, slots=True)
class Canvases:
    """Two canvases of one kind, the kind's name, and a note when a faster kind did not work."""

    pair: list[Canvas]
    backend: str
    notes: tuple[str, ...]


def make_canvases(display: Display, region: Region, drawable: int, form: PixelFormat) -> Canvases:
    """Two canvases of the fastest kind that works with this server at this size.

    Raises:
        SourceLost: the server is gone.
    """
    try:
        pair = _shared_pair(display, region, drawable, form)
    except CaptureError as error:
        if isinstance(error, SourceLost):
            raise
        why = f"the screen is read through a socket, which is slower: {error}"
        copied: list[Canvas] = [CopiedCanvas(display, region, drawable, form) for _ in range(2)]
        return Canvases(copied, "X11 (XDamage, no shared memory)", (why,))
    return Canvases(pair, "X11 (XDamage, MIT-SHM)", ())


def _shared_pair(
    display: Display, region: Region, drawable: int, form: PixelFormat
) -> list[Canvas]:
    """Two shared canvases.

    Raises:
        CaptureError: memory of this size cannot be shared with the server.
    """
    if not display.has("MIT-SHM"):
        raise CaptureError("the X server has no MIT-SHM")
    pair: list[Canvas] = []
    try:
        while len(pair) < 2:
            canvas = SharedCanvas(display, region, drawable, form)
            pair.append(canvas)
            if not canvas.is_shared():
                raise CaptureError("the X server is on another machine")
    except CaptureError:
        for made in pair:
            made.close()
        raise
    return pair


class _RawReply(xcffib.Reply):
    """GetImage's reply without xcffib's list of eight million ints."""

    def __init__(self, unpacker: Any) -> None:
        xcffib.Reply.__init__(self, unpacker)
        unpacker.unpack("=xx2x4x4x20x")
        self.raw = bytes(unpacker.buf[unpacker.offset :])


class _RawCookie(xcffib.Cookie):
    reply_type: Any = _RawReply


def _raw_image(display: Display, drawable: int, region: Region) -> Bytes:
    request = struct.pack(
        "=xB2xIhhHHI",
        _Z_PIXMAP,
        drawable,
        region.x,
        region.y,
        region.width,
        region.height,
        _ALL_PLANES,
    )
    cookie = display.connection.core.send_request(
        _GET_IMAGE, io.BytesIO(request), _RawCookie, is_checked=True
    )
    return np.frombuffer(cookie.reply().raw, dtype=np.uint8)


class _SharedMemory:
    """A System V segment, which every server's MIT-SHM supports.

    `buffer` and the arrays made of it keep the memory.
    """

    _libc: Any = None

    def __init__(self, size: int) -> None:
        libc = self._load()
        self.shmid: int = libc.shmget(_IPC_PRIVATE, size, _IPC_CREAT | 0o600)
        if self.shmid < 0:
            raise CaptureError(f"no shared memory: {os.strerror(ctypes.get_errno())}")
        address: int | None = libc.shmat(self.shmid, None, 0)
        if address is None or address == ctypes.c_void_p(-1).value:
            self.remove_name()
            raise CaptureError(f"no shared memory: {os.strerror(ctypes.get_errno())}")
        self.buffer = (ctypes.c_uint8 * size).from_address(address)
        # At exit a thread may still read it; the system takes it back then.
        weakref.finalize(self.buffer, libc.shmdt, address).atexit = False

    @classmethod
    def _load(cls) -> Any:
        if cls._libc is None:
            libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
            libc.shmget.argtypes = (ctypes.c_int, ctypes.c_size_t, ctypes.c_int)
            libc.shmat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
            libc.shmat.restype = ctypes.c_void_p
            libc.shmdt.argtypes = (ctypes.c_void_p,)
            libc.shmctl.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
            cls._libc = libc
        return cls._libc

    def remove_name(self) -> None:
        if self._load().shmctl(self.shmid, _IPC_RMID, None) < 0:
            assert ctypes.get_errno() in (errno.EINVAL, errno.EIDRM), "already removed"

    def close(self) -> None:
        """Unmap the memory, or leave that to the last array that shows it: a frame in use."""
        del self.buffer
