"""`samescreen new --wayland`: a headless sway of its own, and what is left of it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from samescreen.capture.choose import open_source
from samescreen.clock import clock_us
from samescreen.control.events import Room
from samescreen.control.wayland.fitting import fit
from samescreen.display import own_display, sway
from samescreen.display.own_display import OwnDisplay, Wanted
from samescreen.display.size import Size
from samescreen.errors import DisplayError
from tests.stage.census import nothing_leaks
from tests.stage.sway import NOBODY, as_nobody
from tests.stage.timing import MS, eventually
from tests.stage.tools import find_tool

if sys.platform != "linux":
    pytest.skip("Linux only", allow_module_level=True)

pytestmark = pytest.mark.display
SOON_US = int(2000 * MS * 1e6)


@pytest.fixture
def may_run(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let root run sway as another user, since sway refuses root. The command stays root's."""
    find_tool("sway")
    make = sway.sway_command

    def as_another(folder: Path, size: Size, dpi: int) -> list[str]:
        with monkeypatch.context() as patched:
            patched.setattr("os.geteuid", lambda: NOBODY)
            command = make(folder, size, dpi)
        os.chown(folder, NOBODY, NOBODY)
        return [*as_nobody(), *command]

    if os.geteuid() == 0:
        monkeypatch.setattr(own_display, "sway_command", as_another)
    monkeypatch.setenv("DISPLAY", ":12345")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    with nothing_leaks():
        yield


def wanted(*command: str, dpi: int = 96) -> Wanted:
    return Wanted(command, Size(640, 480), dpi, has_sound=False, keeps=True, is_wayland=True)


def test_it_is_the_display_of_this_process_and_takes_the_size_of_who_has_control(
    may_run: None, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    says = '"[$DISPLAY] $WAYLAND_DISPLAY $XDG_SESSION_TYPE"'
    script = f"echo {says} > {seen}.new; mv {seen}.new {seen}"
    with OwnDisplay(wanted("sh", "-c", script), dict(os.environ)) as display:
        display.start()
        eventually(seen.exists, what="the command runs")
        place = os.environ["WAYLAND_DISPLAY"]
        assert seen.read_text("utf-8") == f"[] {place} wayland\n"
        assert "DISPLAY" not in os.environ
        folder = Path(place).parent
        assert folder.stat().st_mode & 0o077 == 0, "nobody else may connect"
        source = open_source("screen").source
        frame = source.grab(clock_us() + SOON_US)
        assert frame is not None
        assert frame.size == (640, 480)
        assert source.place is not None
        assert source.place.fits
        fit(source.place, Room(700, 500))
        fit(source.place, Room(801, 399))

        def has_it() -> bool:
            shown = source.grab(clock_us() + SOON_US // 10)
            return shown is not None and shown.size == (801, 399)

        eventually(has_it, what="the size of the last message")
        source.dispose()
    assert os.environ["WAYLAND_DISPLAY"] == "wayland-9"
    assert not folder.exists()


def test_its_pixels_are_denser_at_more_dots_per_inch(may_run: None) -> None:
    with OwnDisplay(wanted("sleep", "600", dpi=192), dict(os.environ)) as display:
        display.start()
        source = open_source("screen").source
        frame = source.grab(clock_us() + SOON_US)
        assert frame is not None
        assert source.place is not None
        fit(source.place, Room(400, 300))

        def has_it() -> bool:
            shown = source.grab(clock_us() + SOON_US // 10)
            return shown is not None and shown.size == (800, 600)

        eventually(has_it, what="twice the pixels")
        source.dispose()


def test_a_sway_that_is_killed_is_named_and_leaves_nothing(may_run: None) -> None:
    with OwnDisplay(wanted("sleep", "600"), dict(os.environ)) as display:
        display.start()
        over = threading.Event()
        display.ending.watch(over.set)
        programs = psutil.Process().children(recursive=True)
        next(each for each in programs if each.name() == "sway").send_signal(signal.SIGKILL)
        assert over.wait(5000 * MS)
        assert display.ending.why == "the display is gone: its compositor ended"


def test_it_says_why_sway_cannot_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DisplayError, match="needs sway"):
        sway.sway_command(tmp_path, Size(640, 480), 96)
    (tmp_path / "sway").write_text("#!/bin/sh\necho 'no such backend' >&2; exit 1\n")
    (tmp_path / "sway").chmod(0o755)
    with pytest.raises(DisplayError, match="does not run as root"):
        sway.sway_command(tmp_path, Size(640, 480), 96)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(DisplayError, match="sway does not start: no such backend"):
        OwnDisplay(wanted("true"), dict(os.environ))
