"""Numbers made readable: percentiles, rows of a CSV file, tables, and what machine it was."""

from __future__ import annotations

import csv
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from stage import BENCH


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and when a row was measured; every row carries it."""

    date: str
    commit: str
    cpu: str
    cores: int
    kernel: str
    python: str
    chromium: str
    firefox: str
    packages: str


def origin() -> Origin:
    """This machine, this checkout, now."""
    return Origin(
        date=datetime.now().astimezone().isoformat(timespec="seconds"),
        commit=_commit(),
        cpu=_cpu_model(),
        cores=len(_cpu_lines()) or 1,
        kernel=platform.release(),
        python=platform.python_version(),
        chromium=_output("chromium", "--version"),
        firefox=_output("firefox-esr", "--version"),
        packages=" ".join(_package_versions("av", "xcffib", "aiohttp", "simplejpeg", "mss")),
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """Linear between neighbours; 0 when there are no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    position = (len(ordered) - 1) * percent / 100
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def default_path(name: str) -> Path:
    """A new CSV file's place under bench/results."""
    return BENCH / "results" / f"{name}-{datetime.now():%Y%m%d-%H%M%S}-{_commit()}.csv"


def write_rows(path: Path, rows: Sequence[Any], where: Origin) -> None:
    """One line per dataclass, its origin behind it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = [field.name for field in fields(rows[0])] + [field.name for field in fields(where)]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) | asdict(where) for row in rows)


def print_table(heads: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    """A Markdown table, as wide as it needs to be."""
    cells = [[_cell(value) for value in line] for line in (heads, *lines)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    for index, line in enumerate(cells):
        padded = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        print("| " + " | ".join(padded) + " |")
        if index == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def _cell(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _commit() -> str:
    found = _output("git", "-C", str(BENCH), "describe", "--always", "--dirty", "--abbrev=9")
    return found or "uncommitted"


def _cpu_lines() -> list[str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return [line for line in lines if line.startswith("model name")]


def _cpu_model() -> str:
    lines = _cpu_lines()
    return lines[0].partition(":")[2].strip() if lines else platform.machine()


def _package_versions(*names: str) -> list[str]:
    found = []
    for name in names:
        try:
            found.append(f"{name}={metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return found


def _output(*command: str) -> str:
    """What the command prints; "" where it is not installed: headless runs need no browser."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return ""
    return result.stdout.strip()
