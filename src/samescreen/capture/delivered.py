"""Pictures that come on a thread of another's, the system's or a feed's: the newest wins.

`FrameMailbox` is the crossing and may be used from any thread; all else runs on the track's thread.
Whole pictures come across, which are compared with the one shown before.
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
"""A system that has shown nothing for so long after the start will not."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A picture on its way: what makes it, and when it came."""

    make: Callable[[], Picture]
    pts_us: int


class FrameMailbox:
    """Takes what one opening of a source captures; what comes for an earlier one is lost."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        # Guarded by _lock:
        self._newest: Delivered | None = None
        self._error: CaptureError | None = None
        self.begun = threading.Event()
        """A picture has come, or the end."""
        self.wanted = threading.Event()
        """Somebody waits for a picture."""
        self.closed = threading.Event()
        """Nobody ever will again."""

    def put(self, pixels: Pixels) -> None:
        """Hand over a picture (contiguous BGRX) for good."""
        self.offer(lambda: pixels)

    def offer(self, make: Callable[[], Picture]) -> None:
        """The same, but made by the track's thread, and only if it comes to that."""
        with self._lock:
            self._newest = Delivered(make, clock_us())
            self.wanted.clear()
        self._news()

    def offer_again(self, make: Callable[[], Picture]) -> None:
        """The same with a picture that was taken before, unless there is something newer."""
        with self._lock:
            if self._newest is None and self._error is None:
                self._newest = Delivered(make, clock_us())

    @property
    def is_lost(self) -> bool:
        """No more pictures will come."""
        return self._error is not None

    def lose(self, error: CaptureError) -> None:
        """No more pictures will come, and why."""
        with self._lock:
            self._error = error
        self._news()

    def _news(self) -> None:
        self.begun.set()
        self._wake()

    def take(self) -> Delivered | None:
        """The newest picture that was not taken yet.

        Raises:
            CaptureError: there will be none.
        """
        with self._lock:
            self._check()
            newest, self._newest = self._newest, None
            if newest is None:
                self.wanted.set()
        return newest

    def check_end(self) -> None:
        """Raises CaptureError when none will come, whether or not one waits."""
        if self._error is not None:
            raise self._error

    def check(self) -> None:
        """Raises CaptureError when no picture waits and none will come."""
        with self._lock:
            self._check()

    def _check(self) -> None:
        if self._newest is None and self._error is not None:
            raise self._error

    def close(self) -> None:
        self.closed.set()
        self.wanted.set()


class DeliveredSource(Source):
    """The half that all such sources share; theirs are `open` and `close`."""

    silent = "the system hands out no picture"
    """What is wrong, in words, when none comes at all."""

    def __init__(self) -> None:
        super().__init__()
        self._delivery: FrameMailbox | None = None
        self._shown: Pixels | None = None
        self._shown_jpeg = b""
        self._opened_us = 0

    def _begin(self) -> FrameMailbox:
        """For `open`: where pictures shall be delivered from here on."""
        self._end()
        self._opened_us = clock_us()
        self._delivery = FrameMailbox(self._waker.wake)
        return self._delivery

    def _end(self) -> None:
        """For `close`."""
        delivery, self._delivery = self._delivery, None
        if delivery is not None:
            delivery.close()
        self._shown, self._shown_jpeg = None, b""

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        delivery = self._delivery
        assert delivery is not None, "open first"
        woken = False
        while True:
            delivered = delivery.take()
            if delivered is not None:
                self._waker.wait(0)  # its own wake, or one that this return answers
                return self._frame(delivered.make(), delivered.pts_us, needs_pixels)
            now_us = clock_us()
            self._check(now_us)
            if woken or now_us >= deadline_us:
                return None
            woken = self._waker.wait(deadline_us - now_us)

    def _check(self, now_us: int) -> None:
        """Raises SourceLost when nothing has come for too long."""
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
