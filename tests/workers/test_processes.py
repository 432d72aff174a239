"""Real worker processes: everybody gets every packet, and whatever dies, viewers come back."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import cast

import aiohttp
import psutil
import pytest

from samescreen.closing import CloseCode
from samescreen.host import Host
from samescreen.serve.site import now_s
from samescreen.workers.child import CAN_SPAWN
from samescreen.workers.workers import Workers
from tests.fakes import soon
from tests.host.hosting import TOKEN, card, options
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually

from .pages import is_alive, page, workers_of

pytestmark = [
    pytest.mark.skipif(not CAN_SPAWN, reason="this system cannot pass connections on"),
    pytest.mark.filterwarnings("ignore:subprocess"),
]


async def test_two_workers(caplog: pytest.LogCaptureFixture) -> None:
    """One host for all that is about viewers: a start costs a second."""
    async with Host(options(workers=2), card()) as host:
        pids = workers_of(os.getpid())
        assert len(pids) == 2
        async with page(host.port) as one, page(host.port) as other:
            await asyncio.gather(one.see(20), other.see(20))
            for each in (one, other):
                first = each.numbers[0]
                assert each.numbers == list(range(first, first + len(each.numbers)))
            assert host.audience.viewer_count() == 2
            await _counts_everybody(host)
            await one.ws.send_json({"type": "name", "name": "Anna"})
            people = host.hub.people
            await soon(lambda: any(p.name == "Anna" for p in people), "the name reaches the host")
            await _comes_back(host, pids)
            person = next(iter(host.hub.people))
            host.actions.put_out(person.person_id, now_s())
            codes = {await one.close_code(), await other.close_code()}
            assert codes == {CloseCode.PUT_OUT, aiohttp.WSCloseCode.ABNORMAL_CLOSURE}
        await soon(lambda: host.audience.viewer_count() == 0, "they left")
        await soon(lambda: len(workers_of(os.getpid())) == 2, "the dead worker is replaced")
    assert workers_of(os.getpid()) == []
    warned = {each.name for each in caplog.records if each.levelno >= logging.WARNING}
    assert warned <= {"samescreen.workers.workers"}


async def _counts_everybody(host: Host) -> None:
    async with aiohttp.ClientSession() as session:
        for path, wanted in (("/api/status", '"viewer":"v2"'), ("/metrics", 'viewer="v2"')):
            url = f"http://127.0.0.1:{host.port}{path}"
            headers = {"Authorization": f"Bearer {TOKEN}"}
            async with session.get(url, headers=headers) as answer:
                assert wanted in await answer.text()


async def _comes_back(host: Host, pids: list[int]) -> None:
    """The second page's worker is killed; the page comes again, and gets a current picture."""
    for pid in pids:
        assert len(psutil.Process(pid).net_connections("tcp")) == 1
    os.kill(pids[1], signal.SIGKILL)
    await soon(lambda: host.audience.viewer_count() == 1, "its worker is gone")
    async with page(host.port) as again:
        await again.see(3)


async def test_workers_end_tls_and_keep_the_connections_of_viewers() -> None:
    """Pages and requests reach the host's process; viewers stay in the worker, also by https."""
    async with Host(options(workers=1, tls="auto"), card()) as host:
        (worker,) = map(psutil.Process, workers_of(os.getpid()))
        async with page(host.port, scheme="https") as one, page(host.port) as other:
            await asyncio.gather(one.see(20), other.see(20))
            assert one.numbers == list(range(one.numbers[0], one.numbers[0] + len(one.numbers)))
            assert len(worker.net_connections("tcp")) == 2
            assert {person.address for person in host.hub.people} == {"127.0.0.1"}
            await _takes_requests(host, worker)
            worker.kill()
            await one.close_code()
        workers = cast(Workers, host._workers)
        await soon(lambda: not workers.running, "it is gone")
        async with page(host.port, scheme="https") as one:  # perhaps from the host's process
            await one.see(3)


async def _takes_requests(host: Host, worker: psutil.Process) -> None:
    """Several on one connection, with a long answer; the worker forgets it when it ends."""
    connector = aiohttp.TCPConnector(ssl=False, limit=1)
    async with aiohttp.ClientSession(connector=connector) as session:
        url = f"https://127.0.0.1:{host.port}"
        for path in ("/", "/viewer.js", "/api/status"):
            headers = {"Authorization": f"Bearer {TOKEN}"}
            async with session.get(url + path, headers=headers) as answer:
                assert (answer.status, await answer.read()) > (200, b"")
        assert len(worker.net_connections("tcp")) == 3
    await soon(lambda: len(worker.net_connections("tcp")) == 2, "the connection is gone")


def test_a_host_that_is_killed_leaves_no_process_behind() -> None:
    host = HostProcess("testcard", "--workers", "2", "--tls", "off")
    try:
        eventually(lambda: len(workers_of(host.pid)) == 2, what="two workers")
        workers = [psutil.Process(pid) for pid in workers_of(host.pid)]
        os.kill(host.pid, signal.SIGKILL)
        # On a busy machine they may still be starting.
        gone_within = 20_000 * MS
        eventually(lambda: not any(map(is_alive, workers)), what="they end", within=gone_within)
    finally:
        host.stop()

