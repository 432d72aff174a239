"""What a program may do about recordings, from any thread, while it shares."""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samescreen import NotSharing, Recording, Share, UsageError
from samescreen.record.file_series import Made
from tests.record.footage import played
from tests.stage.timing import MS, eventually


@pytest.fixture(autouse=True)
def switch_interval() -> Iterator[None]:
    """The host sets it for the whole process."""
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def local(**more: Any) -> Share:
    options: dict[str, Any] = {"host": "127.0.0.1", "port": 0, "tls": "off"} | more
    return Share("testcard", **options)


def test_a_recording_ends_with_its_block_and_is_whole_then(tmp_path: Path) -> None:
    with local() as share:
        with share.record(tmp_path / "a.mp4") as recording:
            assert isinstance(recording, Recording)
            assert recording.path == tmp_path / "a.mp4"
            with pytest.raises(UsageError, match="a recording runs already"):
                share.record()
            eventually(lambda: recording.path.stat().st_size > 20_000, what="it records")
        assert played(recording.path).pictures > 5
        with share.record(str(tmp_path)) as another:
            recording.stop()
            recording.stop()
            assert share._host is not None
            assert share._host.recordings.first == another.path, "stopping one stops no other"
    recording.stop()  # the share has ended


def test_the_last_minutes_are_saved_from_any_thread_but_the_hosts(tmp_path: Path) -> None:
    with local(keep_minutes=1) as share:
        host = share._host
        assert host is not None
        kept = host.recordings.kept
        eventually(lambda: (it := kept()) is not None and it.seconds > 0.5, what="it keeps")
        (path,) = share.save_last(tmp_path / "a.mp4")
        assert played(path).pictures > 5

    async def on_its_loop() -> None:
        async with local(keep_minutes=1) as share:
            with pytest.raises(UsageError, match=r"call it by asyncio\.to_thread"):
                share.save_last(tmp_path / "b.mp4")

    asyncio.run(on_its_loop())


def test_nothing_is_recorded_before_and_after(tmp_path: Path) -> None:
    share = local()
    for act in (share.record, share.save_last):
        with pytest.raises(NotSharing):
            act(tmp_path / "a.mp4")
    with share, pytest.raises(UsageError, match="start the host with --keep-minutes N"):
        share.save_last(tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_what_waits_for_the_disk_is_told_when_the_share_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, raised = threading.Event(), queue.Queue[Exception]()

    async def save(path: str) -> tuple[Made, ...]:
        began.set()
        await asyncio.Event().wait()
        return ()

    def wait_for_it() -> None:
        try:
            share.save_last(tmp_path / "a.mp4")
        except Exception as error:
            raised.put(error)

    with local(keep_minutes=1) as share:
        assert share._host is not None
        monkeypatch.setattr(share._host.recordings, "save", save)
        waiting = threading.Thread(target=wait_for_it)
        waiting.start()
        assert began.wait(5000 * MS)
    waiting.join()
    assert isinstance(raised.get_nowait(), NotSharing)
