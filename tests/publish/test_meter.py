"""The statistics of a track's last second, against counts made by hand."""

from __future__ import annotations

from samescreen.publish.meter import TrackMeter
from tests.fakes import still, video

SECOND_US = 1_000_000


def test_the_first_second() -> None:
    meter = TrackMeter()
    for n in range(60):
        meter.captured(n * 16_667)
        if n % 2:
            meter.encoded(video(n, payload=bytes(1000)), 3000 + n)
    assert meter.report(999_999, "x") is None
    stats = meter.report(SECOND_US, "x")
    assert stats is not None
    assert (stats.captured_fps, stats.encoded_fps) == (60.0, 30.0)
    assert stats.bitrate_bps == 30 * 1000 * 8
    assert stats.encode_us == 3030
    assert stats.encoder == "x"


def test_each_second_is_counted_separately() -> None:
    meter = TrackMeter()
    meter.captured(0)
    assert meter.report(SECOND_US, "") is not None
    stats = meter.report(2 * SECOND_US, "")
    assert stats is not None
    assert (stats.captured_fps, stats.bitrate_bps, stats.encode_us) == (0.0, 0, 0)


def test_a_late_report_is_averaged_over_its_time() -> None:
    meter = TrackMeter()
    for n in range(60):
        meter.captured(n)
    stats = meter.report(2 * SECOND_US, "")
    assert stats is not None
    assert stats.captured_fps == 30.0


def test_stills_count_as_bits_but_not_as_encoded_frames() -> None:
    meter = TrackMeter()
    meter.captured(0)
    meter.encoded(still(0), 9000)
    stats = meter.report(SECOND_US, "")
    assert stats is not None
    assert stats.encoded_fps == 0
    assert stats.bitrate_bps == len(still(0).payload) * 8


def test_counts_before_a_rest_are_dropped() -> None:
    meter = TrackMeter()
    for n in range(50):
        meter.captured(n)
    meter.rest()
    assert meter.report(100 * SECOND_US, "") is None
    stats = meter.report(101 * SECOND_US, "")
    assert stats is not None
    assert stats.captured_fps == 0
