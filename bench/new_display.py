"""`samescreen new`: time to the first picture, time of a resize, memory, time until all is gone.

    .venv/bin/python bench/new_display.py [COMMAND…]     (default: xterm)

One light viewer with the host link, which takes control; nothing is decoded. The first picture is
the first packet of a viewer that connects as soon as the host answers. A resize takes from the
page's message to the first packet of that size; the host waits 100 ms of it for further messages.
Memory is PSS, by program.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp

TOKEN = "bench-host-token-of-no-worth"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
HELLO = '{"type":"hello","version":2,"accepts":["h264","jpeg"],"hidden":false}'
SIZES = ((1000, 601), (1600, 900), (390, 700), (1281, 721), (1920, 1080), (800, 600))
_SETTLED_S = 6.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def below(top: int) -> dict[int, str]:
    """The processes below one, itself included, by number."""
    rows = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            head, _, tail = path.read_text(errors="replace").rpartition(")")
            pid, _, name = head.partition(" (")
            rows.append((int(pid), name, int(tail.split()[1])))
    found = {top: "samescreen"}
    for _ in range(8):
        found |= {pid: name for pid, name, parent in rows if parent in found and pid not in found}
    return found


def memory_mb(pids: dict[int, str]) -> Counter[str]:
    """PSS by program."""
    used: Counter[str] = Counter()
    for pid, name in pids.items():
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    used[name] += int(line.split()[1]) // 1024
    return used


class Viewer:
    """Reads what comes and acknowledges it."""

    def __init__(self, ws: Any) -> None:
        self._ws = ws
        self._size = (0, 0)
        self._seen: dict[tuple[int, int], float] = {}
        self._came = asyncio.Event()
        self.track = 0

    async def read(self) -> None:
        async for said in self._ws:
            if said.type is aiohttp.WSMsgType.TEXT:
                about = said.json()
                if about["type"] == "welcome":
                    self.track = about["streams"][0]["track"]
                elif about["type"] == "config":
                    self._size = (about["width"], about["height"])
                continue
            self._seen.setdefault(self._size, time.perf_counter())
            self._came.set()
            _, _, track, rendition, sequence = struct.unpack_from(">BBBBI", said.data)
            ack = {"type": "ack", "rendition": rendition, "sequence": sequence, "track": track}
            await self._ws.send_str(json.dumps(ack | {"held_us": 0}))

    async def first_of(self, size: tuple[int, int]) -> float:
        """When the first packet of this size came."""
        async with asyncio.timeout(30):
            while size not in self._seen:
                self._came.clear()
                await self._came.wait()
        return self._seen[size]


async def measure(port: int, began: float) -> None:
    url = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession(headers=BEARER) as session:
        while True:
            with suppress(aiohttp.ClientError):
                ws = await session.ws_connect(f"{url}/ws", max_msg_size=0)
                break
            await asyncio.sleep(0.01)
        viewer = Viewer(ws)
        reading = asyncio.create_task(viewer.read())
        await ws.send_str(HELLO)
        first = await viewer.first_of((1280, 720))
        print(f"first picture: {first - began:.2f} s after the start")
        await asyncio.sleep(_SETTLED_S)
        control = await session.ws_connect(f"{url}/ws/control")
        took = []
        for width, height in SIZES:
            header = struct.pack(">BBHI", viewer.track, 0, 1, 0)
            sent = time.perf_counter()
            await control.send_bytes(header + struct.pack(">BHH", 11, width, height))
            took.append((await viewer.first_of((width, height)) - sent) * 1000)
            await asyncio.sleep(1.0)
        each = ", ".join(f"{ms:.0f}" for ms in took)
        print(f"resize: median {statistics.median(took):.0f} ms ({each})")
        reading.cancel()


def main() -> None:
    command = sys.argv[1:] or ["xterm"]
    port = free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith("SAMESCREEN_")}
    options = ["--host", "127.0.0.1", "--port", str(port), "--host-token", TOKEN, "--quiet"]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "samescreen", "new", "1280x720", *options, "--", *command],
        env=env,
        stderr=subprocess.DEVNULL,
    )
    pids: dict[int, str] = {}
    try:
        asyncio.run(measure(port, began))
        pids = below(process.pid)
        used = memory_mb(pids)
        each = ", ".join(f"{name} {mb}" for name, mb in used.most_common())
        print(f"memory: {sum(used.values())} MB ({each})")
    finally:
        stopped = time.perf_counter()
        process.send_signal(signal.SIGINT)
        code = process.wait(20)
    left = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    took = time.perf_counter() - stopped
    print(f"end: {took:.2f} s after Ctrl-C, status {code}, {len(left)} processes left")


if __name__ == "__main__":
    main()
