"""Memory that this process shares with the compositor, which writes pictures into it.

Runs on the track's thread. Memory stays mapped for as long as an array of it is in use.
"""

from __future__ import annotations

import mmap
import os
from contextlib import suppress
from typing import Final

import numpy as np

from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.wayland.connection import Connection
from samescreen.wayland.desktop import Desktop

from .pixel_format import Layout, Rows

SHM: Final = "wl_shm"
_CREATE_POOL, _CREATE_BUFFER, _DESTROY_POOL, _DESTROY_BUFFER = 0, 0, 1, 0
_COUNT: Final = 3
"""One is shown, one may be ready behind it, one is being written."""


class Buffer:
    """One wl_buffer. `rows` is its memory."""

    def __init__(self, connection: Connection, shm: int, layout: Layout) -> None:
        fd = os.memfd_create("samescreen", os.MFD_CLOEXEC)
        try:
            os.ftruncate(fd, layout.size)
            memory = mmap.mmap(fd, layout.size)
            self.object_id = _wl_buffer(connection, shm, layout, fd)
        except (OSError, ValueError) as error:
            raise SourceUnavailable(f"no memory for a picture: {error}") from error
        finally:
            os.close(fd)
        self.rows: Rows = np.frombuffer(memory, np.uint8).reshape(layout.height, layout.stride)


class Buffers:
    """The buffers of one layout."""

    def __init__(self, desktop: Desktop, shm: int, layout: Layout) -> None:
        self.layout = layout
        self._connection = desktop.connection
        self._all = [Buffer(self._connection, shm, layout) for _ in range(_COUNT)]

    def free(self, *kept: Buffer) -> Buffer:
        """One that is none of those kept, of which there are at most two."""
        return next(each for each in self._all if each not in kept)

    def close(self) -> None:
        with suppress(SourceLost):  # the compositor is gone, and its side of them
            for each in self._all:
                self._connection.destroy(each.object_id, _DESTROY_BUFFER)
        self._all = []


def _wl_buffer(connection: Connection, shm: int, layout: Layout, fd: int) -> int:
    pool, buffer = connection.create(lambda _: None), connection.create(lambda _: None)
    connection.send(shm, _CREATE_POOL, pool, layout.size, fds=[fd])
    place = (0, layout.width, layout.height, layout.stride, layout.code)
    connection.send(pool, _CREATE_BUFFER, buffer, *place)
    connection.destroy(pool, _DESTROY_POOL)
    return buffer
