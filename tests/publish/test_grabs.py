"""One picture ahead: none is torn while it is in use, no change is lost, and the rate rises."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescreen.clock import clock_us
from samescreen.encode.colour import YuvPicture
from samescreen.encode.threads import AHEAD_FROM, STRIPES_FROM
from samescreen.errors import SourceLost
from samescreen.flow.lead import Lead
from samescreen.media import Damage, Frame, Pixels, Region
from samescreen.publish.grabs import Grabs
from tests.encode.h264_tools import planes_of
from tests.fakes import PATIENCE_S
from tests.publish.canvas_source import CanvasSource

SOON_US, LATER_US = 2_000, 10_000_000
SPOT = Region(32, 0, 8, 8)


@contextmanager
def grabbing(source: CanvasSource) -> Iterator[Grabs]:
    grabs = Grabs(source)
    source.open()
    yield grabs
    grabs.close()
    source.dispose()


def grab(grabs: Grabs, wait_us: int = LATER_US, threads: int = AHEAD_FROM) -> Frame | None:
    return grabs.grab(clock_us() + wait_us, threads=threads)


class Consumer:
    """Uses the newest picture, and paints a copy of it by the damage alone."""

    def __init__(self) -> None:
        self.shown: Pixels = np.zeros((0, 0, 4), np.uint8)
        self._frame: Frame | None = None

    def takes(self, frame: Frame | None) -> None:
        """Leave the picture before for this one; None: go on with that one."""
        if frame is None:
            return
        self._frame = frame
        if self.shown.shape != frame.pixels.shape:
            self.shown = np.zeros_like(frame.pixels)
        for each in frame.damage.within(frame.bounds):
            rows, columns = slice(each.y, each.bottom), slice(each.x, each.right)
            self.shown[rows, columns] = frame.pixels[rows, columns]

    def looks(self) -> None:
        """The picture in use is what its damage made of it, and so is its conversion."""
        frame = self._frame
        if frame is None:
            return
        assert np.array_equal(frame.pixels, self.shown), "torn, or a change is missing"
        if frame.converted is not None:
            fresh = planes_of(YuvPicture(*frame.size).update(Frame(self.shown, 0, Damage.ALL)))
            assert all(map(np.array_equal, planes_of(frame.converted), fresh))


spots = st.builds(
    Region, st.integers(0, 60), st.integers(0, 44), st.integers(1, 30), st.integers(1, 30)
)
acts = st.one_of(
    spots, st.sampled_from(["grab"] * 4 + ["alone", "recall", "rest", "resize", "move", "parts"])
)


@given(st.lists(acts, min_size=4, max_size=24))
@settings(max_examples=40, deadline=None)
def test_no_picture_is_torn_and_no_change_is_lost(steps: list[Region | str]) -> None:
    source, consumer = CanvasSource(), Consumer()
    with grabbing(source) as grabs:
        for number, act in enumerate(steps, start=1):
            if isinstance(act, Region):
                source.paint(act, number)
            elif act == "resize":
                source.resize(*((64, 48) if number % 2 else (32, 80)))
            elif act == "move":
                source.is_moving = not source.is_moving
                source.wake()
            elif act == "parts":
                source.reports_parts = not source.reports_parts
            elif act == "recall":
                grabs.recall()
            elif act == "rest":
                grabs.recall()
                source.rest()
            else:
                consumer.takes(grab(grabs, SOON_US, 1 if act == "alone" else STRIPES_FROM))
            consumer.looks()
        source.is_moving = False
        source.paint(SPOT, 255)
        while not np.array_equal(consumer.shown, source.desk):
            frame = grab(grabs)
            assert frame is not None, "the newest picture never came"
            consumer.takes(frame)
            consumer.looks()


def rate(
    threads: int, *, grab_s: float, encode_s: float, count: int = 25
) -> tuple[float, float]:
    """Seconds for each picture, and how old a picture is once it is encoded; medians."""
    source = CanvasSource(grab_s=grab_s)
    source.is_moving = True
    ended, ages = [], []
    with grabbing(source) as grabs:
        for _ in range(count):
            frame = grab(grabs, threads=threads)
            assert frame is not None
            time.sleep(encode_s)
            ended.append(clock_us() / 1e6)
            ages.append(ended[-1] - frame.pts_us / 1e6)
    gaps = [after - before for before, after in zip(ended[5:], ended[6:], strict=False)]
    return median(gaps), median(ages[5:])


def test_two_stages_at_once_take_as_long_as_the_longer_one() -> None:
    gap_s, age_s = rate(1, grab_s=0.012, encode_s=0.015)
    ahead_gap_s, ahead_age_s = rate(AHEAD_FROM, grab_s=0.012, encode_s=0.015)
    assert ahead_gap_s < 0.75 * gap_s, "15 ms instead of 27"
    assert ahead_age_s < 1.3 * age_s


def test_a_picture_is_converted_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that reads ten stripes in 40 ms, and a conversion that takes 12 ms for each."""
    part = YuvPicture.part

    def slowly(picture: YuvPicture, pixels: Pixels, region: Region) -> None:
        time.sleep(0.012)
        part(picture, pixels, region)

    monkeypatch.setattr(YuvPicture, "part", slowly)
    source, took_s = CanvasSource(64, 320, stripe_s=0.004), []
    source.is_moving = True
    with grabbing(source) as grabs:
        for _ in range(12):
            frame = grab(grabs, threads=STRIPES_FROM)
            assert frame is not None
            took_s.append(clock_us() / 1e6 - frame.pts_us / 1e6)
    assert 0.050 < median(took_s[2:]) < 0.100, "52 ms, and not 160"


def test_with_few_threads_only_the_caller_grabs() -> None:
    source = CanvasSource()
    source.is_moving = True
    with grabbing(source) as grabs:
        for _ in range(5):
            frame = grab(grabs, threads=AHEAD_FROM - 1)
            assert frame is not None
            assert frame.converted is None
            assert source.part_ready is None
    assert source.threads == {threading.current_thread().name}
    assert source.grabs == 5


def test_a_source_that_overwrites_its_picture_is_not_grabbed_ahead() -> None:
    source = CanvasSource()
    source.keeps_previous = False
    source.is_moving = True
    with grabbing(source) as grabs:
        assert all(grab(grabs) for _ in range(5))
    assert source.threads == {threading.current_thread().name}


def test_one_picture_waits_and_after_a_recall_the_newest_is_given() -> None:
    source = CanvasSource()
    with grabbing(source) as grabs:
        assert grab(grabs) is not None
        source.paint(SPOT, 1)
        until(lambda: source.grabs == 2)
        source.paint(SPOT, 9)
        grabs.recall()
        assert source.grabs == 2, "nothing is grabbed until this picture is taken"
        frame = grab(grabs)
    assert frame is not None
    assert frame.pixels[0, 32, 0] == 9
    assert frame.damage == Damage.of(SPOT)


def test_after_a_recall_an_unchanged_picture_is_given_once() -> None:
    source = CanvasSource()
    with grabbing(source) as grabs:
        assert grab(grabs) is not None
        source.paint(SPOT, 1)
        until(lambda: source.grabs == 2)
        grabs.recall()
        frame = grab(grabs)
        assert frame is not None
        assert frame.pixels[0, 32, 0] == 1
        assert grab(grabs, SOON_US) is None


def test_a_picture_that_waited_for_long_is_replaced_and_its_damage_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Lead, "is_stale", lambda *_: True)
    source, other = CanvasSource(), Region(0, 32, 8, 8)
    with grabbing(source) as grabs:
        assert grab(grabs) is not None
        source.paint(SPOT, 1)
        until(lambda: source.grabs == 2)
        source.paint(other, 2)
        frame = grab(grabs)
    assert frame is not None
    assert (frame.pixels[0, 32, 0], frame.pixels[32, 0, 0]) == (1, 2)
    assert frame.damage == Damage.of(SPOT) | Damage.of(other)


def test_a_wake_ends_the_wait_and_the_job_goes_on() -> None:
    source = CanvasSource()
    with grabbing(source) as grabs:
        assert grab(grabs) is not None
        timer = threading.Timer(0.02, grabs.wake)
        timer.start()
        assert grab(grabs) is None
        source.paint(SPOT, 5)
        frame = grab(grabs)
        timer.join()
    assert frame is not None
    assert frame.damage == Damage.of(SPOT)


def test_the_deadline_ends_the_wait() -> None:
    source = CanvasSource()
    with grabbing(source) as grabs:
        assert grab(grabs) is not None
        assert grab(grabs, SOON_US) is None


def test_a_lost_source_is_lost_for_the_caller() -> None:
    source = CanvasSource()
    with grabbing(source) as grabs:
        assert grab(grabs) is not None
        source.is_lost = True
        source.wake()
        with pytest.raises(SourceLost):
            grab(grabs)
        grabs.release()
        source.is_lost = False
        source.open()
        frame = grab(grabs)
        assert frame is not None
        assert frame.damage == Damage.of(frame.bounds)


def test_a_released_source_keeps_no_old_picture() -> None:
    source = CanvasSource()
    with grabbing(source) as grabs:
        assert grab(grabs) is not None
        source.paint(SPOT, 5)
        until(lambda: source.grabs == 2)
        grabs.release()
        source.paint(SPOT, 6)
        frame = grab(grabs)
    assert frame is not None
    assert frame.pixels[0, 32, 0] == 6


def test_the_other_thread_ends_with_its_owner() -> None:
    source = CanvasSource()
    before = set(threading.enumerate())
    with grabbing(source) as grabs:
        assert grab(grabs) is not None
        (started,) = set(threading.enumerate()) - before
        assert started.name == "grab-ahead"
        assert source.part_ready is None, "that takes more threads"
    started.join(PATIENCE_S)
    assert not started.is_alive()


def until(probe: object) -> None:
    """Wait until the other thread has come so far."""
    assert callable(probe)
    deadline_s = time.monotonic() + PATIENCE_S
    while not probe():
        assert time.monotonic() < deadline_s, "the other thread never came so far"
        time.sleep(0.001)
