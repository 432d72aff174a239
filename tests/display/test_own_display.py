"""A whole display of its own, on each X server: who can use it, and what is left of it."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import threading
from pathlib import Path

import psutil
import pytest

from samescreen.display import own_display
from samescreen.display.own_display import NO_MANAGER, OwnDisplay, Wanted
from samescreen.display.servers import SERVERS, ServerProgram
from samescreen.display.size import MOST, Size
from samescreen.errors import DisplayError
from tests.stage.timing import MS, eventually
from tests.stage.tools import find_tool

if sys.platform != "linux":
    pytest.skip("Linux only", allow_module_level=True)

import xcffib
import xcffib.xproto

BROKEN = ServerProgram("false", SERVERS[1].arguments)


def serve_by(monkeypatch: pytest.MonkeyPatch, *servers: ServerProgram) -> None:
    monkeypatch.setattr(own_display, "installed_servers", lambda: servers)


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: str(server.program))
def test_it_is_the_display_of_this_process_until_it_ends(
    server: ServerProgram, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    find_tool(server.program)
    serve_by(monkeypatch, server)
    monkeypatch.setenv("DISPLAY", ":12345")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    seen = tmp_path / "seen"
    command = ("sh", "-c", f'echo "$DISPLAY $WAYLAND_DISPLAY" > {seen}; exec sleep 600')
    wanted = Wanted(command, Size(700, 500), has_sound=False)
    with OwnDisplay(wanted, dict(os.environ)) as display:
        display.start()
        assert display.server == server.program
        assert display.most == MOST
        assert (os.environ["DISPLAY"], os.environ["XDG_SESSION_TYPE"]) == (display.name, "x11")
        assert "WAYLAND_DISPLAY" not in os.environ
        eventually(lambda: seen.exists() and seen.read_text(), what="the command runs")
        assert seen.read_text(encoding="ascii") == f"{display.name} \n"
        key = Path(os.environ["XAUTHORITY"])
        xcffib.connect(display=display.name).disconnect()
        monkeypatch.setenv("XAUTHORITY", os.devnull)
        with pytest.raises(xcffib.ConnectionException):
            xcffib.connect(display=display.name)
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", 6000 + int(display.name[1:]))) != 0
    assert os.environ["DISPLAY"] == ":12345"
    assert not key.parent.exists()
    assert not Path(f"/tmp/.X11-unix/X{display.name[1:]}").exists()


def test_a_disk_without_room_is_named_and_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    serve_by(monkeypatch, SERVERS[1])
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(own_display, "write_cookie", full)
    with pytest.raises(DisplayError, match=f"cannot write to {tmp_path}/.*: No space left"):
        OwnDisplay(Wanted(("true",), has_sound=False), dict(os.environ))
    assert not list(tmp_path.glob("samescreen-*"))


def test_an_x_server_that_is_killed_is_named_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find_tool("Xvfb")
    serve_by(monkeypatch, SERVERS[1])
    wanted = Wanted(("sleep", "600"), Size(700, 500), keeps=True, has_sound=False)
    with OwnDisplay(wanted, dict(os.environ)) as display:
        display.start()
        over = threading.Event()
        display.ending.watch(over.set)
        path = Path(f"/tmp/.X11-unix/X{display.name[1:]}")
        assert path.is_socket()
        programs = psutil.Process().children(recursive=True)
        next(each for each in programs if each.name() == "Xvfb").send_signal(signal.SIGKILL)
        assert over.wait(5000 * MS)
        assert display.ending.status == 1
        assert display.ending.why == "the display is gone: its X server ended"
        assert not path.exists()


def test_a_server_that_fails_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    find_tool("Xvfb")
    serve_by(monkeypatch, BROKEN, SERVERS[1])
    wanted = Wanted(("true",), Size(700, 500), follows=False, has_sound=False)
    with OwnDisplay(wanted, dict(os.environ)) as display:
        assert display.server == "Xvfb"
        assert display.most == Size(700, 500)  # Xvfb never grows


def test_without_a_server_that_works_each_fault_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    serve_by(monkeypatch, BROKEN)
    with pytest.raises(DisplayError, match="no X server works here: false: it ended at once"):
        OwnDisplay(Wanted(("true",), has_sound=False), dict(os.environ))


def test_a_command_may_bring_its_own_window_manager(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second one could not begin; see test_desktop.py."""
    find_tool("Xvfb")
    serve_by(monkeypatch, SERVERS[1])
    wanted = Wanted(("true",), Size(700, 500), manager=(NO_MANAGER,), has_sound=False)
    with OwnDisplay(wanted, dict(os.environ)) as display:
        connection = xcffib.connect(display=display.name)
        root = connection.get_setup().roots[0].root
        mask = xcffib.xproto.EventMask.SubstructureRedirect
        core = connection.core  # type: ignore[has-type]
        core.ChangeWindowAttributesChecked(root, xcffib.xproto.CW.EventMask, [mask]).check()
        connection.disconnect()
