"""`screen:new` on a real headless sway 1.7, and on the socket of a later one that a test plays."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samescreen.capture.choose import list_sources, open_source
from samescreen.capture.wayland.new_screen import MadeScreen, WaylandNewScreen
from samescreen.capture.wayland.screen import list_outputs
from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.wayland.sway_ipc import Sway as Ipc
from samescreen.wayland.sway_ipc import SwayRefused
from tests.capture.wayland.fake_compositor import FakeCompositor
from tests.capture.wayland.test_fake_compositor import picture, rows
from tests.stage.census import nothing_leaks
from tests.stage.sway import Sway
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.display
SOON_US = int(2000 * MS * 1e6)


@pytest.fixture
def sway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sway]:
    server = Sway(320, 200)
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DISPLAY", raising=False)
    with nothing_leaks():
        yield server.start()
        server.stop()


def opened(width: int, height: int) -> WaylandNewScreen:
    source = WaylandNewScreen((width, height))
    source.open()
    return source


def size_of(source: WaylandNewScreen) -> tuple[int, int]:
    frame = source.grab(clock_us() + SOON_US)
    assert frame is not None
    return frame.size


def is_lost(source: WaylandNewScreen) -> bool:
    try:
        source.grab(clock_us())
    except SourceLost:
        return True
    return False


def name_of(source: WaylandNewScreen) -> str:
    assert source.place is not None
    return source.place.screen


def test_each_share_has_a_screen_of_its_own_and_later_ones_use_it_again(sway: Sway) -> None:
    first, second = opened(400, 300), opened(1366, 769)
    assert (size_of(first), size_of(second)) == ((400, 300), (1366, 769))
    assert (name_of(first), name_of(second)) == ("HEADLESS-2", "HEADLESS-3")
    assert first.label == "new screen 2 400×300"
    assert "keeps the new screen HEADLESS-2 until it ends" in first.notes[0]
    first.dispose()
    third = opened(640, 480)
    assert (size_of(third), name_of(third)) == ((640, 480), "HEADLESS-2")
    assert len(list_outputs()[0]) == 3
    second.dispose()
    third.dispose()


def test_it_is_opened_and_listed_by_its_spec(sway: Sway) -> None:
    assert "screen:new" in [each.spec for each in list_sources()]
    opened = open_source("screen:new")
    frame = opened.source.grab(clock_us() + SOON_US)
    assert frame is not None
    assert frame.size == (1280, 720)
    opened.source.dispose()


def test_a_compositor_that_starts_again_makes_it_again(sway: Sway) -> None:
    source = opened(400, 300)
    sway.kill()
    eventually(lambda: is_lost(source), what="the source is lost")
    sway.start()
    source.open()
    assert size_of(source) == (400, 300)
    source.dispose()


def test_other_compositors_make_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeCompositor(tmp_path, rows(picture())) as fake:
        for name, value in fake.env.items():
            monkeypatch.setenv(name, value)
        source = WaylandNewScreen((0, 0))
        with pytest.raises(SourceUnavailable, match="makes no new screens"):
            source.open()
        source.dispose()


class LaterSway:
    """The IPC socket of a sway that can unplug outputs, and its swaymsg, which notes its words."""

    def __init__(self, folder: Path) -> None:
        self.path, self.said = folder / "sway-ipc.0.1.sock", folder / "said"
        self.answers: dict[int, Any] = {7: {"major": 1, "minor": 11}}
        self.names = ["eDP-1"]
        self.orders: list[str] = []
        swaymsg = folder / "swaymsg"
        note = f'echo "$@" > {self.said}.new; mv {self.said}.new {self.said}'
        swaymsg.write_text(f"#!/bin/sh\n{note}\n")
        swaymsg.chmod(0o755)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(self.path))
        self._socket.listen()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                _, length, kind = struct.unpack("=6sII", connection.recv(14))
                answer = self._answer(kind, connection.recv(length).decode() if length else "")
                sent = json.dumps(answer).encode()
                connection.sendall(struct.pack("=6sII", b"i3-ipc", len(sent), kind) + sent)

    def _answer(self, kind: int, payload: str) -> Any:
        if kind == 3:
            return [{"name": name} for name in self.names]
        if kind == 0:
            self.orders.append(payload)
            if payload == "create_output":
                self.names.append(f"HEADLESS-{len(self.names)}")
        return self.answers.get(kind, [{"success": True}])

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LaterSway]:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with nothing_leaks():
        made = LaterSway(tmp_path)
        yield made
        made.close()


def unplugged(later: LaterSway) -> str:
    return f"-s {later.path} -- output HEADLESS-1 unplug\n"


def test_a_later_sway_unplugs_it_at_the_end(later: LaterSway) -> None:
    screen = MadeScreen(Ipc(later.path), (800, 600))
    assert later.orders == ["create_output", "output HEADLESS-1 mode --custom 800x600"]
    assert screen.note == ""
    assert not later.said.exists()
    screen.remove()
    assert later.said.read_text() == unplugged(later)
    screen.remove()


def test_it_is_unplugged_when_the_host_is_killed(later: LaterSway) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from samescreen.capture.wayland.new_screen import MadeScreen\n"
        "from samescreen.wayland.sway_ipc import Sway\n"
        "screen = MadeScreen(Sway(Path(sys.argv[1])), (800, 600))\n"
        "print(screen.name, flush=True); sys.stdin.read()\n"
    )
    host = subprocess.Popen(
        [sys.executable, "-c", program, str(later.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert host.stdout is not None
    assert host.stdin is not None
    assert host.stdout.readline() == b"HEADLESS-1\n"
    host.kill()
    host.wait()
    host.stdout.close()
    host.stdin.close()
    eventually(later.said.exists, what="swaymsg has been called")
    assert later.said.read_text() == unplugged(later)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([{"success": False, "error": "Unknown/invalid command 'create_output'"}], "Unknown"),
        ([{"success": False}], "does not say why"),
        ([{"success": True}], "it made none"),
        ("{", "it made none"),
    ],
)
def test_a_sway_that_refuses_is_said(later: LaterSway, answer: Any, why: str) -> None:
    later.answers[0] = answer
    later.names = []
    original = later._answer
    later._answer = lambda kind, payload: (  # type: ignore[method-assign]
        [] if kind == 3 else original(kind, payload)
    )
    with pytest.raises(SwayRefused, match=why):
        MadeScreen(Ipc(later.path), (800, 600))


def test_a_screen_that_cannot_have_its_size_is_removed_again(later: LaterSway) -> None:
    refusing = [{"success": False, "error": "no such mode"}]
    original = later._answer
    later._answer = lambda kind, payload: (  # type: ignore[method-assign]
        refusing if "mode" in payload else original(kind, payload)
    )
    with pytest.raises(SwayRefused, match="no such mode"):
        MadeScreen(Ipc(later.path), (800, 600))
    assert later.said.read_text() == unplugged(later)


def test_a_socket_where_nobody_answers_is_said(tmp_path: Path) -> None:
    with pytest.raises(SwayRefused, match="does not answer"):
        Ipc(tmp_path / "none").version()
