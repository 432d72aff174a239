"""The thread that reads what may block, so that the track never waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial
from itertools import count

import av
import numpy as np
import pytest

from samescreen.capture.base import FOREVER_US
from samescreen.capture.mailbox import FrameMailbox
from samescreen.capture.reader_thread import Pacer, ReaderSource, ReaderThread
from samescreen.clock import clock_us
from samescreen.errors import SourceLost
from samescreen.media import Damage, Pixels
from tests.fakes import flat
from tests.stage.census import nothing_leaks
from tests.stage.timing import MS, eventually

Pictures = Generator[av.VideoFrame, None, None]
LONG_S = 10 * MS * 1000


def picture(grey: int) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((16, 32, 3), grey, np.uint8), "rgb24")


def makes(*greys: int) -> Iterator[Callable[[], Pixels]]:
    return (partial(flat, 32, 16, (grey, grey, grey)) for grey in greys)


def test_only_the_newest_is_kept_and_the_error_comes_after_it() -> None:
    def pictures(_: Pacer) -> Iterator[Callable[[], Pixels]]:
        yield from makes(1, 2, 3)
        raise SourceLost("gone")

    published = threading.Semaphore(0)
    mailbox = FrameMailbox(published.release)
    reader = ReaderThread(pictures, mailbox, "test")
    reader.start()
    for _ in range(4):  # three pictures and the end
        assert published.acquire(timeout=LONG_S)
    mailbox.check()
    taken = mailbox.take()
    assert taken is not None
    made = taken.make()
    assert isinstance(made, np.ndarray)
    assert made[0, 0, 0] == 3
    with pytest.raises(SourceLost, match="gone"):
        mailbox.check()
    with pytest.raises(SourceLost, match="gone"):
        mailbox.take()
    reader.stop(LONG_S)


def test_a_resting_reader_waits_until_somebody_watches() -> None:
    shown = threading.Semaphore(0)
    resting = threading.Event()

    def patient(pacer: Pacer) -> Iterator[Callable[[], Pixels]]:
        yield from makes(1)
        pacer.wait_until(FOREVER_US)
        yield from makes(2)

    def hasty(pacer: Pacer) -> Iterator[Callable[[], Pixels]]:
        yield from makes(1)
        resting.wait(LONG_S)
        pacer.wait_until(0)
        shown.release()
        yield from makes(2)

    with nothing_leaks():
        mailbox = FrameMailbox(lambda: None)
        reader = ReaderThread(hasty, mailbox, "test")
        reader.start()
        assert mailbox.begun.wait(LONG_S)
        reader.rest(True)
        resting.set()
        assert not shown.acquire(timeout=0.05 * MS * 1000)
        reader.rest(False)
        assert shown.acquire(timeout=LONG_S)
        reader.stop(LONG_S)
        mailbox = FrameMailbox(lambda: None)
        waiting = ReaderThread(patient, mailbox, "test")
        waiting.start()
        assert mailbox.begun.wait(LONG_S)
        waiting.stop(LONG_S)  # ends the hold, or the census counts its thread


class Stuck(ReaderSource):
    """One picture, then a read that does not return."""

    backend = "test"

    def __init__(self) -> None:
        super().__init__("a stuck source")
        self.released = threading.Event()

    def frames(self, pacer: Pacer) -> Pictures:
        yield picture(1)
        self.released.wait()


def test_a_read_that_hangs_blocks_no_other_thread() -> None:
    source = Stuck()
    with nothing_leaks():
        source.open()
        assert source.grab(FOREVER_US) is not None
        assert source.grab(clock_us() + 10_000) is None
        source.wake()
        began = time.monotonic()
        source.close()
        assert time.monotonic() - began < 2
        source.open()
        assert source.grab(FOREVER_US) is not None
        source.released.set()
        source.dispose()


class Wild(ReaderSource):
    """Endless pictures, as fast as possible."""

    backend = "test"

    def frames(self, pacer: Pacer) -> Pictures:
        for number in count():
            yield picture(number % 256)


def test_opening_again_gives_a_whole_picture() -> None:
    source = Wild("wild")
    with nothing_leaks():
        for _ in range(2):
            source.open()
            frame = source.grab(FOREVER_US)
            assert frame is not None
            assert frame.damage == Damage.of(frame.bounds)
            source.close()
        source.dispose()


def test_an_unexpected_error_is_a_loss_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(ReaderSource):
        def frames(self, pacer: Pacer) -> Pictures:
            yield picture(1)
            raise ZeroDivisionError

    source = Broken("broken")
    source.open()
    assert source.grab(FOREVER_US) is not None

    def is_lost() -> bool:
        try:
            source.grab(clock_us())
        except SourceLost:
            return True
        return False

    eventually(is_lost, what="the loss")
    assert "ZeroDivisionError" in caplog.text
    source.dispose()
