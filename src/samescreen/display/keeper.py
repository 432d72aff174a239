"""A process of its own that starts the programs of a display, and ends all of them.

It lives as long as its standard input is open, so the kernel tells it when the host is gone,
however the host died. What its programs leave behind becomes its own child
(PR_SET_CHILD_SUBREAPER), so it finds that too. If somebody kills the keeper itself, the kernel ends
the programs that it started (PR_SET_PDEATHSIG). `kept.py` is the host's side of it.

It runs as `python -I -S keeper.py`, so it imports the standard library only. Linux only.

Each line of standard input is a JSON object that starts a program: {"run": NAME, "argv": […],
"env": {…}, "asks": bool, "undo": […]}. What it prints goes to standard error. Of a program that
`asks`, the first line is reported, errors go to NAME.log in the folder, and `undo` is a command for
the end, to which that line is appended.

Each line of standard output is a JSON object too. {"folder": PATH} comes first. {"name", "line"} is
the first line of a program that asks. {"name", "error"} says why a program did not start. {"name",
"status", "others"} says that it ended, with the status that a shell would give it, and how many
other programs run that nobody named.
"""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_SET_PDEATHSIG = 1
_SET_CHILD_SUBREAPER = 36
_GRACE_S = 1.5
_UNDO_S = 1.0
_POLL_S = 0.01
_LAST = ("server", "bus")
"""The programs that end after all others, which may need them to end well."""


class Keeper:
    """Starts programs, reports what becomes of them, and ends them."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None)
        self._libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._names: dict[int, str] = {}
        self._undo: list[tuple[list[str], dict[str, str]]] = []
        self._selector = selectors.DefaultSelector()
        self._unread = b""
        self._is_over = False
        self._display = ""
        runtime = os.environ.get("XDG_RUNTIME_DIR", "")
        place = runtime if os.access(runtime, os.W_OK | os.X_OK) else None
        self.folder = tempfile.mkdtemp(prefix="samescreen-", dir=place)

    def run(self) -> None:
        """Obey until standard input ends or a signal comes. Then end everything."""
        woken, wakes = os.pipe()
        for end in (woken, wakes):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        self._selector.register(woken, selectors.EVENT_READ, lambda: self._woken(woken))
        self._selector.register(0, selectors.EVENT_READ, self._read_orders)
        self._report(folder=self.folder)
        while not self._is_over:
            for key, _ in self._selector.select():
                key.data()

    def _stop(self, *_: object) -> None:
        self._is_over = True

    def _woken(self, woken: int) -> None:
        with suppress(BlockingIOError):
            while os.read(woken, 512):
                pass
        self._reap()

    def _report(self, **about: object) -> None:
        with suppress(OSError):
            os.write(1, json.dumps(about).encode() + b"\n")

    # Programs

    def _read_orders(self) -> None:
        read = os.read(0, 65536)
        self._is_over = self._is_over or not read
        *lines, self._unread = (self._unread + read).split(b"\n")
        for line in lines:
            order = json.loads(line)
            (self._ask if order["asks"] else self._start)(order, 2, 2)

    def _start(self, order: dict[str, Any], output: int, errors: int) -> None:
        try:
            process = subprocess.Popen(
                order["argv"],
                env=order["env"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                preexec_fn=lambda: self._libc.prctl(_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0),
            )
        except OSError as error:
            self._report(name=order["run"], error=error.strerror or str(error))
        else:
            self._names[process.pid] = order["run"]
            process.returncode = 0  # `_reap` waits for it

    def _ask(self, order: dict[str, Any], *_: int) -> None:
        answers, answer = os.pipe()
        self._selector.register(
            answers, selectors.EVENT_READ, lambda: self._answered(order, answers)
        )
        with open(f"{self.folder}/{order['run']}.log", "wb") as log:
            self._start(order, answer, log.fileno())
        os.close(answer)

    def _answered(self, order: dict[str, Any], answers: int) -> None:
        """Report the first line. A program that prints more writes into a closed pipe."""
        read = os.read(answers, 4096)
        order["said"] = said = order.get("said", b"") + read
        if read and b"\n" not in said:
            return  # Xvnc writes the end of its line apart
        line = said.decode(errors="replace").partition("\n")[0].strip()
        self._selector.unregister(answers)
        os.close(answers)
        if line and order["run"] == "server":
            self._display = line
        if line and order["undo"]:
            self._undo.append(([*order["undo"], line], order["env"]))
        if line:
            self._report(name=order["run"], line=line)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                name = self._names.pop(pid, None)
                if name == "server":
                    self._sweep(pid)
                if name is not None:
                    code = os.waitstatus_to_exitcode(status)
                    code = 128 - code if code < 0 else code
                    self._report(name=name, status=code, others=len(self._others()))

    def _others(self) -> list[int]:
        """The programs below this process that nobody named."""
        return [pid for pid in _below(os.getpid()) if pid not in self._names]

    # The end

    def end(self) -> None:
        """End all programs, undo what is to be undone, and remove the folder."""
        last = {pid for pid, name in self._names.items() if name in _LAST}
        self._end_programs(lambda: [pid for pid in _below(os.getpid()) if pid not in last])
        for argv, env in self._undo:
            with suppress(OSError, subprocess.SubprocessError):
                quiet = subprocess.DEVNULL
                subprocess.run(argv, env=env, stdout=quiet, stderr=quiet, timeout=_UNDO_S)
        self._end_programs(lambda: list(_below(os.getpid())))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end_programs(self, find: Callable[[], list[int]]) -> None:
        """TERM, which lets them save what they have; KILL for those that are still there."""
        for number, grace_s in ((signal.SIGTERM, _GRACE_S), (signal.SIGKILL, _GRACE_S)):
            until_s = time.monotonic() + grace_s
            told: set[int] = set()
            while (pids := find()) and time.monotonic() < until_s:
                for pid in pids:
                    if pid not in told or number == signal.SIGKILL:
                        with suppress(OSError):
                            os.kill(pid, number)
                told.update(pids)
                time.sleep(_POLL_S)
                self._reap()

    def _sweep(self, pid: int) -> None:
        """Remove the socket and the lock that a killed X server left behind.

        With `-displayfd` servers write no lock. Another one may listen there by now.
        """
        if not self._display:
            return
        lock = Path(f"/tmp/.X{self._display}-lock")
        with suppress(OSError, ValueError):
            if int(lock.read_text("ascii")) == pid:
                lock.unlink()
        path = f"/tmp/.X11-unix/X{self._display}"
        with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                os.unlink(path)


def _below(top: int) -> Iterator[int]:
    """All living processes below this one, parents first."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            state, parent = path.read_text(errors="replace").rpartition(")")[2].split()[:2]
            if state != "Z":
                children.setdefault(int(parent), []).append(int(path.parent.name))
    waiting = [top]
    for pid in waiting:
        below = children.get(pid, [])
        waiting += below
        yield from below


if __name__ == "__main__":
    keeper = Keeper()
    try:
        keeper.run()
    finally:
        keeper.end()
