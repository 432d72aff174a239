"""Sources of pictures that a program pushes or iterates over, one array at a time.

`push` may be called on any thread; it copies the picture into a buffer of this module, outside the
lock. The rest runs on the track's thread, which converts only the pictures that it takes. Only the
newest picture is kept: one that the track did not take in time is replaced. A JPEG file is passed
on as it is, and decoded only when somebody needs its pixels (docs/decisions/0025).
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

import numpy as np

from samescreen.clock import clock_us
from samescreen.errors import NotSharing, SourceUnavailable, UsageError
from samescreen.media import Damage, EncodedPicture, Frame, Pixels, Region

from .arrays import BgrxArrays, Copied, Order, Picture, copy
from .base import Source
from .damage import changed_regions
from .jpeg_decoder import decode_jpeg

_log = logging.getLogger(__name__)

MAX_SIDE_PX: Final = 8192
"""The largest side that H.264's levels allow."""

_SPARE: Final = 2
_EQUAL_WAIT_US: Final = 10_000
"""The pause after an iterator gave an equal picture, which nothing else would slow down."""
_ORDERS: Final = frozenset(get_args(Order))


def check_order(order: object) -> None:
    """Raise UsageError for anything that is not an `Order`."""
    if not isinstance(order, str) or order not in _ORDERS:
        raise UsageError(f"order takes 'RGB' or 'BGR', not {order!r}")


def check_picture(picture: Any, order: str) -> None:
    """Raise UsageError, whose message says what a picture is, for anything that is not one."""
    check_order(order)
    if not isinstance(picture, np.ndarray):
        raise UsageError(f"{_TAKEN}, not {type(picture).__name__}")
    shape = picture.shape
    is_shaped = len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4))
    is_sized = is_shaped and all(1 <= side <= MAX_SIDE_PX for side in shape[:2])
    if picture.dtype != np.uint8 or not is_sized:
        raise UsageError(f"{_TAKEN}, not {picture.dtype} of shape {shape}")


def check_process(process: int) -> None:
    """Raise UsageError in a process that was forked from that one, which shares."""
    if os.getpid() != process:
        raise UsageError(
            "this process was forked from the one that shares, so nobody would see its "
            "picture: push in that process, or create a Share in this one"
        )


_TAKEN: Final = (
    "a picture is a numpy array of uint8, height×width (gray), height×width×3 or "
    f"height×width×4, at most {MAX_SIDE_PX} pixels a side"
)


@dataclass(frozen=True, slots=True)
class _Pushed:
    """A picture that waits for the track; `number` counts the calls of `push`."""

    picture: Copied | EncodedPicture
    pts_us: int
    number: int


class _Newest:
    """The newest pushed picture, until the track takes it, and the buffers for later ones.

    Any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Guarded by _lock:
        self._waiting: _Pushed | None = None
        self._spare: list[Picture] = []
        self._number = 0
        self._is_over = False

    def count(self) -> int:
        """The number of this call of `push`."""
        with self._lock:
            self._number += 1
            return self._number

    def begin(self, shape: tuple[int, ...]) -> tuple[int, Picture]:
        """The number of this call of `push`, and a buffer to write into."""
        with self._lock:
            self._number += 1
            self._spare = [each for each in self._spare if each.shape == shape]
            has_spare = bool(self._spare)
            return self._number, self._spare.pop() if has_spare else np.empty(shape, np.uint8)

    def put(self, pushed: _Pushed) -> bool:
        """Put the picture in place of the one that waits; whether none waited.

        Raises:
            NotSharing: `close` was called.
        """
        with self._lock:
            if self._is_over:
                raise NotSharing
            waiting = self._waiting
            if waiting is not None and waiting.number > pushed.number:
                self._keep(pushed.picture)  # a later push was faster
                return False
            self._waiting = pushed
            if waiting is not None:
                self._keep(waiting.picture)
            return waiting is None

    def take(self) -> _Pushed | None:
        with self._lock:
            waiting, self._waiting = self._waiting, None
            return waiting

    def give_back(self, copied: Copied) -> None:
        """Keep the buffer for a later picture: nobody reads this copy any more."""
        with self._lock:
            self._keep(copied)

    def close(self) -> None:
        """Drop everything, and refuse what comes."""
        with self._lock:
            self._is_over = True
            self._waiting = None
            self._spare.clear()

    def _keep(self, picture: Copied | EncodedPicture) -> None:
        if isinstance(picture, Copied) and len(self._spare) < _SPARE:
            self._spare.append(picture.pixels)


class PushSource(Source):
    """Shows the picture that was pushed last. Its size may change."""

    def __init__(self, label: str = "pictures from Python") -> None:
        super().__init__()
        self._name = self.label = label
        self.backend = "push"
        self.waiting = "no picture has been pushed yet"
        self._newest = _Newest()
        self._process = os.getpid()
        # Used by the track's thread only:
        self._bgrx = BgrxArrays()
        self._shown: Pixels | None = None
        self._file: EncodedPicture | None = None
        """The file of the picture that is shown, if it came as one."""
        self._is_fresh = True

    def push(self, picture: Picture, *, order: Order = "RGB") -> None:
        """Show this picture from now on. Any thread; never waits for a viewer or an encoder.

        The pixels are copied: the array may be written to again at once.

        Raises:
            UsageError: `picture` is not a picture; the message says what one is. Or this process
                was forked from the one that shares.
            NotSharing: the source has been disposed of.
        """
        check_picture(picture, order)
        check_process(self._process)
        pts_us = clock_us()
        number, room = self._newest.begin(picture.shape)
        self._put(_Pushed(copy(picture, order, room), pts_us, number))

    def push_file(self, picture: EncodedPicture) -> None:
        """Show this JPEG file from now on. Any thread; never waits.

        Raises:
            UsageError, NotSharing: as `push`.
        """
        check_process(self._process)
        self._put(_Pushed(picture, clock_us(), self._newest.count()))

    def _put(self, pushed: _Pushed) -> None:
        self.waiting = ""  # before the track can take the picture and say that it is live
        if self._newest.put(pushed):
            self.wake()

    def open(self) -> None:
        self._is_fresh = True

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        frame = self._take(needs_pixels)
        if frame is None:
            self._waker.wait(deadline_us - clock_us())
            frame = self._take(needs_pixels)
        return frame

    def _take(self, needs_pixels: bool) -> Frame | None:
        newest = self._newest.take()
        if newest is None:
            return self._again()
        if isinstance(newest.picture, EncodedPicture):
            return self._frame_of(newest.picture, newest.pts_us, needs_pixels)
        pixels = self._bgrx.convert(newest.picture)
        self._newest.give_back(newest.picture)
        return self._compared(pixels, newest.pts_us, None)

    def _again(self) -> Frame | None:
        """The picture that is shown, for a track that begins."""
        shown, file = self._shown, self._file
        if not self._is_fresh or (shown is None and file is None):
            return None
        self._is_fresh = False
        frame = Frame(shown, clock_us(), Damage.ALL, file)
        return replace(frame, damage=Damage.of(frame.bounds))

    def _frame_of(self, file: EncodedPicture, pts_us: int, needs_pixels: bool) -> Frame | None:
        if needs_pixels:
            pixels = decode_jpeg(file)
            return None if pixels is None else self._compared(pixels, pts_us, file)
        before, self._file = self._file, file
        if before is not None and before.jpeg == file.jpeg and not self._is_fresh:
            return None
        self._shown, self._is_fresh = None, False
        self.label = f"{self._name} {file.width}×{file.height}"
        return Frame(None, pts_us, Damage.of(Region(0, 0, *file.size)), file)

    def _compared(self, pixels: Pixels, pts_us: int, file: EncodedPicture | None) -> Frame | None:
        damage = self._damage(pixels)
        if not damage:
            return None  # of two equal pictures the track keeps the earlier one
        self._shown, self._file, self._is_fresh = pixels, file, False
        return Frame(pixels, pts_us, damage, file)

    def _damage(self, pixels: Pixels) -> Damage:
        bounds = _bounds(pixels)
        if self._shown is None or self._shown.shape != pixels.shape:
            self.label = f"{self._name} {bounds.width}×{bounds.height}"
            return Damage.of(bounds)
        if self._is_fresh:
            return Damage.of(bounds)
        return changed_regions(self._shown, pixels, (bounds,))

    def close(self) -> None:
        """Nothing to release. Pictures may still be pushed, and the next `open` shows the last."""

    def dispose(self) -> None:
        self._newest.close()
        super().dispose()


class IteratedSource(PushSource):
    """Shows the pictures of an iterator; the last one stays after the end.

    The track's thread asks the iterator for one picture at a time, when it can show one, and not
    while nobody watches.
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
            self._ask()  # unlike a generator, an iterator may go on after an error
        super().open()

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        if not self._has_ended:
            self._ask()
            self._waker.wait(0)  # undo the wake of its own push
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
        except Exception as error:  # the outermost edge of somebody else's code
            failure = f"the iterator of pictures failed: {type(error).__name__}: {error}"
            self._fail(failure, error)

    def _fail(self, failure: str, error: Exception | None) -> None:
        if failure != self._failure and error is not None:
            _log.error("%s", failure, exc_info=error)
        self._failure = failure
        raise SourceUnavailable(failure)


def _bounds(pixels: Pixels) -> Region:
    return Region(0, 0, int(pixels.shape[1]), int(pixels.shape[0]))
