"""A real nats-server on a port of 127.0.0.1, which can be stopped and started again."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stage.host_process import free_port
from tests.stage.timing import MS, eventually
from tests.stage.tools import end, find_tool, spawn


class NatsServer:
    """Not running until `start`. `config`: more lines of its configuration."""

    def __init__(self, folder: Path, config: str = "") -> None:
        self.port = free_port()
        self._path = folder / f"nats-{self.port}.conf"
        text = f"host: 127.0.0.1\nport: {self.port}\nserver_name: test\n{config}\n"
        self._path.write_text(text, encoding="utf-8")
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Return once it answers."""
        command = [find_tool("nats-server", "/usr/sbin/nats-server"), "-c", str(self._path)]
        self._process = spawn(command)
        eventually(self._answers, what="nats-server answers")

    def kill(self) -> None:
        """End it at once, without a word to its clients."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        if self._process is not None:
            end(self._process)

    def _answers(self) -> bool:
        with socket.socket() as sock:
            sock.settimeout(200 * MS)
            return sock.connect_ex(("127.0.0.1", self.port)) == 0 and bool(sock.recv(4))


@contextmanager
def nats_server(folder: Path, config: str = "") -> Iterator[NatsServer]:
    """A running nats-server."""
    server = NatsServer(folder, config)
    server.start()
    try:
        yield server
    finally:
        server.stop()
