"""examples/agent.py, run as it is written: it works a browser until a person takes over."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import subprocess
import sys
import threading
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
import simplejpeg

from tests.e2e.clients import run
from tests.stage.browsers import find_chromium
from tests.stage.host_process import free_port
from tests.stage.timing import MS, eventually
from tests.stage.tools import ROOT, spawn
from tests.stage.x_server import XServer

pytestmark = [pytest.mark.e2e, pytest.mark.display]
PATIENCE_S = 20_000 * MS
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Program:
    """The example, and the lines that it prints."""

    def __init__(self, server: XServer, home: Path) -> None:
        command = [sys.executable, str(ROOT / "examples" / "agent.py"), find_chromium()]
        pipe = subprocess.PIPE
        environment = {**os.environ, "DISPLAY": server.display, "HOME": str(home)}
        command.append(str(free_port()))
        self.process = spawn(
            command, stdout=pipe, stderr=subprocess.DEVNULL, env=environment
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.strip())

    def end(self) -> None:
        """End it and its browser, however far they are."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def line(self) -> str:
        return self._lines.get(timeout=PATIENCE_S)

    def await_line(self, words: str) -> None:
        eventually(lambda: words in self.line(), what=f"it prints {words!r}", within=PATIENCE_S)


def colours(url: str, token: str) -> set[str]:
    """Whether much of the picture is green, or red: the page shows how many letters it has."""
    with _direct.open(f"{url}/snapshot.jpg?token={token}", timeout=PATIENCE_S) as answer:
        picture = simplejpeg.decode_jpeg(answer.read(), colorspace="RGB")
    red, green, blue = (int(each) for each in picture[-40, picture.shape[1] // 2])
    is_dark = blue < 60
    return ({"green"} if is_dark and green > 100 else set()) | (
        {"red"} if is_dark and red > 100 else set()
    )


def test_a_program_works_a_browser_until_a_person_takes_over(tmp_path: Path) -> None:
    server = XServer(800, 450).start()
    program = Program(server, tmp_path)
    try:
        parts = urlsplit(program.line())
        url, token = f"http://127.0.0.1:{parts.port}", parts.fragment.removeprefix("token=")
        seen: set[str] = set()

        def has_typed() -> bool:
            seen.update(colours(url, token))
            return seen == {"green", "red"}

        eventually(has_typed, what="letter after letter is typed", within=PATIENCE_S)

        async def take_over() -> None:
            async with aiohttp.ClientSession() as session:
                bearer = {"Authorization": f"Bearer {token}"}
                async with session.ws_connect(f"{url}/ws/control", headers=bearer):
                    await asyncio.to_thread(program.await_line, "409 127.0.0.1 uses mouse")

        run(take_over, within=PATIENCE_S)
        program.await_line("200")
        program.process.send_signal(signal.SIGINT)
        assert program.process.wait(timeout=PATIENCE_S) == 0
    finally:
        program.end()
        server.stop()
