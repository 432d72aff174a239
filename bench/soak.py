"""A long day in short: viewers come and go by the thousand, the screen changes its size.

One host, one painted X screen, and guests that speak the protocol. Some read and acknowledge, some
stop reading, some vanish without a word. Watched: whether every polite guest gets a picture that
can be decoded and is kept up to date, and whether the host ends with what it began with: memory,
threads, file descriptors, shared-memory segments.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path

import aiohttp
from audience import resident_bytes
from results import default_path, origin, print_table, write_rows
from stage import Child, end_on_signals, painting
from stamps import Stamps, now_us
from systems import SYSTEMS, Run

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]
from samescreen.media import PacketKind, Rendition  # noqa: E402
from samescreen.wire.packets import packet_from_bytes  # noqa: E402
from tests.stage.census import Census  # noqa: E402
from tests.stage.x_server import XServer  # noqa: E402

SIZES = ((1280, 720), (1024, 640), (800, 600))
RESIZE_S = 20
SAMPLE_S = 30
FIRST_PICTURE_S = 5.0
OLD_US = 1_500_000
HELLO = json.dumps({"type": "hello", "version": 2, "accepts": ["h264", "jpeg"]})


@dataclass(frozen=True, slots=True)
class Row:
    """The host at one moment."""

    at_s: int
    connects: int
    resizes: int
    keyframes: int
    without_picture: int
    left_with_an_old_one: int
    memory_mb: float
    threads: int
    fds: int
    segments: int


@dataclass(slots=True)
class Tally:
    """What happened so far."""

    connects: int = 0
    resizes: int = 0
    keyframes: int = 0
    without_picture: int = 0
    old: int = 0
    rows: list[Row] = field(default_factory=list)


class Guest:
    """One connection. `manner`: polite, stopped (stops reading), vanishing (says no goodbye)."""

    def __init__(self, tally: Tally, manner: str, stay_s: float) -> None:
        self._tally = tally
        self._manner = manner
        self._stay_s = stay_s
        self._expected: dict[Rendition, int] = {}
        self._newest_us: int | None = None
        self._acked_s = 0.0

    async def visit(self, session: aiohttp.ClientSession, port: int) -> None:
        """From handshake to goodbye."""
        self._tally.connects += 1
        headers = {"Origin": f"http://127.0.0.1:{port}"}
        url = f"http://127.0.0.1:{port}/ws"
        ws = await session.ws_connect(url, headers=headers, max_msg_size=0, autoping=True)
        try:
            await ws.send_str(HELLO)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._stay_s):
                    await self._watch(ws)
            self._judge()
            if self._manner == "stopped":
                await asyncio.sleep(self._stay_s)
        finally:
            if self._manner == "vanishing":
                ws._response.connection.transport.abort()  # type: ignore[union-attr]
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(2):
                        await ws.close()

    async def _watch(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.BINARY:
                await self._take(ws, message.data)

    async def _take(self, ws: aiohttp.ClientWebSocketResponse, message: bytes) -> None:
        packet = packet_from_bytes(message)
        if packet.kind is PacketKind.VIDEO:
            follows = self._expected.get(packet.rendition) == packet.sequence
            if not (packet.is_keyframe or follows):
                raise AssertionError(f"{packet.sequence} cannot be decoded")
            self._tally.keyframes += packet.is_keyframe
            self._expected = {packet.rendition: (packet.sequence + 1) % 2**32}
        self._newest_us = packet.pts_us
        if time.monotonic() - self._acked_s > 0.02:
            self._acked_s = time.monotonic()
            ack = {"type": "ack", "rendition": packet.rendition, "sequence": packet.sequence,
                   "held_us": 0}  # fmt: skip
            await ws.send_str(json.dumps(ack))

    def _judge(self) -> None:
        if self._newest_us is None:
            self._tally.without_picture += self._stay_s >= FIRST_PICTURE_S
        elif now_us() - self._newest_us > OLD_US:
            self._tally.old += 1


async def guests(tally: Tally, port: int, until_s: float, each_s: float) -> None:
    """One more every `each_s`, until the end; then the rest goes home."""
    coming: set[asyncio.Task[None]] = set()
    chance = random.Random(1)
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < until_s:
            manner = chance.choices(("polite", "stopped", "vanishing"), (8, 1, 1))[0]
            guest = Guest(tally, manner, chance.uniform(0.2, 8))
            coming.add(asyncio.create_task(guest.visit(session, port)))
            done = {task for task in coming if task.done()}
            for task in done:
                task.result()
            coming -= done
            await asyncio.sleep(each_s)
        await asyncio.gather(*coming)


async def resizes(tally: Tally, server: XServer) -> None:
    """Another size every so often."""
    while True:
        await asyncio.sleep(RESIZE_S)
        tally.resizes += 1
        await asyncio.to_thread(server.resize, *SIZES[tally.resizes % len(SIZES)])


async def samples(tally: Tally, host: Child, began_s: float) -> None:
    """How the host is, every so often."""
    while True:
        tally.rows.append(sample(tally, host, began_s))
        await asyncio.sleep(SAMPLE_S)


def sample(tally: Tally, host: Child, began_s: float) -> Row:
    """How the host is now."""
    census = Census.take(host.process.pid)
    return Row(
        round(time.monotonic() - began_s), tally.connects, tally.resizes, tally.keyframes,
        tally.without_picture, tally.old, round(resident_bytes(host) / 1e6, 1),
        census.threads, census.fds, census.segments,
    )  # fmt: skip


async def soak(host: Child, port: int, server: XServer, minutes: float, connects: int) -> Tally:
    """The whole day."""
    tally, began_s = Tally(), time.monotonic()
    ends_s = began_s + minutes * 60
    aside = [asyncio.create_task(resizes(tally, server))]
    aside.append(asyncio.create_task(samples(tally, host, began_s)))
    try:
        await guests(tally, port, ends_s, minutes * 60 / connects)
    finally:
        for task in aside:
            task.cancel()
        await asyncio.gather(*aside, return_exceptions=True)
    await asyncio.sleep(3)
    tally.rows.append(sample(tally, host, began_s))
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--connects", type=int, default=2000)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    end_on_signals()
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-soak-")))
        Stamps(place / "stamps", create=True)
        server = XServer(*SIZES[0]).start()
        stack.callback(server.stop)
        painter = painting(server.display, "scroll", SIZES[0], place / "stamps")
        stack.enter_context(painter)
        run = Run("samescreen", "scroll", *SIZES[0], "localhost", "", "", server.display,
                  place / "stamps", options=("--tls", "off"))  # fmt: skip
        served = stack.enter_context(SYSTEMS["samescreen"](run))
        day = soak(served.server, served.port, server, options.minutes, options.connects)
        tally = asyncio.run(day)
    path = options.out or default_path("soak")
    write_rows(path, tally.rows, origin())
    heads = tuple(each.name for each in fields(Row))
    print_table(heads, [astuple(row) for row in tally.rows])
    print(f"\n{path}")
    return 1 if tally.without_picture or tally.old else 0


if __name__ == "__main__":
    sys.exit(main())
