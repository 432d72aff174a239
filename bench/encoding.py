"""Ways to convert and to encode, side by side on the same frames.

Each frame goes through every way before the next one does, in an order drawn anew, so that whatever
else the machine does hits all alike: compare within a row of the table. Process time counts all
threads and hardly depends on the load; wall time does. No screen, no network, no browser.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pictures
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from barcode import Pixels
from results import default_path, origin, percentile, print_table, write_rows

from samescreen.encode.base import EncodeRequest
from samescreen.encode.colour import YuvPicture
from samescreen.encode.h264 import X264, EncoderProfile, H264Encoder, H264Settings
from samescreen.media import Damage, Frame, Region

FRAME_US = 16_667
Frames = list[tuple[Pixels, tuple[Region, ...]]]


@dataclass(frozen=True, slots=True)
class Row:
    """One way with one content, as it goes into the CSV file."""

    stage: str
    content: str
    width: int
    height: int
    way: str
    samples: int
    cpu_p50_ms: float
    wall_p50_ms: float
    wall_p95_ms: float
    mean_packet_bytes: float
    psnr_y_db: float


@dataclass(slots=True)
class Laps:
    """What one way took, frame by frame."""

    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    packet_bytes: list[int] = field(default_factory=list)
    square_errors: list[float] = field(default_factory=list)

    def row(self, stage: str, content: str, size: tuple[int, int], way: str) -> Row:
        error = statistics.fmean(self.square_errors or [0.0])
        return Row(
            stage, content, *size, way, len(self.cpu_ms),
            round(statistics.median(self.cpu_ms), 3),
            round(statistics.median(self.wall_ms), 3),
            round(percentile(self.wall_ms, 95), 3),
            round(statistics.fmean(self.packet_bytes or [0]), 1),
            round(float(10 * np.log10(255**2 / error)), 2) if error else 0.0,
        )  # fmt: skip


def scrolled(step_px: int) -> Callable[[int, int, int], Frames]:
    """A page of text that moves up by so much a frame."""

    def frames(width: int, height: int, count: int) -> Frames:
        page = pictures.text_page(width, height + step_px * count)
        return [_whole(page[step_px * n : step_px * n + height]) for n in range(count)]

    return frames


def panned(width: int, height: int, count: int) -> Frames:
    page = pictures.text_page(width + 30 * count, height)
    return [_whole(page[:, 30 * n : 30 * n + width]) for n in range(count)]


def window_moves(width: int, height: int, count: int) -> Frames:
    page, window = pictures.text_page(width, height), pictures.text_page(480, 320)[:, ::-1]
    made = []
    for n in range(count):
        picture, x, y = page.copy(), 100 + 9 * n, 64 + 5 * n
        picture[y : y + 320, x : x + 480] = window
        made.append((picture, (_tiles(x - 9, y - 5, 489, 325),)))
    return made


def fade(width: int, height: int, count: int) -> Frames:
    page = pictures.text_page(width, height).astype(np.float32)
    return [_whole((page * (1 - n / 2 / count)).astype(np.uint8)) for n in range(count)]


def typing(width: int, height: int, count: int) -> Frames:
    picture, made = pictures.text_page(width, height), []
    glyphs = pictures.glyphs("the quick brown fox jumps over the lazy dog")
    for n in range(count):
        picture, x = picture.copy(), 64 + 12 * n
        picture[320:340, x : x + 12] = glyphs[n % len(glyphs)]
        made.append((picture, (_tiles(x, 320, 12, 20),)))
    return made


def film(share: float) -> Callable[[int, int, int], Frames]:
    """Moving pictures in a window of this share of the width and height."""

    def frames(width: int, height: int, count: int) -> Frames:
        page, made = pictures.text_page(width, height), []
        wide, high = int(width * share), int(height * share)
        x, y = width // 6, height // 12
        for clip in pictures.moving_pictures(wide, high, count):
            picture = page.copy()
            picture[y : y + high, x : x + wide] = clip
            made.append((picture, (_tiles(x, y, wide, high),)))
        return made

    return frames


def _whole(pixels: Pixels) -> tuple[Pixels, tuple[Region, ...]]:
    return np.ascontiguousarray(pixels), (Region(0, 0, pixels.shape[1], pixels.shape[0]),)


def _tiles(x: int, y: int, width: int, height: int) -> Region:
    """Grown to the tiles that the comparison reports."""
    left, top = x // 32 * 32, y // 32 * 32
    return Region(left, top, -(-(x + width) // 32) * 32 - left, -(-(y + height) // 32) * 32 - top)


CONTENTS: dict[str, Callable[[int, int, int], Frames]] = {
    "typing": typing,
    "scroll 6": scrolled(6),
    "scroll 25": scrolled(25),
    "scroll 40": scrolled(40),
    "scroll 80": scrolled(80),
    "scroll 120": scrolled(120),
    "pan 30": panned,
    "window moves": window_moves,
    "film 1/3": film(1 / 3),
    "film 2/3": film(2 / 3),
    "fade": fade,
    "page flips": lambda width, height, count: scrolled(height)(width, height, min(count, 10)),
}


def profile(preset: str = "ultrafast", more: str = "") -> EncoderProfile:
    """libx264 as the host opens it, but for this."""

    def options(settings: H264Settings) -> dict[str, str]:
        told = X264.options(settings)
        return told | {"preset": preset, "x264-params": told["x264-params"] + more}

    return EncoderProfile("libx264", options)


FAR = ":me=umh:merange=48"
ENCODERS: dict[str, EncoderProfile] = {
    "near": profile(),
    "near again": profile(),
    "far": profile(more=FAR),
    "far 32": profile(more=":me=umh:merange=32"),
    "hexagon": profile(more=":me=hex"),
    "i4x4": profile(more=":partitions=i4x4"),
    "superfast": profile("superfast"),
    "slices 2": profile(more=":slices=2"),
    "threads 2": profile(more=":threads=2:sliced-threads=1"),
}


def encode(options: argparse.Namespace, content: str, size: tuple[int, int]) -> Iterable[Row]:
    """Conversion and x264 by each way; the error is against the converted luma."""
    ways = options.way or list(ENCODERS)
    settings = H264Settings(is_capped=options.capped)
    encoders = {
        way: H264Encoder(settings, profile=ENCODERS[way], track=0, width=size[0], height=size[1])
        for way in ways
    }
    decoders = {way: _decoder() for way in ways}
    laps = {way: Laps() for way in ways}
    for number, (pixels, damage) in enumerate(CONTENTS[content](*size, options.frames)):
        frame = Frame(pixels, number * FRAME_US, Damage.of(*damage))
        for way in random.sample(ways, len(ways)):
            cpu_s, wall_s = time.process_time(), time.perf_counter()
            packet = encoders[way].encode(frame, EncodeRequest(keyframe=number == 0))
            wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
            (shown,) = decoders[way].decode(av.Packet(packet.payload))
            if number:
                laps[way].cpu_ms.append(cpu_s * 1000)
                laps[way].wall_ms.append(wall_s * 1000)
                laps[way].packet_bytes.append(len(packet.payload))
                laps[way].square_errors.append(_error(frame, shown))
    stage = "encode, capped" if options.capped else "encode"
    return [laps[way].row(stage, content, size, way) for way in ways]


def _decoder() -> Any:
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    decoder.options = {"flags": "low_delay"}
    return decoder


def _error(frame: Frame, shown: Any) -> float:
    """Mean square of what is off in luma, by a conversion of the whole."""
    wanted = YuvPicture(frame.width, frame.height).update(frame)
    planes = [
        np.frombuffer(memoryview(each.planes[0]), np.uint8)
        .reshape(-1, each.planes[0].line_size)[:, : frame.width]
        .astype(np.int32)
        for each in (wanted, shown)
    ]
    return float(np.square(planes[0] - planes[1]).mean())


def convert(options: argparse.Namespace, content: str, size: tuple[int, int]) -> Iterable[Row]:
    """BGRX → YUV alone: the boxes that changed, all of it, and that by two threads of swscale's."""
    boxes, whole, reformatter = YuvPicture(*size), YuvPicture(*size), VideoReformatter()
    ways: dict[str, Callable[[Frame], object]] = {
        "boxes": boxes.update,
        "whole": lambda frame: whole.update(replace(frame, damage=Damage.ALL)),
        "whole, threads 2": lambda frame: _threaded(reformatter, frame),
    }
    laps = {way: Laps() for way in ways}
    for number, (pixels, damage) in enumerate(CONTENTS[content](*size, options.frames)):
        for way in random.sample(list(laps), len(laps)):
            frame = Frame(pixels, 0, Damage.of(*damage))
            cpu_s, wall_s = time.process_time(), time.perf_counter()
            ways[way](frame)
            wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
            if number:
                laps[way].cpu_ms.append(cpu_s * 1000)
                laps[way].wall_ms.append(wall_s * 1000)
    return [laps[way].row("convert", content, size, way) for way in laps]


def _threaded(reformatter: VideoReformatter, frame: Frame) -> object:
    return reformatter.reformat(
        av.VideoFrame.from_numpy_buffer(frame.pixels, "bgra"),
        format="yuv420p",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.POINT,
        threads=2,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--content", action="append", choices=list(CONTENTS), help="repeatable; default all")
    add("--way", action="append", choices=list(ENCODERS), help="repeatable; default all")
    add("--size", action="append", help="WIDTHxHEIGHT, even, repeatable; default 1920x1080")
    add("--frames", type=int, default=24, help="of each content")
    add(
        "--capped", action="store_true", help="CRF and a VBV of 20 Mbit/s, not a constant quantiser"
    )
    add("--out", type=Path, help="CSV file; default bench/results/…")
    return parser.parse_args()


def main() -> int:
    options = _options()
    rows: list[Row] = []
    for text in options.size or ["1920x1080"]:
        width, height = (int(number) for number in text.split("x"))
        for content in options.content or CONTENTS:
            rows += convert(options, content, (width, height))
            rows += encode(options, content, (width, height))
    path = options.out or default_path("encoding")
    write_rows(path, rows, origin())
    heads = ("stage", "content", "size", "way", "CPU ms", "wall ms", "p95 ms", "kB", "dB")
    print_table(
        heads,
        [
            (row.stage, row.content, f"{row.width}×{row.height}", row.way, f"{row.cpu_p50_ms:.2f}",
             f"{row.wall_p50_ms:.2f}", f"{row.wall_p95_ms:.2f}",
             f"{row.mean_packet_bytes / 1000:.2f}", f"{row.psnr_y_db:.1f}")
            for row in rows
        ],
    )  # fmt: skip
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
