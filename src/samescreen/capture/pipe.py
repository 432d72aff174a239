"""Files that are no regular ones: FIFOs, sockets, devices, standard input. Each is opened once.

Read on the feed's thread. What writes into one may do so slowly, pause, or not have begun: a read
waits, and ends when the feed is stopped. Closing it tells the writer that nobody reads any more.
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
    """Whether it can be read once only, as it comes; opens nothing."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISBLK(mode))


class Pipe:
    """An opened one, as PyAV reads it: no `seek`. `is_stopped` says when to give up waiting.

    Raises:
        SourceUnavailable: it is a terminal, or a camera.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, is_stopped: Callable[[], bool]) -> None:
        self.reads = 0
        """How often it was read."""
        self.amount = 0
        """How many bytes came."""
        self.has_waited = False
        """The newest read had to wait: what writes is no faster than what is shown."""
        self._is_stopped = is_stopped
        self._fd = _opened(path)
        self._waits_for_writer = stat.S_ISFIFO(os.fstat(self._fd).st_mode)

    def read(self, size: int) -> bytes:
        """At least one byte, at most `size`; none at the end, or once stopped."""
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
    # A FIFO that nobody writes into yet must not hold this thread up.
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
