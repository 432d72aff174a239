"""A line to another host that does not read what it is told."""

from __future__ import annotations

import asyncio
from typing import Any, Self

import pytest

from samescreen.media import Codec, Rendition
from samescreen.publish.far import line as lines
from samescreen.publish.far import reasons
from samescreen.publish.far.line import FarLine
from samescreen.publish.far.pictures import Role
from samescreen.publish.far.reasons import Failure
from samescreen.wire.messages import PROTOCOL_VERSION, Hello, Need
from tests.fakes import PATIENCE_S


class DeafSocket:
    """A WebSocket of aiohttp on which nothing comes and nothing goes."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        await asyncio.Event().wait()

    async def send_str(self, text: str) -> None:
        await asyncio.Event().wait()


async def test_a_host_that_does_not_read_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_SILENT_S", 1000.0)  # it goes on sending
    ws: Any = DeafSocket()
    reader: Any = None
    hello = Hello(PROTOCOL_VERSION, [Codec.H264])
    line = FarLine(ws, Role.PICTURES, hello, Rendition.MAIN, reader)
    running = asyncio.ensure_future(line.run())
    for _ in range(1100):
        line.say(Need())
    await asyncio.wait([running], timeout=PATIENCE_S)
    assert running.done()
    failure = running.exception()
    assert isinstance(failure, Failure)
    assert failure.reason is reasons.BROKE
