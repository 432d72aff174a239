"""Sources whose reads may block: a thread of their own reads, and puts pictures into a mailbox.

`frames` runs on that thread and paces itself with `wait_until`. The rest of a source runs on the
track's thread, which never waits for a read: one that hangs holds up only its own thread, which
ends when the read returns.
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
from .mailbox import CallbackSource, FrameMailbox
from .recurring_errors import UNEXPECTED, RecurringErrors

_errors: Final = RecurringErrors(logging.getLogger(__name__))

_OPEN_S: Final = 8.0
_CLOSE_S: Final = 0.8
"""Longer than a camera takes to finish a picture, shorter than the host waits for a track."""


class Pacer(Protocol):
    """What `frames` asks for the time, waits with, and learns from whether to go on."""

    @property
    def is_stopped(self) -> bool: ...

    @property
    def is_resting(self) -> bool:
        """Whether nobody watches, so that decoding would be wasted."""

    def now_us(self) -> int: ...

    def wait_until(self, due_us: int) -> None:
        """Wait for that time, and until somebody watches. Returns at once when stopped."""

    def sleep_until(self, due_us: int) -> None:
        """Wait for that time, whether or not somebody watches. Returns at once when stopped."""


FrameFactories = Callable[[Pacer], Iterable[Callable[[], Picture]]]
"""Yields a function for each picture, in order. The track calls those whose picture it needs."""


def decoded_pictures(
    packets: Iterable[av.Packet[av.VideoStream]], pacer: Pacer, *, skips: bool
) -> Iterator[av.VideoFrame]:
    """Decode the packets until stopped. Packets that cannot be decoded are left out.

    `skips`: decode nothing while nobody watches, and resume at a keyframe.
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


class ReaderThread:
    """Runs `factories` on a thread from `start` to `stop`, and puts its pictures into `mailbox`."""

    def __init__(self, factories: FrameFactories, mailbox: FrameMailbox, name: str) -> None:
        self._frame_factories = factories
        self._mailbox = mailbox
        self._condition = threading.Condition()
        self._resting = False
        self._last: Callable[[], Picture] | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    # Called by the track's thread

    def start(self) -> None:
        self._thread.start()

    def rest(self, is_resting: bool) -> None:
        with self._condition:
            self._resting = is_resting
            self._condition.notify_all()

    @property
    def has_failed(self) -> bool:
        """Whether an error has ended the thread."""
        return self._mailbox.is_lost

    def resume(self) -> FrameMailbox:
        """The mailbox, for another opening: it holds the newest picture, even if that was taken."""
        if self._last is not None:
            self._mailbox.put_back(self._last)
        return self._mailbox

    def stop(self, timeout_s: float) -> None:
        """End the thread. Returns after `timeout_s` at the latest, even when a read hangs."""
        with self._condition:
            self._mailbox.close()
            self._condition.notify_all()
        self._thread.join(timeout_s)

    # The pacer, for the thread itself

    @property
    def is_stopped(self) -> bool:
        return self._mailbox.closed.is_set()

    @property
    def is_resting(self) -> bool:
        return self._resting

    def now_us(self) -> int:
        return clock_us()

    def wait_until(self, due_us: int) -> None:
        with self._condition:
            while not self.is_stopped:
                remaining_us = due_us - clock_us()
                if remaining_us <= 0 and not self._resting:
                    return
                self._condition.wait(None if self._resting else remaining_us / 1e6)

    def sleep_until(self, due_us: int) -> None:
        with self._condition:
            while not self.is_stopped and (remaining_us := due_us - clock_us()) > 0:
                self._condition.wait(remaining_us / 1e6)

    def _run(self) -> None:
        try:
            for make in self._frame_factories(self):
                if self.is_stopped:
                    return
                self._last = make
                self._mailbox.put_lazy(make)
        except CaptureError as error:
            self._mailbox.lose(_without_frames(error))
        except Exception as error:  # the thread's outermost edge: pictures must not stop silently
            _errors.log(self._thread.name, error)
            self._mailbox.lose(SourceLost(UNEXPECTED))


def _without_frames(error: CaptureError) -> CaptureError:
    """Drop the tracebacks of the error and its causes: their frames would keep the file open."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error


def reason_of(error: BaseException) -> str:
    """Why it failed, in a few words. Leaves out the address, which may hold a password."""
    if isinstance(error, av.error.ExitError):
        return "no answer in time"
    return getattr(error, "strerror", None) or type(error).__name__


class ReaderSource(CallbackSource):
    """A source that a `ReaderThread` reads. Subclasses write `frames`."""

    may_change_threads = True
    opens_once = False
    """Whether the input cannot be opened a second time. If so, `close` lets the thread rest and
    `open` resumes it, until it fails or the source is disposed of."""

    cure = ""
    """What people should do when no picture comes: the end of that error's sentence."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = sentence(label)
        self._reader: ReaderThread | None = None
        self._converter = BgrxConverter()

    @abstractmethod
    def frames(self, pacer: Pacer) -> Generator[av.VideoFrame | EncodedPicture, None, None]:
        """Yield pictures in order, until the end or `pacer.is_stopped`. On the reader thread.

        Raises:
            CaptureError: the input cannot be opened, or gives no more pictures.
        """

    def _frame_factories(self, pacer: Pacer) -> Iterator[Callable[[], Picture]]:
        return (partial(self._picture, each) for each in self.frames(pacer))

    def _picture(self, read: av.VideoFrame | EncodedPicture) -> Picture:
        return self._converter.convert(read) if isinstance(read, av.VideoFrame) else read

    def open(self) -> None:
        if self._reader is not None and self.opens_once and not self._reader.has_failed:
            mailbox = self._resume(self._reader)
        else:
            self._stop()
            mailbox = self._begin()
            self._reader = ReaderThread(self._frame_factories, mailbox, f"reader of {self.label}")
            self._reader.start()
        try:
            if not mailbox.begun.wait(_OPEN_S):
                raise SourceLost(f"{self.label} gave no picture in {_OPEN_S:.0f} s{self.cure}")
            mailbox.check()
        except CaptureError:
            self.close()
            raise

    def hand_over(self) -> None:
        if self._reader is not None:
            self._reader.rest(True)
        super().hand_over()

    def _resume(self, reader: ReaderThread) -> FrameMailbox:
        reader.rest(False)
        self._shown, self._shown_jpeg, self._opened_us = None, b"", clock_us()
        return reader.resume()

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        assert self._reader is not None, "open first"
        self._reader.rest(False)
        return super().grab(deadline_us, needs_pixels=needs_pixels)

    def rest(self) -> None:
        if self._reader is not None:
            self._reader.rest(self._may_rest)
        if self._mailbox is not None:
            self._mailbox.check_end()

    @property
    def _may_rest(self) -> bool:
        """Whether the thread may rest while nobody watches."""
        return True

    def close(self) -> None:
        if self._reader is None or not self.opens_once or self._reader.has_failed:
            self._stop()
        else:
            self._reader.rest(True)

    def dispose(self) -> None:
        self.opens_once = False
        super().dispose()

    def _stop(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop(_CLOSE_S)
        self._end()
