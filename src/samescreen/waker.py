"""Ends the wait of another thread. The thread that waits owns it; any thread may wake it."""

from __future__ import annotations

import math
import select
import socket
from collections.abc import Sequence
from contextlib import suppress


def readable(fds: Sequence[int], timeout_us: int | None) -> list[int]:
    """Those of these descriptors that can be read now or within that time; None: without limit.

    With a thousand viewers descriptors have numbers above 1023. `select` takes none of them, but
    keeps time to the microsecond, which `poll` does not.
    """
    timeout_s = None if timeout_us is None else max(0, timeout_us) / 1e6
    try:
        return select.select(fds, [], [], timeout_s)[0]
    except ValueError:
        poll = select.poll()
        for fd in fds:
            poll.register(fd, select.POLLIN)
        ready = poll.poll(None if timeout_s is None else math.ceil(timeout_s * 1e3))
        return [fd for fd, _ in ready]


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
        if own_fd not in readable([own_fd, *extra_fds], timeout_us):
            return False
        with suppress(BlockingIOError):
            while self._reader.recv(64):
                pass
        return True

    def close(self) -> None:
        self._reader.close()
        self._writer.close()
