"""What follows from a trace: ages, settling, recovery."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.received import (
    Event,
    Trace,
    ages_ms,
    fps_of,
    messages_per_second,
    recovered_after_ms,
    renditions_over_time,
    settled_after_ms,
)

MS = 1000
MAIN, LOW = 0, 1


def _trace(*lines: tuple[int, Event, int, int, int]) -> Trace:
    """Of one viewer: received, event, grabbed, rendition, decodable; times in milliseconds."""
    table = np.array(lines, dtype=np.int64).reshape(-1, 5).T
    at, event, pts, rendition, decodable = table
    zeros = np.zeros_like(at)
    return Trace(zeros, at * MS, event, pts * MS, zeros, rendition, decodable)


def test_age_counts_from_the_newest_that_can_be_shown() -> None:
    trace = _trace(
        (30, Event.VIDEO, 10, MAIN, 1),
        (40, Event.VIDEO, 20, MAIN, 0),  # its reference is missing
        (50, Event.VIDEO, 35, MAIN, 1),
        (60, Event.STILL, 5, MAIN, 1),  # older than what is shown
    )
    times_us, ages = ages_ms(trace, 20 * MS, 80 * MS)
    assert times_us.tolist() == [30_000, 40_000, 50_000, 60_000, 70_000]
    assert ages.tolist() == [20, 30, 15, 25, 35]


def test_a_picture_counts_once() -> None:
    trace = _trace((1, Event.STILL, 1, MAIN, 1), (2, Event.VIDEO, 1, MAIN, 1))
    assert fps_of(trace, 1, 0.5) == [2.0]


def test_each_viewer_has_its_own_count_also_one_that_got_nothing() -> None:
    trace = _trace(*[(at, Event.VIDEO, pts, MAIN, 1) for at, pts in ((1, 7), (2, 7), (3, 8))])
    trace = replace(trace, viewer=np.array((2, 0, 0), np.int64))
    assert fps_of(trace, 3, 0.5) == [4.0, 0.0, 2.0]
    assert fps_of(trace, 1, 0.5) == [4.0]
    assert messages_per_second(trace, 4, 0.5) == [4.0, 0.0, 2.0, 0.0]


def _times(ages: list[float]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(len(ages), dtype=np.int64) * 10 * MS


@pytest.mark.parametrize(
    ("ages", "settled_ms"),
    [
        ([100.0] * 100, 0.0),
        ([300.0] * 40 + [100.0] * 100, 370.0),  # that window has three late ones left
        ([100.0] * 100 + [300.0] * 10, -1.0),
        ([100.0] * 10, -1.0),  # too short to tell
    ],
)
def test_settled(ages: list[float], settled_ms: float) -> None:
    assert settled_after_ms(_times(ages), np.array(ages), 250) == settled_ms


def test_recovery_ends_with_a_fresh_picture() -> None:
    trace = _trace((10, Event.VIDEO, 0, MAIN, 1), (1500, Event.VIDEO, 1400, MAIN, 1))
    assert recovered_after_ms(trace, 1000 * MS, 250, within_us=2_000_000) == 500
    assert recovered_after_ms(trace, 1000 * MS, 250, within_us=400_000) == -1


def test_renditions_are_told_when_they_change() -> None:
    trace = _trace(
        (0, Event.STILL, 0, 2, 1),
        (100, Event.VIDEO, 0, MAIN, 1),
        (200, Event.VIDEO, 0, MAIN, 1),
        (3200, Event.VIDEO, 0, LOW, 1),
        (9000, Event.VIDEO, 0, MAIN, 1),
    )
    assert renditions_over_time(trace, 0) == "main 0.1 · low 3.2 · main 9.0"
