"""Do rude viewers change what polite ones get? Seventeen alone, then with three rude ones.

One reads 200 kB/s, one stops reading after a second, one reads and never acknowledges. Whoever is
thrown out comes back, as a page would, so that the pressure lasts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from audience import Audience, Cast, Span, audience, measured, on_stage, resident_bytes
from received import Event, ages_ms, delays_ms, fps_of
from results import percentile, print_table
from stamps import Stamps
from systems import Run, version
from viewers import Manner

POLITE = 17
RUDE = (Manner.THIN, Manner.STOPPED, Manner.SILENT)
SETTLE_S = 5.0
WARM_UP_S = 3.0


@dataclass(frozen=True, slots=True)
class Row:
    """One run, as it goes into the CSV file; frames and delays are those of the polite ones."""

    version: str
    scene: str
    width: int
    height: int
    round: int
    polite: int
    rude: int
    seconds: float
    painted_fps: float
    fps_min: float
    fps_median: float
    delay_p50_ms: float
    delay_p95_ms: float
    delay_p99_ms: float
    delay_max_ms: float
    mbit_per_polite: float
    low_percent: float
    undecodable: int
    polite_thrown_out: int
    thin_age_p50_ms: float
    thin_age_p95_ms: float
    thin_age_max_ms: float
    thin_kbyte_per_second: float
    thin_fps: float
    thin_thrown_out: int
    stopped_returned: int
    silent_thrown_out: int
    memory_alone_mb: float
    memory_start_mb: float
    memory_end_mb: float
    memory_max_mb: float
    server_cpu_percent: float
    viewers_cpu_percent: float
    foreign_cpu_percent: float


def perform(run: Run, *, rude: bool, round_number: int, seconds: float) -> Row:
    """One run from an empty stage to an empty stage."""
    stamps = Stamps(run.stamps, create=True)
    manners = {Manner.POLITE: POLITE} | (dict.fromkeys(RUDE, 1) if rude else {})
    with on_stage(run) as (cast, served):
        with audience(served.port, {Manner.POLITE: 1}, is_plain=False):
            time.sleep(WARM_UP_S)
        memory_bytes = [resident_bytes(cast.server)]
        with audience(served.port, manners, is_plain=False) as watching:
            time.sleep(SETTLE_S)
            span = _observed(cast, watching, seconds, memory_bytes)
    return _row(run, watching, span, stamps, round_number, memory_bytes)


def _observed(cast: Cast, watching: Audience, seconds: float, memory_bytes: list[int]) -> Span:
    """Measured in one piece; the memory is looked at before, after and each second between."""
    memory_bytes.append(resident_bytes(cast.server))
    spans = []
    while sum(span.seconds for span in spans) < seconds - 0.5:
        spans.append(measured(cast, watching.child, 1.0))
        memory_bytes.append(resident_bytes(cast.server))
    shares = [[part * span.seconds for part in span.cpu_percent] for span in spans]
    whole_s = sum(span.seconds for span in spans)
    return Span(
        spans[0].start_us,
        spans[-1].end_us,
        [sum(parts) / whole_s for parts in zip(*shares, strict=True)],
    )


def _row(
    run: Run,
    watching: Audience,
    span: Span,
    stamps: Stamps,
    round_number: int,
    memory_bytes: Sequence[int],
) -> Row:
    everything = watching.received()
    trace = everything.between(span.start_us, span.end_us)
    polite = trace.where(trace.viewer < POLITE)
    fps, delays = fps_of(polite, POLITE, span.seconds), delays_ms(polite).tolist()
    shown = polite.pictures()
    out = [int((trace.of(POLITE + n).event == Event.LEFT).sum()) for n in range(len(RUDE))]
    thin = everything.of(POLITE)
    _, ages = ages_ms(thin, span.start_us, span.end_us)
    megabytes = [size / 2**20 for size in memory_bytes]
    return Row(
        version=version(run.system), scene=run.scene, width=run.width, height=run.height,
        round=round_number, polite=POLITE, rude=len(RUDE) if len(thin) else 0,
        seconds=round(span.seconds, 2),
        painted_fps=round(stamps.painted_between(span.start_us, span.end_us) / span.seconds, 2),
        fps_min=round(min(fps), 2), fps_median=round(percentile(fps, 50), 2),
        delay_p50_ms=round(percentile(delays, 50), 2),
        delay_p95_ms=round(percentile(delays, 95), 2),
        delay_p99_ms=round(percentile(delays, 99), 2),
        delay_max_ms=round(max(delays, default=0.0), 2),
        mbit_per_polite=round(float(polite.size_bytes.sum()) / 125e3 / span.seconds / POLITE, 2),
        low_percent=round(100 * float((shown.rendition == 1).sum()) / (len(shown) or 1), 2),
        undecodable=int((trace.decodable == 0).sum()),
        polite_thrown_out=int((polite.event == Event.LEFT).sum()),
        thin_age_p50_ms=round(percentile(ages.tolist(), 50), 1),
        thin_age_p95_ms=round(percentile(ages.tolist(), 95), 1),
        thin_age_max_ms=round(float(np.max(ages, initial=0.0)), 1),
        thin_kbyte_per_second=round(
            float(trace.of(POLITE).size_bytes.sum()) / 1000 / span.seconds, 1
        ),
        thin_fps=round(fps_of(trace, POLITE + 1, span.seconds)[POLITE], 2),
        thin_thrown_out=out[0], stopped_returned=out[1], silent_thrown_out=out[2],
        memory_alone_mb=round(megabytes[0], 1), memory_start_mb=round(megabytes[1], 1),
        memory_end_mb=round(megabytes[-1], 1), memory_max_mb=round(max(megabytes), 1),
        server_cpu_percent=round(span.cpu_percent[0], 1),
        viewers_cpu_percent=round(span.cpu_percent[2], 1),
        foreign_cpu_percent=round(max(0.0, span.cpu_percent[-1]), 1),
    )  # fmt: skip


def compare(run: Run, *, rounds: int, seconds: float) -> list[Row]:
    """Alone and with rude company, in turn."""
    rows = []
    for round_number in range(1, rounds + 1):
        for rude in (False, True):
            rows.append(perform(run, rude=rude, round_number=round_number, seconds=seconds))
            print(f"rude {rude}: {rows[-1].fps_median:.1f} fps, "
                  f"p95 {rows[-1].delay_p95_ms:.1f} ms", file=sys.stderr)  # fmt: skip
    return rows


def show(rows: Sequence[Row]) -> None:
    heads = ("polite + rude", "fps min", "median", "delay p50 ms", "p95", "p99", "max",
             "Mbit/s each", "low %", "thin: age p50 ms", "p95", "max", "kB/s", "fps",
             "thrown out: thin", "silent", "polite", "stopped came back",
             "memory start MB", "end", "max", "server CPU %", "foreign CPU %")  # fmt: skip
    lines = [
        (f"{row.polite} + {row.rude}", row.fps_min, row.fps_median, row.delay_p50_ms,
         row.delay_p95_ms, row.delay_p99_ms, row.delay_max_ms, row.mbit_per_polite,
         row.low_percent, row.thin_age_p50_ms, row.thin_age_p95_ms, row.thin_age_max_ms,
         row.thin_kbyte_per_second, row.thin_fps, row.thin_thrown_out, row.silent_thrown_out,
         row.polite_thrown_out, row.stopped_returned, row.memory_start_mb, row.memory_end_mb,
         row.memory_max_mb, row.server_cpu_percent, row.foreign_cpu_percent)
        for row in rows
    ]  # fmt: skip
    print_table(heads, lines)
