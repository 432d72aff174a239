"""`samescreen new` as people run it: an xterm on a display of its own, used over the sockets."""

from __future__ import annotations

import os
import re
import signal
import struct
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from samescreen.cli import new
from samescreen.errors import DisplayError, UsageError
from samescreen.wire.packets import packet_from_bytes
from tests.e2e.clients import HELLO, ack, run
from tests.stage.host_process import TOKEN, free_port
from tests.stage.sound_server import SoundServer
from tests.stage.timing import MS, eventually
from tests.stage.tools import end, find_tool, python_environment, spawn

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
HOST_TOKEN = "stage-host-token-of-no-worth"
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NewDisplay:
    """`samescreen new 640x480 -- …` as a process."""

    def __init__(self, *command: str, env: dict[str, str] | None = None) -> None:
        find_tool("Xvnc", "Xvfb")
        self.port = free_port()
        access = ["--token", TOKEN, "--host-token", HOST_TOKEN, "--tls", "off"]
        network = ["--host", "127.0.0.1", "--port", str(self.port)]
        arguments = ["new", "640x480", *network, *access, "--", *command]
        self.process = spawn(
            [sys.executable, "-m", "samescreen", *arguments],
            env=python_environment() | {"DISPLAY": "", "LANG": "C.UTF-8"} | (env or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.before: set[int] = set()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def wait_until_it_shares(self) -> None:
        def answers() -> bool:
            assert self.process.poll() is None, self.process.communicate()
            with suppress(OSError), _DIRECT.open(self.url("/healthz"), timeout=1) as answer:
                return bool(answer.status == 200)
            return False

        eventually(answers, what="the share", within=15_000 * MS)
        self.before = {pid for pid, _ in self.programs}

    @property
    def programs(self) -> list[tuple[int, str]]:
        """Everything that runs below it: number and name."""
        rows = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError, ValueError):
                head, _, tail = path.read_text(encoding="utf-8").rpartition(")")
                pid, _, name = head.partition(" (")
                state, parent = tail.split()[:2]
                if state != "Z":
                    rows.append((int(pid), name, int(parent)))
        below = {self.process.pid}
        for _ in rows:
            more = {pid for pid, _, parent in rows if parent in below} - below
            if not more:
                break
            below |= more
        return [(pid, name) for pid, name, _ in rows if pid in below]

    def find(self, *names: str) -> int:
        """The number of the program below it with one of these names."""
        return eventually(
            lambda: next((pid for pid, name in self.programs if name in names), 0),
            what=f"{names} runs",
        )

    @property
    def display(self) -> str:
        """The name of its X display, as its programs know it."""
        environment = Path(f"/proc/{self.find('xterm')}/environ").read_bytes().split(b"\0")
        return next(line[8:].decode() for line in environment if line.startswith(b"DISPLAY="))

    def end(self, by: int = signal.SIGINT) -> tuple[int, str]:
        """The exit code and what it said; nothing it started is left."""
        code = end(self.process, by=by, within=10_000 * MS)
        return code, self.said()

    def said(self) -> str:
        """Wait for its end; both streams. Nothing that it started is left."""
        out, err = self.process.communicate(timeout=15_000 * MS)
        assert "Traceback" not in err, err
        gone = eventually(
            lambda: not any(Path(f"/proc/{pid}").exists() for pid in self.before), what="all end"
        )
        assert gone
        return f"{out}\n{err}"


@contextmanager
def sharing(*command: str, env: dict[str, str] | None = None) -> Iterator[NewDisplay]:
    shared = NewDisplay(*command, env=env)
    try:
        yield shared
    finally:
        end(shared.process, by=signal.SIGKILL)
        for stream in (shared.process.stdout, shared.process.stderr):
            assert stream is not None
            stream.close()


def message(track: int, event: bytes) -> bytes:
    return struct.pack(">BBHI", track, 0, 1, 0) + event


def text(words: str) -> bytes:
    raw = words.encode()
    return struct.pack(">BH", 6, len(raw)) + raw


class LightViewer:
    """Watches over one socket, without decoding anything."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self.size = (0, 0)
        self.track = -1
        self.pictures = 0
        """Of this size."""

    async def watch_until(self, is_enough: Callable[[], bool]) -> None:
        while not is_enough():
            said = await self._socket.receive(timeout=10_000 * MS)
            if said.type is aiohttp.WSMsgType.BINARY:
                self.pictures += 1
                await self._socket.send_str(ack(packet_from_bytes(said.data)))
                continue
            assert said.type is aiohttp.WSMsgType.TEXT, said
            about = said.json()
            if about["type"] == "welcome":
                self.track = about["streams"][0]["track"]
            elif about["type"] == "config":
                self.size = (about["width"], about["height"])
                self.pictures = 0


def test_who_has_the_host_link_uses_it_and_the_end_of_the_command_ends_it(tmp_path: Path) -> None:
    find_tool("xterm")
    written = tmp_path / "written"
    script = f'read line; echo "$line $(stty size)" > {written}; echo ok'
    bearer = {"Authorization": f"Bearer {HOST_TOKEN}"}

    async def use(shared: NewDisplay) -> None:
        async with aiohttp.ClientSession() as session:
            socket = await session.ws_connect(shared.url("/ws"), headers=bearer, max_msg_size=0)
            await socket.send_str(HELLO)
            viewer = LightViewer(socket)
            await viewer.watch_until(lambda: viewer.size == (640, 480) and viewer.pictures > 0)
            control = await session.ws_connect(shared.url("/ws/control"), headers=bearer)
            first = await control.receive_json(timeout=5000 * MS)
            assert (first["state"], first["fits"]) == ("mine", True)
            await control.send_bytes(message(viewer.track, struct.pack(">BHH", 11, 801, 399)))
            await viewer.watch_until(lambda: viewer.size == (801, 399) and viewer.pictures > 0)
            await control.send_bytes(message(viewer.track, text("hello 你好\n")))
            await viewer.watch_until(lambda: written.exists() and bool(written.read_text()))

    with sharing("xterm", "-u8", "-e", "sh", "-c", script) as shared:
        shared.wait_until_it_shares()
        run(lambda: use(shared))
        assert shared.process.wait(10_000 * MS) == 0
        assert HOST_TOKEN in shared.said()
    words, _, size = written.read_text(encoding="utf-8").strip().partition("你好 ")
    assert words == "hello "
    rows, columns = map(int, size.split())
    assert columns > 4 * rows  # xterm follows the display, which is twice as wide as high


def sinks_of(sound_server: SoundServer) -> str:
    listing = ["pactl", "list", "short", "sinks"]
    env = python_environment() | sound_server.env
    return subprocess.run(listing, env=env, capture_output=True, text=True, check=True).stdout


def test_several_at_once_and_all_is_gone_whatever_dies_first(sound_server: SoundServer) -> None:
    find_tool("xterm")
    env = sound_server.env
    with sharing("xterm") as stopped, sharing("xterm") as lost, sharing("xterm", env=env) as heard:
        for each in (stopped, lost, heard):
            each.wait_until_it_shares()
        assert len({each.display for each in (stopped, lost, heard)}) == 3
        assert stopped.end()[0] == 0
        assert lost.end(by=signal.SIGKILL)[0] == -signal.SIGKILL
        sink = f"samescreen_{heard.process.pid}"
        assert sink in sinks_of(sound_server)
        os.kill(heard.find("xterm"), signal.SIGKILL)
        assert heard.process.wait(10_000 * MS) == 128 + signal.SIGKILL
        said = heard.said()
        assert "xterm was ended by SIGKILL" in said
        assert "Sharing sound" in said
        assert sink not in sinks_of(sound_server)


@pytest.mark.parametrize(
    ("words", "options", "said"),
    [
        ([], {}, "a command is missing"),
        (["800x600"], {}, "a command is missing"),
        (["8x6", "sh"], {}, "320x200 to 4096x2304 pixels"),
        (["800*600", "sh"], {}, "no size and no program"),
        (["no-such-program-here"], {}, "there is no program 'no-such-program-here'"),
        (["sh"], {"size": "large"}, "--size takes follow, fixed"),
        (["sh"], {"wm": "no-such-manager"}, "there is no program 'no-such-manager'"),
        (["sh"], {"wm": "'"}, "--wm"),
        (["sh"], {"wm": "none", "wayland": True}, "--wm is for X11"),
    ],
)
def test_bad_input_is_one_line(words: list[str], options: dict[str, Any], said: str) -> None:
    plain: dict[str, Any] = {"size": "follow", "dpi": 96, "keep": False, "wm": ""}
    with pytest.raises(UsageError, match=re.escape(said)):
        new.run(words, **plain | options)


def test_a_command_that_fails_is_quoted_and_its_status_is_ours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    find_tool("Xvnc", "Xvfb")
    over = threading.Event()

    def share(options: object, sources: object, watch_end: Callable[[Any], None]) -> int:
        watch_end(over.set)
        assert over.wait(10_000 * MS)
        return 0

    monkeypatch.setattr("samescreen.cli.console.share", share)
    code = new.run(
        ["sh", "-c", "echo no luck >&2; exit 7"], size="fixed", dpi=96, keep=False, wm="none"
    )
    assert code == 7
    assert "sh ended with status 7; it said: no luck" in capsys.readouterr().err


def test_without_an_x_server_there_is_a_line_that_installs_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DisplayError, match="neither Xvnc nor Xvfb is installed"):
        new.run(["program"], size="follow", dpi=96, keep=False, wm="")


def test_the_command_gets_no_secret_of_the_share() -> None:
    given = {"SAMESCREEN_TOKEN": "a", "SAMESCREEN_HOST_TOKEN": "b", "SAMESCREEN_FPS": "9", "A": "b"}
    assert new.environment_without_secrets(given) == {"SAMESCREEN_FPS": "9", "A": "b"}
