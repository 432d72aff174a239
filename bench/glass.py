"""Glass to glass: from a frame painted on one screen to the same frame lit on another.

A painter shows a scene with a barcode on X screen A; the system under test shares A; a real,
headed Chromium shows its page on X screen B; the barcode is read off B's pixels. Latency of a
frame = first seen on B - handed to A, on one clock. Systems take turns, round after round.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
from cores import TooFewCores, layout, on_cores, usable
from desktops import DESKTOPS, x11
from reader import Reader, Sight
from results import default_path, origin, percentile, print_table, write_rows
from stage import (
    BROWSERS,
    Child,
    StageError,
    Traffic,
    browser,
    end_on_signals,
    traffic,
    x_screen,
)
from stamps import Stamps, now_us
from systems import ORIGINS, SYSTEMS, UNPAINTED, Run, version

SCENES = ("scroll", "video", "film", "typing", "dense", "idle", "still")
DIRECT = "screen"
"""The reader looks at the painted screen itself: what the method costs."""
FIRST_PICTURE_US = 30_000_000
SETTLE_US = 2_000_000
CORE_PERCENT = 100.0
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One run, as it goes into the CSV file."""

    system: str
    version: str
    scene: str
    width: int
    height: int
    host: str
    browser: str
    decoder: str
    source: str
    options: str
    """More of samescreen's own."""
    server_cores: int
    """Its own; 0: nothing was pinned."""
    round: int
    seconds: float
    painted_fps: float
    fps: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    server_cpu_percent: float
    browser_cpu_percent: float
    painter_cpu_percent: float
    shared_x_cpu_percent: float
    foreign_cpu_percent: float
    """What this machine did besides: a run with much of it proves little."""
    sent_bytes: int
    sent_segments: int


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in one run; a part may be empty."""

    watched: str
    """The display that is read."""
    server: Child | None = None
    port: int = 0
    viewer: Child | None = None
    painter: Child | None = None
    shared_x: Child | None = None
    shown_x: Child | None = None

    def cpu_s(self) -> list[float]:
        """Seconds of CPU of server, viewer, painter and shared X server, and of all others."""
        parts = self.server, self.viewer, self.painter, self.shared_x, self.shown_x
        ours_s = [child.cpu_s() if child else 0.0 for child in parts]
        reading_s = sum(psutil.Process().cpu_times()[:2])
        times = psutil.cpu_times()
        busy_s = sum(times) - times.idle - times.iowait - times.guest - times.guest_nice
        return [*ours_s[:4], busy_s - sum(ours_s) - reading_s]


@dataclass(frozen=True, slots=True)
class Gauge:
    """Every counter at one moment."""

    at_us: int
    cpu_s: list[float]
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run gave."""

    row: Row
    latencies_ms: list[float]


def perform(run: Run, *, round_number: int, seconds: float, picture: Path | None) -> Outcome:
    """One run from an empty stage to an empty stage."""
    stamps = Stamps(run.stamps, create=True)
    with ExitStack() as stack:
        cast = _enter(run, stack)
        reader = Reader(cast.watched, width=run.width, height=run.height)
        stack.enter_context(reader)
        _await_picture(reader, cast)
        for _ in reader.watch(now_us() + SETTLE_US):
            pass
        before = _gauge(cast)
        sights = list(reader.watch(before.at_us + int(seconds * 1e6)))
        after = _gauge(cast)
        if picture is not None:
            _save_screen(reader, run, picture)
        if run.system == "local":
            # A page that paints by itself tells its paint times once a second.
            for _ in reader.watch(now_us() + SETTLE_US):
                pass
    return _outcome(run, round_number, stamps, sights, before, after)


def _enter(run: Run, stack: ExitStack) -> Cast:
    size, cores = (run.width, run.height), layout(run.cores, usable())
    shared = None
    if run.system not in UNPAINTED:
        with on_cores(cores.painter):
            shared = stack.enter_context(DESKTOPS.get(run.system, x11)(run))
    if run.system == DIRECT:
        assert shared is not None
        return Cast(shared.display, painter=shared.painter, shared_x=shared.server)
    # A window exactly as large as its screen is made one pixel smaller by Chromium, and a page
    # would scale its picture to that; so this screen is one pixel larger.
    with on_cores(cores.viewer):
        shown = stack.enter_context(x_screen(run.width + 1, run.height + 1))
    with on_cores(cores.server):
        led = run.led_by(shared.env if shared else {})
        served = stack.enter_context(SYSTEMS[run.system](led))
    stack.enter_context(on_cores(cores.viewer))  # for the browser, and for the reader
    viewer = stack.enter_context(browser(run.browser, shown.display, served.url, size))
    painter, drawn_by = (shared.painter, shared.server) if shared else (None, None)
    return Cast(shown.display, served.server, served.port, viewer, painter, drawn_by, shown.child)


def _await_picture(reader: Reader, cast: Cast) -> None:
    if reader.look() is None and next(reader.watch(now_us() + FIRST_PICTURE_US), None) is None:
        for child in (cast.painter, cast.server, cast.viewer):
            if child is not None:
                child.require_alive()
        raise StageError("no barcode appeared on the viewer's screen")


def _gauge(cast: Cast) -> Gauge:
    sent = traffic(cast.port) if cast.port else Traffic(0, 0)
    return Gauge(now_us(), cast.cpu_s(), sent)


def _outcome(
    run: Run,
    round_number: int,
    stamps: Stamps,
    sights: Sequence[Sight],
    before: Gauge,
    after: Gauge,
) -> Outcome:
    latencies_ms = [(sight.seen_us - stamps[sight.frame_id]) / 1000 for sight in sights]
    seconds = (after.at_us - before.at_us) / 1e6
    cpu = [
        (end - start) / seconds * CORE_PERCENT
        for start, end in zip(before.cpu_s, after.cpu_s, strict=True)
    ]
    row = Row(
        system=run.system, version=version(run.system), scene=run.scene, width=run.width,
        height=run.height, host=run.host, browser=run.browser,
        decoder=run.decoder, source=run.source, options=" ".join(run.options),
        server_cores=run.cores, round=round_number,
        seconds=round(seconds, 2),
        painted_fps=round(stamps.painted_between(before.at_us, after.at_us) / seconds, 2),
        fps=round(len(sights) / seconds, 2),
        p50_ms=round(percentile(latencies_ms, 50), 2),
        p95_ms=round(percentile(latencies_ms, 95), 2),
        p99_ms=round(percentile(latencies_ms, 99), 2),
        max_ms=round(max(latencies_ms, default=0.0), 2),
        server_cpu_percent=round(cpu[0], 1), browser_cpu_percent=round(cpu[1], 1),
        painter_cpu_percent=round(cpu[2], 1), shared_x_cpu_percent=round(cpu[3], 1),
        foreign_cpu_percent=round(max(0.0, cpu[4]), 1),
        sent_bytes=after.traffic.sent_bytes - before.traffic.sent_bytes,
        sent_segments=after.traffic.segments - before.traffic.segments,
    )  # fmt: skip
    return Outcome(row, latencies_ms)


def _save_screen(reader: Reader, run: Run, path: Path) -> None:
    from PIL import Image

    pixels = reader.picture(run.width, run.height)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels[:, :, 2::-1]).save(path)


def _show(outcomes: Sequence[Outcome]) -> None:
    """Rounds pooled: one line per scene and system, and how each stands against the baseline."""
    pools: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        pools.setdefault((outcome.row.scene, outcome.row.system), []).append(outcome)
    heads = ("scene", "system", "painted", "fps", "p50 ms", "p95 ms", "p99 ms", "server CPU %",
             "browser CPU %", "foreign CPU %", "kbit/s", "segments/s",
             "vs baseline: fps p50 p95")  # fmt: skip
    lines = []
    for (scene, system), pool in pools.items():
        line = _pooled(pool)
        lines.append((scene, system, *line, _against(line, pools.get((scene, "baseline")), system)))
    print_table(heads, lines)


def _pooled(pool: Sequence[Outcome]) -> tuple[float, ...]:
    rows = [outcome.row for outcome in pool]
    latencies_ms = [value for outcome in pool for value in outcome.latencies_ms]
    seconds = sum(row.seconds for row in rows)

    def mean(name: str) -> float:
        return float(sum(getattr(row, name) for row in rows)) / len(rows)

    return (
        mean("painted_fps"), mean("fps"), percentile(latencies_ms, 50),
        percentile(latencies_ms, 95), percentile(latencies_ms, 99), mean("server_cpu_percent"),
        mean("browser_cpu_percent"), mean("foreign_cpu_percent"),
        sum(row.sent_bytes for row in rows) * 8 / seconds / 1000,
        sum(row.sent_segments for row in rows) / seconds,
    )  # fmt: skip


def _against(line: Sequence[float], baseline: Sequence[Outcome] | None, system: str) -> str:
    if baseline is None or system == "baseline":
        return ""
    other = _pooled(baseline)
    if not all(other[1:4]):
        return ""
    ratios = [line[index] / other[index] for index in (1, 2, 3)]
    return "×".join(["", *(f"{ratio:.2f} " for ratio in ratios)]).strip()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    systems = (*SYSTEMS, DIRECT)
    add("--scene", action="append", choices=(*SCENES, "all"), help="repeatable; default scroll")
    add("--system", action="append", choices=systems, help="repeatable; default samescreen")
    add("--size", default="1280x720", help="of both screens, WIDTHxHEIGHT")
    add("--seconds", type=float, default=8, help="measured per run, after two to settle")
    add("--rounds", type=int, default=1, help="systems take turns in each")
    add("--host", choices=tuple(ORIGINS), default="localhost",
        help="lan.test: plain http, no secure context; https: localhost by TLS")  # fmt: skip
    add("--browser", choices=tuple(BROWSERS), default="chromium", help="what shows the page")
    add("--decoder", choices=("auto", "webcodecs", "wasm", "jpeg"), default="auto",
        help="what samescreen's page decodes with")  # fmt: skip
    add("--source", default="screen", metavar="WORDS",
        help="what samescreen shares: window:scene, region:0,0,1280,720")  # fmt: skip
    add("--beside", action="append", default=[], metavar="WORDS",
        help="samescreen shares this too, as another stream: testcard")  # fmt: skip
    add("--option", action="append", default=[], help="of samescreen, as in --option=--quality=50")
    add("--cores", type=int, default=0, metavar="N",
        help="the server has N cores for itself, painter and browser have others; default 0: "
        "all may use all")  # fmt: skip
    add("--quiet", type=float, default=30, metavar="PERCENT",
        help="repeat a run (twice at most) while others use more CPU than this")  # fmt: skip
    add("--out", type=Path, help="CSV file; default bench/results/…")
    add("--pictures", type=Path, help="directory for a picture of the viewer's screen per run")
    return parser.parse_args()


def _runs(options: argparse.Namespace, stamps: Path) -> Iterator[tuple[int, Run]]:
    width, height = (int(number) for number in options.size.split("x"))
    scenes = options.scene or ["scroll"]
    for scene in SCENES if "all" in scenes else scenes:
        for round_number in range(1, options.rounds + 1):
            for system in options.system or ["samescreen"]:
                is_ours = system in ("samescreen", *DESKTOPS)
                decoder = options.decoder if is_ours else ""
                seen_by = options.host, options.browser, decoder
                more = (*options.beside, *options.option) if is_ours else ()
                run = Run(system, scene, width, height, *seen_by, "", stamps, options.source,
                          more, options.cores)  # fmt: skip
                yield round_number, run


def _quietest(options: argparse.Namespace, round_number: int, run: Run, title: str) -> Outcome:
    """Perform the run, again while others kept the machine busy; the least disturbed one counts."""
    picture = options.pictures / f"{title}.png" if options.pictures else None
    outcomes: list[Outcome] = []
    for _ in range(ATTEMPTS):
        outcome = perform(run, round_number=round_number, seconds=options.seconds, picture=picture)
        outcomes.append(outcome)
        row = outcome.row
        print(
            f"{title}: {row.fps:.1f} fps, p50 {row.p50_ms:.1f} ms, p95 {row.p95_ms:.1f} ms, "
            f"foreign CPU {row.foreign_cpu_percent:.0f} %",
            file=sys.stderr,
        )
        if row.foreign_cpu_percent <= options.quiet:
            break
    return min(outcomes, key=lambda outcome: outcome.row.foreign_cpu_percent)


def main() -> int:
    options = _options()
    end_on_signals()
    outcomes, failures = [], 0
    with tempfile.TemporaryDirectory(prefix="bench-glass-") as place:
        for round_number, run in _runs(options, Path(place) / "stamps"):
            title = f"{run.scene}-{run.system}-{round_number}"
            try:
                outcomes.append(_quietest(options, round_number, run, title))
            except (StageError, TooFewCores) as failure:
                failures += 1
                print(f"{title}: {failure}", file=sys.stderr)
    if outcomes:
        path = options.out or default_path("glass")
        write_rows(path, [outcome.row for outcome in outcomes], origin())
        _show(outcomes)
        print(f"\n{path}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
