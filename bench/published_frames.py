"""What decoding a published stream costs, and how soon its pixels are there.

    .venv/bin/python bench/published_frames.py --seconds 15

Packets go to a `Decoder` at a steady rate, and a thread takes each picture as a loop over
`share.frames` does. The time is that from a packet's `submit` to the array in the thread's hands.
CPU is that of the decoding process, and of this one, beside what it uses without a decoder.
"""

from __future__ import annotations

import argparse
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from encoding import CONTENTS
from gate import ENCODERS, FRAME_US
from results import default_path, origin, percentile, print_table, write_rows

from samescreen.decode.decoder import Decoder
from samescreen.media import Codec, Damage, Frame, Packet, PacketKind

START_S = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One run. CPU in percent of one core."""

    encoder: str
    content: str
    width: int
    height: int
    fps: int
    pictures: int
    taken: int
    start_s: float
    p50_ms: float
    p95_ms: float
    child_cpu: float
    host_cpu: float
    child_mb: float


class Taker:
    """Takes pictures on a thread, as a loop of a program does."""

    def __init__(self, packet: Packet) -> None:
        codec = Codec.JPEG if packet.kind is PacketKind.STILL else Codec.H264
        self._news = threading.Event()
        self.decoder = Decoder("bench", codec, self._news.set)
        self.sent: dict[int, float] = {}
        self.took_s: list[float] = []
        self.is_over = False
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def submit(self, packet: Packet, number: int) -> None:
        self.sent[number] = time.perf_counter()
        self.decoder.submit(packet.payload, number, is_keyframe=packet.is_keyframe)

    def close(self) -> None:
        self.is_over = True
        self._news.set()
        self._thread.join()
        self.decoder.close()

    def _take(self) -> None:
        while not self.is_over:
            self._news.clear()
            picture = self.decoder.newest()
            if picture is not None:
                self.took_s.append(time.perf_counter() - self.sent[picture.when_us])
            else:
                self._news.wait()


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def run(encoder: str, content: str, size: tuple[int, int], options: argparse.Namespace) -> Row:
    frames = [
        Frame(pixels, number * FRAME_US, Damage.of(*damage))
        for number, (pixels, damage) in enumerate(CONTENTS[content](*size, options.frames))
    ]
    packets = list(ENCODERS[encoder](frames, size))
    here, began = psutil.Process(), time.perf_counter()
    taker = Taker(packets[0])
    taker.submit(packets[0], 0)
    while not taker.took_s and time.perf_counter() - began < START_S:
        time.sleep(0.001)
    (child,) = here.children()
    start_s = taker.took_s.pop()
    before, began = (cpu_s(child), cpu_s(here)), time.perf_counter()
    count = round(options.seconds * options.fps)
    for number in range(1, count + 1):
        time.sleep(max(0.0, began + number / options.fps - time.perf_counter()))
        taker.submit(packets[number % len(packets)], number)
    time.sleep(0.2)
    wall_s = time.perf_counter() - began
    after = cpu_s(child), cpu_s(here)
    spent = [later - earlier for later, earlier in zip(after, before, strict=True)]
    child_mb = child.memory_info().rss / 1e6
    taker.close()
    ms = [1000 * each for each in taker.took_s]
    return Row(
        encoder, content, *size, options.fps, count, len(ms), round(start_s, 2),
        round(percentile(ms, 50), 2), round(percentile(ms, 95), 2),
        *(round(100 * each / wall_s, 1) for each in spent), round(child_mb),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--content", action="append", choices=list(CONTENTS), help="repeatable")
    add("--encoder", action="append", choices=list(ENCODERS), help="repeatable; default all")
    add("--size", default="1280x720", help="WIDTHxHEIGHT")
    add("--fps", type=int, default=30)
    add("--frames", type=int, default=60, help="of each content, which repeat")
    add("--seconds", type=float, default=10)
    add("--out", type=Path, help="CSV file; default bench/results/…")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    rows = [
        run(encoder, content, (width, height), options)
        for content in options.content or ("scroll 6", "film 2/3")
        for encoder in options.encoder or ENCODERS
    ]
    write_rows(options.out or default_path("published-frames"), rows, origin())
    print_table(
        ("encoder", "content", "taken", "start s", "p50 ms", "p95 ms", "child %", "host %", "MB"),
        [
            (row.encoder, row.content, f"{row.taken}/{row.pictures}", f"{row.start_s:.2f}",
             f"{row.p50_ms:.1f}", f"{row.p95_ms:.1f}", f"{row.child_cpu:.1f}",
             f"{row.host_cpu:.1f}", f"{row.child_mb:.0f}")
            for row in rows
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main()
