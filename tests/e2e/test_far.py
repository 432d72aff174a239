"""`host:URL` with two programs: what comes through is what was encoded, also after a crash."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from samescreen.media import Rendition
from tests.stage import lip_sync
from tests.stage.host_process import TOKEN, HostProcess
from tests.stage.light_viewer import Viewer, viewing
from tests.stage.timing import MS

from .clients import run

pytestmark = pytest.mark.e2e

BACK_S = 2000 * MS
ENOUGH = 2


def test_picture_and_sound_come_through_unchanged_and_come_back(tmp_path: Path) -> None:
    film = lip_sync.film(tmp_path / "beeps.mp4", 3)
    there = HostProcess(f"file:{film}")
    host = HostProcess(f"host:{there.url()}")
    try:
        run(lambda: _compare(there, host))
        run(lambda: _crash(there, host, film))
    finally:
        there.stop()
        host.assert_clean()
    assert TOKEN not in host.stderr


async def _compare(there: HostProcess, host: HostProcess) -> None:
    async with viewing(there.port, TOKEN) as direct, viewing(host.port, TOKEN) as viewer:
        for each in (viewer, direct):
            await each.until(lambda v: v.said("audio"))
            await each.say("listen", on=True, codec="opus")
        for rendition in (Rendition.MAIN, Rendition.OPUS):
            await _is_the_same(direct, viewer, rendition)


async def _is_the_same(direct: Viewer, viewer: Viewer, rendition: Rendition) -> None:
    """The newest packets came through as they came directly, bit by bit."""
    await direct.more_than(0, rendition)
    count = len(viewer.of(rendition))
    await viewer.more_than(count + ENOUGH, rendition)
    newest = [packet.payload for packet in viewer.of(rendition)[-ENOUGH:]]
    await direct.until(lambda v: newest[-1] in {packet.payload for packet in v.of(rendition)})
    assert set(newest) <= {packet.payload for packet in direct.of(rendition)}


async def _crash(there: HostProcess, host: HostProcess, film: Path) -> None:
    async with viewing(host.port, TOKEN) as viewer:
        await viewer.more_than(0, Rendition.MAIN)
        there.stop(by=signal.SIGKILL)
        await viewer.until(lambda v: v.said("status", state="lost", reason="source-lost"))
        count = len(viewer.of(Rendition.MAIN))
        back = HostProcess(f"file:{film}", port=there.port)
        try:
            await viewer.until(lambda v: len(v.of(Rendition.MAIN)) > count, BACK_S)
            assert viewer.of(Rendition.MAIN)[count].is_keyframe
        finally:
            back.stop()
