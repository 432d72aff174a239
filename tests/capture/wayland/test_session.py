"""Which display system is captured: a real sway beside real and pretended X servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from samescreen.capture import session
from samescreen.capture.choose import list_sources, open_source
from samescreen.capture.hiding import CaptureRules
from samescreen.capture.testcard import TestCard
from samescreen.errors import SourceUnavailable, UsageError
from tests.capture.wayland.fake_compositor import EXT, FakeCompositor
from tests.capture.wayland.test_fake_compositor import picture, rows
from tests.conftest import StartXServer
from tests.stage.census import nothing_leaks
from tests.stage.sway import Sway

pytestmark = pytest.mark.display


@pytest.fixture
def sway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sway]:
    server = Sway(320, 200).start()
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DISPLAY", raising=False)
    yield server
    server.stop()


def backend_of(spec: str | None, backend: str = "") -> str:
    opened = open_source(spec, CaptureRules(backend))
    try:
        return opened.source.backend
    finally:
        opened.source.dispose()


def test_in_sway_its_screen_is_shared_and_listed(sway: Sway) -> None:
    with nothing_leaks():
        for spec in (None, "screen", "screen:1", "screen:HEADLESS-1", "region:0,0,64,64"):
            assert backend_of(spec) == "Wayland (wlr-screencopy)"
        listed = [(each.spec, each.description) for each in list_sources()]
        assert listed[0] == ("screen:1", "320×200 HEADLESS-1")
        assert not [spec for spec, _ in listed if spec.startswith("window")]
        with pytest.raises(SourceUnavailable, match="no screen DP-7"):
            open_source("screen:DP-7")
        with pytest.raises(SourceUnavailable, match="single windows cannot be shared"):
            open_source("window:Editor")
        with pytest.raises(UsageError, match="is not a source"):
            open_source("screen:a b")
        with pytest.raises(SourceUnavailable, match="--hide-window"):
            open_source("screen", CaptureRules.of("", ["Editor"], []))


def test_xwayland_is_never_taken_for_the_desktop(
    sway: Sway, x_server: StartXServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", x_server(640, 480).display)
    assert backend_of("screen").startswith("X11"), "an X server named on purpose"
    assert backend_of("screen", "wayland").startswith("Wayland")
    monkeypatch.setattr(session, "_lock_holder", lambda display: 4711)  # this Xvfb has no lock
    monkeypatch.setattr(session, "_program", lambda pid: "Xwayland")
    assert backend_of("screen").startswith("Wayland")
    assert backend_of("screen", "x11").startswith("X11")
    monkeypatch.setenv("DISPLAY", ":4711")
    assert backend_of("screen").startswith("Wayland")


def test_a_compositor_that_lets_nobody_capture(
    x_server: StartXServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeCompositor(tmp_path, rows(picture()), offers=()) as fake:
        for name, value in fake.env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("DISPLAY", raising=False)
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        with pytest.raises(SourceUnavailable, match="without a dialog"):
            open_source(None, CaptureRules("wayland"))
        with pytest.raises(SourceUnavailable, match="no desktop session"):
            open_source(None)
        monkeypatch.setenv("DISPLAY", x_server(320, 200).display)
        assert backend_of("screen").startswith("X11"), "which refuses XWayland by itself"


def test_without_a_compositor_x11_and_the_test_card_are_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("WAYLAND_DISPLAY", str(tmp_path / "gone"))
    opened = open_source(None)
    assert isinstance(opened.source, TestCard)
    assert "DISPLAY is not set" in opened.note
    opened.source.dispose()
    with FakeCompositor(tmp_path, rows(picture()), offers=EXT) as fake:
        for name, value in fake.env.items():
            monkeypatch.setenv(name, value)
        assert backend_of(None) == "Wayland (ext-image-copy-capture)"
