"""What a whole picture for one viewer costs the others: the gaps that it leaves in their video.

Runs the host's own track, on its thread, with a scene that is drawn in memory, and plays the part
of the hub: it demands what viewers would demand and notes when each packet arrives. No X server, no
network, no browser. One take shows a scene at one size to viewers in step, and then one kind of
event disturbs them again and again:

- nothing: the track encodes video for them and nothing else;
- newcomer: somebody opens the page, and needs a still and a keyframe;
- snapshot: somebody fetches a still;
- sketch: somebody on a long path opens the page, and needs a sketch;
- pieces: what rests is refined; every second all of it is lost and made again.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cores import usable
from results import default_path, origin, percentile, print_table, write_rows
from scenes import drawn, scene

from samescreen.capture.base import Source
from samescreen.clock import clock_us
from samescreen.encode.cores import usable_cores
from samescreen.encode.factory import EncoderFactory
from samescreen.encode.probe import SelectedEncoder
from samescreen.flow.rate import RateTarget, ceilings
from samescreen.hub.demand import Demand
from samescreen.hub.events import Piece, Sketch, TrackEvent
from samescreen.interpreter import quick_switching
from samescreen.media import Damage, Frame, Packet, Region, Rendition
from samescreen.publish.bridge import ThreadBridge
from samescreen.publish.video_track import BESIDE_ABOVE_PX, VideoTrack

SCENES = ("scroll", "film", "video", "typing", "dense")
EVENTS = ("nothing", "newcomer", "snapshot", "sketch", "pieces")
WAYS = ("host", "beside", "between")
"""Whole stills as the host makes them at this size; on a thread beside the track, or between the
track's video."""
APART_S = 1.5
"""Between two events: a stream's viewers get one keyframe a second in the long run."""
WARM_UP_S = 1.5
MAIN, JPEG = Rendition.MAIN, Rendition.JPEG
FPS = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One take, as it goes into the CSV file.

    `gap`: between two packets of main that follow each other. `delay`: from the time at which a
    picture was there until its packet of main has arrived. `worst`: the median, over all events, of
    the longest delay within `APART_S` after each. `still`, `keyframe`: from the event
    until the packet that answers it has arrived; 0 where it asks for none. `pieces`: a second.
    """

    scene: str
    width: int
    height: int
    event: str
    way: str
    usable_cores: int
    events: int
    fps: float
    gap_p50_ms: float
    gap_p95_ms: float
    gap_max_ms: float
    delay_p50_ms: float
    delay_p95_ms: float
    worst_p50_ms: float
    still_p50_ms: float
    still_max_ms: float
    still_kb: float
    keyframe_p50_ms: float
    keyframe_max_ms: float
    pieces: float


class Painted(Source):
    """A scene at its own pace, which waits for a track that is slower.

    As the contract of a source allows, each grab overwrites the pixels of the frame before. A
    frame's time is that at which it was there to be grabbed.
    """

    label = "a scene"
    backend = "memory"

    def __init__(self, name: str, width: int, height: int) -> None:
        super().__init__()
        self._frames = drawn(scene(name, width, height), width, height)
        self._scene_us = 0
        self._due_us = 0

    def open(self) -> None:
        """Everything is drawn already."""

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        while (wait_us := min(self._due_us, deadline_us) - clock_us()) > 0:
            if self._waker.wait(wait_us):
                return None
        if clock_us() < self._due_us:
            return None
        there_us, now_us = self._due_us or clock_us(), clock_us()
        shown = next(self._frames)
        self._due_us = max(there_us + shown.at_us - self._scene_us, now_us)
        self._scene_us = shown.at_us
        box = shown.changed
        return Frame(shown.pixels, there_us, Damage.of(Region(box.x, box.y, box.width, box.height)))

    def close(self) -> None:
        """There is nothing to release."""


@dataclass(slots=True)
class Diary:
    """What arrived on the loop, and when, in microseconds."""

    main_us: list[int] = field(default_factory=list)
    delays_ms: list[float] = field(default_factory=list)
    keyframes_us: list[int] = field(default_factory=list)
    stills_us: list[int] = field(default_factory=list)
    still_bytes: list[int] = field(default_factory=list)
    pieces_us: list[int] = field(default_factory=list)
    asked_us: list[int] = field(default_factory=list)

    def add(self, event: TrackEvent) -> None:
        now_us = clock_us()
        if isinstance(event, Piece):
            self.pieces_us.append(now_us)
        elif isinstance(event, Sketch) or (isinstance(event, Packet) and event.rendition is JPEG):
            packet = event.packet if isinstance(event, Sketch) else event
            self.stills_us.append(now_us)
            self.still_bytes.append(len(packet.payload))
        elif isinstance(event, Packet):
            self.main_us.append(now_us)
            self.delays_ms.append((now_us - event.pts_us) / 1000)
            if event.is_keyframe:
                self.keyframes_us.append(now_us)

    def since(self, began_us: int) -> tuple[list[float], list[float], list[float]]:
        """Of main's packets since then: gaps, delays, and the worst delay after each event."""
        pairs = zip(self.main_us, self.main_us[1:], strict=False)
        gaps = [(end - start) / 1000 for start, end in pairs if end > began_us]
        timed = list(zip(self.main_us, self.delays_ms, strict=True))
        worst = [
            max((ms for at, ms in timed if 0 <= at - asked < APART_S * 1e6), default=0.0)
            for asked in self.asked_us
        ]
        return gaps, [ms for at, ms in timed if at > began_us], worst

    def answers_ms(self, arrived_us: list[int]) -> list[float]:
        """From each event to the first of these that came after it, if one did in time."""
        waits = (
            next((at - asked for at in arrived_us if at > asked), None) for asked in self.asked_us
        )
        return [us / 1000 for us in waits if us is not None and us < APART_S * 1e6]


class Audience:
    """Demands of one track what its viewers would. Event loop."""

    def __init__(self, bridge: ThreadBridge, ceiling: RateTarget, *, refines: bool) -> None:
        self._bridge = bridge
        self._usual = Demand(
            frozenset([MAIN]), targets=ceilings(ceiling), paused=False, refine=refines
        )

    def watch(self) -> None:
        self._demand()

    def disturb(self, event: str) -> None:
        match event:
            case "newcomer":
                self._demand(keyframes=frozenset([MAIN, JPEG]))
            case "snapshot":
                self._demand(keyframes=frozenset([JPEG]))
            case "sketch":
                self._demand(keyframes=frozenset([JPEG]), sketch=True)
            case "pieces":
                self._demand(repair=Damage.ALL)

    def _demand(self, **more: Any) -> None:
        self._bridge.set_demand(replace(self._usual, **more))


@asynccontextmanager
async def running(
    source: Source, way: str, *, refines: bool, max_mbps: float
) -> AsyncIterator[tuple[Audience, Diary]]:
    """A track that shows this source to viewers in step."""
    ceiling = RateTarget(bitrate_bps=round(max_mbps * 1e6), fps=FPS)
    factory = EncoderFactory(SelectedEncoder(), track=0, quality=75, cores=usable_cores())
    diary = Diary()
    bridge = ThreadBridge(asyncio.get_running_loop(), diary.add, ceiling)
    above_px = {"host": BESIDE_ABOVE_PX, "beside": 0, "between": sys.maxsize}[way]
    track = VideoTrack(source, bridge, factory.make, ceiling, above_px)
    audience = Audience(bridge, ceiling, refines=refines)
    track.start()
    try:
        audience.watch()
        await asyncio.sleep(WARM_UP_S)
        yield audience, diary
    finally:
        bridge.stop()
        await asyncio.to_thread(track.join, 10)


async def perform(
    name: str, size: tuple[int, int], event: str, way: str, *, seconds: float, max_mbps: float
) -> Row:
    """The scene once, with this event again and again."""
    async with running(
        Painted(name, *size), way, refines=event == "pieces", max_mbps=max_mbps
    ) as (audience, diary):
        began_us = clock_us()
        until_us = began_us + round(seconds * 1e6)
        while clock_us() < until_us:
            if event != "nothing":
                diary.asked_us.append(clock_us())
                audience.disturb(event)
            await asyncio.sleep(APART_S)
    return _row(name, size, event, way, diary, began_us)


def _row(
    name: str, size: tuple[int, int], event: str, way: str, diary: Diary, began_us: int
) -> Row:
    gaps, delays, worst = diary.since(began_us)
    stills, keyframes = diary.answers_ms(diary.stills_us), diary.answers_ms(diary.keyframes_us)
    if event != "newcomer":
        keyframes = []
    seconds = (diary.main_us[-1] - began_us) / 1e6
    pieces = sum(at > began_us for at in diary.pieces_us)
    return Row(
        name, *size, event, way, usable_cores=len(usable()), events=len(diary.asked_us),
        fps=round(len(gaps) / seconds, 1),
        gap_p50_ms=round(percentile(gaps, 50), 1), gap_p95_ms=round(percentile(gaps, 95), 1),
        gap_max_ms=round(max(gaps), 1), delay_p50_ms=round(percentile(delays, 50), 1),
        delay_p95_ms=round(percentile(delays, 95), 1), worst_p50_ms=round(percentile(worst, 50), 1),
        still_p50_ms=round(percentile(stills, 50), 1),
        still_max_ms=round(max(stills, default=0.0), 1),
        still_kb=round(percentile(diary.still_bytes, 50) / 1000, 1),
        keyframe_p50_ms=round(percentile(keyframes, 50), 1),
        keyframe_max_ms=round(max(keyframes, default=0.0), 1),
        pieces=round(pieces / seconds, 1),
    )  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--scene", action="append", choices=SCENES, help="repeatable; default scroll")
    add("--size", action="append", help="WIDTHxHEIGHT, repeatable; default 1920x1080, 3840x2160")
    add("--event", action="append", choices=EVENTS, help="repeatable; default all")
    add("--way", action="append", choices=WAYS, help="repeatable; default host: as the host does")
    add("--max-mbps", type=float, default=20, help="what the host may spend; default 20")
    add("--seconds", type=float, default=6, help="of each take")
    add("--out", type=Path, help="CSV file; default bench/results/…")
    return parser.parse_args()


def _takes(options: argparse.Namespace) -> Iterator[tuple[str, tuple[int, int], str, str]]:
    for size in options.size or ["1920x1080", "3840x2160"]:
        width, height = (int(number) for number in size.split("x"))
        for name, event, way in itertools.product(
            options.scene or ["scroll"], options.event or EVENTS, options.way or WAYS[:1]
        ):
            yield name, (width, height), event, way


def _show(rows: list[Row]) -> None:
    heads = ("scene", "size", "event", "stills", "fps", "gap p50 · p95 · max ms",
             "delay p50 · p95 ms", "worst after an event ms", "still p50 · max ms", "still kB",
             "keyframe p50 · max ms", "pieces a second")  # fmt: skip
    lines = [
        (row.scene, f"{row.width}×{row.height}", row.event, row.way, row.fps,
         f"{row.gap_p50_ms:.0f} · {row.gap_p95_ms:.0f} · {row.gap_max_ms:.0f}",
         f"{row.delay_p50_ms:.0f} · {row.delay_p95_ms:.0f}", f"{row.worst_p50_ms:.0f}",
         f"{row.still_p50_ms:.0f} · {row.still_max_ms:.0f}",
         f"{row.still_kb:.0f}", f"{row.keyframe_p50_ms:.0f} · {row.keyframe_max_ms:.0f}",
         row.pieces)
        for row in rows
    ]  # fmt: skip
    print_table(heads, lines)


def main() -> int:
    options = _options()
    rows: list[Row] = []
    for name, size, event, way in _takes(options):
        with quick_switching():
            row = asyncio.run(
                perform(name, size, event, way, seconds=options.seconds, max_mbps=options.max_mbps)
            )
        rows.append(row)
        print(
            f"{name} {size[0]}×{size[1]}, {event}, {way}: delay {row.delay_p50_ms:.0f} · "
            f"{row.delay_p95_ms:.0f} ms, worst {row.worst_p50_ms:.0f} ms, "
            f"still {row.still_p50_ms:.0f} ms",
            file=sys.stderr,
        )
    path = options.out or default_path("stalls")
    write_rows(path, rows, origin())
    _show(rows)
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
