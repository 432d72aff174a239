"""The host's side of one program that sends (`sender`): starts it, feeds it, ends it.

On the writing thread of the output, which may block; `end` comes from other threads too. On Linux
the program ends with the thread that started it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Final

from .feed import Record, Target, packed
from .sender import FAULT, SENDING

GOODBYE_S: Final = 1.5
"""How long a program may take to say goodbye to its server."""

_SECRETS: Final = "SAMESCREEN_"
CRASHED: Final = "the program that sends the output ended: please report it"


class SenderProcess:
    """Sends to `target` from now on. Writing thread, except `end` and `is_sending`.

    Raises:
        OSError: no other program can be started here.
    """

    def __init__(self, target: Target) -> None:
        self.is_sending = False
        self._fault = ""
        if getattr(sys, "frozen", False):  # then sys.executable is no Python
            raise OSError("outputs need Python itself: install samescreen with pip")
        # -P: a folder where somebody starts the host must not bring modules of its own.
        command = [sys.executable, "-P", "-m", "samescreen.outputs.sender", str(os.getpid())]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(_SECRETS)}
        try:
            self._running = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=os.name == "posix",  # Ctrl-C is for the host
            )
        except OSError as error:
            raise OSError(f"cannot start a program for the output: {error.strerror}") from error
        self._reader = threading.Thread(target=self._read, name="output news", daemon=True)
        self._reader.start()
        self._write(packed(target))

    def send(self, record: Record) -> None:
        """Hand this over; waits while the program is behind. Raises OSError."""
        self._write(packed(record))

    def check(self) -> None:
        """Raises OSError: the program has ended."""
        if self._running.poll() is not None:
            self._lost()

    def finish(self) -> None:
        """Let it send what it has and say goodbye, for a moment; then end it."""
        self.end(GOODBYE_S)

    def end(self, grace_s: float) -> None:
        """End it, at the latest after that time. Any thread; may be called twice."""
        running = self._running
        assert running.stdin is not None
        if grace_s:
            with suppress(OSError, ValueError):
                running.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                running.wait(grace_s)
        running.kill()

    def _write(self, record: bytes) -> None:
        assert self._running.stdin is not None
        try:
            self._running.stdin.write(record)
            self._running.stdin.flush()
        except (OSError, ValueError):
            self._lost()

    def _lost(self) -> None:
        self._running.kill()
        self._reader.join(1)
        raise OSError(self._fault or CRASHED)

    def _read(self) -> None:
        output = self._running.stdout
        assert output is not None
        with output:
            for line in output:
                said = line.decode(errors="replace").strip()
                if said == SENDING:
                    self.is_sending, self._fault = True, ""
                elif said.startswith(FAULT):
                    self._fault = said.removeprefix(FAULT)
        self._running.wait()
