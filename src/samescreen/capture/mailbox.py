"""Sources whose pictures arrive on another thread: the system's, or a reader thread of ours.

A `FrameMailbox` carries pictures to the track's thread. Any thread may use it, and it keeps only
the newest picture. Everything else runs on the track's thread, which compares each whole picture
with the one before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost
from samescreen.media import Damage, EncodedPicture, Frame, Picture, Pixels, Region

from .base import Source
from .damage import changed_regions
from .jpeg_decoder import decode_jpeg

FIRST_PICTURE_US: Final = 3_000_000
"""A source that gave no picture for this long after it was opened counts as lost."""


@dataclass(frozen=True, slots=True)
class LazyPicture:
    """A picture that waits in a mailbox: `make` decodes it; `pts_us` is when it arrived."""

    make: Callable[[], Picture]
    pts_us: int


class FrameMailbox:
    """Holds the newest picture of one opening of a source. The next opening gets a new mailbox.

    `wake` is called after each put and after `lose`, on the thread that called them.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        # Guarded by _lock:
        self._newest: LazyPicture | None = None
        self._error: CaptureError | None = None
        self.begun = threading.Event()
        """Set by the first picture, and by `lose`."""
        self.wanted = threading.Event()
        """Set while the track waits for a picture, and once closed."""
        self.closed = threading.Event()
        """Set when nobody will take a picture any more."""

    def put(self, pixels: Pixels) -> None:
        """Put a picture (contiguous BGRX), which the caller must not change afterwards."""
        self.put_lazy(lambda: pixels)

    def put_lazy(self, make: Callable[[], Picture]) -> None:
        """Put a picture that the track's thread makes, unless a newer one replaces it first."""
        with self._lock:
            self._newest = LazyPicture(make, clock_us())
            self.wanted.clear()
        self._notify()

    def put_back(self, make: Callable[[], Picture]) -> None:
        """Put a picture that was taken before, unless a newer one waits or the source is lost."""
        with self._lock:
            if self._newest is None and self._error is None:
                self._newest = LazyPicture(make, clock_us())

    @property
    def is_lost(self) -> bool:
        """No more pictures will come."""
        return self._error is not None

    def lose(self, error: CaptureError) -> None:
        """Note that no more pictures will come, and why."""
        with self._lock:
            self._error = error
        self._notify()

    def _notify(self) -> None:
        self.begun.set()
        self._wake()

    def take(self) -> LazyPicture | None:
        """Take the newest picture; None when none has arrived since the last call.

        Raises:
            CaptureError: none waits, and no more will come.
        """
        with self._lock:
            self._check()
            newest, self._newest = self._newest, None
            if newest is None:
                self.wanted.set()
        return newest

    def check_end(self) -> None:
        """Raise CaptureError when no more will come, even while a picture waits."""
        if self._error is not None:
            raise self._error

    def check(self) -> None:
        """Raise CaptureError when no picture waits and no more will come."""
        with self._lock:
            self._check()

    def _check(self) -> None:
        if self._newest is None and self._error is not None:
            raise self._error

    def close(self) -> None:
        """End the waits of the thread that puts. Nobody takes any more."""
        self.closed.set()
        self.wanted.set()


class CallbackSource(Source):
    """A source whose pictures arrive in a mailbox.

    Subclasses write `open`, which calls `_begin` and has something put pictures into the mailbox
    that it returns, and `close`, which calls `_end`.
    """

    silent = "the system delivers no picture"
    """What people read when no picture came in `FIRST_PICTURE_US`."""

    def __init__(self) -> None:
        super().__init__()
        self._mailbox: FrameMailbox | None = None
        self._shown: Pixels | None = None
        self._shown_jpeg = b""
        self._opened_us = 0

    def _begin(self) -> FrameMailbox:
        """Make the mailbox of this opening."""
        self._end()
        self._opened_us = clock_us()
        self._mailbox = FrameMailbox(self._waker.wake)
        return self._mailbox

    def _end(self) -> None:
        """Close the mailbox, and forget the picture before."""
        mailbox, self._mailbox = self._mailbox, None
        if mailbox is not None:
            mailbox.close()
        self._shown, self._shown_jpeg = None, b""

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        mailbox = self._mailbox
        assert mailbox is not None, "open first"
        woken = False
        while True:
            waiting = mailbox.take()
            if waiting is not None:
                self._waker.wait(0)  # its own wake, or one that this return answers
                return self._frame(waiting.make(), waiting.pts_us, needs_pixels)
            now_us = clock_us()
            self._check(now_us)
            if woken or now_us >= deadline_us:
                return None
            woken = self._waker.wait(deadline_us - now_us)

    def _check(self, now_us: int) -> None:
        """Raise SourceLost when no picture has come for too long."""
        has_shown = self._shown is not None or self._shown_jpeg
        if not has_shown and now_us - self._opened_us > FIRST_PICTURE_US:
            raise SourceLost(self.silent)

    def _frame(self, picture: Picture, pts_us: int, needs_pixels: bool) -> Frame | None:
        jpeg_before, self._shown_jpeg = self._shown_jpeg, b""
        if isinstance(picture, np.ndarray):
            return self._compared(picture, pts_us)
        self._shown_jpeg = picture.jpeg
        if needs_pixels:
            pixels = decode_jpeg(picture)
            return None if pixels is None else self._compared(pixels, pts_us, picture)
        self._shown = None
        if picture.jpeg == jpeg_before:
            return None
        return Frame(None, pts_us, Damage.of(Region(0, 0, *picture.size)), picture)

    def _compared(
        self, pixels: Pixels, pts_us: int, encoded: EncodedPicture | None = None
    ) -> Frame | None:
        height, width = pixels.shape[:2]
        bounds = Region(0, 0, width, height)
        shown, self._shown = self._shown, pixels
        if shown is None or shown.shape != pixels.shape:
            return Frame(pixels, pts_us, Damage.of(bounds), encoded)
        damage = changed_regions(shown, pixels, (bounds,))
        return Frame(pixels, pts_us, damage, encoded) if damage else None
