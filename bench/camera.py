"""What a camera that gives MJPEG costs the host, with one reader of /stream.mjpg.

No camera is needed: noisy 1280×720 pictures, recorded as MJPEG without Huffman tables as webcams
send them, come again and again at 30 a second through the code that reads cameras. Of quality 75
the camera's own pictures are handed on, of 74 new ones are made.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import psutil
from results import default_path, origin, print_table, write_rows

from samescreen.capture.camera import CameraSource
from samescreen.capture.cameras import Camera
from samescreen.capture.choose import OpenedSource
from samescreen.host import Host
from samescreen.interpreter import loop_factory
from samescreen.options import ShareOptions

WIDTH, HEIGHT, FPS, PICTURES = 1280, 720, 30, 30
TOKEN = "a-bench-of-cameras"
WARM_UP_S = 2.0


@dataclass(frozen=True, slots=True)
class Row:
    """One run, as it goes into the CSV file."""

    quality: int
    camera_bytes: int
    sent_bytes: int
    fps: float
    host_cpu_percent: float


def record(path: Path) -> None:
    """Soft shapes that move below the noise of a sensor."""
    noise = np.random.default_rng(1)
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj422p"
        stream.options = {"qmin": "4", "qmax": "4", "huffman": "default"}
        for number in range(PICTURES):
            moved = number / 9
            waves = [np.sin(right / span + moved) * np.cos(down / 80) for span in (37, 90, 160)]
            picture = 128 + 70 * np.stack(waves, axis=-1) + noise.normal(0, 4, (HEIGHT, WIDTH, 3))
            frame = av.VideoFrame.from_ndarray(picture.clip(0, 255).astype(np.uint8), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def without_tables(picture: bytes) -> bytes:
    """Without its Huffman tables."""
    kept, at = [picture[:2]], 2
    while picture[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(picture[at + 2 : at + 4])
        if picture[at + 1] != 0xC4:
            kept.append(picture[at:end])
        at = end
    return b"".join((*kept, picture[at:]))


class Paced:
    """The recording as a device that goes on for ever, at its pace."""

    def __init__(self, path: Path) -> None:
        self._container = av.open(str(path))
        self.streams = self._container.streams
        packets = self._container.demux(self.streams.video[0])
        self.pictures = [without_tables(bytes(packet)) for packet in packets if packet.size]

    def demux(self, stream: av.VideoStream) -> Iterator[Any]:
        due_s = time.monotonic()
        while True:
            for picture in self.pictures:
                due_s += 1 / FPS
                time.sleep(max(0.0, due_s - time.monotonic()))
                packet = av.Packet(picture)
                packet.stream = stream
                yield packet

    def close(self) -> None:
        self._container.close()


def share(path: Path, quality: int, parent: Connection) -> None:
    """The host, in a process of its own, until the parent says so."""
    camera = CameraSource(
        "", "linux", lambda: [Camera("/dev/video0", "bench")], lambda *_: cast(Any, Paced(path))
    )
    options = ShareOptions.of(host="127.0.0.1", port=0, token=TOKEN, tls="off", quality=quality)

    async def run() -> None:
        async with Host(options, OpenedSource(camera, "camera")) as host:
            parent.send(host.port)
            await asyncio.to_thread(parent.recv)

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(run())


def measure(path: Path, quality: int, seconds: float) -> Row:
    """One host, one reader."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=share, args=(path, quality, theirs), daemon=True)
    child.start()
    if not ours.poll(20):
        raise SystemExit("the host did not start")
    try:
        connection = http.client.HTTPConnection("127.0.0.1", ours.recv(), timeout=10)
        connection.request("GET", f"/stream.mjpg?token={TOKEN}")
        response = connection.getresponse()
        read(response, WARM_UP_S)
        process = psutil.Process(child.pid)
        before, began_s = process.cpu_times(), time.monotonic()
        sizes = read(response, seconds)
        after, took_s = process.cpu_times(), time.monotonic() - began_s
        connection.close()
    finally:
        ours.send(None)
        child.join(10)
    spent_s = after.user + after.system - before.user - before.system
    camera_bytes = sum(map(len, Paced(path).pictures)) // PICTURES
    mean = sum(sizes) // max(1, len(sizes))
    percent = round(100 * spent_s / took_s, 1)
    return Row(quality, camera_bytes, mean, round(len(sizes) / took_s, 1), percent)


def read(response: http.client.HTTPResponse, seconds: float) -> list[int]:
    """The sizes of the pictures that came."""
    sizes, end_s = [], time.monotonic() + seconds
    while time.monotonic() < end_s:
        line = response.readline()
        if line.startswith(b"Content-Length:"):
            sizes.append(int(line.split(b":")[1]))
            response.readline()
            response.read(sizes[-1])
    return sizes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--out", type=Path, default=default_path("camera"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "camera.avi"
        record(path)
        rows = [
            measure(path, quality, args.seconds) for _ in range(args.rounds) for quality in (75, 74)
        ]
    write_rows(args.out, rows, origin())
    print_table([field.name for field in fields(Row)], [astuple(row) for row in rows])
    return 0


if __name__ == "__main__":
    sys.exit(main())
