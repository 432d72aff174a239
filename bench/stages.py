"""What the encoder costs and gives: time, bytes and quality, by scene, size, threads and rate.

Draws the painter's scenes in memory and sends them through the host's own encoders (hosted.py) and
then through a decoder. No X server, no network, no browser: it runs on any machine with Python.
Bytes and quality are the same on every machine, if --rate is not "host"; times are not.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
from film import LOOP_FRAMES
from hosted import RATES, Hosted, conversions_us, luma
from quality import psnr_db, square_error, ssim
from results import default_path, origin, percentile, print_table, write_rows
from scenes import drawn, scene

from samescreen.encode.colour import YuvPicture
from samescreen.media import Damage, Frame, Region

FRAME_MS = 1000 / 60
SCENES = ("scroll", "film", "video", "typing", "dense")
WORST_PERCENT = 5


@dataclass(frozen=True, slots=True)
class Take:
    """One scene by one way."""

    scene: str
    width: int
    height: int
    rate: str
    threads: int
    quality: int
    max_mbps: float


@dataclass(frozen=True, slots=True)
class Row:
    """What one take gave, as it goes into the CSV file. Times and bytes leave out the first frame.

    `seconds`: of the scene's own time. `encode`: without the conversion. `late_percent`: frames
    whose conversion and encoding took longer than 1/60 s. `exchanges`: encoders after the first.
    `worst`: the fifth percentile of the frames that were compared.
    """

    scene: str
    width: int
    height: int
    rate: str
    threads: int
    quality: int
    max_mbps: float
    usable_cores: int
    frames: int
    seconds: float
    convert_p50_ms: float
    convert_p95_ms: float
    encode_p50_ms: float
    encode_p95_ms: float
    cpu_mean_ms: float
    late_percent: float
    first_kb: float
    packet_p50_kb: float
    packet_p95_kb: float
    packet_max_kb: float
    mbit_per_s: float
    keyframes: int
    exchanges: int
    psnr_y_db: float
    psnr_y_worst_db: float
    ssim_y: float
    ssim_y_worst: float


@dataclass(slots=True)
class Laps:
    """What was measured, frame by frame."""

    convert_ms: list[float] = field(default_factory=list)
    encode_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    packet_bytes: list[int] = field(default_factory=list)
    keyframes: int = 0
    square_errors: list[float] = field(default_factory=list)
    similar: list[float] = field(default_factory=list)
    at_us: list[int] = field(default_factory=list)
    made: int = 0


class Judge:
    """Decodes every packet, and compares every n-th picture with its source."""

    def __init__(self, size: tuple[int, int], every: int) -> None:
        self._decoder: Any = av.CodecContext.create("h264", "r")
        self._decoder.thread_count = 1
        self._decoder.options = {"flags": "low_delay"}
        self._source = YuvPicture(*size)
        self._every, self._count = every, 0

    def see(self, frame: Frame, payload: bytes, laps: Laps) -> None:
        (shown,) = self._decoder.decode(av.Packet(payload))
        self._count += 1
        if self._count % self._every == 0:
            wanted = self._source.update(Frame(frame.pixels, frame.pts_us, Damage.ALL))
            pair = luma(wanted), luma(shown)
            laps.square_errors.append(square_error(*pair))
            laps.similar.append(ssim(*pair))


def frames(name: str, size: tuple[int, int], count: int) -> Iterator[Frame]:
    """So many of the scene; the damage is what the painter put."""
    for each in itertools.islice(drawn(scene(name, *size), *size), count):
        box = each.changed
        damage = Damage.of(Region(box.x, box.y, box.width, box.height))
        yield Frame(each.pixels, each.at_us, damage)


def perform(take: Take, *, count: int, every: int) -> Row:
    """The whole scene by this way."""
    size, laps = (take.width, take.height), Laps()
    with conversions_us() as converted_us:
        hosted = Hosted(
            take.rate, size, quality=take.quality, bitrate_bps=round(take.max_mbps * 1e6),
            threads=take.threads,
        )  # fmt: skip
        judge = Judge(size, every)
        with closing(hosted):
            for number, frame in enumerate(frames(take.scene, size, count)):
                converted_us.clear()
                cpu_s, wall_s = time.process_time(), time.perf_counter()
                packet = hosted.encode(frame, keyframe=number == 0)
                wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
                convert_ms = sum(converted_us) / 1000
                laps.convert_ms.append(convert_ms)
                laps.encode_ms.append(wall_s * 1000 - convert_ms)
                laps.cpu_ms.append(cpu_s * 1000)
                laps.packet_bytes.append(len(packet.payload))
                laps.at_us.append(frame.pts_us)
                laps.keyframes += packet.is_keyframe
                judge.see(frame, packet.payload, laps)
        laps.made = hosted.made
    return _row(take, laps)


def _row(take: Take, laps: Laps) -> Row:
    convert, encode, size_bytes = laps.convert_ms[1:], laps.encode_ms[1:], laps.packet_bytes[1:]
    late = [a + b > FRAME_MS for a, b in zip(convert, encode, strict=True)]
    seconds = (laps.at_us[-1] - laps.at_us[0]) / 1e6
    worst_error = percentile(laps.square_errors, 100 - WORST_PERCENT)
    return Row(
        take.scene, take.width, take.height, take.rate, take.threads, take.quality, take.max_mbps,
        usable_cores=len(os.sched_getaffinity(0)),
        frames=len(encode), seconds=round(seconds, 2),
        convert_p50_ms=round(percentile(convert, 50), 3),
        convert_p95_ms=round(percentile(convert, 95), 3),
        encode_p50_ms=round(percentile(encode, 50), 3),
        encode_p95_ms=round(percentile(encode, 95), 3),
        cpu_mean_ms=round(statistics.fmean(laps.cpu_ms[1:]), 3),
        late_percent=round(100 * statistics.fmean(late), 1),
        first_kb=round(laps.packet_bytes[0] / 1000, 2),
        packet_p50_kb=round(percentile(size_bytes, 50) / 1000, 3),
        packet_p95_kb=round(percentile(size_bytes, 95) / 1000, 3),
        packet_max_kb=round(max(size_bytes) / 1000, 3),
        mbit_per_s=round(sum(size_bytes) * 8 / seconds / 1e6, 3),
        keyframes=laps.keyframes - 1, exchanges=laps.made - 1,
        psnr_y_db=round(psnr_db(laps.square_errors), 2),
        psnr_y_worst_db=round(psnr_db([worst_error]), 2),
        ssim_y=round(statistics.fmean(laps.similar), 4),
        ssim_y_worst=round(percentile(laps.similar, WORST_PERCENT), 4),
    )  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--scene", action="append", choices=SCENES, help="repeatable; default scroll, film, dense")
    add("--size", action="append", help="WIDTHxHEIGHT, even, repeatable; default 1280x720")
    add("--threads", action="append", type=int, metavar="N", help="repeatable; default 1")
    add("--rate", action="append", choices=RATES,
        help="repeatable; default host: as the host decides, in the scene's time; near, far: "
        "a constant quantiser; capped: constant quality and a VBV")  # fmt: skip
    add("--quality", action="append", type=int, metavar="1…100", help="repeatable; default 75")
    add("--max-mbps", type=float, default=20, help="what the host may spend; default 20")
    add("--frames", type=int, default=LOOP_FRAMES + 1,
        help="of each scene, the first included; default: the whole film and one")  # fmt: skip
    add("--judge-every", type=int, default=4, metavar="N", help="compare every n-th picture")
    add("--out", type=Path, help="CSV file; default bench/results/…")
    return parser.parse_args()


def _takes(options: argparse.Namespace) -> Iterator[Take]:
    sizes = [text.split("x") for text in options.size or ["1280x720"]]
    for (width, height), name, rate, threads, quality in itertools.product(
        sizes,
        options.scene or ["scroll", "film", "dense"],
        options.rate or ["host"],
        options.threads or [1],
        options.quality or [75],
    ):
        yield Take(name, int(width), int(height), rate, threads, quality, options.max_mbps)


def _show(rows: list[Row]) -> None:
    heads = ("scene", "size", "rate", "threads", "quality", "convert p50 · p95 ms",
             "encode p50 · p95 ms", "CPU ms", "late %", "Mbit/s", "packet p50 · p95 · max kB",
             "keyframes", "exchanges", "PSNR-Y · worst dB", "SSIM-Y · worst")  # fmt: skip
    lines = [
        (row.scene, f"{row.width}×{row.height}", row.rate, row.threads, row.quality,
         f"{row.convert_p50_ms:.1f} · {row.convert_p95_ms:.1f}",
         f"{row.encode_p50_ms:.1f} · {row.encode_p95_ms:.1f}",
         row.cpu_mean_ms, row.late_percent, f"{row.mbit_per_s:.2f}",
         f"{row.packet_p50_kb:.1f} · {row.packet_p95_kb:.1f} · {row.packet_max_kb:.1f}",
         row.keyframes, row.exchanges, f"{row.psnr_y_db:.1f} · {row.psnr_y_worst_db:.1f}",
         f"{row.ssim_y:.3f} · {row.ssim_y_worst:.3f}")
        for row in rows
    ]  # fmt: skip
    print_table(heads, lines)


def main() -> int:
    options = _options()
    rows: list[Row] = []
    for take in _takes(options):
        row = perform(take, count=options.frames, every=options.judge_every)
        rows.append(row)
        print(
            f"{row.scene} {row.width}×{row.height}, {row.rate}, {row.threads} threads, quality "
            f"{row.quality}: {row.convert_p50_ms:.1f} + {row.encode_p50_ms:.1f} ms, "
            f"{row.mbit_per_s:.2f} Mbit/s, {row.psnr_y_db:.1f} dB",
            file=sys.stderr,
        )
    path = options.out or default_path("stages")
    write_rows(path, rows, origin())
    _show(rows)
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
