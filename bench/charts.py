"""Charts of the result files, as PNG files beside them.

Runs itself again in an environment of its own, which has matplotlib. Give it CSV files that
crowd.py or links.py wrote; files of one kind go into one chart, rounds are averaged.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE_INCHES = (8.0, 4.2)
DOTS_PER_INCH = 150
INK, GRID = "#24292f", "#d8dee4"
COLOURS = {"samescreen": "#0969da", "baseline": "#bc4c00"}
NAMES = {"samescreen": "Samescreen", "baseline": "the plain script"}
SCENE_COLOURS = {"scroll": "#0969da", "video": "#8250df", "typing": "#1a7f37"}

Lines = list[dict[str, str]]
Drawing = Callable[["Axes", Lines], None]


def _mean(lines: Lines, column: str) -> float:
    return sum(float(line[column]) for line in lines) / len(lines)


def _by_viewers(lines: Lines, system: str) -> list[tuple[int, Lines]]:
    """The runs with so many viewers, fewest first."""
    own = [line for line in lines if line["system"] == system and line["rude"] == "0"]
    counts = sorted({int(line["viewers"]) for line in own})
    return [(count, [line for line in own if int(line["viewers"]) == count]) for count in counts]


def _against_viewers(axes: Axes, lines: Lines, column: str, form: str) -> None:
    """One curve per system, the value written at its last point."""
    ticks: set[int] = set()
    for system, colour in COLOURS.items():
        groups = _by_viewers(lines, system)
        if not groups:
            continue
        counts = [count for count, _ in groups]
        values = [_mean(group, column) for _, group in groups]
        ticks |= set(counts)
        axes.plot(counts, values, "o-", color=colour, label=NAMES[system], linewidth=2)
        axes.annotate(
            form.format(values[-1]), (counts[-1], values[-1]), textcoords="offset points",
            xytext=(8, 4), color=colour, fontsize=11,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks(sorted(ticks), [str(tick) for tick in sorted(ticks)])
    axes.minorticks_off()
    axes.set_xlim(right=max(ticks) * 1.7)
    axes.set_xlabel("viewers")
    axes.legend(frameon=False)


def _logarithmic(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:.0f}")
    axes.minorticks_off()


def _fps(axes: Axes, lines: Lines) -> None:
    _against_viewers(axes, lines, "fps_median", "{:.0f}")
    axes.set_ylim(0, 66)
    axes.set_ylabel("pictures a second, each viewer (median)")
    axes.set_title("Frame rate against viewers")


def _cost(axes: Axes, lines: Lines) -> None:
    _against_viewers(axes, lines, "cpu_us_per_frame", "{:.0f} µs")
    _logarithmic(axes)
    axes.set_ylabel("server CPU per viewer and picture (µs)")
    axes.set_title("What a picture costs the server, for each viewer who gets it")


def _ages(axes: Axes, lines: Lines) -> None:
    """A bar to the 95th percentile and a tick at the median, for each link and scene."""
    links = list(dict.fromkeys(line["link"] for line in lines))
    scenes = [s for s in SCENE_COLOURS if any(line["scene"] == s for line in lines)]
    width = 0.8 / len(scenes)
    for number, scene in enumerate(scenes):
        groups = [[x for x in lines if (x["link"], x["scene"]) == (n, scene)] for n in links]
        places = [at - 0.4 + width * (number + 0.5) for at in range(len(links))]
        highs = [_mean(group, "age_p95_ms") if group else 0.0 for group in groups]
        middles = [_mean(group, "age_p50_ms") if group else 0.0 for group in groups]
        colour = SCENE_COLOURS[scene]
        bars = axes.bar(places, highs, width * 0.9, color=colour, alpha=0.35,
                        label=f"{scene}: 95th percentile")  # fmt: skip
        axes.bar_label(bars, fmt="%.0f", fontsize=9, color=INK, padding=2)
        axes.hlines(middles, [at - width * 0.45 for at in places],
                    [at + width * 0.45 for at in places], color=colour, linewidth=3,
                    label=f"{scene}: median")  # fmt: skip
    axes.set_xticks(range(len(links)), [link.replace("-", "\n", 1) for link in links])
    _logarithmic(axes)
    axes.set_xlabel("link: rate, round trip or fault")
    axes.set_ylabel("age of the newest picture (ms)")
    axes.set_title("How old the picture is, over the length of a run")
    axes.legend(frameon=False, ncols=2, fontsize=9)
    axes.set_ylim(top=axes.get_ylim()[1] * 3)


CROWD: dict[str, Drawing] = {"fps": _fps, "cost": _cost}
LINKS: dict[str, Drawing] = {"ages": _ages}


def _draw(drawing: Drawing, lines: Lines, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    settings: dict[str, Any] = {
        "font.size": 11, "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK,
        "ytick.color": INK, "axes.edgecolor": GRID, "axes.spines.top": False,
        "axes.spines.right": False, "axes.titleweight": "bold", "axes.titlelocation": "left",
    }  # fmt: skip
    with pyplot.rc_context(settings):
        figure, axes = pyplot.subplots(figsize=SIZE_INCHES, dpi=DOTS_PER_INCH)
        axes.grid(axis="y", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        drawing(axes, lines)
        first = lines[0]
        origin = (f"{first['scene'] if drawing is not _ages else ''} {first['width']}×"
                  f"{first['height']} · {first['cores']} cores {first['cpu']} · "
                  f"{first['commit'].removesuffix('-dirty')} · {first['date'][:10]}")  # fmt: skip
        figure.text(0.99, 0.01, origin.strip(), ha="right", fontsize=7.5, color="#656d76")
        figure.tight_layout(rect=(0, 0.02, 1, 1))
        figure.savefig(path)
        pyplot.close(figure)
    print(path)


def _in_own_environment(arguments: Sequence[str]) -> int:
    from systems import install

    command = [install("charts"), Path(__file__), "--drawing", *arguments]
    return subprocess.run(command, timeout=300, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("csv", nargs="+", type=Path, help="what crowd.py or links.py wrote")
    parser.add_argument("--drawing", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.drawing:
        return _in_own_environment(sys.argv[1:])
    kinds: dict[bool, tuple[Path, Lines]] = {}
    for path in options.csv:
        with path.open(newline="") as file:
            lines = list(csv.DictReader(file))
        _, known = kinds.setdefault("viewers" in lines[0], (path, []))
        known.extend(lines)
    for is_crowd, (path, lines) in kinds.items():
        for name, drawing in (CROWD if is_crowd else LINKS).items():
            _draw(drawing, lines, path.with_name(f"{path.stem}-{name}.png"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
