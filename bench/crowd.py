"""Many viewers at once: what each of them gets, and what each costs the server.

Light viewers speak the whole protocol and decode nothing, so that hundreds fit beside the server
on a small machine. With --isolation: whether rude viewers change what the polite ones get.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import isolation
from audience import (
    Audience,
    Span,
    audience,
    measured,
    on_stage,
    painted_to_received_ms,
    resident_bytes,
)
from cores import TooFewCores
from received import delays_ms, fps_of, grab_jitter_ms, messages_per_second
from results import default_path, origin, percentile, print_table, write_rows
from stage import StageError, end_on_signals
from stamps import Stamps
from systems import Run, version
from viewers import Manner

COUNTS = (1, 4, 8, 20, 50, 100, 200, 500)
SCENES = ("scroll", "video", "typing")
SHARING = ("samescreen", "baseline")
MOST_OF_BASELINE = 50
WARM_UP_S = 3.0
SETTLE_S = 4.0
SCREEN_FPS: Final = 60
SETTLE_EACH_S = 0.01
"""Hundreds who come at once take a while to be served: on two cores, and all in one process."""
HTTPS: Final = "https"
RUDE = (Manner.THIN, Manner.STOPPED, Manner.SILENT)


@dataclass(frozen=True, slots=True)
class Row:
    """One run, as it goes into the CSV file. Frames and delays are those of polite viewers."""

    system: str
    version: str
    scene: str
    host: str
    width: int
    height: int
    server_cores: int
    """Its own; 0: nothing was pinned."""
    round: int
    viewers: int
    rude: int
    seconds: float
    painted_fps: float
    fps_min: float
    fps_median: float
    fps_max: float
    delay_p50_ms: float
    delay_p95_ms: float
    delay_max_ms: float
    grab_jitter_p95_ms: float
    """Of the intervals between grabs, how far from a sixtieth of a second; 0 for the script."""
    server_cpu_percent: float
    loop_cpu_percent: float
    """The server's first thread alone; samescreen's event loop."""
    cpu_us_per_frame: float
    marginal_us_per_frame: float
    """What the run with one viewer did not cost; 0 without such a run."""
    kbit_per_viewer: float
    memory_alone_mb: float
    memory_mb: float
    memory_per_viewer_kb: float
    low_percent: float
    """Of the frames, how many were of the low rendition."""
    undecodable: int
    thrown_out: int
    viewers_cpu_percent: float
    painter_cpu_percent: float
    shared_x_cpu_percent: float
    foreign_cpu_percent: float


def perform(run: Run, count: int, rude: int, *, round_number: int, seconds: float) -> Row:
    """One run from an empty stage to an empty stage."""
    stamps = Stamps(run.stamps, create=True)
    is_plain = run.system == "baseline"
    is_secure = run.host == HTTPS
    manners = {Manner.POLITE: count} | {
        manner: len(range(index, rude, len(RUDE))) for index, manner in enumerate(RUDE)
    }
    with on_stage(run) as (cast, served):
        with audience(served.port, {Manner.POLITE: 1}, is_plain=is_plain, is_secure=is_secure):
            time.sleep(WARM_UP_S)
        time.sleep(1)
        alone_bytes = resident_bytes(cast.server)
        watchers = audience(served.port, manners, is_plain=is_plain, is_secure=is_secure)
        with watchers as watching:
            time.sleep(SETTLE_S + SETTLE_EACH_S * count)
            span = measured(cast, watching.child, seconds)
            crowded_bytes = resident_bytes(cast.server)
    return _row(
        run, watching, span, stamps, (count, rude, round_number), (alone_bytes, crowded_bytes)
    )


def _row(
    run: Run,
    watching: Audience,
    span: Span,
    stamps: Stamps,
    numbers: tuple[int, int, int],
    memory_bytes: tuple[int, int],
) -> Row:
    count, rude, round_number = numbers
    everybody = watching.received().between(span.start_us, span.end_us)
    trace = everybody.where(everybody.viewer < count)
    is_plain = run.system == "baseline"
    frames = (messages_per_second if is_plain else fps_of)(trace, count, span.seconds)
    size = run.width, run.height
    delays = (
        painted_to_received_ms(watching, stamps, size) if is_plain else delays_ms(trace).tolist()
    )
    shown = trace.pictures()
    jitter = [] if is_plain else grab_jitter_ms(trace, SCREEN_FPS).tolist()
    cpu = span.cpu_percent
    per_frame = cpu[0] * 1e4 / (sum(frames) or 1)
    grown_bytes = memory_bytes[1] - memory_bytes[0]
    return Row(
        system=run.system, version=version(run.system), scene=run.scene,
        host=run.host, width=run.width, height=run.height, server_cores=run.cores,
        round=round_number,
        viewers=count, rude=rude, seconds=round(span.seconds, 2),
        painted_fps=round(stamps.painted_between(span.start_us, span.end_us) / span.seconds, 2),
        fps_min=round(min(frames), 2), fps_median=round(percentile(frames, 50), 2),
        fps_max=round(max(frames), 2),
        delay_p50_ms=round(percentile(delays, 50), 2),
        delay_p95_ms=round(percentile(delays, 95), 2),
        delay_max_ms=round(max(delays, default=0.0), 2),
        grab_jitter_p95_ms=round(percentile(jitter, 95), 2),
        server_cpu_percent=round(cpu[0], 1),
        loop_cpu_percent=0.0 if is_plain else round(cpu[1], 1),
        cpu_us_per_frame=round(per_frame, 1), marginal_us_per_frame=0.0,
        kbit_per_viewer=round(float(trace.size_bytes.sum()) / 125 / span.seconds / count, 1),
        memory_alone_mb=round(memory_bytes[0] / 2**20, 1),
        memory_mb=round(memory_bytes[1] / 2**20, 1),
        memory_per_viewer_kb=round(grown_bytes / 1024 / (count + rude), 1),
        low_percent=round(100 * float((shown.rendition == 1).sum()) / (len(shown) or 1), 2),
        undecodable=int((trace.decodable == 0).sum()),
        thrown_out=int((everybody.event == 3).sum()),
        viewers_cpu_percent=round(cpu[2], 1), painter_cpu_percent=round(cpu[3], 1),
        shared_x_cpu_percent=round(cpu[4], 1), foreign_cpu_percent=round(max(0.0, cpu[5]), 1),
    )  # fmt: skip


def with_marginal(rows: Sequence[Row]) -> list[Row]:
    """Each row and what its frames beyond those of one viewer cost; rounds apart."""
    alone = {
        (row.system, row.scene, row.host, row.round): row for row in rows if row.viewers == 1
    }
    made = []
    for row in rows:
        one = alone.get((row.system, row.scene, row.host, row.round))
        more = row.fps_median * row.viewers - one.fps_median if one else 0.0
        if one is not None and row.viewers > 1 and more > 0:
            spent = (row.server_cpu_percent - one.server_cpu_percent) * 1e4 / more
            row = replace(row, marginal_us_per_frame=round(spent, 1))
        made.append(row)
    return made


def _show(rows: Sequence[Row]) -> None:
    heads = ("scene", "system", "host", "viewers", "fps min", "median", "max", "delay p50 ms",
             "p95 ms", "jitter p95 ms", "server CPU %", "loop CPU %", "µs/frame", "more µs/frame",
             "kbit/s each", "KB/viewer", "low %", "viewers CPU %", "foreign CPU %")  # fmt: skip
    lines = [
        (row.scene, row.system, row.host, row.viewers, row.fps_min, row.fps_median, row.fps_max,
         row.delay_p50_ms, row.delay_p95_ms, row.grab_jitter_p95_ms, row.server_cpu_percent,
         row.loop_cpu_percent, row.cpu_us_per_frame, row.marginal_us_per_frame, row.kbit_per_viewer,
         row.memory_per_viewer_kb, row.low_percent, row.viewers_cpu_percent,
         row.foreign_cpu_percent)
        for row in rows
    ]  # fmt: skip
    print_table(heads, lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--viewers", type=int, action="append", help=f"repeatable; default {COUNTS}")
    add("--slow", type=int, default=0, metavar="N",
        help="so many rude ones besides: thin, stopped, silent in turn")  # fmt: skip
    add("--system", action="append", choices=SHARING, help="repeatable; default samescreen")
    add(
        "--scene",
        choices=("scroll", "video", "film", "typing"),
        help="default scroll; of --isolation video",
    )
    add("--host", choices=("localhost", HTTPS), default="localhost", help="how they connect")
    add("--size", default="1280x720", help="of the screen, WIDTHxHEIGHT")
    add("--seconds", type=float, help="measured per run; default 8, of --isolation 30")
    add("--rounds", type=int, default=1, help="systems take turns in each")
    add(
        "--isolation", action="store_true", help="17 polite viewers, alone and with three rude ones"
    )
    add("--cores", type=int, default=0, metavar="N",
        help="the server has N cores for itself, painter and viewers have others")  # fmt: skip
    add("--option", action="append", default=[], help="of samescreen, as in --option=--quality=90")
    add("--out", type=Path, help="CSV file; default bench/results/…")
    return parser.parse_args()


def _rows(options: argparse.Namespace, run: Run) -> Iterator[Row]:
    for round_number in range(1, options.rounds + 1):
        for count in options.viewers or COUNTS:
            for system in options.system or ["samescreen"]:
                if system == "baseline" and count > MOST_OF_BASELINE:
                    continue
                part = replace(run, system=system)
                title = f"{system}, {count} viewers"
                try:
                    row = perform(part, count, options.slow, round_number=round_number,
                                  seconds=options.seconds or 8)  # fmt: skip
                except (StageError, TooFewCores) as failure:
                    print(f"{title}: {failure}", file=sys.stderr)
                    continue
                print(f"{title}: {row.fps_median:.1f} fps, p95 {row.delay_p95_ms:.1f} ms, "
                      f"CPU {row.server_cpu_percent:.0f} %", file=sys.stderr)  # fmt: skip
                yield row


def main() -> int:
    options = _options()
    end_on_signals()
    width, height = (int(number) for number in options.size.split("x"))
    scene = options.scene or ("video" if options.isolation else "scroll")
    with tempfile.TemporaryDirectory(prefix="bench-crowd-") as place:
        stamps, more = Path(place) / "stamps", tuple(options.option)
        run = Run("samescreen", scene, width, height, options.host, "", "", "", stamps,
                  options=more, cores=options.cores)  # fmt: skip
        if options.isolation:
            apart = isolation.compare(run, rounds=options.rounds, seconds=options.seconds or 30)
            path = options.out or default_path("isolation")
            write_rows(path, apart, origin())
            isolation.show(apart)
            print(f"\n{path}")
            return 0
        rows = with_marginal(list(_rows(options, run)))
    if not rows:
        return 1
    path = options.out or default_path("crowd")
    write_rows(path, rows, origin())
    _show(rows)
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
