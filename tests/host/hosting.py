"""Whole hosts for tests: how one is started and watched, and what it leaves behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

from samescreen.capture.choose import OpenedSource
from samescreen.capture.testcard import TestCard
from samescreen.host import Host
from samescreen.options import ShareOptions
from samescreen.wire.messages import PROTOCOL_VERSION
from tests.fakes import PATIENCE_S, soon
from tests.stage.census import Census
from tests.stage.timing import MS

TOKEN = "a-token-for-tests"
HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264", "jpeg"]}


def options(**changes: Any) -> ShareOptions:
    values: dict[str, Any] = {"host": "127.0.0.1", "port": 0, "token": TOKEN} | changes
    return ShareOptions.of(**values)


def card() -> OpenedSource:
    return OpenedSource(TestCard(320, 180), "testcard")


@asynccontextmanager
async def watching(host: Host) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A viewer that has been sent pictures."""
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{host.port}/ws", headers=bearer) as ws,
    ):
        await ws.send_json(HELLO)
        while (await ws.receive(timeout=PATIENCE_S)).type is not aiohttp.WSMsgType.BINARY:
            pass
        yield ws


async def left(before: Census) -> dict[str, int]:
    """What is still more than before, after a moment."""
    with suppress(AssertionError):
        await soon(lambda: not Census.take().exceeds(before), "all is gone", 3000 * MS)
    return Census.take().exceeds(before)
