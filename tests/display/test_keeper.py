"""The keeper and what it starts, as processes: all of it ends, whatever ends first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from samescreen.display.kept import COMMAND, SERVER, Ended, KeptPrograms
from samescreen.errors import DisplayError
from tests.stage.timing import MS, eventually
from tests.stage.tools import end, python_environment, spawn

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
ENV = {"PATH": os.environ.get("PATH", "")}
FAMILY = "sleep 600 & setsid sleep 601 & echo $$ $!; exec sleep 602"


def is_running(pid: int) -> bool:
    with suppress(OSError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    return False


def sleepers(keeper: int) -> list[int]:
    """Every `sleep` below the keeper."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,sid=,ppid=,comm="], capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    below = {keeper}
    for _ in range(4):
        below |= {int(pid) for pid, _, parent, *_ in rows if int(parent) in below}
    return [int(pid) for pid, _, _, name, *_ in rows if name == "sleep" and int(pid) in below]


def family_of(keeper: int, count: int) -> list[int]:
    """Its sleepers, once there are so many."""
    eventually(lambda: len(sleepers(keeper)) == count, what=f"{count} programs sleep")
    return sleepers(keeper)


def keeper_of(host: int) -> int:
    found = ["pgrep", "-f", "-P", str(host), "keeper.py"]
    listed = subprocess.run(found, capture_output=True, text=True, check=True)
    return int(listed.stdout.split()[0])


@pytest.fixture
def kept() -> Iterator[KeptPrograms]:
    programs = KeptPrograms()
    yield programs
    programs.close()


def test_the_end_takes_children_that_left_their_group_and_the_folder(kept: KeptPrograms) -> None:
    kept.run(COMMAND, ["sh", "-c", FAMILY], ENV)
    keeper = keeper_of(os.getpid())
    family = family_of(keeper, 3)
    assert kept.folder.stat().st_mode & 0o777 == 0o700
    kept.close()
    assert not any(map(is_running, [keeper, *family]))
    assert not kept.folder.exists()


def test_a_program_that_ignores_term_is_ended_by_force(kept: KeptPrograms) -> None:
    kept.run(COMMAND, ["sh", "-c", "trap '' TERM; sleep 600 & wait"], ENV)
    keeper = keeper_of(os.getpid())
    family = family_of(keeper, 1)
    kept.close()
    assert not any(map(is_running, family))


HOST = """
import sys, time
from samescreen.display.kept import KeptPrograms
kept = KeptPrograms()
kept.run("command", ["sh", "-c", sys.argv[1]], {"PATH": sys.argv[2]})
print(kept.folder, flush=True)
time.sleep(600)
"""


def test_a_host_that_is_killed_takes_everything_along() -> None:
    command = [sys.executable, "-c", HOST, FAMILY, ENV["PATH"]]
    host = spawn(command, env=python_environment(), stdout=subprocess.PIPE)
    assert host.stdout is not None
    folder = Path(host.stdout.readline().strip())
    keeper = keeper_of(host.pid)
    family = family_of(keeper, 3)
    end(host, by=signal.SIGKILL)
    host.stdout.close()
    eventually(lambda: not any(map(is_running, [keeper, *family])), what="everything ends")
    assert not folder.exists()


def test_a_keeper_that_is_killed_takes_its_programs_along(kept: KeptPrograms) -> None:
    kept.run(COMMAND, ["sleep", "600"], ENV)
    keeper = keeper_of(os.getpid())
    family = family_of(keeper, 1)
    os.kill(keeper, signal.SIGKILL)
    eventually(lambda: not any(map(is_running, family)), what="the program ends")
    assert eventually(lambda: kept.end_of("keeper"), what="the report") == Ended(1)
    kept.folder.rmdir()


def test_a_program_says_its_first_line_and_undoes_it_at_the_end(
    kept: KeptPrograms, tmp_path: Path
) -> None:
    undone = tmp_path / "undone"
    kept.run(
        *("sink", ["sh", "-c", "printf 4; sleep .05; echo 2; echo more"], ENV),
        asks=True,
        undo=["sh", "-c", f'echo "$0" > {undone}'],
    )
    assert kept.answer_of("sink", 5000 * MS) == "42"
    kept.close()
    assert undone.read_text(encoding="ascii") == "42\n"


def test_a_program_that_asks_and_fails_is_quoted(kept: KeptPrograms) -> None:
    kept.run(SERVER, ["sh", "-c", "echo no luck >&2; exit 1"], ENV, asks=True)
    with pytest.raises(DisplayError, match="no luck"):
        kept.answer_of(SERVER, 5000 * MS)
    kept.run("other", ["/no/such/program"], ENV, asks=True)
    with pytest.raises(DisplayError, match="No such file"):
        kept.answer_of("other", 5000 * MS)


def test_it_reports_the_status_and_what_is_left(kept: KeptPrograms) -> None:
    kept.run(COMMAND, ["sh", "-c", "echo last words; sleep 600 & exit 3"], ENV)
    assert eventually(lambda: kept.end_of(COMMAND), what="its end") == Ended(3, others=1)
    eventually(lambda: kept.last_line == "last words", what="its last line")


def test_a_number_that_a_killed_server_held_is_free_again(kept: KeptPrograms) -> None:
    """The program writes a lock as an X server does."""
    lock = Path("/tmp/.X63999-lock")
    script = f"printf '%10d\\n' $$ > {lock}; echo 63999; exec sleep 600"
    kept.run(SERVER, ["sh", "-c", script], ENV, asks=True)
    kept.answer_of(SERVER, 5000 * MS)
    os.kill(int(lock.read_text(encoding="ascii")), signal.SIGKILL)
    eventually(lambda: kept.end_of(SERVER), what="its end")
    assert not lock.exists()
