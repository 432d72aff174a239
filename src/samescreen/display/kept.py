"""The host's side of the keeper, the process that ends with the host whatever ends first.

Any thread may call. A thread of its own reads the keeper's reports, another one what the programs
print. The protocol is in `keeper.py`.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from samescreen.errors import DisplayError
from samescreen.labels import sentence

_log: Final = logging.getLogger(__name__)
_KEEPER: Final = Path(__file__).with_name("keeper.py")
_BEGIN_S: Final = 10.0
_END_S: Final = 8.0
_LONGEST_LINE: Final = 4096
KEEPER: Final = "keeper"
"""The name under which the end of the keeper itself is reported."""
COMMAND: Final = "command"
SERVER: Final = "server"


@dataclass(frozen=True, slots=True)
class Ended:
    """A program ended with this status, as a shell counts. `others`: programs that it left."""

    status: int
    others: int = 0


class KeptPrograms:
    """Programs that run until `close`, or until this process ends, however it does.

    `on_end` is called on a thread with the name of each program that ended.

    Raises:
        DisplayError: the keeper did not start.
    """

    def __init__(self) -> None:
        self.on_end: Callable[[str], object] = lambda name: None
        self.last_line = ""
        """What the programs printed last that do not `ask`."""
        self._changed = threading.Condition()
        self._answers: dict[str, str] = {}
        self._ended: dict[str, Ended | str] = {}
        read, write = os.pipe()
        try:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_KEEPER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=write,
                start_new_session=True,
            )
        except OSError as error:
            os.close(read)
            raise DisplayError(f"cannot start {sys.executable}: {error.strerror}") from error
        finally:
            os.close(write)
        for target, stream in ((self._read_reports, self._keeper.stdout), (self._read_log, read)):
            threading.Thread(target=target, args=(stream,), name="keeper", daemon=True).start()
        self.folder = Path(self.answer_of(KEEPER, _BEGIN_S))

    def run(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        asks: bool = False,
        undo: Sequence[str] = (),
    ) -> None:
        """Start a program. Returns at once; `answer_of` has its first line if it `asks`."""
        order = {"run": name, "argv": list(argv), "env": dict(env), "asks": asks, "undo": [*undo]}
        assert self._keeper.stdin is not None
        with suppress(OSError):  # its end is reported
            self._keeper.stdin.write(json.dumps(order).encode() + b"\n")
            self._keeper.stdin.flush()

    def answer_of(self, name: str, within_s: float) -> str:
        """The first line that a program printed which asks.

        Raises:
            DisplayError: it ended before, could not start, or did not answer in time.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: {name, KEEPER} & {*self._ended} or name in self._answers, within_s
            )
            if name in self._answers:
                return self._answers.pop(name)
            ended = self._ended.pop(name, None)
        if isinstance(ended, str):
            raise DisplayError(f"it cannot be started: {ended}")
        raise DisplayError(self._last_of(name) if ended else "it does not answer")

    def _last_of(self, name: str) -> str:
        """The last line of a program's log."""
        with suppress(OSError, AttributeError):
            lines = (self.folder / f"{name}.log").read_text(errors="replace").split("\n")
            if said := [line.strip() for line in lines if line.strip()]:
                return sentence(said[-1])
        return "it ended at once"

    def end_of(self, name: str) -> Ended | str | None:
        """How a program ended; a text: why it could not start; None: it runs."""
        with self._changed:
            return self._ended.get(name)

    def close(self) -> None:
        """End all programs, and wait for that."""
        self.on_end = lambda name: None
        assert self._keeper.stdin is not None
        with suppress(OSError):
            self._keeper.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._keeper.wait(_END_S)

    # Threads

    def _read_reports(self, reports: IO[bytes]) -> None:
        with reports:
            for line in reports:
                with suppress(ValueError):
                    self._take(json.loads(line))
        self._note(KEEPER, Ended(1))

    def _take(self, report: dict[str, Any]) -> None:
        if "folder" in report:
            with self._changed:
                self._answers[KEEPER] = report["folder"]
                self._changed.notify_all()
        elif "line" in report:
            with self._changed:
                self._answers[report["name"]] = report["line"]
                self._changed.notify_all()
        elif "error" in report:
            self._note(report["name"], report["error"])
        else:
            self._note(report["name"], Ended(report["status"], report["others"]))

    def _note(self, name: str, ended: Ended | str) -> None:
        with self._changed:
            self._ended[name] = ended
            self._changed.notify_all()
        self.on_end(name)

    def _read_log(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as printed:
            while line := printed.readline(_LONGEST_LINE):
                if said := sentence(line.decode(errors="replace").strip()):
                    self.last_line = said
                    _log.info("%s", said)
