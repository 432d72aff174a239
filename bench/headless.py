"""Glass to packet: no browser and no screen but the painted one, so it runs on any machine.

A painter shows a scene on an X screen (Xvfb), the system under test shares it, and one light viewer
keeps what it receives. After the measurement the pictures are decoded here: the barcode says which
frame each one shows, so delay = received - handed to the X server, and some are compared with the
frame that was painted. Decoding, painting in a page and its display are not in the delay.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from audience import Audience, Span, audience, measured, on_stage
from cores import TooFewCores, usable
from matching import next_quality
from originals import Arrived, Judged, Originals, judge
from quality import psnr_db
from received import read_packets
from results import default_path, origin, percentile, print_table, write_rows
from stage import BENCH, StageError, end_on_signals, first_line, running
from stamps import Stamps
from systems import Run, version
from viewers import Manner

from samescreen.errors import ProtocolError
from samescreen.media import PacketKind, Rendition
from samescreen.wire.packets import packet_from_bytes

SCENES = ("scroll", "film", "video", "typing", "dense")
SETTLE_S = 4.0
FIRST_PICTURE_S = 30
FIRST_QUALITY = 75
WORST_PERCENT = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One run, as it goes into the CSV file.

    `delay`: from handed to the X server until all of the packet was received. `decode`: one thread,
    after the run. `options`: those of the system. `low_percent`: of the pictures, those of the low
    rendition, which are not compared.
    """

    system: str
    version: str
    scene: str
    width: int
    height: int
    server_cores: int
    usable_cores: int
    options: str
    round: int
    seconds: float
    painted_fps: float
    fps: float
    delay_p50_ms: float
    delay_p95_ms: float
    delay_p99_ms: float
    delay_max_ms: float
    decode_p50_ms: float
    decode_p95_ms: float
    mbit_per_s: float
    low_percent: float
    compared: int
    psnr_y_db: float
    psnr_y_worst_db: float
    ssim_y: float
    ssim_y_worst: float
    server_cpu_percent: float
    viewer_cpu_percent: float
    painter_cpu_percent: float
    shared_x_cpu_percent: float
    foreign_cpu_percent: float


@dataclass(frozen=True, slots=True)
class Stream:
    """What the viewer got: pictures of the main rendition, and how many others."""

    arrived: list[Arrived]
    sizes: list[tuple[int, int]]
    """When each message of any kind came, and its bytes."""
    low: int


@contextmanager
def _samescreen_viewer(port: int, run: Run) -> Iterator[Audience]:
    with audience(port, {Manner.POLITE: 1}, is_plain=False, keeps_packets=True) as watching:
        yield watching


@contextmanager
def _selkies_viewer(port: int, run: Run) -> Iterator[Audience]:
    with tempfile.TemporaryDirectory(prefix="bench-viewer-") as folder:
        packets = Path(folder) / "packets"
        command = [
            sys.executable, BENCH / "selkies_viewer.py", "--port", port,
            "--size", f"{run.width}x{run.height}", "--packets", packets,
        ]  # fmt: skip
        with running("viewer", command, stdout=subprocess.PIPE) as child:
            assert child.process.stdout is not None
            first_line(child.process.stdout.fileno(), child, timeout_s=FIRST_PICTURE_S)
            made = Audience(child)
            yield made
        if not packets.exists():
            raise StageError("the viewer left no packets")
        made.packets = tuple(read_packets(packets))


def _samescreen_stream(packets: tuple[tuple[int, bytes], ...]) -> Stream:
    stream = Stream([], [], 0)
    low = 0
    for at_us, message in packets:
        stream.sizes.append((at_us, len(message)))
        try:
            packet = packet_from_bytes(message)
        except ProtocolError as error:
            raise StageError(f"the host sent what is no packet: {error}") from error
        if packet.kind is PacketKind.VIDEO and packet.rendition is Rendition.MAIN:
            stream.arrived.append(Arrived(at_us, packet.payload))
        low += packet.rendition is Rendition.LOW
    return Stream(stream.arrived, stream.sizes, low)


def _selkies_stream(packets: tuple[tuple[int, bytes], ...]) -> Stream:
    arrived = [Arrived(at_us, payload) for at_us, payload in packets]
    return Stream(arrived, [(each.at_us, len(each.payload)) for each in arrived], 0)


Watch = Callable[[int, Run], AbstractContextManager[Audience]]
VIEWERS: dict[str, tuple[Watch, Callable[[tuple[tuple[int, bytes], ...]], Stream]]] = {
    "samescreen": (_samescreen_viewer, _samescreen_stream),
    "selkies": (_selkies_viewer, _selkies_stream),
}


def perform(run: Run, *, round_number: int, seconds: float, every: int) -> Row:
    """One run from an empty stage to an empty stage, and the look at what it gave."""
    stamps = Stamps(run.stamps, create=True)
    watch, unpack = VIEWERS[run.system]
    with on_stage(run) as (cast, served), watch(served.port, run) as watching:
        time.sleep(SETTLE_S)
        span = measured(cast, watching.child, seconds)
    stream = unpack(watching.packets)
    until = [each for each in stream.arrived if each.at_us < span.end_us]
    originals = Originals(run.scene, run.width, run.height)
    judged = judge(until, originals, since_us=span.start_us, every=every)
    return _row(run, round_number, span, stamps, stream, judged)


def _row(
    run: Run, round_number: int, span: Span, stamps: Stamps, stream: Stream, judged: Judged
) -> Row:
    delays = [(at_us - stamps[n]) / 1000 for n, at_us in judged.first_seen_us.items()]
    sent = sum(size for at_us, size in stream.sizes if span.start_us <= at_us < span.end_us)
    errors, similar, cpu = judged.square_errors, judged.similar, span.cpu_percent
    worst_error = percentile(errors, 100 - WORST_PERCENT)
    return Row(
        system=run.system, version=version(run.system), scene=run.scene, width=run.width,
        height=run.height, server_cores=run.cores, usable_cores=len(usable()),
        options=" ".join(run.options), round=round_number, seconds=round(span.seconds, 2),
        painted_fps=round(stamps.painted_between(span.start_us, span.end_us) / span.seconds, 2),
        fps=round(len(delays) / span.seconds, 2),
        delay_p50_ms=round(percentile(delays, 50), 2),
        delay_p95_ms=round(percentile(delays, 95), 2),
        delay_p99_ms=round(percentile(delays, 99), 2),
        delay_max_ms=round(max(delays, default=0.0), 2),
        decode_p50_ms=round(percentile(judged.decode_ms, 50), 2),
        decode_p95_ms=round(percentile(judged.decode_ms, 95), 2),
        mbit_per_s=round(sent * 8 / span.seconds / 1e6, 3),
        low_percent=round(100 * stream.low / (stream.low + len(stream.arrived) or 1), 1),
        compared=len(errors),
        psnr_y_db=round(psnr_db(errors), 2) if errors else 0.0,
        psnr_y_worst_db=round(psnr_db([worst_error]), 2) if errors else 0.0,
        ssim_y=round(statistics.fmean(similar), 4) if similar else 0.0,
        ssim_y_worst=round(percentile(similar, WORST_PERCENT), 4),
        server_cpu_percent=round(cpu[0], 1), viewer_cpu_percent=round(cpu[2], 1),
        painter_cpu_percent=round(cpu[3], 1), shared_x_cpu_percent=round(cpu[4], 1),
        foreign_cpu_percent=round(max(0.0, cpu[5]), 1),
    )  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--scene", action="append", choices=SCENES, help="repeatable; default scroll and film")
    add("--system", action="append", choices=tuple(VIEWERS), help="repeatable; default samescreen")
    add("--size", action="append", help="WIDTHxHEIGHT, repeatable; default 1280x720")
    add("--cores", action="append", type=int, metavar="N",
        help="repeatable; the server has N cores for itself; default 0: all use all")  # fmt: skip
    add("--option", action="append", default=[], help="of samescreen, as in --option=--quality=50")
    add("--seconds", type=float, default=8, help="measured per run; 8 is the film once")
    add("--rounds", type=int, default=1, help="systems take turns in each")
    add("--compare-every", type=int, default=8, metavar="N", help="compare every n-th picture")
    add("--match", action="store_true",
        help="Selkies, then samescreen with the quality that gives as many bytes")  # fmt: skip
    add("--out", type=Path, help="CSV file; default bench/results/…")
    return parser.parse_args()


def _runs(options: argparse.Namespace, stamps: Path) -> Iterator[tuple[int, Run]]:
    for size in options.size or ["1280x720"]:
        width, height = (int(number) for number in size.split("x"))
        for scene in options.scene or ["scroll", "film"]:
            for cores in options.cores or [0]:
                for round_number in range(1, options.rounds + 1):
                    for system in options.system or ["samescreen"]:
                        own = tuple(options.option) if system == "samescreen" else ()
                        run = Run(system, scene, width, height, "localhost", "", "", "", stamps,
                                  options=own, cores=cores)  # fmt: skip
                        yield round_number, run


def _matched(options: argparse.Namespace, stamps: Path) -> Iterator[Row]:
    """Selkies, then samescreen with quality after quality until its bytes are Selkies' bytes."""
    for round_number, run in _runs(options, stamps):
        peer = _performed(options, round_number, replace(run, system="selkies", options=()))
        if peer is None:
            continue
        yield peer
        tried: dict[int, float] = {}
        quality: int | None = FIRST_QUALITY
        while quality is not None:
            more = (*run.options, f"--quality={quality}")
            row = _performed(options, round_number, replace(run, options=more))
            if row is None:
                break
            yield row
            tried[quality] = row.mbit_per_s
            quality = next_quality(tried, peer.mbit_per_s)


def _performed(options: argparse.Namespace, round_number: int, run: Run) -> Row | None:
    """The run; None when it failed, and a line that says why."""
    title = f"{run.scene} {run.width}×{run.height} {run.system} {' '.join(run.options)}".strip()
    try:
        row = perform(
            run, round_number=round_number, seconds=options.seconds, every=options.compare_every
        )
    except (StageError, TooFewCores) as failure:
        print(f"{title}: {failure}", file=sys.stderr)
        return None
    print(
        f"{title}: {row.fps:.1f} fps, p50 {row.delay_p50_ms:.1f} ms, {row.mbit_per_s:.2f} Mbit/s, "
        f"{row.psnr_y_db:.1f} dB",
        file=sys.stderr,
    )
    return row


def _show(rows: list[Row]) -> None:
    heads = ("scene", "size", "system", "cores", "painted", "fps", "delay p50 · p95 ms",
             "options", "server CPU %", "Mbit/s", "PSNR-Y · worst dB", "SSIM-Y · worst",
             "foreign CPU %")  # fmt: skip
    lines = [
        (row.scene, f"{row.width}×{row.height}", row.system, row.server_cores or "all",
         row.painted_fps, row.fps, f"{row.delay_p50_ms:.1f} · {row.delay_p95_ms:.1f}",
         row.options, row.server_cpu_percent, f"{row.mbit_per_s:.2f}",
         f"{row.psnr_y_db:.1f} · {row.psnr_y_worst_db:.1f}",
         f"{row.ssim_y:.3f} · {row.ssim_y_worst:.3f}", row.foreign_cpu_percent)
        for row in rows
    ]  # fmt: skip
    print_table(heads, lines)


def main() -> int:
    options = _options()
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="bench-headless-") as place:
        stamps = Path(place) / "stamps"
        if options.match:
            made: list[Row | None] = list(_matched(options, stamps))
        else:
            made = [_performed(options, number, run) for number, run in _runs(options, stamps)]
    rows = [row for row in made if row is not None]
    if rows:
        path = options.out or default_path("headless")
        write_rows(path, rows, origin())
        _show(rows)
        print(f"\n{path}")
    return 0 if rows and len(rows) == len(made) else 1


if __name__ == "__main__":
    sys.exit(main())
