"""Light pages on a host with worker processes, and which processes those are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import psutil

from samescreen.media import PacketKind
from samescreen.serve.subprotocol import PROTOCOL
from samescreen.wire.packets import packet_from_bytes
from tests.fakes import PATIENCE_S
from tests.host.hosting import HELLO, TOKEN


class Page:
    """A light page: acknowledges all packets, and keeps their numbers."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.numbers: list[int] = []

    async def see(self, pictures: int) -> None:
        """Wait until it was sent so many packets of main."""
        goal = len(self.numbers) + pictures
        while len(self.numbers) < goal:
            message = await self.ws.receive(timeout=PATIENCE_S)
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
            if message.type is aiohttp.WSMsgType.TEXT:
                continue
            packet = packet_from_bytes(message.data)
            ack: dict[str, Any] = {"type": "ack", "held_us": 0, "track": packet.track}
            ack |= {"rendition": packet.rendition, "sequence": packet.sequence}
            await self.ws.send_json(ack)
            if packet.kind is PacketKind.VIDEO:
                self.numbers.append(packet.sequence)

    async def close_code(self) -> int | None:
        """Wait until the host closes."""
        while (await self.ws.receive(timeout=PATIENCE_S)).type not in (
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.ERROR,
        ):
            pass
        return self.ws.close_code


@asynccontextmanager
async def page(
    port: int, token: str = TOKEN, scheme: str = "http", **headers: str
) -> AsyncIterator[Page]:
    """A page that has said hello, by http or https. `headers`: what a proxy adds."""
    bearer = {"Authorization": f"Bearer {token}"} | headers
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as session,
        session.ws_connect(
            f"{scheme}://127.0.0.1:{port}/ws", headers=bearer, protocols=[PROTOCOL, "other"]
        ) as ws,
    ):
        assert ws.protocol == PROTOCOL
        await ws.send_json(HELLO)
        yield Page(ws)


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs. In a container nobody may reap the dead."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def workers_of(pid: int) -> list[int]:
    """The worker processes of that host."""
    found = []
    for child in psutil.Process(pid).children():
        with suppress(psutil.Error):
            if "samescreen.workers" in child.cmdline() and is_alive(child):
                found.append(child.pid)
    return found
