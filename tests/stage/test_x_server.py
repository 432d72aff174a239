"""X servers and painted windows as the tests use them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import xcffib

from samescreen.media import Region
from tests.conftest import PaintWindow, StartXServer
from tests.stage.painted_window import PaintedWindow
from tests.stage.scene import PATCH_COLOURS, Layout, furthest, read_count, read_patches
from tests.stage.timing import eventually
from tests.stage.tools import python_environment
from tests.stage.x_client import connected
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display


def test_the_painted_window_shows_what_the_reader_reads(
    x_server: StartXServer, painted_window: PaintWindow
) -> None:
    server = x_server(640, 360)
    window = painted_window(server.display)
    window.count(40_000)
    picture = server.picture()
    assert picture.shape == (360, 640, 3)
    assert read_count(picture) == 40_000
    assert furthest(read_patches(picture)) == 0


def test_orders_are_visible_when_they_return(
    x_server: StartXServer, painted_window: PaintWindow
) -> None:
    server = x_server(640, 360)
    window = painted_window(server.display)
    window.patches([*PATCH_COLOURS[1:], PATCH_COLOURS[0]])
    assert read_patches(server.picture()) == [*PATCH_COLOURS[1:], PATCH_COLOURS[0]]
    window.patch(2, (1, 2, 3))
    window.rect(Region(300, 150, 20, 10), (9, 8, 7))
    window.pointer(5, 6)
    picture = server.picture()
    assert read_patches(picture)[2] == (1, 2, 3)
    assert (picture[150:160, 300:320] == (9, 8, 7)).all()
    with connected(server.display) as client:
        pointer = client.core.QueryPointer(client.root).reply()
        assert (pointer.root_x, pointer.root_y) == (5, 6)


def test_motion_counts_on_until_still(x_server: StartXServer, painted_window: PaintWindow) -> None:
    server = x_server(640, 360)
    window = painted_window(server.display)
    began_us = window.motion(100)
    eventually(lambda: window.last.count >= 10, what="ten counts")
    last = window.still()
    assert last.at_us > began_us
    assert read_count(server.picture()) == last.count


def test_a_resized_screen_fits_a_resized_window(
    x_server: StartXServer, painted_window: PaintWindow
) -> None:
    server = x_server(1280, 720)
    window = painted_window(server.display)
    for width, height in [(800, 600), (1024, 576), (1280, 720)]:
        server.resize(width, height)
        window.fit(Layout(width, height))
        picture = server.picture()
        assert picture.shape == (height, width, 3)
        assert furthest(read_patches(picture)) == 0


def test_a_killed_server_comes_back_on_its_display(
    x_server: StartXServer, painted_window: PaintWindow
) -> None:
    server = x_server(320, 200)
    display = server.display
    painted_window(display)
    server.kill()
    with pytest.raises(xcffib.ConnectionException), connected(display):
        pass
    assert server.start().display == display
    painted_window(display).count(5)
    assert read_count(server.picture()) == 5


@pytest.mark.parametrize("depth", [8, 16, 24])
def test_depths(x_server: StartXServer, painted_window: PaintWindow, depth: int) -> None:
    server = x_server(320, 200, depth=depth)
    painted_window(server.display).count(3)
    with connected(server.display) as client:
        assert client.screen.root_depth == depth


def test_extensions_can_be_missing(x_server: StartXServer) -> None:
    name = "MIT-SHM"
    for server, present in [(x_server(), True), (x_server(without=(name,)), False)]:
        with connected(server.display) as client:
            assert bool(client.core.QueryExtension(len(name), name).reply().present) is present


def test_a_server_that_cannot_start_says_so() -> None:
    with pytest.raises(RuntimeError, match="the X server ended with"):
        XServer(depth=3).start()


def test_a_window_without_a_server_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AssertionError, match="the painter ended during: start"):
        PaintedWindow(":999")
    assert "ConnectionException" in capfd.readouterr().err


def test_no_child_outlives_a_killed_pytest() -> None:
    script = (
        "from tests.stage.x_server import XServer\n"
        "from tests.stage.painted_window import PaintedWindow\n"
        "server = XServer(320, 200).start()\n"
        "window = PaintedWindow(server.display)\n"
        "print(server._process.pid, window._process.pid, flush=True)\n"
        "import signal; signal.pause()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], env=python_environment(), stdout=subprocess.PIPE, text=True
    ) as crashing:
        assert crashing.stdout is not None
        children = [int(pid) for pid in crashing.stdout.readline().split()]
        assert len(children) == 2
        assert all(_is_running(pid) for pid in children)
        crashing.kill()
    eventually(lambda: not any(_is_running(pid) for pid in children), what="both gone")


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
