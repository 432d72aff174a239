"""Ways to decode or paint, in turns inside one browser: A B, B A, A B, …

One painter, one host and one browser for the whole run, so that all ways have the same stream, the
same hour and the same other load on the machine. At each turn the script puts the page in another
way, lets it settle, and reads the barcode off the viewer's screen as glass.py does. It also counts
the CPU time of the browser's threads for each picture seen, which depends on other load less than
any delay does.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import devtools
import psutil
from reader import Reader
from results import default_path, origin, percentile, print_table, write_rows
from stage import (
    Child,
    browser,
    end_on_signals,
    free_port,
    painting,
    wait_until_answers,
    x_screen,
)
from stamps import Stamps, now_us
from systems import ORIGINS, Run, samescreen

FIRST_US = 3_000_000
CHOOSE = """{{
  const menu = document.getElementById("tool-decoder");
  if (menu.value !== {0!r}) {{ menu.value = {0!r}; menu.dispatchEvent(new Event("change")); }}
}}"""
DECODERS = {"auto": "", "webcodecs": "webcodecs", "wasm": "wasm", "jpeg": "jpeg"}
THREADS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One turn of one way."""

    way: str
    scene: str
    width: int
    height: int
    host: str
    round: int
    seconds: float
    painted_fps: float
    fps: float
    p50_ms: float
    p95_ms: float
    browser_cpu_percent: float
    browser_cpu_ms_a_picture: float


@dataclass(frozen=True, slots=True)
class Turn:
    """What was measured in it."""

    row: Row
    latencies_ms: list[float]
    threads_ms: Counter[str]
    """CPU time, by "process/thread"."""


@dataclass(frozen=True, slots=True)
class Way:
    """A name, and the JavaScript that puts the page in it."""

    name: str
    script: str


@dataclass(frozen=True, slots=True)
class Set:
    """All that one turn needs."""

    page: devtools.Page
    reader: Reader
    stamps: Stamps
    viewer: Child


def threads_ms(child: Child) -> Counter[str]:
    """CPU time of every thread of its processes so far, summed by names."""
    spent: Counter[str] = Counter()
    for process in child.tree():
        try:
            words = process.cmdline()
            kind = next((word[7:] for word in words if word.startswith("--type=")), "browser")
            for thread in process.threads():
                place = Path(f"/proc/{process.pid}/task/{thread.id}")
                name = (place / "comm").read_text().strip()
                run_ns = int((place / "schedstat").read_text().split()[0])
                spent[f"{kind}/{name}"] += run_ns // 1000
        except (psutil.Error, OSError):
            continue  # it ended meanwhile
    return Counter({name: us // 1000 for name, us in spent.items()})


def take_turns(options: argparse.Namespace, ways: list[Way]) -> Iterator[Turn]:
    """Every turn of every round, on one stage."""
    size = tuple(int(side) for side in options.size.split("x"))
    with tempfile.TemporaryDirectory(prefix="bench-turns-") as place, ExitStack() as stack:
        stamps = Stamps(Path(place) / "stamps", create=True)
        on_stage = _set(options, (size[0], size[1]), Path(place) / "stamps", stamps, stack)
        for _ in on_stage.reader.watch(now_us() + FIRST_US):
            pass
        for round_number in range(1, options.rounds + 1):
            for way in ways if round_number % 2 else ways[::-1]:
                on_stage.page.evaluate(way.script)
                for _ in on_stage.reader.watch(now_us() + int(options.settle * 1e6)):
                    pass
                yield _measured(options, on_stage, way, round_number, (size[0], size[1]))


def _set(
    options: argparse.Namespace,
    size: tuple[int, int],
    place: Path,
    stamps: Stamps,
    stack: ExitStack,
) -> Set:
    shared = stack.enter_context(x_screen(*size))
    stack.enter_context(painting(shared.display, options.scene, size, place))
    shown = stack.enter_context(x_screen(size[0] + 1, size[1] + 1))
    run = Run("samescreen", options.scene, *size, options.host, "chromium", "auto",
              shared.display, place, options=tuple(options.option))  # fmt: skip
    served = stack.enter_context(samescreen(run))
    port = free_port()
    viewer = stack.enter_context(
        browser("chromium", shown.display, served.url, size, devtools.flags(port))
    )
    wait_until_answers(f"http://127.0.0.1:{port}/json/version", viewer)
    page = stack.enter_context(devtools.Page(port))
    reader = stack.enter_context(Reader(shown.display, width=size[0], height=size[1]))
    return Set(page, reader, stamps, viewer)


def _measured(
    options: argparse.Namespace, on: Set, way: Way, round_number: int, size: tuple[int, int]
) -> Turn:
    threads, cpu_s, start_us = threads_ms(on.viewer), on.viewer.cpu_s(), now_us()
    sights = list(on.reader.watch(start_us + int(options.seconds * 1e6)))
    end_us = now_us()
    spent_ms = (on.viewer.cpu_s() - cpu_s) * 1000
    after = threads_ms(on.viewer)
    after.subtract(threads)
    latencies_ms = [(sight.seen_us - on.stamps[sight.frame_id]) / 1000 for sight in sights]
    seconds = (end_us - start_us) / 1e6
    row = Row(
        way=way.name, scene=options.scene, width=size[0], height=size[1], host=options.host,
        round=round_number, seconds=round(seconds, 2),
        painted_fps=round(on.stamps.painted_between(start_us, end_us) / seconds, 2),
        fps=round(len(sights) / seconds, 2),
        p50_ms=round(percentile(latencies_ms, 50), 2),
        p95_ms=round(percentile(latencies_ms, 95), 2),
        browser_cpu_percent=round(spent_ms / seconds / 10, 1),
        browser_cpu_ms_a_picture=round(spent_ms / max(1, len(sights)), 2),
    )  # fmt: skip
    print(f"{way.name} {round_number}: {row.fps:.1f} fps, p50 {row.p50_ms:.1f} ms", file=sys.stderr)
    return Turn(row, latencies_ms, after)


def _show(turns: list[Turn], ways: list[Way]) -> None:
    pools = {way.name: [turn for turn in turns if turn.row.way == way.name] for way in ways}
    print_table(("way", "turns", "painted", "fps", "p50 ms", "p95 ms", "browser CPU %",
                 "CPU ms a picture", "p50 of each turn"),
                [_pooled(name, pool) for name, pool in pools.items()])  # fmt: skip
    shares = {name: _a_picture(pool) for name, pool in pools.items()}
    largest = {name: max(share.get(name, 0.0) for share in shares.values())
               for share in shares.values() for name in share}  # fmt: skip
    print("\nCPU milliseconds a picture, by thread:\n")
    print_table(("thread", *shares), [
        (name, *(f"{share.get(name, 0.0):.2f}" for share in shares.values()))
        for name in sorted(largest, key=lambda name: -largest[name])[:THREADS_SHOWN]
    ])  # fmt: skip


def _pooled(name: str, pool: list[Turn]) -> tuple[object, ...]:
    rows = [turn.row for turn in pool]
    latencies_ms = [value for turn in pool for value in turn.latencies_ms]
    seconds = sum(row.seconds for row in rows)
    cpu_ms = sum(row.browser_cpu_percent * 10 * row.seconds for row in rows)
    return (
        name, len(rows), sum(row.painted_fps for row in rows) / len(rows),
        len(latencies_ms) / seconds, percentile(latencies_ms, 50), percentile(latencies_ms, 95),
        cpu_ms / seconds / 10, cpu_ms / max(1, len(latencies_ms)),
        " ".join(f"{row.p50_ms:.0f}" for row in rows),
    )  # fmt: skip


def _a_picture(pool: list[Turn]) -> dict[str, float]:
    pictures = max(1, sum(len(turn.latencies_ms) for turn in pool))
    spent: Counter[str] = Counter()
    for turn in pool:
        spent.update(turn.threads_ms)
    return {name: ms / pictures for name, ms in spent.items()}


def _way(text: str) -> Way:
    name, is_script, script = text.partition("=")
    if not is_script and name not in DECODERS:
        raise argparse.ArgumentTypeError(f"{name}: one of {', '.join(DECODERS)}, or NAME=SCRIPT")
    return Way(name, script if is_script else CHOOSE.format(DECODERS[name]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--way", action="append", type=_way, metavar="NAME[=SCRIPT]",
        help="a decoder of the page's menu, or any name and the JavaScript that puts the page in "
        "that way; repeatable; default webcodecs and wasm")  # fmt: skip
    add("--scene", default="film", help="as in glass.py")
    add("--size", default="1280x720", help="of both screens, WIDTHxHEIGHT")
    add("--host", choices=tuple(ORIGINS), default="localhost")
    add("--rounds", type=int, default=4, help="turns of each way")
    add("--seconds", type=float, default=3, help="measured in each turn")
    add("--settle", type=float, default=1, help="seconds before that")
    add("--option", action="append", default=[], help="of samescreen, as in --option=--quality=50")
    add("--out", type=Path, help="CSV file; default bench/results/…")
    return parser.parse_args()


def main() -> None:
    options = _options()
    end_on_signals()
    ways = options.way or [_way("webcodecs"), _way("wasm")]
    turns = list(take_turns(options, ways))
    path = options.out or default_path("turns")
    write_rows(path, [turn.row for turn in turns], origin())
    _show(turns, ways)
    print(f"\n{path}")


if __name__ == "__main__":
    main()
