"""The socket to a relay: what waits for one that does not read is bounded."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from samescreen.relay import socket
from samescreen.relay.socket import RelaySocket
from samescreen.wire.publishing import Repaired
from tests.fakes import soon


class StuckTransport:
    """Takes nothing. A send that waits for it fails once it is aborted."""

    def __init__(self) -> None:
        self.aborted = asyncio.Event()

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        self.aborted.set()


class StuckSocket:
    """A WebSocket of aiohttp whose other end does not read."""

    def __init__(self) -> None:
        self.transport = StuckTransport()
        self._writer = self

    def get_extra_info(self, name: str) -> None:
        """It has no socket."""

    async def send_bytes(self, message: bytes) -> None:
        await self.transport.aborted.wait()
        raise ConnectionResetError("Cannot write to closing transport")

    async def send_str(self, text: str) -> None:
        await self.send_bytes(text.encode())


async def test_a_relay_that_does_not_read_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "MOST_BYTES", 10_000)
    ws: Any = StuckSocket()
    line = RelaySocket(ws)
    sending = asyncio.create_task(line.run())
    line.send_media(bytes(9_000))
    await asyncio.sleep(0)
    assert not sending.done(), "one large picture is no reason"
    for _ in range(2_000):
        line.send_text(Repaired(1))
    assert line.buffered_bytes() <= 10_000, "nothing more is kept"
    await soon(sending.done, "it ends")
    assert isinstance(sending.exception(), ConnectionError)
