"""Pictures that a program hands over, one array at a time.

`push` may be called on any thread, and copies into a buffer of this module's own outside any lock;
the rest runs on the track's thread. Newest wins: what was not taken in time is written over.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from samescreen.clock import clock_us
from samescreen.errors import NotSharing, SourceUnavailable, UsageError
from samescreen.media import Damage, Frame, Pixels, Region

from .base import Source
from .damage import changed_regions

_log = logging.getLogger(__name__)

Picture = NDArray[np.uint8]
"""What may be pushed: height×width (gray), height×width×3 or height×width×4, uint8."""

Order = Literal["RGB", "BGR"]
"""How the channels of a colour picture lie; a fourth channel comes last and is ignored."""

MAX_SIDE_PX: Final = 8192
"""As much as H.264 levels provide for."""

_SPARE: Final = 2
_EQUAL_WAIT_US: Final = 10_000
"""Before an iterator that repeats itself is asked again: nothing else paces it."""
_RED_AND_BLUE: Final = {"RGB": (0, 2), "BGR": (2, 0)}
_OPAQUE: Final = np.uint32(0xFF000000 if np.little_endian else 0x000000FF)
_GRAY: Final = np.uint32(0x00010101 if np.little_endian else 0x01010100)


def check_order(order: object) -> None:
    """Raises UsageError for anything that is not an `Order`."""
    if not isinstance(order, str) or order not in _RED_AND_BLUE:
        raise UsageError(f"order takes 'RGB' or 'BGR', not {order!r}")


def check_picture(picture: Any, order: str) -> None:
    """Raises UsageError, naming what is taken, for anything that is not a picture."""
    check_order(order)
    if not isinstance(picture, np.ndarray):
        raise UsageError(f"{_TAKEN}, not {type(picture).__name__}")
    shape = picture.shape
    is_shaped = len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4))
    is_sized = is_shaped and all(1 <= side <= MAX_SIDE_PX for side in shape[:2])
    if picture.dtype != np.uint8 or not is_sized:
        raise UsageError(f"{_TAKEN}, not {picture.dtype} of shape {shape}")


_TAKEN: Final = (
    "a picture is a numpy array of uint8, height×width (gray), height×width×3 or "
    f"height×width×4, at most {MAX_SIDE_PX} pixels a side"
)


def convert(picture: Picture, order: Order, out: Pixels) -> None:
    """Write a picture that has been checked into BGRX of the same size; X becomes 255."""
    words = out.view(np.uint32)[:, :, 0]
    if picture.ndim == 2:
        np.multiply(picture, _GRAY, out=words, dtype=np.uint32)
    elif picture.shape[2] == 4 and order == "BGR":
        out[:] = picture
    else:
        red, blue = _RED_AND_BLUE[order]
        # One channel at a time: numpy is slow where the innermost axis is three bytes long.
        out[:, :, 0] = picture[:, :, blue]
        out[:, :, 1] = picture[:, :, 1]
        out[:, :, 2] = picture[:, :, red]
    np.bitwise_or(words, _OPAQUE, out=words)


@dataclass(frozen=True, slots=True)
class _Pushed:
    """A picture on its way; `number` counts the calls of push."""

    pixels: Pixels
    pts_us: int
    number: int


class PushSource(Source):
    """Shows what was pushed last, whatever its size."""

    def __init__(self, label: str = "pictures from Python") -> None:
        super().__init__()
        self._name = self.label = label
        self.backend = "push"
        self.waiting = "no picture has been pushed yet"
        self._lock = threading.Lock()
        # Guarded by _lock:
        self._newest: _Pushed | None = None
        self._spare: list[Pixels] = []
        self._number = 0
        self._is_over = False
        self._process = os.getpid()
        # The track's alone:
        self._shown: Pixels | None = None
        self._is_fresh = True

    def push(self, picture: Picture, *, order: Order = "RGB") -> None:
        """Show this picture from now on. Any thread; never waits for a viewer or an encoder.

        The pixels are copied: the array may be written to again at once.

        Raises:
            UsageError: not a picture; the message names what is taken. Or this process was forked
                from the one that shares.
            NotSharing: the source has been closed for good.
        """
        check_picture(picture, order)
        if os.getpid() != self._process:
            raise UsageError(
                "this process was forked from the one that shares, where nobody sees what it "
                "pushes: push there, or make a Share of its own here"
            )
        pts_us = clock_us()
        height, width = picture.shape[:2]
        with self._lock:
            self._number = number = self._number + 1
            pixels = self._blank(height, width)
        convert(picture, order, pixels)
        self._put(_Pushed(pixels, pts_us, number))

    def _blank(self, height: int, width: int) -> Pixels:
        """A buffer to write into; call with the lock."""
        self._spare = [each for each in self._spare if each.shape[:2] == (height, width)]
        return self._spare.pop() if self._spare else np.empty((height, width, 4), dtype=np.uint8)

    def _put(self, pushed: _Pushed) -> None:
        with self._lock:
            if self._is_over:
                raise NotSharing
            waiting = self._newest
            if waiting is not None and waiting.number > pushed.number:
                self._spare_later(pushed.pixels)  # another thread was called later and was quicker
                return
            self._newest = pushed
            self.waiting = ""
            if waiting is not None:
                self._spare_later(waiting.pixels)
                return
        self.wake()

    def _spare_later(self, pixels: Pixels) -> None:
        """Keep a buffer that nobody reads any more; call with the lock."""
        if len(self._spare) < _SPARE:
            self._spare.append(pixels)

    def open(self) -> None:
        self._is_fresh = True

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        frame = self._take()
        if frame is None:
            self._waker.wait(deadline_us - clock_us())
            frame = self._take()
        return frame

    def _take(self) -> Frame | None:
        with self._lock:
            newest, self._newest = self._newest, None
        if newest is None:
            if self._shown is None or not self._is_fresh:
                return None
            self._is_fresh = False
            return Frame(self._shown, clock_us(), Damage.of(_bounds(self._shown)))
        damage = self._damage(newest.pixels)
        # Of two equal pictures the one before stays: the track may encode it again.
        done = self._shown if damage else newest.pixels
        with self._lock:
            if done is not None:
                self._spare_later(done)
        if not damage:
            return None
        self._shown, self._is_fresh = newest.pixels, False
        return Frame(newest.pixels, newest.pts_us, damage)

    def _damage(self, pixels: Pixels) -> Damage:
        bounds = _bounds(pixels)
        if self._shown is None or self._shown.shape != pixels.shape:
            self.label = f"{self._name} {bounds.width}×{bounds.height}"
            return Damage.of(bounds)
        if self._is_fresh:
            return Damage.of(bounds)
        return changed_regions(self._shown, pixels, (bounds,))

    def close(self) -> None:
        """Nothing to let go of: pictures may go on to come, and the next `open` shows the last."""

    def dispose(self) -> None:
        with self._lock:
            self._is_over = True
            self._newest = None
            self._spare.clear()
        super().dispose()


class IteratedSource(PushSource):
    """Shows what an iterator gives; the last picture stays once it ends.

    The iterator is asked on the track's thread, for a picture at a time, as often as the track
    may show one, and not at all while nobody watches.
    """

    def __init__(self, pictures: Iterable[Picture], order: Order) -> None:
        super().__init__()
        self.waiting = "the first picture has not come yet"
        self._pictures = iter(pictures)
        self._order = order
        self._failure = ""
        self._has_ended = False

    def open(self) -> None:
        if self._failure:
            self._ask()  # another kind of iterator than a generator may have more
        super().open()

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        if not self._has_ended:
            self._ask()
            self._waker.wait(0)  # its own push wakes nobody else
            deadline_us = min(deadline_us, clock_us() + _EQUAL_WAIT_US)
        return super().grab(deadline_us, needs_pixels=needs_pixels)

    def _ask(self) -> None:
        try:
            self.push(next(self._pictures), order=self._order)
            self._failure = ""
        except StopIteration:
            if self._failure:
                raise SourceUnavailable(self._failure) from None
            self._has_ended = True
        except UsageError as error:
            self._fail(str(error), None)
        except Exception as error:  # whatever a program of somebody else raises
            words = f"the iterator of pictures failed: {type(error).__name__}: {error}"
            self._fail(words, error)

    def _fail(self, failure: str, error: Exception | None) -> None:
        if failure != self._failure and error is not None:
            _log.error("%s", failure, exc_info=error)
        self._failure = failure
        raise SourceUnavailable(failure)


def _bounds(pixels: Pixels) -> Region:
    return Region(0, 0, int(pixels.shape[1]), int(pixels.shape[0]))
