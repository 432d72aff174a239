"""What may never answer ends with Ctrl-C, and people read what is awaited."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from samescreen.aside import aside
from samescreen.capture.choose import KINDS
from samescreen.cli import patience, sources
from samescreen.cli.patience import NoAnswer, answering, awaited
from samescreen.errors import UsageError
from samescreen.host import Host
from tests.host.hosting import card, options
from tests.stage.timing import MS, eventually
from tests.stage.tools import end, python_environment, spawn


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """What does not answer, until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_an_answer_and_an_error_come_through() -> None:
    assert awaited("it", lambda: 42) == 42

    def refuse() -> None:
        raise UsageError("no")

    with pytest.raises(UsageError):
        awaited("it", refuse)


def test_a_line_says_what_is_awaited(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], never: threading.Event
) -> None:
    monkeypatch.setattr(patience, "TELL_AFTER_S", 0.0)
    with pytest.raises(NoAnswer):
        awaited("the moon", never.wait, 0.3)
    assert capsys.readouterr().err == (
        "samescreen: still waiting for the moon; Ctrl-C ends this\n"
    )


PRESSED_IN_AN_IMPORT = """
import os, signal, sys, weakref
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "MODULE":
            gone = Finder()
            reference = weakref.ref(gone, press)
            del gone

def press(reference):
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(9):
        pass

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
from samescreen.cli import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGINT to send")
@pytest.mark.parametrize("module", ["samescreen.cli.command", "samescreen.cli.console"])
def test_ctrl_c_is_not_lost_while_modules_are_imported(module: str) -> None:
    """Python's own import system has such callbacks, whose exceptions Python ignores."""
    code = PRESSED_IN_AN_IMPORT.replace("MODULE", module)
    arguments = ("testcard", "--host", "127.0.0.1", "--port", "0", "--tls", "off")
    process = spawn([sys.executable, "-c", code, *arguments],
        env=python_environment(), stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    with process.stderr:
        try:
            assert process.wait(10_000 * MS) == -signal.SIGINT
        finally:
            end(process, by=signal.SIGKILL)
        assert process.stderr.read() == ""


def test_the_x_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", "far.example:10")
    assert "DISPLAY=far.example:10" in answering(None)
    assert "DISPLAY" not in answering("camera:2")


def test_sources_leaves_out_what_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], never: threading.Event
) -> None:
    monkeypatch.setattr(sources, "_WITHIN_S", 0.2)
    monkeypatch.setattr(sources, "list_sounds", lambda: never.wait() and [])
    monkeypatch.setattr(sources, "KINDS", {"testcard": KINDS["testcard"]})
    assert sources.show_sources() == 0
    printed = capsys.readouterr()
    assert printed.out == "testcard  a built-in moving picture\n"
    assert printed.err == "samescreen: left out sound: its server does not answer\n"


async def test_a_host_whose_address_is_never_found_can_be_cancelled(
    monkeypatch: pytest.MonkeyPatch, never: threading.Event
) -> None:
    asked = threading.Event()

    def resolve(host: str, port: int) -> socket.socket:
        asked.set()
        never.wait()
        raise OSError

    monkeypatch.setattr("samescreen.serve.port.listening_socket", resolve)
    entering = asyncio.ensure_future(Host(options(), card()).__aenter__())
    assert await asyncio.to_thread(asked.wait, 5000 * MS)
    entering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(entering, 2000 * MS)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in Python there")
def test_ctrl_c_ends_a_wait_while_the_host_begins(tmp_path: Path) -> None:
    """A certificate that is a pipe nobody writes."""
    pipe = tmp_path / "cert.pem"
    os.mkfifo(pipe)
    process = spawn(
        [sys.executable, "-m", "samescreen", "testcard", "--port", "0", "--tls", f"{pipe},{pipe}"],
        env=python_environment(),
        stderr=subprocess.PIPE,
    )
    opened = aside(lambda: os.open(pipe, os.O_WRONLY), "writer")  # returns when it is read
    try:
        written = opened.result(10_000 * MS)
        process.send_signal(signal.SIGINT)
        eventually(lambda: process.poll() is not None, what="the end", within=2000 * MS)
        os.close(written)
        assert process.returncode == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
        process.stderr.close()
    finally:
        end(process, by=signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="no Unix sockets in Python there")
def test_ctrl_c_ends_a_wait_for_a_sound_server_that_is_silent(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "pulse"))
        server.listen()
        process = spawn(
            [sys.executable, "-m", "samescreen", "testcard", "--audio", "output", "--port", "0"],
            env=python_environment() | {"PULSE_SERVER": f"unix:{tmp_path / 'pulse'}"},
            stderr=subprocess.PIPE,
        )
        assert process.stderr is not None
        said = process.stderr.readline()
        if "still waiting" not in said:  # without libpulse there is nothing to wait for
            end(process)
            process.stderr.close()
            pytest.skip(said)
        assert "the sound of --audio output" in said
        process.send_signal(signal.SIGINT)
        eventually(lambda: process.poll() is not None, what="the end", within=2000 * MS)
        assert "Traceback" not in process.stderr.read()
        process.stderr.close()
