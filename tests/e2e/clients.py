"""Viewers without a browser: raw WebSocket clients, polite and rude ones.

Playwright keeps an event loop running in the test's thread, so these run in one of their own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import aiohttp

from samescreen.media import Packet
from samescreen.wire.packets import packet_from_bytes
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS

HELLO = '{"type":"hello","version":2,"accepts":["h264","jpeg"],"hidden":false}'
T = TypeVar("T")


def run(make: Callable[[], Coroutine[Any, Any, T]], *, within: float = 60_000 * MS) -> T:
    """The coroutine's result, from an event loop in another thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(asyncio.wait_for(make(), within))).result()


async def connect(session: aiohttp.ClientSession, host: HostProcess) -> Any:
    """A WebSocket that is let in and has said nothing yet."""
    return await session.ws_connect(
        host.url("/ws"), headers={"Authorization": f"Bearer {host.token}"}, max_msg_size=0
    )


async def watch_briefly(host: HostProcess, packets: int, *, rude: bool) -> None:
    """Watches and acknowledges a few packets; `rude`: then goes without a word, in midstream."""
    async with aiohttp.ClientSession() as session:
        ws = await connect(session, host)
        await ws.send_str(HELLO)
        left = packets
        while left:
            message = await ws.receive(timeout=5000 * MS)
            assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
            if message.type is aiohttp.WSMsgType.BINARY:
                left -= 1
                await ws.send_str(ack(packet_from_bytes(message.data)))
        if rude:
            ws._response.connection.transport.abort()
        else:
            await ws.close()


def ack(packet: Packet) -> str:
    answer = {"type": "ack", "held_us": 0}
    about = {"rendition": packet.rendition, "sequence": packet.sequence, "track": packet.track}
    return json.dumps(answer | about)


async def close_codes(host: HostProcess, sayings: Sequence[Sequence[str | bytes]]) -> list[int]:
    """What the host closes each of several connections with, on which these things are said."""
    async with aiohttp.ClientSession() as session:
        return [await _close_code(await connect(session, host), said) for said in sayings]


async def _close_code(ws: Any, said: Sequence[str | bytes]) -> int:
    for each in said:
        await (ws.send_bytes(each) if isinstance(each, bytes) else ws.send_str(each))
    while True:
        message = await ws.receive(timeout=5000 * MS)
        if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            return int(ws.close_code)
