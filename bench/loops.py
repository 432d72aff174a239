"""Do the host's control loops come to rest? Scripted scenes, in simulated time.

The host's real controllers run on a model of encoders and of links (`tests/flow/simulation.py`).
Nothing is measured on this machine: the same commit gives the same table everywhere.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from results import default_path, origin, print_table, write_rows

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]
from tests.flow.scenes import SECOND_US  # noqa: E402
from tests.flow.simulation import CASES, Case, Simulation, since  # noqa: E402

START_US = 60 * SECOND_US
"""From here on a loop counts as settled if nothing changes any more."""


@dataclass(frozen=True, slots=True)
class Row:
    """One case. "After" is after the first minute; megabytes and keyframes are those of main."""

    case: str
    minutes: int
    exchanges: int
    exchanges_a_minute_after: float
    keyframes: int
    keyframes_after: int
    target_changes: int
    rendition_changes: int
    megabytes: float
    settled_s: float
    longest_wait_after_ms: float


def measured(case: Case, minutes: int) -> Row:
    """The case, run for so many minutes of simulated time."""
    outcome = Simulation(case).run(minutes * 60)
    return Row(
        case.name,
        minutes,
        len(outcome.exchanges),
        since(outcome.exchanges, START_US) / (minutes - 1),
        len(outcome.keyframes),
        since(outcome.keyframes, START_US),
        len(outcome.retargets),
        len(outcome.switches),
        outcome.sent_bytes / 1e6,
        outcome.settled_us() / SECOND_US,
        outcome.longest_wait_us(START_US) / 1000,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=int, default=20, help="of simulated time; default 20")
    parser.add_argument("--save", action="store_true", help="write a CSV file to bench/results")
    options = parser.parse_args()
    if options.minutes < 2:
        parser.error("--minutes must be 2 or more")
    rows = [measured(case, options.minutes) for case in CASES]
    names = [field.name.replace("_", " ") for field in fields(Row)]
    print_table(names, [astuple(row) for row in rows])
    if options.save:
        write_rows(default_path("loops"), rows, origin())


if __name__ == "__main__":
    main()
