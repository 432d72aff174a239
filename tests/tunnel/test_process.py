"""One run of a tool: its lines, its end, and that it outlives nobody."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import psutil
import pytest

from samescreen.tunnel import process
from samescreen.tunnel.events import Event, Failed, Opened
from samescreen.tunnel.process import ToolProcess, output_of
from tests.stage.timing import MS, eventually
from tests.stage.tools import python_environment

from .fake_tools import REST, Lines, fake_tool

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")


class Run:
    """A process whose events wait in a queue."""

    def __init__(self, path: Path, *arguments: str) -> None:
        self._events: queue.Queue[Event] = queue.Queue()
        command, environment = [str(path), *arguments], dict(os.environ)
        self.process = ToolProcess(command, environment, Lines(), self._events.put)
        self.process.start()

    def next(self) -> Event:
        return self._events.get(timeout=10_000 * MS)

    def port(self) -> int:
        event = self.next()
        assert isinstance(event, Opened), event
        return event.address.port


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


PID = "echo port $$\n"
"""The fake's own number, as a port."""


async def test_lines_of_both_streams_are_read_and_the_end_is_reported(tmp_path: Path) -> None:
    script = "echo port 1 >&2\nprintf 'x%.0s' $(seq 9000)\nprintf '\\377\\n'\necho port 2\n"
    run = Run(fake_tool(tmp_path, "tool", script))
    assert [run.port(), run.port(), run.next()] == [1, 2, Failed("ended")]
    await run.process.stop()


async def test_arguments_arrive_as_they_are(tmp_path: Path) -> None:
    run = Run(fake_tool(tmp_path, "tool", 'test "$2" = "a b;\'c" && echo port $#\n'), "-", "a b;'c")
    assert run.port() == 2
    await run.process.stop()


async def test_stopping_ends_a_tool_that_gets_time_to_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine a second may be too short to leave.
    monkeypatch.setattr(process, "_GRACE_S", 20.0)
    monkeypatch.setattr(process, "_LEASH", process._LEASH.replace("sleep 1", "sleep 20"))
    script = f"trap 'touch $HERE/left; exit' TERM\n{PID}while :; do sleep 0.05; done\n"
    run = Run(fake_tool(tmp_path, "tool", script))
    pid = run.port()
    await run.process.stop()
    assert not lives(pid)
    assert (tmp_path / "left").exists()


async def test_stopping_ends_a_tool_that_does_not_want_to(tmp_path: Path) -> None:
    run = Run(fake_tool(tmp_path, "tool", f"trap '' TERM\n{PID}while :; do sleep 60; done\n"))
    pid = run.port()
    children = psutil.Process(pid).children(recursive=True)
    await run.process.stop()
    pids = (pid, *(child.pid for child in children))
    eventually(lambda: not any(map(lives, pids)), what="the kernel has ended what was killed")


async def test_a_tool_that_cannot_be_run_says_so(tmp_path: Path) -> None:
    run = Run(tmp_path / "missing")
    assert isinstance(run.next(), Failed)
    await run.process.stop()


async def test_a_stop_right_after_the_start_leaves_nothing_running(tmp_path: Path) -> None:
    run = Run(fake_tool(tmp_path, "tool", REST))
    await run.process.stop()
    assert "samescreen-tunnel" not in [thread.name for thread in threading.enumerate()]
    children = psutil.Process().children(recursive=True)
    assert not [child for child in children if str(tmp_path) in " ".join(child.cmdline())]


def test_the_tool_ends_with_a_program_that_is_killed(tmp_path: Path) -> None:
    """Without a chance to clean up: no orphan is left."""
    script = f"echo $$ >$HERE/pid.new\nmv $HERE/pid.new $HERE/pid\n{REST}"
    path = fake_tool(tmp_path, "tool", script)
    program = textwrap.dedent(
        f"""
        import os, signal, time
        from samescreen.tunnel.process import ToolProcess
        from tests.tunnel.fake_tools import Lines
        ToolProcess([{str(path)!r}], dict(os.environ), Lines(), print).start()
        while not os.path.exists({str(tmp_path / "pid")!r}):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run([sys.executable, "-c", program], env=python_environment(), check=False)
    assert done.returncode == -signal.SIGKILL
    pid = int((tmp_path / "pid").read_text())
    eventually(lambda: not lives(pid), what="the tool ends")


def test_an_answer_is_what_both_streams_say(tmp_path: Path) -> None:
    path = fake_tool(tmp_path, "tool", "echo one\necho two >&2\nexit 3\n")
    assert output_of([str(path)], dict(os.environ)).split() == ["one", "two"]
    assert "not found" in output_of([str(tmp_path / "missing")], dict(os.environ))
