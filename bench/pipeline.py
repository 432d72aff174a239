"""From a change on the screen to a packet, stage by stage, on the host alone.

A painter changes an X screen; samescreen's own capture and encoder, and what the baseline script
did (mss, Pillow), turn it into packets in this process, in turn, round after round. No network,
no browser. "capture → packet" is what the stages add up to; "painted → packet" starts when the
painter handed the frame over, so it holds the waiting for the change too.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from unittest.mock import patch

import barcode
import numpy as np
from barcode import Pixels
from PIL import Image
from results import default_path, origin, percentile, print_table, write_rows
from stage import end_on_signals, painting, x_screen
from stamps import Stamps, now_us

if TYPE_CHECKING:
    from samescreen.media import Damage

WARM_UP_FRAMES = 20


@dataclass(slots=True)
class Laps:
    """What each stage took, in microseconds, sample by sample."""

    stages_us: dict[str, list[int]] = field(default_factory=dict)
    packet_bytes: list[int] = field(default_factory=list)
    packed_us: int = 0
    """When the newest packet was ready."""

    def add(self, stage: str, took_us: int) -> None:
        self.stages_us.setdefault(stage, []).append(took_us)

    def packed(self, at_us: int, size_bytes: int) -> None:
        self.packed_us = at_us
        self.packet_bytes.append(size_bytes)


@dataclass(frozen=True, slots=True)
class Row:
    """One stage of one run, as it goes into the CSV file."""

    system: str
    scene: str
    width: int
    height: int
    round: int
    stage: str
    samples: int
    p50_us: float
    p95_us: float
    mean_packet_bytes: float


class Steps(Protocol):
    """A system that turns pictures into packets, one at a time."""

    def step(self, laps: Laps) -> Pixels | None:
        """Make one packet and note its laps; the picture it was made of, None for no change."""

    def close(self) -> None: ...


class _NoLoop:
    """Where a track's bridge would hand over to the event loop."""

    def post(self, event: object) -> None:
        """Nobody is there."""


@contextmanager
def comparisons_us() -> Iterator[list[int]]:
    """A list that gets what each comparison of two X11 pictures takes, in microseconds."""
    from samescreen.capture.damage import changed_regions

    took_us: list[int] = []

    def timed(*pictures: Any) -> Damage:
        start_us = now_us()
        damage = changed_regions(*pictures)
        took_us.append(now_us() - start_us)
        return damage

    with patch("samescreen.capture.x11.source.changed_regions", timed):
        yield took_us


@contextmanager
def grabs_ahead_us() -> Iterator[list[int]]:
    """A list that gets what each grab ahead takes, conversion included, in microseconds."""
    from samescreen.flow.lead import Lead

    took_us: list[int] = []
    grabbed = Lead.grabbed

    def noted(lead: Lead, us: int) -> None:
        took_us.append(us)
        grabbed(lead, us)

    with patch.object(Lead, "grabbed", noted):
        yield took_us


class SamescreenSteps:
    """This project's X11 capture and x264 encoder, as a track uses them.

    `threads`: of conversion and encoder; None: as the host chooses on this machine. Where many
    encode, other threads grab, compare and convert the next picture meanwhile, and convert what is
    grabbed while the rest is. So the stage "grab" has no time of its own then.
    """

    def __init__(self, display: str, threads: int | None) -> None:
        from hosted import conversions_us

        from samescreen.capture.x11.screen import X11Screen
        from samescreen.encode.cores import usable_cores
        from samescreen.encode.factory import EncoderFactory
        from samescreen.encode.probe import SelectedEncoder
        from samescreen.flow.rate import RateTarget
        from samescreen.media import Rendition
        from samescreen.publish.encoders import Encoders
        from samescreen.publish.grabs import Grabs

        self._patches = ExitStack()
        self._compared_us = self._patches.enter_context(comparisons_us())
        self._converted_us = self._patches.enter_context(conversions_us())
        self._ahead_us = self._patches.enter_context(grabs_ahead_us())
        self._grabs = Grabs(X11Screen(display=display))
        self._grabs.source.open()
        first = self._grabs.grab(now_us() + 5_000_000)
        assert first is not None, "no picture"
        factory = EncoderFactory(
            SelectedEncoder(), track=0, quality=75, cores=usable_cores(), threads=threads
        )
        # With their budget: free at first, held to the bitrate once the content is too much.
        target = RateTarget(bitrate_bps=20_000_000, fps=60)
        self._encoders = Encoders(factory.make, _NoLoop(), target, now_us)
        self._encoders.resize(first.width, first.height)
        self._main = Rendition.MAIN
        self._encoders.encode(self._main, first)

    def step(self, laps: Laps) -> Pixels | None:
        cpu_ns = time.thread_time_ns()
        threads = self._encoders.threads
        frame = self._grabs.grab(now_us() + 1_000_000, threads=threads)
        grabbed_us = now_us()
        if frame is None:
            return None
        is_ahead = bool(self._ahead_us)
        compare_us, convert_us = _sum_of(self._compared_us), _sum_of(self._converted_us)
        packet = self._encoders.encode(self._main, frame)
        packed_us = now_us()
        if not is_ahead:
            convert_us = _sum_of(self._converted_us)
        ready_us = frame.pts_us + _sum_of(self._ahead_us) if is_ahead else grabbed_us
        laps.add("CPU of this thread", (time.thread_time_ns() - cpu_ns) // 1000)
        laps.packed(packed_us, len(packet.payload))
        if not is_ahead:
            laps.add("grab", grabbed_us - frame.pts_us - compare_us)
        laps.add("compare", compare_us)
        laps.add("convert", convert_us)
        ready_us += 0 if is_ahead else convert_us
        laps.add("grab + compare + convert", ready_us - frame.pts_us)
        if is_ahead:
            laps.add("wait for the encoder", grabbed_us - ready_us)
        laps.add("encode", packed_us - grabbed_us - (0 if is_ahead else convert_us))
        laps.add("capture → packet", packed_us - frame.pts_us)
        return frame.pixels

    def close(self) -> None:
        self._encoders.close()
        self._grabs.close()
        self._grabs.source.dispose()
        self._patches.close()


def _sum_of(taken_us: list[int]) -> int:
    """The sum; empties the list."""
    count = len(taken_us)
    total_us = sum(taken_us[:count])
    del taken_us[:count]
    return total_us


class BaselineSteps:
    """What bench/baseline.py does for one viewer."""

    def __init__(self, display: str, threads: int | None) -> None:
        import mss

        self._screens = mss.MSS(display=display)
        self._next_s = time.monotonic()

    def step(self, laps: Laps) -> Pixels | None:
        self._next_s = max(self._next_s + 1 / 60, time.monotonic())
        time.sleep(max(0.0, self._next_s - time.monotonic()))
        start_us = now_us()
        shot = self._screens.grab(self._screens.monitors[1])
        grabbed_us = now_us()
        picture = Image.frombytes("RGB", shot.size, shot.bgra, "raw", "BGRX")
        converted_us = now_us()
        jpeg = io.BytesIO()
        picture.save(jpeg, "JPEG", quality=80)
        packed_us = now_us()
        laps.packed(packed_us, jpeg.tell())
        laps.add("grab", grabbed_us - start_us)
        laps.add("convert", converted_us - grabbed_us)
        laps.add("encode", packed_us - converted_us)
        laps.add("capture → packet", packed_us - start_us)
        return np.frombuffer(shot.bgra, np.uint8).reshape(shot.height, shot.width, 4)

    def close(self) -> None:
        self._screens.close()


SYSTEMS: dict[str, Callable[[str, int | None], Steps]] = {
    "samescreen": SamescreenSteps,
    "baseline": BaselineSteps,
}


def measure(system: Steps, stamps: Stamps, *, seconds: float) -> Laps:
    """Step after step for this long; each new frame number also gives its way from the painter."""
    for _ in range(WARM_UP_FRAMES):
        system.step(Laps())
    laps, newest, until_us = Laps(), 0, now_us() + int(seconds * 1e6)
    while now_us() < until_us:
        pixels = system.step(laps)
        frame_id = None if pixels is None else _shown(pixels)
        if frame_id is not None and frame_id > newest:
            newest = frame_id
            laps.add("painted → packet", laps.packed_us - stamps[frame_id])
    return laps


def _shown(pixels: Pixels) -> int | None:
    box = barcode.place(pixels.shape[1], pixels.shape[0])
    return barcode.read(pixels[box.y : box.y + box.height, box.x : box.x + box.width])


def _rows(
    system: str, scene: str, size: tuple[int, int], round_number: int, laps: Laps
) -> Iterator[Row]:
    mean_bytes = sum(laps.packet_bytes) / max(1, len(laps.packet_bytes))
    for stage, took_us in laps.stages_us.items():
        yield Row(
            system, scene, *size, round_number, stage, len(took_us),
            round(percentile(took_us, 50), 1), round(percentile(took_us, 95), 1),
            round(mean_bytes, 1),
        )  # fmt: skip


def _show(rows: list[Row]) -> None:
    """The best round of each stage: what the code takes when the machine lets it."""
    best: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = (f"{row.width}×{row.height}", row.scene, row.system, row.stage)
        if key not in best or row.p50_us < best[key].p50_us:
            best[key] = row
    heads = ("size", "scene", "system", "stage", "p50 ms", "p95 ms", "kB a packet", "samples")
    lines = [
        (*key, f"{row.p50_us / 1000:.2f}", f"{row.p95_us / 1000:.2f}",
         row.mean_packet_bytes / 1000, row.samples)
        for key, row in best.items()
    ]  # fmt: skip
    print_table(heads, lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    scenes, sizes = ["scroll", "film", "video", "typing"], ["1280x720", "1920x1080"]
    add("--scene", action="append", choices=scenes, help="repeatable; default scroll and typing")
    add("--size", action="append", help=f"WIDTHxHEIGHT, repeatable; default {' and '.join(sizes)}")
    add("--system", action="append", choices=list(SYSTEMS), help="repeatable; default both")
    add("--seconds", type=float, default=4, help="measured per system, scene, size and round")
    add("--threads", type=int, help="of conversion and encoder; default: as the host chooses")
    add("--rounds", type=int, default=2, help="systems take turns in each")
    add("--out", type=Path, help="CSV file; default bench/results/…")
    parser.set_defaults(sizes=sizes)
    return parser.parse_args()


def main() -> int:
    options = _options()
    end_on_signals()
    rows: list[Row] = []
    for text in options.size or options.sizes:
        width, height = (int(number) for number in text.split("x"))
        for scene in options.scene or ["scroll", "typing"]:
            rows += _perform(options, scene, (width, height))
    path = options.out or default_path("pipeline")
    write_rows(path, rows, origin())
    _show(rows)
    print(f"\n{path}")
    return 0


def _perform(options: argparse.Namespace, scene: str, size: tuple[int, int]) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-pipeline-") as place:
        stamps = Stamps(Path(place) / "stamps", create=True)
        with x_screen(*size) as x, painting(x.display, scene, size, Path(place) / "stamps"):
            for round_number in range(1, options.rounds + 1):
                for system in options.system or SYSTEMS:
                    with closing(SYSTEMS[system](x.display, options.threads)) as steps:
                        laps = measure(steps, stamps, seconds=options.seconds)
                    yield from _rows(system, scene, size, round_number, laps)


if __name__ == "__main__":
    sys.exit(main())
