"""A class shows its screens: many light publishers, one page with all of them, one of them large.

A script publishes as many 720p screens as there are pupils, with packets that were encoded before,
and watches all of them on connections of its own: one in full, the others as low. So the host only
checks and sends on; while it is measured, nothing here captures, encodes or decodes (nobody watches
the host's own test card). The delay is from the publisher's `send` to the watcher's receipt, on one
clock in one process.

    .venv/bin/python bench/wall.py --pupils 30 --seconds 20
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import astuple, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import psutil
from results import default_path, origin, percentile, print_table, write_rows

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from samescreen.encode.base import EncodeRequest  # noqa: E402
from samescreen.encode.h264 import H264Settings, X264Encoder  # noqa: E402
from samescreen.encode.still import encode_jpeg  # noqa: E402
from samescreen.media import Codec, Damage, Frame, Packet, PacketKind, Rendition  # noqa: E402
from samescreen.wire.messages import PROTOCOL_VERSION  # noqa: E402
from samescreen.wire.packets import packet_from_bytes  # noqa: E402
from samescreen.wire.published import Published, published_to_bytes  # noqa: E402
from samescreen.wire.publishing import (  # noqa: E402
    Configure,
    FromPublisher,
    Offer,
    Publish,
    State,
    StillCost,
    VideoCost,
    text_from_publisher,
)
from tests.stage.host_process import TOKEN, HostProcess  # noqa: E402

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG
SIZES = {MAIN: (1280, 720), LOW: (640, 360), JPEG: (1280, 720)}
FPS = {MAIN: 30, LOW: 10}
RATES = {MAIN: 2_500_000, LOW: 400_000}
LOOP_S = 4
SETTLE_S = 3.0


@dataclass(frozen=True, slots=True)
class Row:
    """One run. Rates of all pupils together; the host's CPU of one core."""

    pupils: int
    seconds: float
    host_cpu_percent: float
    host_mib: float
    in_mbps: float
    out_mbps: float
    main_fps: float
    low_fps_median: float
    low_fps_least: float
    delay_p50_ms: float
    delay_p95_ms: float


@lru_cache
def loop(rendition: Rendition) -> tuple[Packet, ...]:
    """Some seconds of a page of text that scrolls, beginning with a keyframe."""
    width, height = SIZES[MAIN]  # the encoder halves it for low
    fps = FPS[rendition]
    encoder = X264Encoder(
        H264Settings(fps=fps, max_bitrate_bps=RATES[rendition]),
        track=0,
        width=width,
        height=height,
        rendition=rendition,
    )
    lines = np.random.default_rng(1).random((height * 2, width // 8, 1)) > 0.7
    page = np.where(np.repeat(lines, 8, axis=1), 40, 230).astype(np.uint8)
    packets = []
    for number in range(fps * LOOP_S):
        at = number * 4 * height // 720 % height
        pixels = np.ascontiguousarray(np.repeat(page[at : at + height], 4, axis=2))
        frame = Frame(pixels, number * 1_000_000 // fps, Damage.ALL)
        packets.append(encoder.encode(frame, EncodeRequest(keyframe=number == 0)))
    encoder.close()
    return tuple(replace(packet, damage=Damage.ALL) for packet in packets)


@lru_cache
def still() -> bytes:
    """The first picture as a JPEG file."""
    width, height = SIZES[JPEG]
    return encode_jpeg(Frame(np.full((height, width, 4), 200, np.uint8), 0, Damage.ALL), quality=80)


class Pupil:
    """One publisher, which sends what the host wants and remembers when it did."""

    def __init__(self, number: int, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.stream = f"pupil-{number}"
        self.sent_us: dict[tuple[Rendition, int], int] = {}
        self.sent_bytes = 0
        self._ws = ws
        self._wanted: set[Rendition] = set()
        self._place: dict[Rendition, int] = defaultdict(int)
        self._sequence: dict[Rendition, int] = defaultdict(int)

    async def offer(self) -> None:
        video = [VideoCost(each, RATES[each], FPS[each]) for each in (MAIN, LOW)]
        await self._say(Publish(PROTOCOL_VERSION, "page"))
        await self._say(Offer(0, self.stream, self.stream, video, StillCost(90, 8)))
        await self._say(State(0, "live", "live", self.stream, "a script"))
        for rendition, (width, height) in SIZES.items():
            codec = Codec.JPEG if rendition is JPEG else Codec.H264
            size = width, height, width, height
            await self._say(Configure(0, rendition, codec, "", *size, 30))

    async def _say(self, message: FromPublisher) -> None:
        await self._ws.send_str(text_from_publisher(message).decode())

    async def listen(self) -> None:
        async for message in self._ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                said = json.loads(message.data)
                if said["type"] in ("refuse", "ended", "bye"):
                    raise RuntimeError(f"{self.stream}: {said}")
                if said["type"] == "want":
                    self._wanted = {Rendition(each) for each in said["renditions"]}
                    for each in said["keyframes"]:
                        self._place[Rendition(each)] = 0
                    if JPEG in said["keyframes"]:
                        await self._send_still()

    async def _send_still(self) -> None:
        await self._send(Packet(PacketKind.STILL, JPEG, 0, 0, 0, True, Damage.ALL, still()))

    async def film(self, rendition: Rendition) -> None:
        """Send this rendition while it is wanted."""
        packets, step_s = loop(rendition), 1 / FPS[rendition]
        due_s = time.monotonic()
        while True:
            due_s += step_s
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            if rendition in self._wanted:
                place = self._place[rendition]
                self._place[rendition] = (place + 1) % len(packets)
                await self._send(packets[place])

    async def _send(self, packet: Packet) -> None:
        now_us = time.monotonic_ns() // 1000
        sequence = self._sequence[packet.rendition]
        self._sequence[packet.rendition] += 1
        packet = replace(packet, sequence=sequence, track=0, pts_us=now_us)
        message = published_to_bytes(Published(packet))
        self.sent_us[packet.rendition, sequence] = now_us
        self.sent_bytes += len(message)
        await self._ws.send_bytes(message)


class Tile:
    """One connection of the page that watches all."""

    def __init__(self, pupil: Pupil, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.pupil = pupil
        self.delays_us: list[int] = []
        self.pictures = 0
        self.got_bytes = 0
        self._ws = ws

    async def watch(self, quality: str) -> None:
        hello = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264", "jpeg"]}
        await self._ws.send_json(hello | {"stream": self.pupil.stream, "quality": quality})
        async for message in self._ws:
            if message.type is aiohttp.WSMsgType.BINARY:
                await self._took(packet_from_bytes(message.data), len(message.data))

    async def _took(self, packet: Packet, size: int) -> None:
        sent_us = self.pupil.sent_us.get((packet.rendition, packet.sequence))
        if sent_us is not None:
            self.delays_us.append(time.monotonic_ns() // 1000 - sent_us)
        self.pictures += packet.kind is PacketKind.VIDEO
        self.got_bytes += size
        ack: dict[str, Any] = {"type": "ack", "held_us": 0, "track": packet.track}
        await self._ws.send_json(
            ack | {"rendition": packet.rendition, "sequence": packet.sequence}
        )

    def begin(self) -> None:
        """Count from now on."""
        self.delays_us.clear()
        self.pictures = self.got_bytes = self.pupil.sent_bytes = 0


@asynccontextmanager
async def publishing(pupils: int, port: int) -> AsyncIterator[list[Pupil]]:
    """So many pupils, each of whom shows a screen to the host at this port."""
    async with AsyncExitStack() as stack:
        shown = [Pupil(n, await _socket(stack, port, "/ws/publish")) for n in range(pupils)]
        tasks = [asyncio.create_task(each.listen()) for each in shown]
        for pupil in shown:
            await pupil.offer()
            tasks += [asyncio.create_task(pupil.film(each)) for each in (MAIN, LOW)]
        await asyncio.sleep(1)
        yield shown
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)


async def run(pupils: int, seconds: float, host: HostProcess) -> Row:
    """One room of so many pupils."""
    process = psutil.Process(host.pid)
    async with AsyncExitStack() as stack:
        shown = await stack.enter_async_context(publishing(pupils, host.port))
        tiles, tasks = [], []
        for pupil in shown:
            ws = await _socket(stack, host.port, "/ws")
            tiles.append(Tile(pupil, ws))
            tasks.append(asyncio.create_task(tiles[-1].watch("low" if tiles[1:] else "full")))
        await asyncio.sleep(SETTLE_S)
        for tile in tiles:
            tile.begin()
        before_s, began_s = sum(process.cpu_times()[:2]), time.monotonic()
        await asyncio.sleep(seconds)
        took_s = time.monotonic() - began_s
        cpu_s = sum(process.cpu_times()[:2]) - before_s
        row = _row(tiles, took_s, cpu_s, process.memory_info().rss)
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)
    return row


def _row(tiles: Sequence[Tile], took_s: float, cpu_s: float, rss: int) -> Row:
    large, *small = (tile.pictures / took_s for tile in tiles)
    delays_ms = [each / 1000 for tile in tiles for each in tile.delays_us]
    mbps = 8 / took_s / 1e6
    return Row(
        len(tiles),
        round(took_s, 1),
        round(100 * cpu_s / took_s, 1),
        round(rss / 2**20, 1),
        round(sum(tile.pupil.sent_bytes for tile in tiles) * mbps, 2),
        round(sum(tile.got_bytes for tile in tiles) * mbps, 2),
        round(large, 1),
        round(percentile(small, 50), 1),
        round(min(small, default=0), 1),
        round(percentile(delays_ms, 50), 1),
        round(percentile(delays_ms, 95), 1),
    )


async def _socket(
    stack: AsyncExitStack, port: int, path: str
) -> aiohttp.ClientWebSocketResponse:
    """A connection of a person of their own, who came by the page."""
    http = await stack.enter_async_context(aiohttp.ClientSession())
    url, same = f"http://localhost:{port}", {"Origin": f"http://localhost:{port}"}
    async with http.post(f"{url}/api/login", json={"token": TOKEN}, headers=same) as answer:
        answer.raise_for_status()
    ws = await http.ws_connect(url + path, headers=same, max_msg_size=0)
    stack.push_async_callback(ws.close)
    return ws


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pupils", type=int, action="append", help="30; may be repeated")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = []
    for rendition in (MAIN, LOW):
        loop(rendition)  # before anything is measured
    still()
    for pupils in options.pupils or [30]:
        host = HostProcess("testcard", "--allow", "publish", "--max-publishers", "200")
        try:
            rows.append(asyncio.run(run(pupils, options.seconds, host)))
        finally:
            host.stop()
    names = [field.name for field in fields(Row)]
    print_table(names, [[str(value) for value in astuple(row)] for row in rows])
    write_rows(options.out or default_path("wall"), rows, origin())


if __name__ == "__main__":
    main()
