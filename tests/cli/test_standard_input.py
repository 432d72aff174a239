"""`samescreen share -`: a video from standard input, its end, and what cannot be one."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
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


def shared(stdin: int | None, written: bytes | None = None) -> tuple[int, str]:
    """Exit code, and all that the program printed, until it ended by itself."""
    ended = subprocess.run(
        [sys.executable, "-m", "samescreen", "share", "-", "--host", "127.0.0.1", "--port", "0"],
        env=python_environment() | {"DISPLAY": "", "LC_ALL": "C"},
        stdin=stdin,
        input=written,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=30_000 * MS,
        start_new_session=True,
    )
    return ended.returncode, ended.stdout.decode()


def test_the_program_ends_with_its_input(tmp_path: Path) -> None:
    code, printed = shared(None, record(tmp_path / "a.ts", shades(10)).read_bytes())
    assert "Sharing stdin" in printed
    assert printed.endswith("Standard input has ended.\nStopped.\n")
    assert code == 0


def test_a_terminal_is_refused_in_one_line() -> None:
    ours, theirs = os.openpty()
    try:
        code, printed = shared(theirs)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (code, printed) == (1, "samescreen: stdin is a terminal; pipe a video into it\n")


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
