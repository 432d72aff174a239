"""Pictures pushed from Python: how many a second reach a viewer, and what pushing them costs.

A thread pushes a scroll of text as fast as `--fps` says, as a program does with `Share.push`; the
host's own track compares and encodes them in the same process. No X server, no network, no browser.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pictures
from cores import usable
from results import default_path, origin, percentile, print_table, write_rows
from stalls import WARM_UP_S, running

from samescreen.capture.push import PushSource
from samescreen.clock import clock_us
from samescreen.interpreter import quick_switching

FORMS = {"RGB": (3, "RGB"), "BGR": (3, "BGR"), "RGBA": (4, "RGB"), "BGRA": (4, "BGR"),
         "gray": (0, "RGB")}  # fmt: skip
STEP_PX = 6
STEPS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One take, as it goes into the CSV file.

    `pushed`, `shown`: pictures a second. `push`: what a call of `push` takes. `delay`: from its
    beginning until the packet has arrived. `cpu`: of the process, in percent of one core.
    """

    form: str
    width: int
    height: int
    asked_fps: float
    usable_cores: int
    pushed: float
    shown: float
    push_p50_ms: float
    push_p95_ms: float
    delay_p50_ms: float
    delay_p95_ms: float
    cpu_percent: float


class Program:
    """The program that pushes, on a thread of its own."""

    def __init__(self, source: PushSource, size: tuple[int, int], form: str, fps: float) -> None:
        self.took_ms: list[float] = []
        self._source = source
        self._height = size[1]
        self._page = _page(*size, form)
        self._order: Any = FORMS[form][1]
        self._fps = fps
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._push, name="program")

    def _push(self) -> None:
        next_s = time.monotonic()
        for step in itertools.cycle(range(STEPS)):
            picture = self._page[step * STEP_PX : step * STEP_PX + self._height]
            start_s = time.perf_counter()
            self._source.push(picture, order=self._order)
            self.took_ms.append((time.perf_counter() - start_s) * 1000)
            next_s = max(next_s + 1 / self._fps, time.monotonic())
            if self._is_over.wait(max(0.0, next_s - time.monotonic())):
                return

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            self._thread.join()


def _page(width: int, height: int, form: str) -> Any:
    channels, order = FORMS[form]
    page = pictures.text_page(width, height + STEPS * STEP_PX)
    if channels == 0:
        return np.ascontiguousarray(page[:, :, 1])
    parts = page[:, :, :3] if order == "BGR" else page[:, :, 2::-1]
    return np.ascontiguousarray(parts if channels == 3 else np.dstack((parts, page[:, :, 3])))


async def perform(form: str, size: tuple[int, int], fps: float, seconds: float) -> Row:
    """Pictures of this form and size for this long."""
    source = PushSource()
    program = Program(source, size, form, fps)
    async with running(source, "host", refines=False, max_mbps=20) as (_, diary):
        with program.running():
            await asyncio.sleep(WARM_UP_S)
            began_us, cpu_s, pushed = clock_us(), time.process_time(), len(program.took_ms)
            await asyncio.sleep(seconds)
            cpu_s = time.process_time() - cpu_s
            took_ms = program.took_ms[pushed:]
    _, delays, _ = diary.since(began_us)
    return Row(
        form, *size, fps, usable_cores=len(usable()),
        pushed=round(len(took_ms) / seconds, 1), shown=round(len(delays) / seconds, 1),
        push_p50_ms=round(percentile(took_ms, 50), 2),
        push_p95_ms=round(percentile(took_ms, 95), 2),
        delay_p50_ms=round(percentile(delays, 50), 1),
        delay_p95_ms=round(percentile(delays, 95), 1),
        cpu_percent=round(100 * cpu_s / seconds, 1),
    )  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--form", action="append", choices=FORMS, help="repeatable; default RGB")
    add("--size", action="append", help="WIDTHxHEIGHT, repeatable; default 1280x720, 3840x2160")
    add("--fps", type=float, default=60, help="as the program pushes; default 60")
    add("--seconds", type=float, default=6, help=f"measured, after {WARM_UP_S} s")
    add("--out", type=Path, help="CSV file; default bench/results/…")
    return parser.parse_args()


def main() -> int:
    options = _options()
    rows: list[Row] = []
    for text in options.size or ["1280x720", "3840x2160"]:
        width, height = (int(number) for number in text.split("x"))
        for form in options.form or ["RGB"]:
            with quick_switching():
                row = asyncio.run(perform(form, (width, height), options.fps, options.seconds))
            rows.append(row)
            print(f"{form} {text}: {row.shown} of {row.pushed} a second", file=sys.stderr)
    path = options.out or default_path("pushing")
    write_rows(path, rows, origin())
    heads = ("form", "size", "pushed a second", "shown a second", "push p50 · p95 ms",
             "delay p50 · p95 ms", "CPU %")  # fmt: skip
    lines = [
        (row.form, f"{row.width}×{row.height}", row.pushed, row.shown,
         f"{row.push_p50_ms:.1f} · {row.push_p95_ms:.1f}",
         f"{row.delay_p50_ms:.0f} · {row.delay_p95_ms:.0f}", row.cpu_percent)
        for row in rows
    ]  # fmt: skip
    print_table(heads, lines)
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
