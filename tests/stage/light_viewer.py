"""A viewer without a browser: acknowledges everything, keeps packets and messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from samescreen.media import Packet, PacketKind, Rendition
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.packets import packet_from_bytes
from tests.fakes import PATIENCE_S


class Viewer:
    """A viewer that acknowledges everything, and keeps packets and messages."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.packets: list[Packet] = []
        self.messages: list[dict[str, Any]] = []
        self.came = asyncio.Event()

    async def read(self) -> None:
        async for got in self.ws:
            if got.type is aiohttp.WSMsgType.TEXT:
                self.messages.append(json.loads(got.data))
            else:
                await self._take(packet_from_bytes(got.data))
            self.came.set()

    async def _take(self, packet: Packet) -> None:
        self.packets.append(packet)
        if packet.kind is not PacketKind.AUDIO:
            fields = {name: getattr(packet, name) for name in ("rendition", "sequence", "track")}
            await self.say("ack", held_us=0, **fields)

    async def until(self, is_there: Callable[[Viewer], Any], within_s: float = PATIENCE_S) -> None:
        async with asyncio.timeout(within_s):
            while not is_there(self):
                self.came.clear()
                await self.came.wait()

    async def more_than(self, count: int, rendition: Rendition) -> None:
        await self.until(lambda v: len(v.of(rendition)) > count)

    async def say(self, kind: str, **fields: Any) -> None:
        await self.ws.send_json({"type": kind, **fields})

    def of(self, rendition: Rendition) -> list[Packet]:
        return [packet for packet in self.packets if packet.rendition is rendition]

    def said(self, kind: str, **fields: Any) -> bool:
        return any(
            each["type"] == kind and all(each[name] == fields[name] for name in fields)
            for each in self.messages
        )


@asynccontextmanager
async def viewing(port: int, token: str, **hello: Any) -> AsyncIterator[Viewer]:
    """A viewer of the host at this port; `hello` changes what it says first."""
    bearer = {"Authorization": f"Bearer {token}"}
    begins = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264", "jpeg"]}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/ws", headers=bearer) as ws,
    ):
        await ws.send_json(begins | hello)
        viewer = Viewer(ws)
        reading = asyncio.ensure_future(viewer.read())
        yield viewer
        reading.cancel()
