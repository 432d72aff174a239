"""The thread that writes: what it does beside a disk that is slow, stuck, full or gone."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from samescreen.clock import clock_us
from samescreen.record.file_series import FileSeries
from samescreen.record.names import Names
from samescreen.record.output_file import OutputFile
from samescreen.record.timeline import Arrived
from samescreen.record.writer import PATIENCE_US, Writer
from tests.fakes import PATIENCE_S
from tests.record.footage import SECOND, Camera, footage, played
from tests.record.test_file_series import file_size_limit, needs_limits

NOW = datetime(2026, 5, 4, 12, 30)


class Bench:
    """A writer with footage of just now."""

    def __init__(self, path: Path, **more: Any) -> None:
        names = Names.of(str(path), NOW)
        self.path = path
        self.ended = threading.Event()
        self.camera = Camera()
        self.began_us = clock_us()
        self.writer = Writer(
            FileSeries(names, names.reserve()), clock_us, self.ended.set, **more
        )
        self.writer.start()

    def footage(self, seconds: float, begin_s: float = 0, **more: Any) -> list[Arrived]:
        begin_us = self.began_us + round(begin_s * SECOND)
        return footage(seconds, self.camera, begin_us=begin_us, **more)

    def write(self, arrived: list[Arrived]) -> None:
        for each in arrived:
            self.writer.take(each)

    def finish(self) -> None:
        self.writer.finish()
        assert self.writer.join(PATIENCE_S)


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    waiting = threading.Event()
    for _ in range(500):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("it never came")


def test_everything_is_written_and_the_end_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "a.mp4")
    bench.write(bench.footage(0.9))
    bench.finish()
    assert bench.ended.is_set()
    assert bench.writer.fault == ""
    assert played(bench.path).pictures == 27
    bench.write(bench.footage(1))  # what comes later is nobody's


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The disk takes nothing until it is set."""
    opened, write = threading.Event(), OutputFile.write

    def slow(landing: OutputFile, chunk: bytes) -> int:
        assert opened.wait(PATIENCE_S)
        return write(landing, chunk)

    monkeypatch.setattr(OutputFile, "write", slow)
    return opened


def test_a_slow_disk_costs_pictures_up_to_a_keyframe(
    tmp_path: Path, gate: threading.Event
) -> None:
    bench = Bench(tmp_path / "a.mp4", most_waiting_bytes=4_000)
    bench.write(bench.footage(0.3))
    until(lambda: bench.writer._waiting_bytes == 0)  # the thread has it, and hangs
    bench.write(bench.footage(2, 0.3))
    writer = bench.writer
    assert writer.dropped > 0
    assert not writer.is_too_slow(bench.began_us + 3 * SECOND)
    assert not writer.needs_keyframe(clock_us()), "there is no room for one"
    gate.set()
    until(lambda: writer.needs_keyframe(clock_us()))
    bench.write(bench.footage(0.3, 2.3, keyframe_every=100))
    bench.finish()
    assert writer.fault == ""
    found = played(bench.path)
    assert found.keyframes == 2
    assert 10 < found.pictures < 78


def test_memory_is_bounded_whatever_the_disk_does(tmp_path: Path, gate: threading.Event) -> None:
    bench = Bench(tmp_path / "a.mp4", most_waiting_bytes=4_000)
    bench.write(bench.footage(10))
    assert bench.writer._waiting_bytes <= 4_000
    gate.set()
    bench.finish()


def test_a_disk_that_stays_behind_is_given_up(tmp_path: Path, gate: threading.Event) -> None:
    bench = Bench(tmp_path / "a.mp4")
    bench.write(bench.footage(0.3))
    until(lambda: bench.writer._waiting_bytes == 0)
    bench.write(bench.footage(0.3, 0.3))
    writer = bench.writer
    assert not writer.is_too_slow(bench.began_us + PATIENCE_US)
    assert writer.is_too_slow(bench.began_us + PATIENCE_US + SECOND)
    writer.finish("the disk does not keep up")
    assert not writer.join(0.05), "it hangs in the disk, and nobody waits for it"
    gate.set()
    assert writer.join(PATIENCE_S)
    assert writer.fault == "the disk does not keep up"
    assert played(bench.path).pictures > 0


@needs_limits
def test_a_full_disk_ends_the_recording_with_one_reason(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "a.mp4")
    with file_size_limit(20_000):
        bench.write(bench.footage(20))
        assert bench.ended.wait(PATIENCE_S)
    assert bench.writer.fault == "the file is as large as it may be"
    assert played(bench.path).pictures > 10


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
def test_no_space_left_is_called_a_full_disk(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "a.mp4")
    bench.writer.files._handle = os.open("/dev/full", os.O_RDWR)
    bench.write(bench.footage(1))
    assert bench.ended.wait(PATIENCE_S)
    assert bench.writer.fault == "the disk is full"


def test_an_error_of_our_own_is_one_line_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path / "a.mp4")
    monkeypatch.setattr(FileSeries, "take", lambda series, arrived: 1 // 0)
    bench.write(bench.footage(0.1))
    assert bench.ended.wait(PATIENCE_S)
    assert bench.writer.fault == "an unexpected error"
