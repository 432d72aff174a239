"""PipeWire's own thread, and a connection to its daemon on it. Any thread.

The daemon's events are handled on that thread, which holds the lock meanwhile. Whoever changes
something from outside holds it too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from samescreen.errors import SourceLost

from .libpipewire import load_pipewire


class Loop:
    """A connection by `fd`, which it takes over; None: to the daemon of this session.

    Raises:
        SourceUnavailable: libpipewire is missing.
        SourceLost: no daemon answers.
    """

    def __init__(self, fd: int | None = None) -> None:
        try:
            self.library: Any = load_pipewire()
            self._loop = self.library.pw_thread_loop_new(b"samescreen", None)
            self._context: int | None = None
            self.core: int | None = None
        except BaseException:
            if fd is not None:
                os.close(fd)
            raise
        self.library.pw_thread_loop_start(self._loop)
        with self.locked():
            inner = self.library.pw_thread_loop_get_loop(self._loop)
            self._context = self.library.pw_context_new(inner, None, 0)
            if fd is None:
                self.core = self.library.pw_context_connect(self._context, None, 0)
            else:  # which the library closes, even if this fails
                self.core = self.library.pw_context_connect_fd(self._context, fd, None, 0)
        if not self.core:
            self.close()
            raise SourceLost("PipeWire is not running: systemctl --user start pipewire wireplumber")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """While no event is handled."""
        self.library.pw_thread_loop_lock(self._loop)
        try:
            yield
        finally:
            self.library.pw_thread_loop_unlock(self._loop)

    def close(self) -> None:
        """End the connection and the thread. May be called twice."""
        if self._loop is None:
            return
        with self.locked():
            if self.core:
                self.library.pw_core_disconnect(self.core)
            if self._context:
                self.library.pw_context_destroy(self._context)
        self.library.pw_thread_loop_stop(self._loop)
        self.library.pw_thread_loop_destroy(self._loop)
        self._loop = self._context = self.core = None
