"""What it costs when nothing but the mouse cursor moves: in the picture, and apart from it.

The pointer circles over a still page of text, as fast as a mouse at 125 Hz reports. One viewer
watches, without a browser: it acknowledges what it gets, and draws the cursor itself or not. A
viewer that draws none has it in the picture, as every viewer had before the cursor came apart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import struct
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import xcffib
import xcffib.xproto
import xcffib.xtest
from results import default_path, origin, print_table, write_rows
from stage import StageError, XServer, end_on_signals, painting, traffic, x_screen
from stamps import Stamps, now_us
from systems import Run, Served, samescreen

from samescreen.wire.messages import CURSOR, PROTOCOL_VERSION

TOKEN = "of-a-host-that-lives-for-a-minute"
MOTION = 6
EVERY_S = 1 / 125
SETTLE_S = 3.0
IN_PICTURE, APART = "in the picture", "apart"


@dataclass(frozen=True, slots=True)
class Row:
    """One run."""

    cursor: str
    width: int
    height: int
    round: int
    seconds: float
    server_cpu_percent: float
    shared_x_cpu_percent: float
    kbit_s: float
    pictures_s: float
    places_s: float
    """Messages that say where the cursor is."""


class Watcher:
    """One viewer, and what it got."""

    def __init__(self) -> None:
        self.pictures = self.places = 0

    async def watch(self, port: int, draws: bool) -> None:
        kinds = [CURSOR] if draws else []
        hello = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264"], "kinds": kinds}
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        async with aiohttp.ClientSession(headers=bearer) as session:
            ws = await session.ws_connect(f"http://127.0.0.1:{port}/ws", max_msg_size=0)
            await ws.send_str(json.dumps(hello))
            async for message in ws:
                if message.type is aiohttp.WSMsgType.BINARY:
                    self.pictures += 1
                    await ws.send_str(_ack(message.data))
                elif json.loads(message.data)["type"] == "cursor":
                    self.places += 1


def _ack(packet: bytes) -> str:
    _, _, track, rendition, sequence = struct.unpack(">BBBBI", packet[:8])
    fields = {"rendition": rendition, "sequence": sequence, "held_us": 0, "track": track}
    return json.dumps({"type": "ack", **fields})


class Mouse:
    """Moves the pointer in a circle around the middle of a screen."""

    def __init__(self, display: str, width: int, height: int) -> None:
        self._connection = xcffib.connect(display=display)
        self._xtest = self._connection(xcffib.xtest.key)
        self._root = self._connection.get_setup().roots[0].root
        core = self._connection.core
        for window in core.QueryTree(self._root).reply().children:
            # The painter hides the pointer over its window.
            core.ChangeWindowAttributes(window, xcffib.xproto.CW.Cursor, [xcffib.NONE])
        self._middle, self._radius = (width // 2, height // 2), height // 3

    async def circle(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end_s, step = loop.time() + seconds, 0
        while loop.time() < end_s:
            step += 1
            x, y = (
                around + round(self._radius * turn(step / 40))
                for around, turn in zip(self._middle, (math.cos, math.sin), strict=True)
            )
            self._xtest.FakeInput(MOTION, 0, 0, self._root, x, y, 0)
            self._connection.flush()
            await asyncio.sleep(EVERY_S)


@contextmanager
def shared(size: tuple[int, int]) -> Iterator[tuple[XServer, Served]]:
    """A still page on a screen that is shared."""
    with ExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-cursor-"))
        stamps = Path(place) / "stamps"
        Stamps(stamps, create=True)
        screen = stack.enter_context(x_screen(*size))
        stack.enter_context(painting(screen.display, "still", size, stamps))
        run = Run("samescreen", "still", *size, "localhost", "", "auto", screen.display, stamps,
                  token=TOKEN)  # fmt: skip
        yield screen, stack.enter_context(samescreen(run))


@dataclass(frozen=True, slots=True)
class Gauge:
    """Every counter at one moment."""

    at_us: int
    server_s: float
    shared_x_s: float
    sent_bytes: int
    pictures: int
    places: int


async def perform(way: str, size: tuple[int, int], seconds: float, round_number: int) -> Row:
    """One run from an empty stage to an empty stage."""
    with shared(size) as (screen, served):
        watcher, mouse = Watcher(), Mouse(screen.display, *size)
        watching = asyncio.create_task(watcher.watch(served.port, draws=way == APART))

        def gauge() -> Gauge:
            sent = traffic(served.port).sent_bytes
            cpu = served.server.cpu_s(), screen.child.cpu_s()
            return Gauge(now_us(), *cpu, sent, watcher.pictures, watcher.places)

        await mouse.circle(SETTLE_S)
        before = gauge()
        await mouse.circle(seconds)
        after = gauge()
        if watching.done():
            watching.result()
            raise StageError("the host hung up")
        watching.cancel()
    took_s = (after.at_us - before.at_us) / 1e6
    return Row(
        way, *size, round_number, round(took_s, 2),
        round(100 * (after.server_s - before.server_s) / took_s, 1),
        round(100 * (after.shared_x_s - before.shared_x_s) / took_s, 1),
        round((after.sent_bytes - before.sent_bytes) * 8 / 1000 / took_s, 1),
        round((after.pictures - before.pictures) / took_s, 1),
        round((after.places - before.places) / took_s, 1),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", default="1920x1080", help="of the screen, WIDTHxHEIGHT")
    parser.add_argument("--seconds", type=float, default=8, help="measured per run")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--out", type=Path, help="CSV file; default bench/results/…")
    options = parser.parse_args()
    end_on_signals()
    width, height = (int(number) for number in options.size.split("x"))
    rows = [
        asyncio.run(perform(way, (width, height), options.seconds, round_number))
        for round_number in range(1, options.rounds + 1)
        for way in (IN_PICTURE, APART)
    ]
    path = options.out or default_path("cursor")
    write_rows(path, rows, origin())
    heads = ("cursor", "server CPU %", "X CPU %", "kbit/s", "pictures/s", "places/s")
    print_table(heads, [
        (r.cursor, r.server_cpu_percent, r.shared_x_cpu_percent, r.kbit_s, r.pictures_s, r.places_s)
        for r in rows
    ])  # fmt: skip
    print(f"\n{path}")


if __name__ == "__main__":
    main()
