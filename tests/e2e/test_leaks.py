"""What a hundred viewers leave behind in the host's process: nothing."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.clients import run, watch_briefly
from tests.e2e.conftest import Shared
from tests.e2e.watching import MOTION_FPS, status
from tests.stage.census import nothing_leaks
from tests.stage.host_process import HostProcess
from tests.stage.timing import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.display]
ROUNDS, AT_ONCE = 10, 10


async def come_and_go(host: HostProcess, rounds: int) -> None:
    """Ten viewers at once, again and again; every other one is rude."""
    for _ in range(rounds):
        viewers = [watch_briefly(host, 1 + i % 3, rude=bool(i % 2)) for i in range(AT_ONCE)]
        await asyncio.gather(*viewers)


def test_a_hundred_viewers_leave_nothing_behind(shared: Shared) -> None:
    shared.window.motion(MOTION_FPS)
    run(lambda: come_and_go(shared.host, 1))  # whatever is made once is made now
    eventually(lambda: not status(shared.host)["viewers"], what="all have left")
    with nothing_leaks(shared.host.pid) as before:
        run(lambda: come_and_go(shared.host, ROUNDS))
        eventually(lambda: not status(shared.host)["viewers"], what="all have left")
    assert before.segments, "the screen is captured through shared memory"
    assert shared.host.stderr == ""
    shared.window.still()
