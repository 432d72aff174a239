"""Many viewers by several processes: what each of them gets, what it costs, and how a worker dies.

Headless, no browser and no screen: the host shares the test card, light viewers (`viewers.py`)
speak the whole protocol, and workers serve them; with 0 workers the host's process does.
`--viewer-processes` plays the viewers in several processes, where the machine has the cores.
`--kills` kills a worker again and again, and measures until everybody has a current picture.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
import psutil
from audience import Audience, audience
from received import COLUMNS, Event, Trace, delays_ms, fps_of
from results import default_path, origin, percentile, print_table, write_rows
from stage import BENCH, Child, end_on_signals, free_port, running, wait_until_answers
from stamps import now_us
from viewers import Manner

SETTLE_S: Final = 4.0
SETTLE_EACH_S: Final = 0.01
BETWEEN_KILLS_S: Final = 6.0
CURRENT_MS: Final = 250.0
"""A picture is current if it is no older than this when it arrives."""


@dataclass(frozen=True, slots=True)
class Row:
    """One run, as it goes into the CSV file. `cpu`: of one core. `age`: grabbed to received."""

    workers: int
    viewers: int
    round: int
    seconds: float
    fps_min: float
    fps_median: float
    age_p50_ms: float
    age_p95_ms: float
    host_cpu_percent: float
    workers_cpu_percent: float
    busiest_worker_percent: float
    cpu_us_per_frame: float
    low_percent: float
    thrown_out: int
    viewers_cpu_percent: float


@contextmanager
def hosted(workers: int, most: int, tls: str = "off") -> Iterator[tuple[Child, int]]:
    """A host that shares the test card, and its port."""
    port = free_port()
    command = [
        sys.executable, "-m", "samescreen", "share", "testcard", "--no-access-control",
        "--host", "127.0.0.1", "--port", str(port), "--tls", tls, "--quiet",
        "--max-viewers", str(most), "--workers", str(workers),
    ]  # fmt: skip
    with running("samescreen", command, env={"PYTHONPATH": str(BENCH.parent / "src")}) as child:
        wait_until_answers(f"http://127.0.0.1:{port}/healthz", child)
        while len(workers_of(child)) < workers:
            time.sleep(0.1)
        time.sleep(1.5)  # until the workers can take viewers
        yield child, port


def workers_of(host: Child) -> list[psutil.Process]:
    """The host's worker processes."""
    found = []
    for process in psutil.Process(host.process.pid).children():
        try:
            if "samescreen.workers" in process.cmdline():
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


@contextmanager
def watching(
    port: int, viewers: int, processes: int, *, is_secure: bool = False
) -> Iterator[list[Audience]]:
    """So many viewers, in so many processes."""
    with ExitStack() as stack:
        shares = [len(range(index, viewers, processes)) for index in range(processes)]
        yield [
            stack.enter_context(
                audience(port, {Manner.POLITE: share}, is_plain=False, is_secure=is_secure)
            )
            for share in shares
        ]


def seconds_of(processes: list[psutil.Process]) -> list[float]:
    """The CPU seconds of each."""
    return [sum(each.cpu_times()[:2]) for each in processes]


def joined(audiences: list[Audience], start_us: int, end_us: int) -> Trace:
    """What all viewers received between two moments, with numbers that do not repeat."""
    parts, first = [], 0
    for each in audiences:
        trace = each.received().between(start_us, end_us)
        whole = each.received()
        columns = [getattr(trace, name) for name in COLUMNS]
        columns[COLUMNS.index("viewer")] = trace.viewer + first
        parts.append(columns)
        first += int(whole.viewer.max()) + 1
    return Trace(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def perform(workers: int, viewers: int, number: int, options: argparse.Namespace) -> Row:
    """One run from start to end."""
    with (
        hosted(workers, 2 * viewers + 10, "auto" if options.https else "off") as (host, port),
        watching(
            port, viewers, options.viewer_processes, is_secure=options.https
        ) as audiences,
    ):
        time.sleep(SETTLE_S + SETTLE_EACH_S * viewers / options.viewer_processes)
        ours = [psutil.Process(host.process.pid), *workers_of(host)]
        crowd = [psutil.Process(each.child.process.pid) for each in audiences]
        start_us, before = now_us(), seconds_of([*ours, *crowd])
        time.sleep(options.seconds)
        end_us, after = now_us(), seconds_of([*ours, *crowd])
    span_s = (end_us - start_us) / 1e6
    cpu = [100 * (b - a) / span_s for a, b in zip(before, after, strict=True)]
    trace = joined(audiences, start_us, end_us)
    if options.every:
        print_growth(trace, options.every)
    frames, ages = fps_of(trace, viewers, span_s), delays_ms(trace).tolist()
    shown, own = trace.pictures(), cpu[: len(ours)]
    return Row(
        workers=workers, viewers=viewers, round=number, seconds=round(span_s, 2),
        fps_min=round(min(frames), 2), fps_median=round(percentile(frames, 50), 2),
        age_p50_ms=round(percentile(ages, 50), 2), age_p95_ms=round(percentile(ages, 95), 2),
        host_cpu_percent=round(own[0], 1), workers_cpu_percent=round(sum(own[1:]), 1),
        busiest_worker_percent=round(max(own[1:], default=0.0), 1),
        cpu_us_per_frame=round(sum(own) * 1e4 / (sum(frames) or 1), 2),
        low_percent=round(100 * float((shown.rendition == 1).sum()) / (len(shown) or 1), 2),
        thrown_out=int((trace.event == Event.LEFT).sum()),
        viewers_cpu_percent=round(sum(cpu[len(ours) :]), 1),
    )  # fmt: skip


def print_growth(trace: Trace, every_s: float) -> None:
    """Print the ages of pictures in each span of so many seconds, from first to last."""
    start_us, end_us, every_us = int(trace.at_us.min()), int(trace.at_us.max()), every_s * 1e6
    for at_us in np.arange(start_us, end_us - every_us / 2, every_us).astype(int):
        ages = delays_ms(trace.between(int(at_us), int(at_us + every_us))).tolist()
        p50, p95 = (percentile(ages, each) for each in (50, 95))
        print(f"from {(at_us - start_us) / 1e6:5.0f} s: age p50 {p50:.1f} p95 {p95:.1f} ms")


def back_after_ms(trace: Trace, killed_us: int, until_us: int) -> tuple[int, float]:
    """How many viewers a kill threw out, and when the last of them had a current picture again.

    A light viewer waits one second before it connects again; that second is in it.
    """
    span = trace.between(killed_us, until_us)
    out = np.unique(span.viewer[span.event == Event.LEFT])
    worst_ms = 0.0
    for viewer in out:
        own = span.of(int(viewer))
        left_us = own.at_us[own.event == Event.LEFT][-1]
        shown = own.pictures()
        current = (shown.at_us > left_us) & ((shown.at_us - shown.pts_us) / 1000 < CURRENT_MS)
        times_us = shown.at_us[current]
        worst_ms = max(worst_ms, (times_us[0] - killed_us) / 1000 if len(times_us) else np.inf)
    return len(out), float(worst_ms)


def kill(viewers: int, kills: int) -> None:
    """Kill one of two workers so many times, and print when everybody was back."""
    killed: list[int] = []
    with hosted(2, 2 * viewers + 10) as (host, port), watching(port, viewers, 1) as audiences:
        time.sleep(SETTLE_S)
        for _ in range(kills):
            victim = max(workers_of(host), key=lambda each: len(each.net_connections("tcp")))
            killed.append(now_us())
            os.kill(victim.pid, signal.SIGKILL)
            time.sleep(BETWEEN_KILLS_S)
        killed.append(now_us())
    trace = audiences[0].received()
    for start_us, end_us in zip(killed, killed[1:], strict=False):
        count, after_ms = back_after_ms(trace, start_us, end_us)
        print(f"killed: {count} of {viewers} viewers lost, all back after {after_ms:.0f} ms")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--workers", type=int, action="append", help="how many; repeatable (0, 1 and 2)")
    add("--viewers", type=int, action="append", help="how many; repeatable (4 and 200)")
    add("--seconds", type=float, default=8)
    add("--rounds", type=int, default=1)
    add("--viewer-processes", type=int, default=1)
    add("--https", action="store_true", help="viewers come over https")
    add("--every", type=float, default=0, metavar="S", help="print ages for each so many seconds")
    add("--kills", type=int, default=0, help="kill a worker so often, and measure only that")
    options = parser.parse_args()
    end_on_signals()
    if options.kills:
        kill((options.viewers or [20])[0], options.kills)
        return 0
    rows = [
        perform(workers, viewers, number, options)
        for number in range(options.rounds)
        for viewers in options.viewers or [4, 200]
        for workers in options.workers or [0, 1, 2]
    ]
    path = default_path("workers")
    write_rows(path, rows, origin())
    names = [name for name in Row.__slots__ if name not in ("round", "seconds")]
    heads = [name.removesuffix("_percent").replace("_", " ") for name in names]
    print_table(heads, [tuple(getattr(row, name) for name in names) for row in rows])
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
