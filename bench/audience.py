"""A server on a painted screen and its audience of light viewers: who plays, what it cost."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import barcode
import numpy as np
import psutil
from cores import layout, on_cores, usable
from PIL import Image
from received import Trace, read_packets, read_trace
from stage import (
    BENCH,
    Child,
    StageError,
    XServer,
    first_line,
    painting,
    running,
    x_screen,
)
from stamps import Stamps, now_us
from systems import SYSTEMS, Run, Served
from viewers import Manner

READY_S = 30.0
READY_EACH_S = 0.1
"""Hundreds in one process log in one after the other."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in one run."""

    server: Child
    painter: Child
    shared_x: Child

    def cpu_s(self, viewers: Child) -> list[float]:
        """Of server, its first thread, viewers, painter, X server, and of all others."""
        children = self.server, viewers, self.painter, self.shared_x
        ours_s = [child.cpu_s() for child in children]
        others_s = machine_busy_s() - sum(ours_s) - own_s()
        return [ours_s[0], main_thread_s(self.server), *ours_s[1:], others_s]


@dataclass(frozen=True, slots=True)
class Span:
    """What was measured between two moments."""

    start_us: int
    end_us: int
    cpu_percent: list[float]

    @property
    def seconds(self) -> float:
        return (self.end_us - self.start_us) / 1e6


@contextmanager
def on_stage(run: Run) -> Iterator[tuple[Cast, Served]]:
    """A painted screen, and a server that shares it."""
    size, cores = (run.width, run.height), layout(run.cores, usable())
    with ExitStack() as stack:
        with on_cores(cores.painter):
            shared: XServer = stack.enter_context(x_screen(*size))
            painter = stack.enter_context(painting(shared.display, run.scene, size, run.stamps))
        with on_cores(cores.server):
            served = stack.enter_context(SYSTEMS[run.system](run.shared_on(shared.display)))
        # The viewers, and this process while it measures.
        stack.enter_context(on_cores(cores.viewer))
        yield Cast(served.server, painter, shared.child), served


def measured(cast: Cast, viewers: Child, seconds: float) -> Span:
    """Let them watch for so long."""
    start_us, before = now_us(), cast.cpu_s(viewers)
    time.sleep(seconds)
    end_us, after = now_us(), cast.cpu_s(viewers)
    wall_s = (end_us - start_us) / 1e6
    spent = [(end - start) / wall_s * 100 for start, end in zip(before, after, strict=True)]
    return Span(start_us, end_us, spent)


@dataclass(slots=True)
class Audience:
    """`trace` and `pictures` are there once it has gone home."""

    child: Child
    trace: Trace | None = None
    pictures: tuple[tuple[int, bytes], ...] = ()
    """Received when, and the bytes: a sample of what one viewer of a plain system got."""
    packets: tuple[tuple[int, bytes], ...] = ()
    """All media messages of the first viewer, if they were to be kept."""

    def received(self) -> Trace:
        if self.trace is None:
            raise StageError("the viewers left no trace")
        return self.trace


@contextmanager
def audience(
    port: int,
    manners: Mapping[Manner, int],
    *,
    is_plain: bool,
    is_secure: bool = False,
    keeps_packets: bool = False,
) -> Iterator[Audience]:
    """So many viewers of each manner, the polite ones with a picture.

    `is_plain`: bare JPEGs. `is_secure`: by wss. `keeps_packets`: the first viewer's.
    """
    with tempfile.TemporaryDirectory(prefix="bench-viewers-") as folder:
        place = Path(folder)
        wanted = ",".join(f"{manner}={count}" for manner, count in manners.items() if count)
        command = [
            sys.executable, BENCH / "viewers.py", "--port", str(port), "--viewers", wanted,
            "--trace", place / "trace",
        ]  # fmt: skip
        if is_secure:
            command.append("--secure")
        if is_plain:
            command += ["--plain", "--pictures", place]
        if keeps_packets:
            command += ["--packets", place / "packets"]
        env = {"PYTHONPATH": str(BENCH.parent / "src")}
        with running("viewers", command, env=env, stdout=subprocess.PIPE) as child:
            made = Audience(child)
            assert child.process.stdout is not None
            ready_s = READY_S + READY_EACH_S * sum(manners.values())
            first_line(child.process.stdout.fileno(), child, timeout_s=ready_s)
            yield made
        if (place / "trace").exists():
            made.trace = read_trace(place / "trace")
        if (place / "packets").exists():
            made.packets = tuple(read_packets(place / "packets"))
        files = sorted(place.glob("*.jpg"))
        made.pictures = tuple((int(file.stem), file.read_bytes()) for file in files)


def painted_to_received_ms(
    received: Audience, stamps: Stamps, size: tuple[int, int]
) -> list[float]:
    """Of a plain system's sampled pictures, by the barcode in them."""
    box, delays = barcode.place(*size), []
    for at_us, picture in received.pictures:
        with Image.open(io.BytesIO(picture)) as image:
            part = image.crop((box.x, box.y, box.x + box.width, box.y + box.height))
            number = barcode.read(np.asarray(part.convert("RGBA")))
        if number is not None:
            delays.append((at_us - stamps[number]) / 1000)
    return delays


def resident_bytes(child: Child) -> int:
    """Of the whole tree."""
    total = 0
    for process in child.tree():
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def main_thread_s(child: Child) -> float:
    """CPU seconds of a process' first thread: samescreen's event loop."""
    nanoseconds = Path(f"/proc/{child.process.pid}/schedstat").read_text().split()[0]
    return int(nanoseconds) / 1e9


def machine_busy_s() -> float:
    """CPU seconds the whole machine has spent on anything."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


def own_s() -> float:
    """CPU seconds of this process."""
    times = os.times()
    return times.user + times.system
