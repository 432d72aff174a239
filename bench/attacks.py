"""What an honest viewer gets while one peer floods the host in each way known. See README.md.

The attacker has one core and no more, so that it takes the event loop's time and not all of the
machine's.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil
from attacker import FLOODS
from audience import audience, on_stage
from received import delays_ms, fps_of
from results import default_path, origin, percentile, print_table, write_rows
from stage import BENCH, end_on_signals
from stamps import Stamps, now_us
from systems import Run
from viewers import Manner

KINDS = ("none", *FLOODS, "visits", "key updates", "silent", "starters")
SETTLE_S = 3.0
LOOKS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of attack, as it goes into the CSV file."""

    attack: str
    seconds: float
    painted_fps: float
    fps: float
    delay_p50_ms: float
    delay_p95_ms: float
    longest_gap_ms: float
    healthz_max_ms: float
    attacker_kbyte_per_second: float
    attacker_connections: int


def perform(run: Run, kind: str, seconds: float) -> Row:
    """One run from an empty stage to an empty stage."""
    stamps = Stamps(run.stamps, create=True)
    with (
        on_stage(run) as (_, served),
        audience(served.port, {Manner.POLITE: 1}, is_plain=False) as watching,
    ):
        time.sleep(SETTLE_S)
        attacker = _attack(kind, served.port, seconds)
        start_us = now_us()
        healthz_ms = _look(served.port, seconds)
        end_us = now_us()
        sent, connections = json.loads(attacker.communicate(timeout=30)[0]) if attacker else (0, 0)
    received = watching.received().between(start_us, end_us)
    span_s = (end_us - start_us) / 1e6
    times = np.sort(received.pictures().at_us)
    delays = delays_ms(received).tolist()
    return Row(
        attack=kind,
        seconds=round(span_s, 1),
        painted_fps=round(stamps.painted_between(start_us, end_us) / span_s, 1),
        fps=round(fps_of(received, 1, span_s)[0], 1),
        delay_p50_ms=round(percentile(delays, 50), 1),
        delay_p95_ms=round(percentile(delays, 95), 1),
        longest_gap_ms=round(float(np.diff([start_us, *times, end_us]).max()) / 1000),
        healthz_max_ms=round(max(healthz_ms)),
        attacker_kbyte_per_second=round(sent / span_s / 1000),
        attacker_connections=connections,
    )


def _attack(kind: str, port: int, seconds: float) -> subprocess.Popen[bytes] | None:
    if kind == "none":
        return None
    command = [sys.executable, BENCH / "attacker.py", kind, "--port", str(port)]
    attacker = subprocess.Popen([*command, "--seconds", str(seconds)], stdout=subprocess.PIPE)
    mine = psutil.Process(attacker.pid)
    mine.cpu_affinity(mine.cpu_affinity()[-1:])
    return attacker


def _look(port: int, seconds: float) -> list[float]:
    """Let it go on for so long, and see how long /healthz takes meanwhile."""
    found = []
    for _ in range(LOOKS):
        time.sleep(seconds / LOOKS)
        began_s = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
            answer.read()
        found.append((time.monotonic() - began_s) * 1000)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attack", action="append", choices=KINDS, default=[])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    end_on_signals()
    rows = []
    with tempfile.TemporaryDirectory(prefix="bench-attacks-") as place:
        run = Run("samescreen", "scroll", 1280, 720, "localhost", "", "", "", Path(place) / "s")
        for kind in options.attack or KINDS:
            rows.append(perform(replace(run), kind, options.seconds))
            print(rows[-1], file=sys.stderr)
    path = options.out or default_path("attacks")
    write_rows(path, rows, origin())
    print_table(
        ("attack", "fps", "p95 ms", "longest gap ms", "/healthz max ms", "attacker kB/s"),
        [
            (row.attack, row.fps, row.delay_p95_ms, row.longest_gap_ms, row.healthz_max_ms,
             row.attacker_kbyte_per_second)
            for row in rows
        ],
    )  # fmt: skip
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
