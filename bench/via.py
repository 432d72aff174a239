"""How much later pictures come through a relay than from the host itself, in one run.

A host shares the test card and publishes on a relay; one program watches both. A picture is known
by its number, so no clocks are compared. With --link the host's way to the relay is shaped
(`shaper.py`), and nobody watches the host itself: the row says how many pictures arrive and how old
they are. All on this machine; ratios travel, milliseconds do not.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import aiohttp
import av
import numpy as np
from encoding import CONTENTS
from shaper import LINKS

from samescreen.clock import clock_us
from samescreen.media import PacketKind
from samescreen.wire.packets import packet_from_bytes

TOKEN: Final = "a-token-of-the-bench"
PUBLISH: Final = "a-publish-token-of-the-bench"
SIZE: Final = (1280, 720)
START_S: Final = 30
HELLO: Final = '{"type":"hello","version":2,"accepts":["h264","jpeg"]}'
Arrivals = dict[int, tuple[int, int]]
"""By the number of the picture: when it came, and when it was grabbed, in µs."""


@contextmanager
def running(*words: str, **variables: str) -> Iterator[None]:
    """A program of ours that runs until the end."""
    environment = os.environ | {"SAMESCREEN_TOKEN": TOKEN} | variables
    with subprocess.Popen([sys.executable, *words], env=environment) as process:
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def shaped(port: int, link: str) -> Iterator[int]:
    """A port that leads to that one by such a link."""
    shaper = str(Path(__file__).with_name("shaper.py"))
    words = shaper, "--target", str(port), "--link", link, "--epoch-us", "0"
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def await_port(port: int) -> None:
    """Return once somebody listens there; programs start slowly on a busy machine."""
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit(f"nothing listens on port {port} after {START_S} seconds")


async def watch(port: int, until_s: float) -> Arrivals:
    """When each picture of main came. Acknowledges like a page that decodes at once."""
    found: Arrivals = {}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        address = f"http://127.0.0.1:{port}/ws"
        async with session.ws_connect(address, max_msg_size=0) as ws:
            await ws.send_str(HELLO)
            while time.monotonic() < until_s:
                await _take(ws, found)
    return found


async def _take(ws: aiohttp.ClientWebSocketResponse, found: Arrivals) -> None:
    try:
        message = await ws.receive(timeout=0.5)
    except TimeoutError:
        return
    if message.type is not aiohttp.WSMsgType.BINARY:
        return
    packet = packet_from_bytes(message.data)
    if packet.kind is PacketKind.VIDEO:
        found[packet.sequence] = clock_us(), packet.pts_us
    about = {"rendition": packet.rendition, "sequence": packet.sequence, "track": packet.track}
    await ws.send_json({"type": "ack", "held_us": 0} | about)


def written(scene: str, path: Path) -> Path:
    """A file of 720p pictures of that scene, 60 a second, without loss that anybody sees."""
    with av.open(str(path), "w") as container:
        fine = {"preset": "ultrafast", "qp": "8"}
        stream = container.add_stream("libx264", rate=60, options=fine)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for pixels, _ in CONTENTS[scene](*SIZE, 240):
            bgr = np.ascontiguousarray(pixels[:, :, :3])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(bgr, format="bgr24")))
        container.mux(stream.encode())
    return path


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else 0.0


def row(name: str, ages_us: list[int], seconds: float) -> str:
    p50, p95 = (percentile([each / 1000 for each in ages_us], part) for part in (0.5, 0.95))
    return f"{name:18} {len(ages_us) / seconds:5.1f} fps   p50 {p50:7.2f} ms   p95 {p95:7.2f} ms"


async def measure(host: int, relay: int, seconds: float, *, is_shaped: bool) -> None:
    """Print what came, without the first three seconds."""
    await asyncio.sleep(5)
    until_s = time.monotonic() + 3 + seconds
    from_us = clock_us() + 3_000_000
    ports = (relay,) if is_shaped else (host, relay)
    watching = [watch(port, until_s) for port in ports]
    found: list[Arrivals] = await asyncio.gather(*watching)
    for name, arrivals in zip(("via",) if is_shaped else ("direct", "via"), found, strict=True):
        ages = [came - grabbed for came, grabbed in arrivals.values() if came > from_us]
        print(row(name, ages, seconds))
    if not is_shaped:
        here, there = found
        both = [n for n in here.keys() & there.keys() if here[n][0] > from_us]
        print(row("added by the relay", [there[n][0] - here[n][0] for n in both], seconds))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--source", default="testcard")
    parser.add_argument("--scene", choices=tuple(CONTENTS), help="a file of it, not --source")
    parser.add_argument("--link", choices=tuple(LINKS), help="the way up, as in bench/shaper.py")
    options = parser.parse_args()
    host, relay = free_port(), free_port()
    is_shaped = options.link is not None
    plain = "--host", "127.0.0.1", "--tls", "off", "--quiet", "--port"
    module = "-m", "samescreen"
    with ExitStack() as stack:
        source = options.source
        if options.scene is not None:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            source = f"file:{written(options.scene, place / 'scene.mkv')}"
        served: dict[str, Any] = {"SAMESCREEN_PUBLISH_TOKEN": PUBLISH}
        stack.enter_context(running(*module, "serve", *plain, str(relay), **served))
        await_port(relay)
        way_in = stack.enter_context(shaped(relay, options.link)) if is_shaped else relay
        way = f"http://127.0.0.1:{way_in}"
        shared = *module, "share", source, *plain, str(host), "--via", way
        stack.enter_context(running(*shared, SAMESCREEN_VIA_TOKEN=PUBLISH))
        await_port(host)
        asyncio.run(measure(host, relay, options.seconds, is_shaped=is_shaped))
    return 0


if __name__ == "__main__":
    sys.exit(main())
