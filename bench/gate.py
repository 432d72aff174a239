"""What the gate of /ws/publish costs a picture, and whether mutated access units get through.

    .venv/bin/python bench/gate.py                   # cost, at three sizes
    .venv/bin/python bench/gate.py --mutate 100000   # the law: nothing passes that was not parsed

The cost is that of one whole packet as it comes from the socket: message to packet, all checks,
packet to message. No network, no screen.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from encoding import CONTENTS
from mutated import mutated
from results import default_path, origin, percentile, print_table, write_rows

from samescreen.encode.base import EncodeRequest
from samescreen.encode.h264 import H264Settings, X264Encoder
from samescreen.encode.still import encode_jpeg
from samescreen.gate.access_unit import AccessUnit, AccessUnits
from samescreen.gate.profiles import HOST, RateBounds
from samescreen.gate.refusal import Unfit
from samescreen.gate.times import PublisherClock
from samescreen.gate.track import Passed
from samescreen.gate.video import VideoGate
from samescreen.media import Codec, Damage, Frame, Packet, PacketKind, Rendition
from samescreen.wire.packets import packet_to_bytes
from samescreen.wire.published import Published, published_from_bytes, published_to_bytes
from samescreen.wire.publishing import Configure, Offer, StillCost, VideoCost

SIZES = ((1280, 720), (1920, 1080), (3840, 2160))
FRAME_US = 16_667
UNLIMITED = replace(HOST, rates=RateBounds(1 << 30, 1 << 40, 1 << 30, 1 << 50, 1e9, 1e9))
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Row:
    """One encoder with one content, as it goes into the CSV file."""

    encoder: str
    content: str
    width: int
    height: int
    pictures: int
    mean_bytes: float
    p50_us: float
    p95_us: float
    keyframe_us: float


def x264(frames: list[Frame], size: Size) -> Iterator[Packet]:
    """As the host encodes; the cap keeps 20 Mbit/s."""
    encoder = X264Encoder(H264Settings(threads=2), track=0, width=size[0], height=size[1])
    for number, frame in enumerate(frames):
        yield encoder.encode(frame, EncodeRequest(keyframe=number == 0))


def sliced(frames: list[Frame], size: Size) -> Iterator[Packet]:
    """As others may encode: eight slices a picture, three references, weights off."""
    context: Any = av.CodecContext.create("libx264", "w")
    context.width, context.height = size
    context.pix_fmt, context.bit_rate = "yuv420p", 8_000_000
    context.time_base, context.framerate = Fraction(1, 60), Fraction(60, 1)
    shape = "keyint=infinite:scenecut=0:repeat-headers=1:annexb=1:aud=1:slices=8:ref=3"
    context.options = {
        "preset": "veryfast",
        "tune": "zerolatency",
        "profile": "baseline",
        "x264-params": shape,
    }
    for number, frame in enumerate(frames):
        picture = av.VideoFrame.from_numpy_buffer(frame.pixels, "bgra").reformat(format="yuv420p")
        picture.pts = number
        for packet in context.encode(picture):
            yield Packet(
                PacketKind.VIDEO, Rendition.MAIN, 0, number, number * FRAME_US,
                packet.is_keyframe, Damage.ALL, bytes(packet),
            )  # fmt: skip


def jpeg(frames: list[Frame], size: Size) -> Iterator[Packet]:
    for number, frame in enumerate(frames):
        yield Packet(
            PacketKind.STILL, Rendition.JPEG, 0, number, frame.pts_us, True, Damage.ALL,
            encode_jpeg(frame, quality=75),
        )  # fmt: skip


ENCODERS: dict[str, Callable[[list[Frame], Size], Iterator[Packet]]] = {
    "libx264": x264,
    "8 slices": sliced,
    "JPEG": jpeg,
}


def opened(size: Size) -> VideoGate:
    """A track of this size that has announced everything."""
    offer = Offer(0, "s", "s", [VideoCost(Rendition.MAIN, 20_000_000, 60)], StillCost(90, 30))
    gate = VideoGate(UNLIMITED, offer, 1, PublisherClock(), 0)
    for rendition, codec in [(Rendition.MAIN, Codec.H264), (Rendition.JPEG, Codec.JPEG)]:
        gate.configure(Configure(0, rendition, codec, "", *size, *size, 60), 0)
    return gate


def cost(encoder: str, content: str, size: Size, count: int) -> Row:
    """One run of these pictures through the gate."""
    frames = [
        Frame(pixels, number * FRAME_US, Damage.of(*damage))
        for number, (pixels, damage) in enumerate(CONTENTS[content](*size, count))
    ]
    messages = [published_to_bytes(Published(each)) for each in ENCODERS[encoder](frames, size)]
    gate, took_us = opened(size), []
    for number, message in enumerate(messages):
        started = time.perf_counter_ns()
        passed = gate.take(published_from_bytes(message), number * FRAME_US)
        if not isinstance(passed, Passed):
            raise SystemExit(f"{encoder} {content} {size}: picture {number}: {passed}")
        packet_to_bytes(passed.published.packet)
        took_us.append((time.perf_counter_ns() - started) / 1000)
    return Row(
        encoder, content, *size, len(messages),
        round(statistics.fmean(map(len, messages[1:]))),
        round(statistics.median(took_us[1:]), 1),
        round(percentile(took_us[1:], 95), 1),
        round(took_us[0], 1),
    )  # fmt: skip


def _try(before: bytes, payload: bytes) -> AccessUnit | None:
    """What passes after this keyframe; None: it is refused."""
    units = AccessUnits(HOST.picture, 60, 20_000_000)
    units.take(before, (64, 48))
    try:
        return units.take(payload, (64, 48))
    except Unfit:
        return None


def mutate(count: int, seed: int) -> int:
    """Try so many; returns how many passed and did not pass again as they were."""
    chance, passed, wrong, longest_us = random.Random(seed), 0, 0, 0.0
    frames = [
        Frame(pixels, at * FRAME_US, Damage.ALL)
        for at, (pixels, _) in enumerate(CONTENTS["scroll 25"](64, 48, 6))
    ]
    sources = [p.payload for way in (x264, sliced) for p in way(frames, (64, 48))]
    for _ in range(count):
        payload = mutated(chance.choice(sources), sources, chance)
        started = time.perf_counter_ns()
        result = _try(sources[0], payload)
        longest_us = max(longest_us, (time.perf_counter_ns() - started) / 1000)
        if result is not None:
            passed += 1
            wrong += _try(sources[0], result.payload) != result
    print(f"{count} mutated access units: {count - passed} refused, {passed} passed,")
    print(f"{wrong} of these were not the same when they came again; longest {longest_us:.0f} µs")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--content", action="append", choices=list(CONTENTS), help="repeatable")
    add("--encoder", action="append", choices=list(ENCODERS), help="repeatable; default all")
    add("--size", action="append", help="WIDTHxHEIGHT, repeatable; default 720p, 1080p, 4K")
    add("--frames", type=int, default=24, help="of each content")
    add("--mutate", type=int, metavar="COUNT", help="try mutated access units instead")
    add("--seed", type=int, default=27)
    add("--out", type=Path, help="CSV file; default bench/results/…")
    options = parser.parse_args()
    if options.mutate is not None:
        return 1 if mutate(options.mutate, options.seed) else 0
    sizes = [tuple(map(int, text.split("x"))) for text in options.size or []]
    rows = [
        cost(encoder, content, (size[0], size[1]), options.frames)
        for size in sizes or SIZES
        for content in options.content or ("typing", "scroll 6", "film 2/3")
        for encoder in options.encoder or ENCODERS
    ]
    path = options.out or default_path("gate")
    write_rows(path, rows, origin())
    print_table(
        ("encoder", "content", "size", "kB", "p50 µs", "p95 µs", "keyframe µs"),
        [
            (row.encoder, row.content, f"{row.width}×{row.height}", f"{row.mean_bytes / 1000:.1f}",
             f"{row.p50_us:.0f}", f"{row.p95_us:.0f}", f"{row.keyframe_us:.0f}")
            for row in rows
        ],
    )  # fmt: skip
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
