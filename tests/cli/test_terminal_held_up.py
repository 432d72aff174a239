"""The terminal never hurts the share: held up, taken away, closed, too narrow, of another encoding.

Whole programs, since only there the terminal and the share meet.
"""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.record.mp4 import boxes
from tests.stage.host_process import free_port
from tests.stage.timing import MS, eventually
from tests.stage.tools import end, python_environment, spawn

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_OPTIONS = ("--host", "127.0.0.1", "--tls", "off", "--no-access-control")


def environment(**more: str) -> dict[str, str]:
    return python_environment() | {"DISPLAY": "", "TERM": "xterm"} | more


def command(port: int) -> list[str]:
    return [sys.executable, "-m", "samescreen", "testcard", *_OPTIONS, "--port", str(port)]


def answers(port: int) -> bool:
    url = f"http://127.0.0.1:{port}/healthz"
    with suppress(OSError), _DIRECT.open(url, timeout=1000 * MS) as answer:
        return bool(answer.status == 200)
    return False


def await_share(port: int) -> None:
    eventually(lambda: answers(port), what="the share", within=15_000 * MS)


def frames_flow(port: int) -> bool:
    """Whether a reader is sent pictures, for half a second."""
    url = f"http://127.0.0.1:{port}/stream.mjpg"
    with _DIRECT.open(url, timeout=2000 * MS) as answer:
        until_s, got = time.monotonic() + 0.5, 0
        while time.monotonic() < until_s:
            got += len(answer.read(2000))
    return got > 10_000


def read_until(terminal: int, words: bytes, seen: bytes = b"") -> bytes:
    deadline_s = time.monotonic() + 15_000 * MS
    while words not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, deadline_s - time.monotonic()))
        assert ready, f"{words!r} did not come after {seen!r}"
        seen += os.read(terminal, 65536)
    return seen


@contextmanager
def terminal_of(process_args: list[str], **env: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    controller, terminal = pty.openpty()
    process = spawn(
        process_args, env=environment(**env), stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    try:
        yield controller, process
    finally:
        end(process, by=signal.SIGKILL)
        os.close(controller)


def test_a_terminal_that_takes_nothing_neither_holds_up_viewers_nor_the_end() -> None:
    port = free_port()
    with terminal_of(command(port)) as (controller, process):
        read_until(controller, b"Ctrl-C stops")
        os.set_blocking(controller, False)
        # Answers to these fill what the system keeps for a terminal (64 KiB at most), and more.
        with suppress(BlockingIOError):
            for _ in range(1000):
                os.write(controller, b"stelescope\n")
        assert frames_flow(port)
        assert answers(port)
        assert end(process, by=signal.SIGINT, within=4000 * MS) == 0


def test_a_pipe_that_is_full_from_the_start() -> None:
    port = free_port()
    receiving, sending = os.pipe()
    os.set_blocking(sending, False)
    with suppress(BlockingIOError):
        while True:
            os.write(sending, b"x" * 64)
    os.set_blocking(sending, True)
    with os.fdopen(sending, "w") as pipe, os.fdopen(receiving):
        process = spawn(command(port), env=environment(), stdout=pipe, stderr=pipe)
        try:
            await_share(port)
            assert frames_flow(port)
        finally:
            assert end(process, by=signal.SIGINT, within=4000 * MS) == 0


def test_a_reader_that_leaves_ends_nothing() -> None:
    """As with `samescreen testcard | grep -m1 http`."""
    port = free_port()
    process = spawn(
        command(port), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        while "http" not in process.stdout.readline():
            pass
        process.stdout.close()
        await_share(port)
        url = f"http://127.0.0.1:{port}/stream.mjpg"
        with _DIRECT.open(url, timeout=5000 * MS):  # a viewer: there is a line to print
            assert process.stderr.readline() == (
                "samescreen: nobody reads the output any more; sharing goes on, Ctrl-C stops it\n"
            )
        assert answers(port)
    finally:
        assert end(process, by=signal.SIGINT) == 0
        assert process.stderr.read() == ""
        process.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_no_room_for_the_output() -> None:
    port = free_port()
    with open("/dev/full", "w") as full:
        process = spawn(command(port), env=environment(), stdout=full, stderr=subprocess.PIPE)
    assert process.stderr is not None
    line = process.stderr.readline()
    assert "cannot be written: No space left on device; sharing goes on" in line
    assert answers(port)
    assert end(process, by=signal.SIGINT) == 0
    assert process.stderr.read() == ""
    process.stderr.close()
    with open("/dev/full", "w") as full:
        listed = subprocess.run(
            [sys.executable, "-m", "samescreen", "sources"],
            env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert listed.returncode == 1
    assert listed.stderr == "samescreen: the output cannot be written: No space left on device\n"


@pytest.mark.skipif(sys.platform == "win32", reason="streams are closed by a shell")
def test_no_socket_gets_the_number_of_a_closed_stream() -> None:
    port = free_port()
    shell = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command(port)]
    process = spawn(shell, env=environment())
    try:
        await_share(port)
        if (files := Path(f"/proc/{process.pid}/fd")).exists():
            assert {os.readlink(files / str(n)) for n in (0, 1, 2)} == {"/dev/null"}
    finally:
        assert end(process, by=signal.SIGINT) == 0


def test_an_encoding_without_blocks_shows_the_link_and_no_qr_code() -> None:
    port = free_port()
    with terminal_of(command(port), PYTHONIOENCODING="ascii", COLUMNS="0") as (controller, process):
        seen = read_until(controller, b"nobody watches")
        assert f"http://localhost:{port}/".encode() in seen
        assert b"??" not in seen
        assert b"Traceback" not in seen
        assert end(process, by=signal.SIGINT) == 0


def test_quiet_prints_nothing_and_reads_nothing() -> None:
    port = free_port()
    with terminal_of([*command(port), "--quiet"]) as (controller, process):
        await_share(port)
        os.write(controller, b"q")
        assert frames_flow(port)
        assert end(process, by=signal.SIGINT) == 0
        assert not select.select([controller], [], [], 0)[0] or os.read(controller, 9) == b"q"


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGHUP")
def test_a_terminal_that_closes_ends_the_share_in_good_order(tmp_path: Path) -> None:
    recorded = tmp_path / "talk.mp4"
    with terminal_of([*command(free_port()), "--record", str(recorded)]) as (_, process):
        eventually(lambda: recorded.exists() and recorded.stat().st_size, what="a picture")
        assert end(process, by=signal.SIGHUP) == 0
        assert boxes(recorded)[-1] == b"moov", "it has one index, as a complete recording"


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGHUP")
def test_nohup_lets_the_share_outlive_its_terminal() -> None:
    port = free_port()
    nohup = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh"]
    with terminal_of([*nohup, *command(port)]) as (controller, process):
        read_until(controller, b"nobody watches")
        process.send_signal(signal.SIGHUP)
        assert frames_flow(port)
        assert end(process, by=signal.SIGINT) == 0


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_in_the_background_of_a_shell_it_goes_on() -> None:
    port = free_port()
    shell = ["setsid", "-c", "bash", "--norc", "--noprofile", "-i"]
    with terminal_of(shell, PS1="$ ", HISTFILE="") as (controller, _):
        os.write(controller, " ".join([*command(port), "&", "echo pid=$!\n"]).encode())
        await_share(port)
        seen = read_until(controller, b"Ctrl-C stops")
        pid = int(seen.rpartition(b"pid=")[2].split()[0])
        os.write(controller, b"fg\n")
        read_until(controller, b"nobody watches")
        os.write(controller, b"stelescope\n")
        read_until(controller, b"'telescope' is not a source")
        os.write(controller, b"\x1a")
        eventually(lambda: state_of(pid) == "T", what="the stop")
        os.write(controller, b"stty tostop; bg; echo in the $((1 + 1))nd place\n")
        read_until(controller, b"in the 2nd place")
        assert frames_flow(port), "a viewer has come, there is a line to print"
        os.write(controller, b"typed for the shell\n")
        read_until(controller, b"typed: command not found")
        assert state_of(pid) != "T"
        os.write(controller, b"fg\n")
        read_until(controller, b"nobody watches")
        os.write(controller, b"\x03")
        read_until(controller, b"Stopped.")
