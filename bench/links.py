"""One viewer on a bad link: how old is its picture, and how soon does it recover?

A light viewer watches through a shaping relay (bench/shaper.py). The age of the picture is looked
at every ten milliseconds: now - when the newest picture was grabbed that has arrived and can be
decoded. It holds everything on the way: capture, encoding, queues, the link itself.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from audience import audience, measured, on_stage
from received import (
    Event,
    Floats,
    Integers,
    Trace,
    ages_ms,
    delays_ms,
    fps_of,
    recovered_after_ms,
    renditions_over_time,
    settled_after_ms,
)
from results import default_path, origin, percentile, print_table, write_rows
from shaper import LINKS, Link
from stage import BENCH, StageError, end_on_signals, first_line, running
from stamps import Stamps, now_us
from systems import Run, version
from viewers import Manner

SCENES = ("scroll", "video", "typing")
FRESH_MS = 250.0
RECOVERY_US = 5_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One run, as it goes into the CSV file."""

    version: str
    scene: str
    width: int
    height: int
    link: str
    rate_bps: int
    round_trip_ms: float
    jitter_ms: float
    queue_bytes: int
    round: int
    seconds: float
    painted_fps: float
    age_p50_ms: float
    age_p95_ms: float
    age_max_ms: float
    settled_age_p95_ms: float
    """After `settled_ms`; 0 when it never settled."""
    queueing_p95_ms: float
    fps: float
    decodable_fps: float
    kbit_per_second: float
    settled_ms: float
    """-1: never."""
    outages: int
    recovery_median_ms: float
    recovery_max_ms: float
    """-1: no outage, or one it had not recovered from before the next, or within five seconds."""
    renditions: str
    low_percent: float
    thrown_out: int
    server_cpu_percent: float
    foreign_cpu_percent: float


@contextmanager
def shaped(target: int, link: Link, epoch_us: int) -> Iterator[int]:
    """The port behind which this link leads to `target`."""
    command = [
        sys.executable, BENCH / "shaper.py", "--target", str(target), "--link", link.name,
        "--epoch-us", str(epoch_us),
    ]  # fmt: skip
    with running("shaper", command, stdout=subprocess.PIPE) as child:
        assert child.process.stdout is not None
        yield int(first_line(child.process.stdout.fileno(), child, timeout_s=15))


@dataclass(frozen=True, slots=True)
class Seen:
    """What the viewer received, from its first picture on."""

    trace: Trace
    start_us: int
    end_us: int
    outages: tuple[tuple[int, int], ...]
    """Start and end of those it had time to recover from."""

    @property
    def seconds(self) -> float:
        return (self.end_us - self.start_us) / 1e6

    def ages(self) -> tuple[Integers, Floats]:
        return ages_ms(self.trace, self.start_us, self.end_us)

    def settled_ms(self) -> float:
        """Before the first outage."""
        times_us, ages = self.ages()
        before = times_us < (self.outages[0][0] if self.outages else self.end_us)
        return settled_after_ms(times_us[before], ages[before], FRESH_MS)

    def settled_ages(self) -> list[float]:
        times_us, ages = self.ages()
        settled_ms = self.settled_ms()
        since_ms = (times_us - self.start_us) / 1000
        return [] if settled_ms < 0 else list(ages[since_ms >= settled_ms])

    def recovered_ms(self) -> list[float]:
        return [
            recovered_after_ms(self.trace, end_us, FRESH_MS, within_us=RECOVERY_US)
            for _, end_us in self.outages
        ]


def perform(run: Run, link: Link, *, round_number: int, seconds: float) -> Row:
    """One run from an empty stage to an empty stage."""
    stamps = Stamps(run.stamps, create=True)
    with on_stage(run) as (cast, served):
        with audience(served.port, {Manner.POLITE: 1}, is_plain=False):
            time.sleep(2)  # the host is warm; the link is what is new
        time.sleep(1)
        epoch_us = now_us()
        with (
            shaped(served.port, link, epoch_us) as port,
            audience(port, {Manner.POLITE: 1}, is_plain=False) as watching,
        ):
            span = measured(cast, watching.child, seconds)
    whole, end_us = watching.received(), span.end_us
    start_us = int(whole.pictures().at_us[0])
    over = [pair for pair in link.outages(epoch_us, end_us) if pair[1] + RECOVERY_US < end_us]
    seen = Seen(whole.between(start_us, end_us), start_us, end_us, tuple(over))
    painted_fps = stamps.painted_between(start_us, end_us) / seen.seconds
    return _row(run, link, seen, round_number, painted_fps, span.cpu_percent)


def _row(
    run: Run,
    link: Link,
    seen: Seen,
    round_number: int,
    painted_fps: float,
    cpu_percent: Sequence[float],
) -> Row:
    trace, seconds = seen.trace, seen.seconds
    pictures, delays = trace.pictures(), delays_ms(trace)
    ages, recovered = seen.ages()[1].tolist(), seen.recovered_ms()
    is_recovered = bool(recovered) and min(recovered) >= 0
    came = np.count_nonzero((trace.event == Event.VIDEO) | (trace.event == Event.STILL))
    return Row(
        version=version(run.system), scene=run.scene, width=run.width, height=run.height,
        link=link.name, rate_bps=link.rate_bps, round_trip_ms=link.delay_us / 500,
        jitter_ms=link.jitter_us / 1000, queue_bytes=link.queue_bytes if link.rate_bps else 0,
        round=round_number, seconds=round(seconds, 2), painted_fps=round(painted_fps, 2),
        age_p50_ms=round(percentile(ages, 50), 1), age_p95_ms=round(percentile(ages, 95), 1),
        age_max_ms=round(max(ages), 1),
        settled_age_p95_ms=round(percentile(seen.settled_ages(), 95), 1),
        queueing_p95_ms=round(percentile((delays - delays.min()).tolist(), 95), 1),
        fps=round(float(came) / seconds, 2), decodable_fps=round(fps_of(trace, 1, seconds)[0], 2),
        kbit_per_second=round(float(trace.size_bytes.sum()) / 125 / seconds, 1),
        settled_ms=round(seen.settled_ms()), outages=len(recovered),
        recovery_median_ms=round(percentile(recovered, 50), 1) if is_recovered else -1.0,
        recovery_max_ms=round(max(recovered), 1) if is_recovered else -1.0,
        renditions=renditions_over_time(trace, seen.start_us),
        low_percent=round(100 * float((pictures.rendition == 1).mean()), 1),
        thrown_out=int((trace.event == Event.LEFT).sum()),
        server_cpu_percent=round(cpu_percent[0], 1),
        foreign_cpu_percent=round(max(0.0, cpu_percent[-1]), 1),
    )  # fmt: skip


def _show(rows: Sequence[Row]) -> None:
    heads = ("scene", "link", "age p50 ms", "p95", "max", "settled after ms", "p95 since",
             "queueing p95 ms", "fps", "kbit/s", "recovery median ms", "max", "renditions",
             "thrown out", "server CPU %", "foreign CPU %")  # fmt: skip
    lines = [
        (row.scene, row.link, row.age_p50_ms, row.age_p95_ms, row.age_max_ms, row.settled_ms,
         row.settled_age_p95_ms, row.queueing_p95_ms, row.decodable_fps, row.kbit_per_second,
         row.recovery_median_ms, row.recovery_max_ms, row.renditions, row.thrown_out,
         row.server_cpu_percent, row.foreign_cpu_percent)
        for row in rows
    ]  # fmt: skip
    print_table(heads, lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--link", action="append", choices=tuple(LINKS), help="repeatable; default all")
    add("--scene", action="append", choices=SCENES, help="repeatable; default scroll and video")
    add("--size", default="1280x720", help="of the screen, WIDTHxHEIGHT")
    add("--seconds", type=float, default=30, help="per run")
    add("--rounds", type=int, default=1)
    add("--option", action="append", default=[], help="of samescreen, as in --option=--fps=30")
    add("--out", type=Path, help="CSV file; default bench/results/…")
    return parser.parse_args()


def _rows(options: argparse.Namespace, stamps: Path) -> Iterator[Row]:
    width, height = (int(number) for number in options.size.split("x"))
    for round_number in range(1, options.rounds + 1):
        for scene in options.scene or ("scroll", "video"):
            for name in options.link or LINKS:
                more = tuple(options.option)
                run = Run("samescreen", scene, width, height, "localhost", "", "", "", stamps,
                          options=more)  # fmt: skip
                try:
                    row = perform(run, LINKS[name], round_number=round_number,
                                  seconds=options.seconds)  # fmt: skip
                except StageError as failure:
                    print(f"{scene}, {name}: {failure}", file=sys.stderr)
                    continue
                print(f"{scene}, {name}: age p50 {row.age_p50_ms:.0f} ms, p95 "
                      f"{row.age_p95_ms:.0f} ms, {row.renditions}", file=sys.stderr)  # fmt: skip
                yield row


def main() -> int:
    options = _options()
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="bench-links-") as place:
        rows = list(_rows(options, Path(place) / "stamps"))
    if not rows:
        return 1
    path = options.out or default_path("links")
    write_rows(path, rows, origin())
    _show(rows)
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
