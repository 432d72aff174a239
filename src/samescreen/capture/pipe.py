"""Files that can be read only once: FIFOs, sockets, devices, standard input.

Runs on a reader thread. The writer may be slow, pause, or not have started yet: a read then waits,
until the thread is stopped. Closing the pipe lets the writer notice that nobody reads any more.
"""

from __future__ import annotations

import os
import re
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from samescreen.errors import SourceUnavailable

_LOOK_MS: Final = 100
_NO_WRITER_S: Final = 0.05
_OWN: Final = re.compile(r"/dev/(?:stdin|fd/([0-9]+))|/proc/self/fd/([0-9]+)")


def is_pipe(path: Path) -> bool:
    """Whether the file can be read only once. Opens nothing."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISBLK(mode))


class Pipe:
    """An open pipe, as a file object for PyAV, without `seek`. A wait ends once `is_stopped()`.

    Raises:
        SourceUnavailable: the file is a terminal or a camera.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path, is_stopped: Callable[[], bool]) -> None:
        self.reads = 0
        """How many times `read` was called."""
        self.amount = 0
        """How many bytes have arrived."""
        self.has_waited = False
        """Whether the latest read had to wait: then the writer is not faster than the video."""
        self._is_stopped = is_stopped
        self._fd = _opened(path)
        self._waits_for_writer = stat.S_ISFIFO(os.fstat(self._fd).st_mode)

    def read(self, size: int) -> bytes:
        """Read 1 to `size` bytes. Returns no bytes at the end, or once stopped."""
        self.reads += 1
        self.has_waited = False
        while not self._is_stopped():
            if not _is_readable(self._fd):
                self.has_waited = True
                continue
            try:
                piece = os.read(self._fd, size)
            except BlockingIOError:
                piece = None
            if piece or (piece is not None and not self._waits_for_writer):
                self._waits_for_writer = False
                self.amount += len(piece)
                return piece
            self.has_waited = True
            time.sleep(_NO_WRITER_S)
        return b""

    def close(self) -> None:
        """May be called twice."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def _opened(path: Path) -> int:
    own = _OWN.fullmatch(str(path))
    if own:
        return _not_a_terminal(os.dup(int(own[1] or own[2] or 0)), path)
    mode = path.stat().st_mode
    if stat.S_ISSOCK(mode):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            return connection.detach()
    if str(path).startswith("/dev/video"):
        raise SourceUnavailable(f"{path.name} is a camera; share it as `camera`")
    # Opening a FIFO without a writer must not block this thread.
    return _not_a_terminal(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY), path)


def _not_a_terminal(fd: int, path: Path) -> int:
    if os.isatty(fd):
        os.close(fd)
        raise SourceUnavailable(f"{path.name} is a terminal; pipe a video into it")
    return fd


def _is_readable(fd: int) -> bool:
    """Whether a read would return now or within 100 ms."""
    import select

    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(_LOOK_MS))
