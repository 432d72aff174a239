"""The thread that writes a recording or feeds an output, and the bounded queue before it.

The event loop puts packets in and never waits. When the disk falls behind and the queue is full,
packets are dropped and counted; the recording goes on at the next keyframe. A disk that stays
behind, is full or goes away ends the recording with one sentence, and nothing else. The same holds
for the network of an output.
"""

from __future__ import annotations

import errno
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

from samescreen.media import Packet

from .timeline import Arrived, Timeline

_log = logging.getLogger(__name__)

MOST_WAITING_BYTES: Final = 32 * 1024 * 1024
PATIENCE_US: Final = 10_000_000
"""A disk that is behind for so long does not keep up."""

_LOOK_S: Final = 0.08
"""Packets are written in batches: a thread that woke for each one would cost the loop time."""

TOO_SLOW: Final = "the disk does not keep up with the recording"
_REASONS: Final = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is as large as it may be",
}


class Series(Protocol):
    """What a writer writes to. Its methods run on the writing thread, and raise OSError."""

    @property
    def timeline(self) -> Timeline:
        """What goes where."""

    def take(self, arrived: Arrived) -> None:
        """Write a packet of the stream or its sound."""

    def passed(self, now_us: int) -> None:
        """So late is it: write silence where nothing was heard."""

    def finish(self, now_us: int) -> None:
        """Complete what is written."""

    def abandon(self) -> None:
        """Leave what is written as it is, after a fault."""


SeriesT = TypeVar("SeriesT", bound=Series)


class Writer(Generic[SeriesT]):
    """Writes to `files` on a thread of its own; `on_end` is called there when that has ended.

    `clock_us` is the host's clock. `name` is what the log calls it. All methods are for the event
    loop.
    """

    def __init__(
        self,
        files: SeriesT,
        clock_us: Callable[[], int],
        on_end: Callable[[], None],
        most_waiting_bytes: int = MOST_WAITING_BYTES,
        name: str = "recording",
    ) -> None:
        self.files = files
        self.dropped = 0
        self.fault = ""
        """Why the recording ended before somebody ended it."""
        self._clock_us = clock_us
        self._on_end = on_end
        self._most_waiting_bytes = most_waiting_bytes
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._waiting: deque[Arrived] = deque()
        self._waiting_bytes = 0
        self._behind_us: int | None = None
        self._is_finishing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Write from now on."""
        self._thread.start()

    def take(self, arrived: Arrived) -> None:
        """Have this written, unless too much waits already."""
        what = arrived.what
        size_bytes = len(what.payload) if isinstance(what, Packet) else 0
        with self._changed:
            if self._is_finishing:
                return
            if size_bytes and self._waiting_bytes + size_bytes > self._most_waiting_bytes:
                self.dropped += 1
                if self._behind_us is None:
                    self._behind_us = arrived.at_us
                return
            self._waiting.append(arrived)
            self._waiting_bytes += size_bytes

    def needs_keyframe(self, now_us: int) -> bool:
        """Nothing can be written before a keyframe, and there is room for one."""
        is_roomy = 2 * self._waiting_bytes < self._most_waiting_bytes
        return is_roomy and self.files.timeline.needs_keyframe(now_us)

    def is_too_slow(self, now_us: int) -> bool:
        """The disk has been behind for longer than anybody should wait."""
        with self._changed:
            behind_us = self._behind_us
            if self._waiting and now_us - self._waiting[0].at_us > PATIENCE_US:
                return True
        return behind_us is not None and now_us - behind_us > PATIENCE_US

    def finish(self, fault: str = "") -> None:
        """Write what waits, complete the file and end; with a fault: drop what waits."""
        with self._changed:
            self._is_finishing = True
            self.fault = self.fault or fault
            if fault:
                self._waiting.clear()
                self._waiting_bytes = 0
            self._changed.notify()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread after `finish`; whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # The thread

    def _run(self) -> None:
        try:
            self._write_all()
        except OSError as error:
            self._failed(error)
        except Exception:  # of the muxer or ours: the share goes on
            _log.exception("an unexpected error in the %s; please report it", self._thread.name)
            self._failed(OSError("an unexpected error"))
        self._on_end()

    def _write_all(self) -> None:
        while True:
            batch, is_finishing = self._next_batch()
            for arrived in batch:
                self.files.take(arrived)
            now_us = self._clock_us()
            if is_finishing:
                self.files.finish(now_us)
                return
            self.files.passed(now_us)

    def _next_batch(self) -> tuple[deque[Arrived], bool]:
        with self._changed:
            self._changed.wait_for(lambda: self._is_finishing, _LOOK_S)
            batch, self._waiting = self._waiting, deque()
            self._waiting_bytes = 0
            self._behind_us = None
            return batch, self._is_finishing

    def _failed(self, error: OSError) -> None:
        reason = _REASONS.get(error.errno or 0) or error.strerror or str(error)
        with self._changed:
            self.fault = self.fault or reason
            self._is_finishing = True
            self._waiting.clear()
        try:
            self.files.abandon()
        except OSError as also:
            _log.debug("closing the %s failed, too: %s", self._thread.name, also)
