"""A server that lacks something or refuses this program: the error, and what still works."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from samescreen.capture.choose import list_sources, open_source
from samescreen.capture.x11.canvas import SharedCanvas, _SharedMemory, make_canvases
from samescreen.capture.x11.display import Display
from samescreen.capture.x11.screen import X11Screen
from samescreen.capture.x11.window import X11Window
from samescreen.errors import CaptureError, SourceUnavailable
from samescreen.media import Region
from tests.capture.x11.client_window import RED, clients_on, is_all
from tests.capture.x11.x_tools import change
from tests.conftest import PaintWindow, StartXServer
from tests.stage.census import nothing_leaks
from tests.stage.tools import find_tool
from tests.stage.x_server import VncServer, XServer

pytestmark = pytest.mark.display
ignores_mss = pytest.mark.filterwarnings("ignore:mss.mss is deprecated:DeprecationWarning")


def xauth(key_file: Path, *command: str) -> None:
    subprocess.run(
        [find_tool("xauth"), "-f", str(key_file), *command], check=True, capture_output=True
    )


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[XServer]:
    """A server that wants a key; XAUTHORITY names a file that has it."""
    key = secrets.token_hex(16)
    xauth(tmp_path / "server", "add", ":0", ".", key)
    server = XServer(320, 200, key_file=tmp_path / "server").start()
    xauth(tmp_path / "trusted", "add", server.display, ".", key)
    monkeypatch.setenv("DISPLAY", server.display)
    monkeypatch.setenv("XAUTHORITY", str(tmp_path / "trusted"))
    yield server
    server.stop()


def test_with_the_key_it_is_shared(locked: XServer) -> None:
    choice = open_source(None)
    assert choice.name == "screen"
    choice.source.dispose()


@pytest.mark.parametrize("spec", [None, "screen", "region:0,0,50,50", "window:x"])
def test_an_untrusted_key_is_named_with_the_cure(
    locked: XServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str | None
) -> None:
    xauth(tmp_path / "untrusted", "generate", locked.display, ".", "untrusted")
    monkeypatch.setenv("XAUTHORITY", str(tmp_path / "untrusted"))
    with nothing_leaks(), pytest.raises(SourceUnavailable, match="untrusted.*`ssh -Y`"):
        open_source(spec)
    assert not [each for each in list_sources() if each.spec.startswith("screen")]


@pytest.mark.parametrize("spec", [None, "screen"])
def test_without_the_key_it_says_what_to_check(
    locked: XServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str | None
) -> None:
    monkeypatch.setenv("XAUTHORITY", str(tmp_path / "none"))
    with nothing_leaks(), pytest.raises(SourceUnavailable, match="refused.*check XAUTHORITY"):
        open_source(spec)


@pytest.mark.parametrize("spec", [None, "screen"])
def test_a_screen_that_cannot_be_shared_is_not_replaced_by_a_test_card(
    x_server: StartXServer, monkeypatch: pytest.MonkeyPatch, spec: str | None
) -> None:
    monkeypatch.setenv("DISPLAY", x_server(320, 200, depth=8).display)
    with nothing_leaks(), pytest.raises(SourceUnavailable, match="depth of 8 bits"):
        open_source(spec)


SHARED = "X11 (XDamage, MIT-SHM)"


@ignores_mss
@pytest.mark.parametrize(
    ("extension", "backend"),
    [
        ("MIT-SHM", "X11 (XDamage, no shared memory)"),
        ("DAMAGE", "mss (polled)"),
        ("XFIXES", "mss (polled)"),
        *((name, SHARED) for name in ("RANDR", "XInputExtension", "Composite", "XTEST")),
    ],
)
def test_a_screen_works_without_each_optional_extension(
    x_server: StartXServer, monkeypatch: pytest.MonkeyPatch, extension: str, backend: str
) -> None:
    monkeypatch.setenv("DISPLAY", x_server(320, 200, without=(extension,)).display)
    choice = open_source("screen")
    try:
        choice.source.open()
        assert change(choice.source).pixels.shape == (200, 320, 4)
        assert choice.source.backend == backend
        assert (extension in choice.note) == (backend == "mss (polled)")
    finally:
        choice.source.dispose()


@pytest.mark.parametrize("extension", ["MIT-SHM", "XInputExtension", "X-Resource", "SHAPE"])
def test_a_window_works_without_each_optional_extension(
    x_server: StartXServer, extension: str
) -> None:
    server = x_server(320, 200, without=(extension,))
    with clients_on(server.display) as clients:
        clients.open("a letter").fill(RED)
        source = X11Window("letter", server.display)
        try:
            source.open()
            assert is_all(change(source), Region(0, 0, 100, 60), RED)
        finally:
            source.dispose()


@pytest.mark.parametrize("extension", ["DAMAGE", "Composite"])
def test_a_window_names_the_missing_extension_that_it_needs(
    x_server: StartXServer, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    server = x_server(320, 200, without=(extension,))
    monkeypatch.setenv("DISPLAY", server.display)
    with clients_on(server.display) as clients, nothing_leaks():
        clients.open("a letter")
        with pytest.raises(SourceUnavailable, match=f"no {extension} extension"):
            open_source("window:letter")


def test_colours_that_the_fallback_would_swap_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    server = VncServer(320, 200, "BGR888", without=("DAMAGE",)).start()
    try:
        monkeypatch.setenv("DISPLAY", server.display)
        with pytest.raises(SourceUnavailable, match="no DAMAGE extension"):
            open_source("screen")
    finally:
        server.stop()


# Shared memory


@pytest.fixture
def display(x_server: StartXServer) -> Iterator[Display]:
    with closing(Display(x_server(320, 200).display)) as opened:
        yield opened


@pytest.mark.parametrize("most", [4, 320 * 200 * 4 - 1, 320 * 200 * 4])
def test_shared_memory_for_one_canvas_only_makes_capture_slower(
    display: Display,
    painted_window: PaintWindow,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
) -> None:
    """A small kernel.shmmax or shmall does this; a probe of one pixel would succeed."""
    painted_window(display.name)
    taken = [0]
    make = SharedCanvas.__init__

    def limited(self: SharedCanvas, display: Display, region: Region, *more: object) -> None:
        taken[0] += region.area * 4
        if taken[0] > most:
            raise CaptureError("no shared memory: Invalid argument")
        make(self, display, region, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(SharedCanvas, "__init__", limited)
    source = X11Screen(display=display.name)
    with nothing_leaks() as before:
        try:
            source.open()
            assert source.backend == "X11 (XDamage, no shared memory)"
            (note,) = source.notes
            assert "slower" in note
            assert "Invalid argument" in note
            assert change(source).pixels.shape == (200, 320, 4)
        finally:
            source.close()
    assert before.segments == 0
    source.dispose()


def test_memory_of_another_machine_is_recognised(
    display: Display, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `ssh -Y` the same number is another segment there, and attaching it may succeed."""
    others: list[_SharedMemory] = []
    make = _SharedMemory.__init__

    def make_elsewhere(self: _SharedMemory, size: int) -> None:
        make(self, size)
        self.remove_name()
        other = _SharedMemory.__new__(_SharedMemory)
        make(other, size)
        others.append(other)
        self.shmid = other.shmid

    with nothing_leaks():
        with monkeypatch.context() as patched:
            patched.setattr(_SharedMemory, "__init__", make_elsewhere)
            made = make_canvases(display, Region(0, 0, 320, 200), display.root, display.root_format)
        assert made.backend == "X11 (XDamage, no shared memory)"
        assert "another machine" in made.notes[0]
        for canvas in made.pair:
            canvas.close()
        for other in others:
            other.close()


def test_a_memory_limit_of_the_kernel_is_a_capture_error(display: Display) -> None:
    huge = Region(0, 0, 2**30, 2**30)
    with nothing_leaks():
        made = make_canvases(display, Region(0, 0, 320, 200), display.root, display.root_format)
        assert made.backend == SHARED
        for each in made.pair:
            each.close()
        with pytest.raises(CaptureError, match="no shared memory"):
            SharedCanvas(display, huge)
