"""A thread that reads pictures from something that blocks, and keeps only the newest.

What is read (`frames`) runs on the feed's own thread and paces itself with `hold_until`; the
track's thread takes. Nothing is queued: a picture nobody took in time is replaced. A read that
never returns costs its own thread, which ends by itself once the read does, and nobody else's.
"""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Final, Protocol

import av

from samescreen.errors import CaptureError, SourceLost
from samescreen.media import Frame, Pixels, Region

from .base import Source, clock_us
from .damage import changed_regions
from .decoded import BgrxConverter

_log = logging.getLogger(__name__)

_OPEN_S: Final = 8.0
_CLOSE_S: Final = 0.8
"""Long enough for a camera to finish its picture, shorter than the host waits for its track."""


class Clockwork(Protocol):
    """What pictures pace themselves by."""

    @property
    def is_stopped(self) -> bool: ...

    @property
    def is_resting(self) -> bool:
        """Nobody watches: what is decoded now is for nothing."""

    def now_us(self) -> int: ...

    def hold_until(self, due_us: int) -> None:
        """Wait for that time, and until somebody watches; returns at once when stopped."""


Frames = Callable[[Clockwork], Generator[av.VideoFrame, None, None]]


def decoded_pictures(
    packets: Iterable[av.Packet[av.VideoStream]], clockwork: Clockwork, *, skips: bool
) -> Iterator[av.VideoFrame]:
    """What the packets hold, until stopped; what is damaged is left out.

    `skips`: decode nothing while nobody watches, and begin again at a packet that stands alone.
    """
    is_skipping = False
    for packet in packets:
        if clockwork.is_stopped:
            return
        is_skipping = (skips and clockwork.is_resting) or (is_skipping and not packet.is_keyframe)
        if is_skipping:
            continue
        try:
            pictures = packet.decode()
        except av.FFmpegError:
            continue
        for picture in pictures:
            assert isinstance(picture, av.VideoFrame)
            yield picture


class Feed:
    """The thread; `published` is called from it after each picture and at the end."""

    def __init__(self, frames: Frames, published: Callable[[], None], name: str) -> None:
        self._frames = frames
        self._published = published
        self._turn = threading.Condition()
        self._newest: tuple[av.VideoFrame, int] | None = None
        self._error: CaptureError | None = None
        self._has_begun = threading.Event()
        self._stopped = False
        self._resting = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    # The track's side

    def start(self, timeout_s: float) -> bool:
        """Wait for the first picture; whether it, or an error, came."""
        self._thread.start()
        return self._has_begun.wait(timeout_s)

    def take(self) -> tuple[av.VideoFrame, int] | None:
        """The newest picture that was not taken yet, and when it was due.

        Raises:
            CaptureError: there will be no more.
        """
        with self._turn:
            newest, self._newest = self._newest, None
            if newest is None and self._error is not None:
                raise self._error
        return newest

    def check(self) -> None:
        """Raises CaptureError when not even one picture came."""
        with self._turn:
            if self._newest is None and self._error is not None:
                raise self._error

    def rest(self, is_resting: bool) -> None:
        with self._turn:
            self._resting = is_resting
            self._turn.notify_all()

    def stop(self, timeout_s: float) -> None:
        """Returns after `timeout_s` at the latest, even when a read does not."""
        with self._turn:
            self._stopped = True
            self._newest = None
            self._turn.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    # The feed's side

    @property
    def is_stopped(self) -> bool:
        return self._stopped

    @property
    def is_resting(self) -> bool:
        return self._resting

    def now_us(self) -> int:
        return clock_us()

    def hold_until(self, due_us: int) -> None:
        with self._turn:
            while not self._stopped:
                remaining_us = due_us - clock_us()
                if remaining_us <= 0 and not self._resting:
                    return
                self._turn.wait(None if self._resting else remaining_us / 1e6)

    def _run(self) -> None:
        try:
            for frame in self._frames(self):
                if self._stopped:
                    return
                with self._turn:
                    self._newest = (frame, clock_us())
                self._has_begun.set()
                self._published()
        except CaptureError as error:
            self._error = error
        except Exception:
            _log.exception("a feed of pictures ended")
            self._error = SourceLost("an unexpected error ended the pictures; see the host's log")
        finally:
            self._has_begun.set()
            self._published()


def reason_of(error: BaseException) -> str:
    """In a few words, without the address, which may hold a password."""
    if isinstance(error, av.error.ExitError):
        return "no answer in time"
    return getattr(error, "strerror", None) or type(error).__name__


class FedSource(Source):
    """A source whose pictures come from a feed; subclasses say what to read."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label
        self._feed: Feed | None = None
        self._converter = BgrxConverter()
        self._previous: Pixels | None = None

    @abstractmethod
    def frames(self, clockwork: Clockwork) -> Generator[av.VideoFrame, None, None]:
        """Pictures in order, until the end or `clockwork.is_stopped`; on the feed's thread.

        Raises:
            CaptureError: no picture, or no more, can be had.
        """

    def open(self) -> None:
        self.close()
        self._feed = Feed(self.frames, self._waker.wake, f"feed of {self.label}")
        if not self._feed.start(_OPEN_S):
            self.close()
            raise SourceLost(f"{self.label} gave no picture in {_OPEN_S:.0f} s")
        try:
            self._feed.check()
        except CaptureError:
            self.close()
            raise

    def grab(self, deadline_us: int) -> Frame | None:
        assert self._feed is not None, "open first"
        self._feed.rest(False)
        taken = self._feed.take()
        if taken is None:
            self._waker.wait(deadline_us - clock_us())
            taken = self._feed.take()
        return self._frame(*taken) if taken else None

    def _frame(self, picture: av.VideoFrame, pts_us: int) -> Frame | None:
        pixels = self._converter.convert(picture)
        bounds = Region(0, 0, pixels.shape[1], pixels.shape[0])
        previous, self._previous = self._previous, pixels
        if previous is None or previous.shape != pixels.shape:
            return Frame(pixels, pts_us, (bounds,))
        damage = changed_regions(previous, pixels, (bounds,))
        return Frame(pixels, pts_us, damage) if damage else None

    def rest(self) -> None:
        if self._feed is not None:
            self._feed.rest(True)

    def close(self) -> None:
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.stop(_CLOSE_S)
        self._previous = None
