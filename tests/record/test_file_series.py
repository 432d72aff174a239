"""Files of recordings, looked at with a decoder: times, sizes, seeking, cut off, on a full disk."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import av
import pytest

from samescreen.errors import UsageError
from samescreen.record.file_series import FileSeries
from samescreen.record.names import Names
from samescreen.record.timeline import Arrived
from tests.record.footage import SECOND, START, Camera, footage, played
from tests.record.mp4 import boxes

NOW = datetime(2026, 5, 4, 12, 30)


def series_at(path: Path) -> FileSeries:
    names = Names.of(str(path), NOW)
    return FileSeries(names, names.reserve())


def write(series: FileSeries, arrived: list[Arrived]) -> None:
    """As the writing thread does, without its clock."""
    for each in arrived:
        series.passed(each.at_us)
        series.take(each)


def test_picture_and_sound_are_in_step(tmp_path: Path) -> None:
    series = series_at(tmp_path / "talk.mp4")
    write(series, footage(4, sounds=(1, 3)))
    series.finish(START + 4 * SECOND)
    found = played(tmp_path / "talk.mp4")
    assert found.size == (64, 48)
    assert found.pictures == 120
    assert found.last_picture_s == pytest.approx(3.97, abs=0.02)
    assert found.sound_s == pytest.approx(4, abs=0.02)
    assert found.loud == pytest.approx((1, 2.99), abs=0.03)
    assert boxes(tmp_path / "talk.mp4") == [b"ftyp", b"free", b"mdat", b"moov"], "no fragments"
    assert [made.length_us for made in series.made] == [4 * SECOND]
    assert series.size_bytes == (tmp_path / "talk.mp4").stat().st_size


def test_a_rest_and_a_silence_keep_their_length(tmp_path: Path) -> None:
    series = series_at(tmp_path / "talk.mp4")
    write(series, footage(1))
    write(series, footage(1, Camera(), begin_us=START + 20 * SECOND))
    series.finish(START + 30 * SECOND)
    found = played(tmp_path / "talk.mp4")
    assert found.last_picture_s == pytest.approx(20.97, abs=0.02)
    assert found.sound_s == pytest.approx(30, abs=0.02)
    with av.open(str(tmp_path / "talk.mp4")) as container:
        assert container.duration == pytest.approx(30 * SECOND, abs=20_000)


def test_a_player_can_seek_to_keyframes(tmp_path: Path) -> None:
    series = series_at(tmp_path / "talk.mp4")
    write(series, footage(6, keyframe_every=60))
    series.finish(START + 6 * SECOND)
    with av.open(str(tmp_path / "talk.mp4")) as container:
        container.seek(4_500_000)
        frame = next(container.decode(video=0))
        assert frame.time == pytest.approx(4, abs=0.05)
        assert frame.to_ndarray(format="gray8").mean() == pytest.approx(16 + 120, abs=6)


def test_two_resizes_make_three_files_that_play_one_after_the_other(tmp_path: Path) -> None:
    series = series_at(tmp_path / "talk.mp4")
    for number, (width, height) in enumerate(((64, 48), (96, 64), (64, 48))):
        write(series, footage(2, Camera(width, height), begin_us=START + 2 * number * SECOND))
    series.finish(START + 6 * SECOND)
    names = ("talk.mp4", "talk-2.mp4", "talk-3.mp4")
    found = [played(tmp_path / name) for name in names]
    assert [each.size for each in found] == [(64, 48), (96, 64), (64, 48)]
    assert [each.pictures for each in found] == [60, 60, 60]
    assert [each.sound_s for each in found] == pytest.approx([2, 2, 2], abs=0.02)
    assert [made.path.name for made in series.made] == list(names)


def test_a_file_plays_at_any_moment_while_it_is_written(tmp_path: Path) -> None:
    """What a killed program leaves: everything but the last half second."""
    series = series_at(tmp_path / "talk.mp4")
    for number, arrived in enumerate(footage(3, moves=(0, 2))):
        series.passed(arrived.at_us)
        series.take(arrived)
        if number % 97 == 96:
            copy = tmp_path / "copy.mp4"
            shutil.copy(tmp_path / "talk.mp4", copy)
            now_s = (arrived.at_us - START) / 1e6
            found = played(copy)
            assert found.sound_s > now_s - 0.3
            assert found.last_picture_s > min(1.96, now_s - 0.3)
            assert found.keyframes == 1
    series.abandon()
    assert played(tmp_path / "talk.mp4").pictures == 60


def test_after_a_rest_the_last_picture_is_in_the_file(tmp_path: Path) -> None:
    """No later picture pushes it out of the muxer: silence does."""
    series = series_at(tmp_path / "talk.mp4")
    write(series, footage(1, sounds=(0, 0)))
    for tick in range(1, 6):
        series.passed(START + SECOND + tick * 80_000)
    shutil.copy(tmp_path / "talk.mp4", tmp_path / "copy.mp4")
    series.abandon()
    assert played(tmp_path / "copy.mp4").pictures == 30


@contextmanager
def file_size_limit(size_bytes: int) -> Iterator[None]:
    """Writes beyond it fail with EFBIG, as on a full disk."""
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


needs_limits = pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE")


@needs_limits
@pytest.mark.parametrize("room_bytes", [0, 40, 2000])
def test_a_disk_without_room_for_a_picture_keeps_no_file(room_bytes: int, tmp_path: Path) -> None:
    series = series_at(tmp_path / "talk.mp4")
    with file_size_limit(room_bytes):
        with pytest.raises(OSError, match="large"):
            write(series, footage(2))
        series.abandon()
    assert series.made == []
    assert not list(tmp_path.iterdir())


@needs_limits
def test_what_fits_on_a_full_disk_plays(tmp_path: Path) -> None:
    series = series_at(tmp_path / "talk.mp4")
    with file_size_limit(20_000):
        with pytest.raises(OSError, match="large") as raised:
            write(series, footage(20))
        assert raised.value.errno == errno.EFBIG
        series.abandon()
    assert (tmp_path / "talk.mp4").stat().st_size <= 20_000
    found = played(tmp_path / "talk.mp4")
    assert found.pictures > 10
    assert found.sound_s > 0.4


@needs_limits
def test_where_the_index_does_not_fit_the_file_plays_all_the_same(tmp_path: Path) -> None:
    series = series_at(tmp_path / "talk.mp4")
    write(series, footage(4))
    path = tmp_path / "talk.mp4"
    before = path.stat().st_size
    with file_size_limit(before + 300):
        with pytest.raises(OSError, match="large"):
            series.finish(START + 4 * SECOND)
        series.abandon()
    found = played(path)
    assert found.pictures >= 110
    assert b"moof" in boxes(path)


def test_files_are_for_this_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        series = series_at(tmp_path / "talk.mp4")
        write(series, footage(1))
        write(series, footage(1.2, Camera(96, 64), begin_us=START + 2 * SECOND))
        series.finish(START + 4 * SECOND)
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(made.path.stat().st_mode) for made in series.made}
    assert len(series.made) == 2
    assert modes == ({0o600} if sys.platform != "win32" else modes)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "talk.mp4").write_text("dear")
    with pytest.raises(UsageError, match=r"talk\.mp4 is there already: name another"):
        Names.of(str(tmp_path / "talk.mp4"), NOW)
    (tmp_path / "new-2.mp4").write_text("dear, too")
    series = series_at(tmp_path / "new.mp4")
    write(series, footage(1.2))
    write(series, footage(1, Camera(96, 64), begin_us=START + 2 * SECOND))
    series.finish(START + 3 * SECOND)
    assert [made.path.name for made in series.made] == ["new.mp4", "new-3.mp4"]
    assert (tmp_path / "new-2.mp4").read_text() == "dear, too"


def test_a_folder_gives_names_by_the_time(tmp_path: Path) -> None:
    first = Names.of(str(tmp_path), NOW).first
    assert first == tmp_path / "samescreen-2026-05-04-123000.mp4"
    first.touch()
    assert Names.of(str(tmp_path), NOW).first.name == "samescreen-2026-05-04-123000-2.mp4"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("nowhere/talk.mp4", "there is no folder .*nowhere: make it first"),
        ("nowhere/", "there is no folder .*nowhere: make it first"),
        ("talk.mkv", r"ends in \.mp4, not .*talk.mkv"),
        ("talk", r"ends in \.mp4, not .*talk"),
    ],
)
def test_a_place_that_makes_no_sense_is_named(tmp_path: Path, place: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Names.of(f"{tmp_path}/{place}", NOW)


@pytest.mark.skipif(sys.platform != "linux", reason="nobody can make a file there, not even root")
def test_a_place_that_cannot_be_written_is_named() -> None:
    with pytest.raises(UsageError, match=r"cannot record to /proc/talk\.mp4: .*; name a place"):
        Names.of("/proc/talk.mp4", NOW).reserve()


def test_a_recording_without_a_picture_leaves_no_file(tmp_path: Path) -> None:
    series = series_at(tmp_path / "talk.mp4")
    assert (tmp_path / "talk.mp4").exists(), "its name is taken"
    series.finish(START)
    assert list(tmp_path.iterdir()) == []
    with suppress(OSError):
        series.abandon()
    assert series.made == []
