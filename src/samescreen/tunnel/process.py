"""One run of a tool, on a thread of its own. What it prints is read there, line by line.

The tool ends with this program, whatever ends first. On Unix a shell of a few bytes holds the tool
on a leash: it waits for the end of a pipe whose other end only this program has, and the kernel
closes that end however this program dies. PR_SET_PDEATHSIG would do less: Linux only, and it needs
code of ours between fork and exec, in a program with many threads. On Windows a job object does it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import IO, Final

from samescreen.aside import waited_for

from .events import Event, Failed
from .tools import Reader

_LONGEST_LINE: Final = 4096
_GRACE_S: Final = 1.0
_ANSWER_S: Final = 10.0
_LONGEST_ANSWER: Final = 2**24
"""In bytes. `tailscale status` lists every machine of the tailnet."""
_LEASH: Final = """
trap : TERM
exec 3<&0
"$@" </dev/null 3<&- &
tool=$!
{ trap '' TERM; read -r _; kill -TERM 0; sleep 1; kill -KILL 0; } <&3 >/dev/null 2>&1 &
wait "$tool"
wait "$tool"
"""
"""Runs its arguments as a command. At the end of its input it ends its whole process group. The
second `wait` is for a tool that takes a moment to end after TERM, which ends the first one."""


class ToolProcess:
    """Runs a command from `start` to its end or `stop`.

    `post` gets what the reader makes of the output, on the thread; last why the command ended.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str],
        reader: Reader,
        post: Callable[[Event], object],
    ) -> None:
        self._command = list(command)
        self._environment = environment
        self._reader = reader
        self._post = post
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="samescreen-tunnel", daemon=True)

    def start(self) -> None:
        """Begin. Returns at once."""
        self._thread.start()

    async def stop(self) -> None:
        """End the tool and wait for its end: two seconds at most."""
        await waited_for(self._stop, "the end of a tunnel's tool")

    def _stop(self) -> None:
        with self._lock:
            self._is_stopped = True
            running = self._running
        if running is not None:
            _end(running)
        self._thread.join(_GRACE_S)

    def _run(self) -> None:
        try:
            with self._lock:
                if self._is_stopped:
                    return
                running = self._running = _started(self._command, self._environment)
        except OSError as error:
            self._post(Failed(f"cannot run {self._command[0]}: {error.strerror}"))
            return
        assert running.stdout is not None
        with running.stdout as output:
            for line in lines_of(output):
                if (event := self._reader.take(line)) is not None:
                    self._post(event)
        running.wait()
        self._post(self._reader.ended())


def lines_of(output: IO[bytes]) -> Iterator[str]:
    """Each line; of one that is too long, its pieces."""
    for line in iter(lambda: output.readline(_LONGEST_LINE), b""):
        yield line.decode(errors="replace").rstrip("\r\n")


def output_of(command: Sequence[str], environment: dict[str, str]) -> str:
    """What a short command prints, both streams, until it ends or is ended as late. Blocks."""
    try:
        running = _started(list(command), environment)
    except OSError:
        return ""
    late = threading.Timer(_ANSWER_S, _end, [running])
    late.daemon = True
    late.start()
    assert running.stdout is not None
    with running.stdout as output:
        said = output.read(_LONGEST_ANSWER)
    late.cancel()
    _end(running)
    return said.decode(errors="replace")


if sys.platform == "win32":  # pragma: no cover - Windows
    import ctypes

    from .windows_job import Job

    _JOB: Final = Job(ctypes.WinDLL("kernel32", use_last_error=True))

    def _started(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        running = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW,
        )
        _JOB.add(int(running._handle))  # type: ignore[attr-defined]
        return running

    def _end(running: subprocess.Popen[bytes]) -> None:
        with suppress(OSError):
            running.kill()
        with suppress(subprocess.TimeoutExpired):
            running.wait(_GRACE_S)

else:

    def _started(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["/bin/sh", "-c", _LEASH, "sh", *command],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _end(running: subprocess.Popen[bytes]) -> None:
        """Let go of the leash; then end by force what is left of the process group."""
        assert running.stdin is not None
        with suppress(OSError):
            running.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            running.wait(_GRACE_S)
        # Its number stays taken while the group has a member, and its shell is not waited for yet,
        # or has left the one behind that holds the leash.
        with suppress(OSError):
            os.killpg(running.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            running.wait(_GRACE_S)
