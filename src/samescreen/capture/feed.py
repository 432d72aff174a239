"""A thread that reads pictures from something that blocks, and delivers them (`delivered.py`).

What is read (`frames`) runs on the feed's own thread and paces itself with `wait_until`; the
track's thread takes. A read that never returns costs its own thread, which ends by itself once
the read does, and nobody else's.
"""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import Final, Protocol

import av

from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost
from samescreen.labels import sentence
from samescreen.media import EncodedPicture, Frame, Picture

from .decoded import BgrxConverter
from .delivered import DeliveredSource, FrameMailbox
from .mishap import UNEXPECTED, Mishaps

_mishaps: Final = Mishaps(logging.getLogger(__name__))

_OPEN_S: Final = 8.0
_CLOSE_S: Final = 0.8
"""Long enough for a camera to finish its picture, shorter than the host waits for its track."""


class Pacer(Protocol):
    """What the reading of pictures waits with, so that they come at their own pace."""

    @property
    def is_stopped(self) -> bool: ...

    @property
    def is_resting(self) -> bool:
        """Nobody watches: what is decoded now is for nothing."""

    def now_us(self) -> int: ...

    def wait_until(self, due_us: int) -> None:
        """Wait for that time, and until somebody watches; returns at once when stopped."""

    def sleep_until(self, due_us: int) -> None:
        """Wait for that time, whether or not somebody watches; returns at once when stopped."""


FrameFactories = Callable[[Pacer], Iterable[Callable[[], Picture]]]
"""A function for each picture, in order, which makes it when it is wanted."""


def decoded_pictures(
    packets: Iterable[av.Packet[av.VideoStream]], pacer: Pacer, *, skips: bool
) -> Iterator[av.VideoFrame]:
    """What the packets hold, until stopped; what is damaged is left out.

    `skips`: decode nothing while nobody watches, and begin again at a packet that stands alone.
    """
    is_skipping = False
    for packet in packets:
        if pacer.is_stopped:
            return
        is_skipping = (skips and pacer.is_resting) or (is_skipping and not packet.is_keyframe)
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
    """The thread, from `start` to `stop`; what it reads goes into `delivery`."""

    def __init__(self, factories: FrameFactories, delivery: FrameMailbox, name: str) -> None:
        self._frame_factories = factories
        self._delivery = delivery
        self._turn = threading.Condition()
        self._resting = False
        self._last: Callable[[], Picture] | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    # The track's side

    def start(self) -> None:
        self._thread.start()

    def rest(self, is_resting: bool) -> None:
        with self._turn:
            self._resting = is_resting
            self._turn.notify_all()

    @property
    def has_failed(self) -> bool:
        """No more pictures will come, and an error says why."""
        return self._delivery.is_lost

    def resume(self) -> FrameMailbox:
        """Let somebody else take: from the newest picture on, taken or not."""
        if self._last is not None:
            self._delivery.offer_again(self._last)
        return self._delivery

    def stop(self, timeout_s: float) -> None:
        """Returns after `timeout_s` at the latest, even when a read does not."""
        with self._turn:
            self._delivery.close()
            self._turn.notify_all()
        self._thread.join(timeout_s)

    # The feed's side

    @property
    def is_stopped(self) -> bool:
        return self._delivery.closed.is_set()

    @property
    def is_resting(self) -> bool:
        return self._resting

    def now_us(self) -> int:
        return clock_us()

    def wait_until(self, due_us: int) -> None:
        with self._turn:
            while not self.is_stopped:
                remaining_us = due_us - clock_us()
                if remaining_us <= 0 and not self._resting:
                    return
                self._turn.wait(None if self._resting else remaining_us / 1e6)

    def sleep_until(self, due_us: int) -> None:
        with self._turn:
            while not self.is_stopped and (remaining_us := due_us - clock_us()) > 0:
                self._turn.wait(remaining_us / 1e6)

    def _run(self) -> None:
        try:
            for make in self._frame_factories(self):
                if self.is_stopped:
                    return
                self._last = make
                self._delivery.offer(make)
        except CaptureError as error:
            self._delivery.lose(_without_frames(error))
        except Exception as error:  # the edge of this thread: without a word pictures would stop
            _mishaps.tell(self._thread.name, error)
            self._delivery.lose(SourceLost(UNEXPECTED))


def _without_frames(error: CaptureError) -> CaptureError:
    """The error and its causes without their tracebacks, whose frames would keep the file open."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error


def reason_of(error: BaseException) -> str:
    """In a few words, without the address, which may hold a password."""
    if isinstance(error, av.error.ExitError):
        return "no answer in time"
    return getattr(error, "strerror", None) or type(error).__name__


class FedSource(DeliveredSource):
    """A source whose pictures come from a feed; subclasses say what to read."""

    may_change_threads = True
    is_kept = False
    """What is read cannot be opened twice: `close` lets the feed rest, and `open` goes on with it,
    until it fails or the source is disposed of."""

    cure = ""
    """What to do when no picture comes, to be said after that none came."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = sentence(label)
        self._feed: Feed | None = None
        self._converter = BgrxConverter()

    @abstractmethod
    def frames(self, pacer: Pacer) -> Generator[av.VideoFrame | EncodedPicture, None, None]:
        """Pictures in order, until the end or `pacer.is_stopped`; on the feed's thread.

        Raises:
            CaptureError: no picture, or no more, can be had.
        """

    def _frame_factories(self, pacer: Pacer) -> Iterator[Callable[[], Picture]]:
        return (partial(self._picture, each) for each in self.frames(pacer))

    def _picture(self, read: av.VideoFrame | EncodedPicture) -> Picture:
        return self._converter.convert(read) if isinstance(read, av.VideoFrame) else read

    def open(self) -> None:
        if self._feed is not None and self.is_kept and not self._feed.has_failed:
            delivery = self._resume(self._feed)
        else:
            self._stop()
            delivery = self._begin()
            self._feed = Feed(self._frame_factories, delivery, f"feed of {self.label}")
            self._feed.start()
        try:
            if not delivery.begun.wait(_OPEN_S):
                raise SourceLost(f"{self.label} gave no picture in {_OPEN_S:.0f} s{self.cure}")
            delivery.check()
        except CaptureError:
            self.close()
            raise

    def hand_over(self) -> None:
        if self._feed is not None:
            self._feed.rest(True)
        super().hand_over()

    def _resume(self, feed: Feed) -> FrameMailbox:
        feed.rest(False)
        self._shown, self._shown_jpeg, self._opened_us = None, b"", clock_us()
        return feed.resume()

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        assert self._feed is not None, "open first"
        self._feed.rest(False)
        return super().grab(deadline_us, needs_pixels=needs_pixels)

    def rest(self) -> None:
        if self._feed is not None:
            self._feed.rest(self._may_rest)
        if self._delivery is not None:
            self._delivery.check_end()

    @property
    def _may_rest(self) -> bool:
        """Nobody needs the feed for something else than pictures."""
        return True

    def close(self) -> None:
        if self._feed is None or not self.is_kept or self._feed.has_failed:
            self._stop()
        else:
            self._feed.rest(True)

    def dispose(self) -> None:
        self.is_kept = False
        super().dispose()

    def _stop(self) -> None:
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.stop(_CLOSE_S)
        self._end()
