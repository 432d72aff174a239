"""What every source of pictures can do.

Runs on the thread of the track that owns the source; only `wake` may be called from elsewhere.
"""

from __future__ import annotations

import select
import socket
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Final

from samescreen.media import Frame

from .sound.base import SoundSource


class Waker:
    """Lets another thread end a wait. A socket pair, since Windows selects on nothing else."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def wake(self) -> None:
        """End the current wait, or the next one. Any thread; does nothing once closed."""
        # Full: a wake is already on its way. Closed: nobody waits any more.
        with suppress(OSError):
            self._writer.send(b"!")

    def wait(self, timeout_us: int, *extra_fds: int) -> bool:
        """Wait for a wake or for one of `extra_fds` to become readable; True when woken."""
        own_fd = self._reader.fileno()
        ready, _, _ = select.select([own_fd, *extra_fds], [], [], max(0, timeout_us) / 1e6)
        if own_fd not in ready:
            return False
        with suppress(BlockingIOError):
            while self._reader.recv(64):
                pass
        return True

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


FOREVER_US: Final = 2**62
"""A deadline that never comes."""


class Source(ABC):
    """Where pictures come from.

    `label` says what is shown, `backend` by which means, `notes` why a slower path was taken
    (sentences for people). All three are valid once `open` has returned. `waiting` says why there
    is no picture although the source is open; empty: there is one, or one comes by itself.
    `sound` is what is heard with the pictures, known once `open` has returned for the first time.
    """

    label: str
    backend: str
    notes: tuple[str, ...] = ()
    waiting: str = ""
    sound: SoundSource | None = None

    may_change_threads: bool = False
    """What one thread opened another may use, so `hand_over` need not close it."""

    def __init__(self) -> None:
        self._waker = Waker()
        self._is_handed_over = False

    def hand_over(self) -> None:
        """After `open`: this thread is done with the source, and another will `take_over`."""
        if self.may_change_threads:
            self._is_handed_over = True
        else:
            self.close()

    def take_over(self) -> None:
        """Go on with what was handed over open, or `open`.

        Raises:
            SourceUnavailable, SourceLost: as `open`.
        """
        is_open, self._is_handed_over = self._is_handed_over, False
        if not is_open:
            self.open()

    @abstractmethod
    def open(self) -> None:
        """Start; the first grab afterwards gives a whole picture at once.

        Raises:
            SourceUnavailable: somebody must mend something first.
            SourceLost: trying again may help by itself.
        """

    @abstractmethod
    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        """Wait for a picture that differs from the one before.

        Without `needs_pixels` a source need not decode a picture that came as a JPEG file.
        Returns None at `deadline_us` (monotonic clock), after `wake`, or when what the system
        reported as changed turned out to be the same.

        Raises:
            SourceLost: it went away; `close` and `open` again later.
        """

    def rest(self) -> None:  # noqa: B027  (most sources have no line to keep short)
        """Called once a second while nobody watches: keep the line to the system short.

        Raises:
            SourceLost: as `grab`.
        """

    def wake(self) -> None:
        """Make a waiting grab return. Any thread."""
        self._waker.wake()

    @abstractmethod
    def close(self) -> None:
        """Let go of everything; may be called twice, and before `open`."""

    def dispose(self) -> None:
        """Close for good."""
        try:
            self.close()
        finally:
            self._waker.close()
