"""A connection to an X server: monitors, reports, missing extensions, depths, no answer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from samescreen.capture.x11.display import Changes, Display, lost_on_error
from samescreen.errors import BackendMissing, SourceLost, SourceUnavailable
from samescreen.media import Region
from tests.capture.x11.x_tools import set_monitor
from tests.conftest import PaintWindow, StartXServer
from tests.stage.census import nothing_leaks
from tests.stage.timing import eventually
from tests.stage.tools import python_environment
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display


@pytest.fixture
def server(x_server: StartXServer) -> XServer:
    return x_server(320, 200)


@pytest.fixture
def display(server: XServer) -> Iterator[Display]:
    with closing(Display(server.display)) as opened:
        yield opened


IMPORTS = """
import importlib, pkgutil
import xcffib
import samescreen.capture.x11.connecting
before = set(xcffib.extensions)
for room in ("capture.x11", "control.x11", "display"):
    package = importlib.import_module(f"samescreen.{room}")
    for each in pkgutil.iter_modules(package.__path__):
        if each.name != "keeper":
            importlib.import_module(f"samescreen.{room}.{each.name}")
print(*(each.name for each in set(xcffib.extensions) - before))
"""


def test_whoever_connects_has_imported_every_extension() -> None:
    """One that another thread imported meanwhile would make `xcffib.connect` fail."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS],
        env=python_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_no_display_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(SourceUnavailable, match="DISPLAY is not set.*testcard"):
        Display()


def test_the_environment_names_the_display(
    server: XServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", server.display)
    with closing(Display()) as opened:
        assert opened.name == server.display


@pytest.mark.parametrize("name", [":4711", "nonsense", ":4711.0"])
def test_a_display_that_does_not_answer_may_come_back(name: str) -> None:
    with nothing_leaks(), pytest.raises(SourceLost, match="check DISPLAY and XAUTHORITY"):
        Display(name)


def test_a_palette_is_refused_with_the_cure(x_server: StartXServer) -> None:
    server = x_server(320, 200, depth=8)
    with (
        nothing_leaks(),
        pytest.raises(SourceUnavailable, match="depth of 8 bits.*-screen 0 1280x720x24"),
    ):
        Display(server.display)


@pytest.mark.parametrize("extension", ["DAMAGE", "XFIXES"])
def test_without_damage_reports_another_backend_may_do(
    x_server: StartXServer, extension: str
) -> None:
    # XFIXES cannot be switched off without what builds on it; the message may have either name.
    with (
        closing(Display(x_server(320, 200, without=(extension,)).display)) as opened,
        pytest.raises(BackendMissing, match="has no (DAMAGE|XFIXES) extension"),
    ):
        opened.subscribe()


def test_without_randr_the_desktop_is_one_monitor(x_server: StartXServer) -> None:
    with closing(Display(x_server(320, 200, without=("RANDR",)).display)) as opened:
        assert not opened.has("RANDR")
        opened.subscribe()
        (only,) = opened.monitors()
        assert (only.number, only.region) == (1, Region(0, 0, 320, 200))


def test_the_primary_monitor_is_the_first(server: XServer, display: Display) -> None:
    set_monitor(server, "left", "100/25x200/50+0+0", "none")
    set_monitor(server, "*right", "220/55x200/50+100+0", "screen")
    found = {m.number: (m.name, m.region) for m in display.monitors()}
    assert found == {
        1: ("right", Region(100, 0, 220, 200)),
        2: ("left", Region(0, 0, 100, 200)),
    }


def test_names_of_monitors_are_safe_for_a_terminal(server: XServer, display: Display) -> None:
    for name in ("左边", "a\x1b[31mb"):
        set_monitor(server, name, "100/25x200/50+0+0", "none")
    assert {"左边", "a [31mb"} < {each.name for each in display.monitors()}


def test_a_monitor_that_comes_or_goes_is_reported(server: XServer, display: Display) -> None:
    display.subscribe()
    for name in ("one", "two"):
        set_monitor(server, name, "100/25x200/50+0+0", "none")
        eventually(lambda: display.changes().layout_changed, what="the layout changed")


def test_nothing_is_reported_when_nothing_happens(display: Display) -> None:
    display.subscribe()
    display.take_damage()
    display.changes()
    assert not display.changes()
    assert display.take_damage() == []


def test_damage_is_reported_once_and_covers_what_was_painted(
    server: XServer, display: Display, painted_window: PaintWindow
) -> None:
    window = painted_window(server.display)
    display.subscribe()
    display.take_damage()
    display.changes()
    painted = Region(33, 44, 5, 6)
    window.rect(painted, (1, 2, 3))
    assert eventually(display.changes, what="a report").damaged
    assert any(r.intersection(painted) == painted for r in display.take_damage())
    assert display.take_damage() == []


def test_a_change_of_size_is_reported(server: XServer, display: Display) -> None:
    display.subscribe()
    server.resize(160, 100)
    seen: list[Changes] = []

    def is_told() -> bool:
        seen.append(display.changes())
        return any(changes.layout_changed for changes in seen)

    eventually(is_told, what="the layout changed")
    assert display.monitors()[0].region == Region(0, 0, 160, 100)


def test_a_broken_connection_is_a_lost_source(server: XServer, display: Display) -> None:
    display.subscribe()
    server.kill()
    for ask in (display.changes, display.monitors, display.take_damage, display.pointer_position):
        with pytest.raises(SourceLost, match="the X server went away"):
            ask()
    display.close()


def test_a_refused_request_says_refused(display: Display) -> None:
    with (
        pytest.raises(SourceLost, match="the X server refused asking nonsense"),
        lost_on_error("asking nonsense"),
    ):
        display.connection.core.GetGeometry(0).reply()
