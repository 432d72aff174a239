"""Viewers who come through a tunnel, and get their pictures from a worker process."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import psutil
import pytest

from samescreen.closing import CloseCode
from samescreen.host import Host
from samescreen.tunnelled import Tunnelled
from samescreen.workers.child import CAN_SPAWN
from tests.fakes import soon
from tests.host.hosting import card, options
from tests.workers.pages import page, workers_of

from .fake_tools import NAME, NOTES, REST, door_of, fake_tool, printing
from .transcripts import CLOUDFLARED

pytestmark = [
    pytest.mark.skipif(not CAN_SPAWN, reason="this system cannot pass connections on"),
    pytest.mark.filterwarnings("ignore:subprocess"),
]
VIEWER = {"Host": NAME, "Cf-Connecting-Ip": "203.0.113.9"}


async def test_a_worker_sends_the_pictures_through_the_tunnel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tool(tmp_path, "cloudflared", NOTES + printing(CLOUDFLARED) + REST)
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path), os.environ["PATH"])))
    about = options(workers=1, tunnel="cloudflared", tls="off")
    async with Tunnelled(about) as tunnelled, Host(about, card()) as host:
        await tunnelled.begin(host)
        await soon(lambda: bool(tunnelled.link), "the tunnel's address")
        door = door_of(tmp_path)
        (worker,) = map(psutil.Process, workers_of(os.getpid()))
        async with page(door, **VIEWER) as one, page(host.port) as here:
            await asyncio.gather(one.see(20), here.see(20))
            first = one.numbers[0]
            assert one.numbers == list(range(first, first + len(one.numbers)))
            ports = {each.laddr.port for each in worker.net_connections("tcp")}
            assert ports == {door, host.port}
            assert {each.address for each in host.hub.people} == {"203.0.113.9", "127.0.0.1"}
            worker.kill()
            await one.close_code()
        await soon(lambda: workers_of(os.getpid()) not in ([], [worker.pid]), "another worker")
        async with page(door, **VIEWER) as again:
            await again.see(3)
            assert host.audience.viewer_count() == 1
            leaving = asyncio.create_task(again.close_code())
            host.hub.close()
            assert await leaving == CloseCode.STOPPING
