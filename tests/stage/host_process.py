"""The program itself, as its own process: `samescreen share …`, watched from start to stop."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final

from tests.stage.timing import MS, eventually
from tests.stage.tools import end, python_environment, spawn

TOKEN: Final = "stage-token-of-no-worth"
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_ACCESS_OPTIONS: Final = {"--token", "--pin", "--no-access-control"}


@dataclass(frozen=True, slots=True)
class Stopped:
    """How the program ended."""

    code: int
    took_s: float


_ports: Final = itertools.count(11_000 + os.getpid() % 200 * 100)
"""Each process of tests has a hundred of its own, below those that systems give to connections:
nobody takes one before the host does, or while the host is away."""


def free_port() -> int:
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


class HostProcess:
    """`python -m MODULE COMMAND …`, answering when the constructor returns.

    Without an access option in `args` it takes the token TOKEN. The reading thread owns
    `stderr_lines` while the process lives.
    """

    def __init__(
        self,
        *args: str,
        env: Mapping[str, str] | None = None,
        port: int | None = None,
        module: str = "samescreen",
        command: str = "share",
        within: float = 15_000 * MS,
    ) -> None:
        self.port = port or free_port()
        self.token = "" if _ACCESS_OPTIONS & {a.partition("=")[0] for a in args} else TOKEN
        self._base = args[args.index("--base-path") + 1] if "--base-path" in args else ""
        self.stderr_lines: list[str] = []
        self._stopped: Stopped | None = None
        self._process = spawn(
            [sys.executable, "-m", module, command, *self._options(args)],
            env=python_environment() | dict(env or {}),
            stderr=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, name="host-stderr", daemon=True)
        self._reader.start()
        try:
            eventually(self._answers, what=f"{module} answers /healthz", within=within)
        except AssertionError as late:
            self.stop()
            raise AssertionError(f"{late}; its stderr:\n{self.stderr}") from None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def stderr(self) -> str:
        return "\n".join(self.stderr_lines)

    def url(self, path: str = "/", *, name: str = "127.0.0.1", scheme: str = "http") -> str:
        """Address of `path`; the page's carries the token, as the printed link does."""
        fragment = f"#token={self.token}" if self.token and path == "/" else ""
        return f"{scheme}://{name}:{self.port}{self._base}{path}{fragment}"

    def stop(self, by: int = signal.SIGINT) -> Stopped:
        """Ends it as Ctrl-C does. Again is fine and answers the same."""
        if self._stopped is None:
            began_s = time.monotonic()
            code = end(self._process, by=by, within=10_000 * MS)
            self._stopped = Stopped(code, time.monotonic() - began_s)
            self._reader.join(5000 * MS)
            assert self._process.stderr is not None
            self._process.stderr.close()
        return self._stopped

    def assert_clean(self) -> None:
        """Stops it and holds what every run must: exit code 0 and no traceback."""
        stopped = self.stop()
        assert "Traceback" not in self.stderr, self.stderr
        assert stopped.code == 0, f"exit code {stopped.code}; its stderr:\n{self.stderr}"

    def _options(self, args: Sequence[str]) -> list[str]:
        access = ["--token", self.token] if self.token else []
        return [*args, "--host", "127.0.0.1", "--port", str(self.port), *access]

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.stderr_lines.append(line.rstrip("\n"))

    def _answers(self) -> bool:
        assert self._process.poll() is None, f"it ended with {self._process.returncode}"
        try:
            with _DIRECT.open(self.url("/healthz"), timeout=1000 * MS) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, HTTPException, OSError):
            return False
