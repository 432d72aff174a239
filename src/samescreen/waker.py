"""Ends the wait of another thread. The thread that waits owns it; any thread may wake it."""

from __future__ import annotations

import select
import socket
from contextlib import suppress


class Waker:
    """Lets another thread end a wait. A socket pair, since Windows selects on nothing else."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def wake(self) -> None:
        """End the current wait, or the next one. Any thread; does nothing once closed."""
        # Full: a wake is pending already. Closed: nobody waits any more.
        with suppress(OSError):
            self._writer.send(b"!")

    def wait(self, timeout_us: int | None, *extra_fds: int) -> bool:
        """Wait for a wake or for one of `extra_fds` to become readable; True when woken.

        None: wait without limit.
        """
        own_fd = self._reader.fileno()
        timeout_s = None if timeout_us is None else max(0, timeout_us) / 1e6
        ready, _, _ = select.select([own_fd, *extra_fds], [], [], timeout_s)
        if own_fd not in ready:
            return False
        with suppress(BlockingIOError):
            while self._reader.recv(64):
                pass
        return True

    def close(self) -> None:
        self._reader.close()
        self._writer.close()
