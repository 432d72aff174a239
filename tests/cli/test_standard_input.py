"""`samescreen share -`: a video from standard input, its end, and what cannot be one."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from samescreen.cli.console import plain_console
from samescreen.cli.standard_input import end_with_standard_input
from samescreen.cli.words import words_for
from tests.capture.recorded import record, shades
from tests.stage.timing import MS
from tests.stage.tools import python_environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it is for Linux and macOS")


@contextmanager
def sharing(stdin: int) -> Iterator[subprocess.Popen[str]]:
    """The program; it is to end by itself."""
    running = subprocess.Popen(
        [sys.executable, "-m", "samescreen", "share", "-", "--host", "127.0.0.1", "--port", "0"],
        env=python_environment() | {"DISPLAY": "", "LC_ALL": "C"},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    late = threading.Timer(30_000 * MS, running.kill)
    late.start()
    with running:
        yield running
    late.cancel()


def test_the_program_ends_with_its_input(tmp_path: Path) -> None:
    movie = record(tmp_path / "a.ts", [*shades(10)] * 3).read_bytes()
    with sharing(subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert os.write(running.stdin.fileno(), movie) == len(movie)
        assert any(line.startswith("Sharing stdin") for line in running.stdout)
        running.stdin.close()
        assert running.stdout.read().endswith("Standard input has ended.\nStopped.\n")
    assert running.returncode == 0


def test_a_terminal_is_refused_in_one_line() -> None:
    ours, theirs = os.openpty()
    try:
        with sharing(theirs) as running:
            assert running.stdout is not None
            said = running.stdout.read()
    finally:
        os.close(ours)
        os.close(theirs)
    assert said == "samescreen: stdin is a terminal; pipe a video into it\n"
    assert running.returncode == 1


async def test_beside_another_source_only_its_stream_ends(capsys: Any) -> None:
    removed = []

    async def remove(stream_id: str) -> None:
        removed.append(stream_id)

    status = SimpleNamespace(state="lost", detail="stdin ended")
    live = SimpleNamespace(state="live", detail="test card")
    streams = {
        name: SimpleNamespace(stream_id=name, status=each)
        for name, each in (("testcard", live), ("stdin", status))
    }
    host: Any = SimpleNamespace(hub=SimpleNamespace(streams=streams), remove=remove)
    stopped = asyncio.Event()
    await end_with_standard_input(host, plain_console(), words_for({}), stopped)
    assert (removed, stopped.is_set()) == (["stdin"], False)
    assert capsys.readouterr().out == "Standard input has ended.\n"
