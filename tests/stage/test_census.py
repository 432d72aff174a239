"""The census sees each kind of leak, here and in another process."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
import threading

import pytest

from tests.conftest import ShareHost
from tests.stage.census import Census, nothing_leaks
from tests.stage.timing import MS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_nothing_leaks_when_nothing_does() -> None:
    with nothing_leaks():
        os.close(os.dup(0))


def test_a_file_descriptor_is_seen() -> None:
    with pytest.raises(AssertionError, match=r"grown: \{'fds': 1\}"), nothing_leaks(within=50 * MS):
        left_open = os.dup(0)
    os.close(left_open)


def test_a_thread_is_seen() -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    with pytest.raises(AssertionError, match="'threads': 1"), nothing_leaks(within=50 * MS):
        thread.start()
    over.set()
    thread.join()


def test_a_shared_memory_segment_is_seen() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    with pytest.raises(AssertionError, match="'segments': 1"), nothing_leaks(within=50 * MS):
        segment = libc.shmget(0, 4096, 0o600)
    assert libc.shmctl(segment, 0, None) == 0


async def test_a_task_is_seen() -> None:
    before = Census.take()
    task = asyncio.create_task(asyncio.Event().wait())
    assert Census.take().exceeds(before)["tasks"] == 1
    task.cancel()
    await asyncio.wait([task])
    assert "tasks" not in Census.take().exceeds(before)


def test_another_process_is_counted_too(host_process: ShareHost) -> None:
    host = host_process(module="tests.stage.stand_in_host")
    with nothing_leaks(host.pid) as before:
        assert before.threads >= 1
        assert before.fds >= 3
