"""The panel and its keys in the real program, at a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from rich.cells import cell_len

from tests.stage.timing import MS, eventually
from tests.stage.tools import end, python_environment, spawn

_OPTIONS = ("--host", "127.0.0.1", "--port", "0", "--tls", "off", "--no-access-control")


@dataclass
class Terminal:
    """The program at a terminal; `seen` is everything that it has written."""

    controller: int
    process: subprocess.Popen[str]
    seen: str = ""

    def read_until(self, words: str) -> None:
        """Wait until these words come, after all that was read before."""
        new, deadline_s = b"", time.monotonic() + 15_000 * MS
        while words not in new.decode(errors="replace"):
            ready, _, _ = select.select(
                [self.controller], [], [], max(0, deadline_s - time.monotonic())
            )
            assert ready, f"{words!r} did not come after {new.decode(errors='replace')!r}"
            new += os.read(self.controller, 65536)
        self.seen += new.decode(errors="replace")

    def press(self, keys: str) -> None:
        os.write(self.controller, keys.encode())

    @property
    def takes_single_keys(self) -> bool:
        flags = termios.tcgetattr(self.controller)[3]
        return not flags & (termios.ICANON | termios.ECHO)

    def resize(self, columns: int, rows: int) -> None:
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.controller, termios.TIOCSWINSZ, size)


@contextmanager
def running(
    columns: int = 40, program: tuple[str, str] = ("-m", "samescreen"), **env: str
) -> Iterator[Terminal]:
    controller, slave = pty.openpty()
    terminal = Terminal(controller, None)  # type: ignore[arg-type]
    terminal.resize(columns, 30)
    environment = python_environment() | {"DISPLAY": "", "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    environment.pop("COLUMNS", None)
    environment.pop("LINES", None)
    terminal.process = spawn(
        [sys.executable, *program, "testcard", *_OPTIONS],
        env=environment | env, stdin=slave, stdout=slave, stderr=slave,
    )  # fmt: skip
    try:
        yield terminal
    finally:
        end(terminal.process, by=signal.SIGKILL)
        os.close(slave)
        os.close(controller)


def test_keys_act_at_once_at_40_columns_and_q_leaves_the_terminal_as_it_was() -> None:
    with running() as terminal:
        terminal.read_until("q quit")
        eventually(lambda: terminal.takes_single_keys, what="single keys")
        terminal.press("b")
        terminal.read_until("BLANKED")
        terminal.press("p")
        terminal.read_until("PAUSED · BLANKED")
        terminal.press("stele")
        terminal.read_until("Source: tele")
        terminal.press("scope\r")
        terminal.read_until("Nothing changed: 'telescope' is not a source")
        terminal.press("\x1b[A+")  # an arrow, and a key that is none
        terminal.press("k7\r")
        terminal.read_until("There is no number 7.")
        terminal.press("thello\r")
        terminal.read_until("Everybody sees your line.")
        terminal.press("o")
        terminal.read_until("hands are off")
        terminal.press("w")
        terminal.read_until("w another code")
        terminal.press("x")
        terminal.read_until("not valid any more")
        terminal.press("?")
        terminal.read_until("Any key closes this.")
        terminal.press("\x1b")
        terminal.read_until("q quit")
        drawn = [each for each in terminal.seen.split("\x1b[J") if "q quit" in each][-1]
        lines = re.sub(r"\x1b\[[?0-9;]*[a-z]", "", drawn).split("\r\n")
        assert len(lines) > 5
        assert max(map(cell_len, lines)) < 40
        terminal.press("q")
        terminal.read_until("Stopped.")
        assert terminal.process.wait(5000 * MS) == 0
        assert not terminal.takes_single_keys


def test_it_speaks_chinese_and_follows_the_size_of_the_window() -> None:
    with running(80, LC_ALL="zh_CN.UTF-8", PYTHONUTF8="1") as terminal:
        terminal.read_until("── 同屏 · 还没有观众 " + "─" * 20)
        terminal.resize(40, 20)
        terminal.process.send_signal(signal.SIGWINCH)
        terminal.read_until("── 还没有观众 ─")
        terminal.press("m")
        terminal.read_until("── 已静音 · 还没有观众 ─")


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGQUIT])
def test_a_signal_leaves_the_terminal_as_it_was(by: signal.Signals) -> None:
    with running() as terminal:
        terminal.read_until("q quit")
        eventually(lambda: terminal.takes_single_keys, what="single keys")
        terminal.process.send_signal(by)
        code = terminal.process.wait(5000 * MS)
        assert code == (0 if by is signal.SIGTERM else -by)
        assert not terminal.takes_single_keys


def test_what_viewers_hold_is_let_go_before_the_program_rests() -> None:
    watched = (
        "import os, sys; from samescreen.cli import main\n"
        "from samescreen.hub.control import Control\n"
        "Control.let_go = lambda self: print('all let go')\n"
        "os.kill = lambda *_: print('now it rests')\n"  # a shell would stop it
        "sys.argv[0] = 'samescreen'; main()"
    )
    with running(program=("-c", watched)) as terminal:
        terminal.read_until("q quit")
        terminal.process.send_signal(signal.SIGTSTP)
        terminal.read_until("now it rests")
        assert "all let go" in terminal.seen.partition("now it rests")[0]


def test_a_fault_in_the_program_leaves_the_terminal_as_it_was() -> None:
    broken = (
        "import sys; from samescreen.cli import live, main\n"
        "def draw(self): raise RuntimeError('on purpose')\n"
        "live.Live._lines = draw\n"
        "sys.argv[0] = 'samescreen'; main()"
    )
    controller, slave = pty.openpty()
    process = spawn(
        [sys.executable, "-c", broken, "testcard", *_OPTIONS],
        env=python_environment() | {"DISPLAY": "", "TERM": "xterm"},
        stdin=slave, stdout=slave, stderr=slave,
    )  # fmt: skip
    try:
        terminal = Terminal(controller, process)
        terminal.read_until("RuntimeError: on purpose")
        assert process.wait(5000 * MS) == 1
        assert not terminal.takes_single_keys
    finally:
        end(process, by=signal.SIGKILL)
        os.close(slave)
        os.close(controller)
