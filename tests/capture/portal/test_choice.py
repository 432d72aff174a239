"""The portal is chosen where a compositor lets nobody capture, and named by `doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from samescreen.capture import session_report
from samescreen.capture.choose import list_sources, open_source
from samescreen.capture.hiding import CaptureRules
from samescreen.capture.session import Way, way_of_this_session
from samescreen.cli.doctor import show_report
from samescreen.cli.sources import show_sources
from samescreen.errors import SourceUnavailable
from tests.capture.wayland.fake_compositor import FakeCompositor
from tests.capture.wayland.test_fake_compositor import picture, rows
from tests.stage.portal import PortalDesktop

pytestmark = pytest.mark.display


@pytest.fixture(scope="module")
def server() -> Iterator[PortalDesktop]:
    made = PortalDesktop()
    yield made.start()
    made.stop()


@pytest.fixture
def desktop(
    server: PortalDesktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PortalDesktop]:
    with FakeCompositor(tmp_path, rows(picture()), offers=()) as fake:
        for name, value in (server.env | fake.env).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("DISPLAY", raising=False)
        monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
        (server.folder / "calls.jsonl").unlink(missing_ok=True)
        yield server


def test_the_portal_is_asked_and_says_so(desktop: PortalDesktop) -> None:
    assert way_of_this_session() is Way.PORTAL
    desktop.answer(response=1)
    for spec, rules in ((None, CaptureRules()), ("screen", CaptureRules("portal"))):
        with pytest.raises(SourceUnavailable, match="refused in the dialog"):
            open_source(spec, rules)
    with pytest.raises(SourceUnavailable, match="asks which screen"):
        open_source("screen:2")
    with pytest.raises(SourceUnavailable, match="refused in the dialog"):
        open_source("screen:new=800x600")
    with pytest.raises(SourceUnavailable, match="regions cannot be shared"):
        open_source("region:0,0,9,9")


def test_listing_and_doctor_open_no_dialog(
    desktop: PortalDesktop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIPEWIRE_RUNTIME_DIR", str(desktop.folder))
    listed = [each.spec for each in list_sources()]
    assert listed[:2] == ["screen", "screen:new"]
    monkeypatch.setattr("samescreen.cli.doctor._PROBES", _screen_and_backends())
    show_sources()
    show_report()
    shown = capsys.readouterr().out
    for line in (
        "✓ session     Wayland, GNOME",
        "lets programs capture through a dialog only",
        "✓ portal      ScreenCast 4: screens, windows, new screens; it remembers the choice",
        "✓ PipeWire    ",
        "✓ screen      A dialog of this desktop asks which screen",
        "tried first here: portal",
    ):
        assert line.casefold() in shown.casefold(), shown
    assert desktop.calls("CreateSession", "SelectSources", "Start") == []


def _screen_and_backends() -> object:
    from samescreen.cli import doctor

    return tuple(each for each in doctor._PROBES if each[0] in ("screen", "backends"))


def test_each_thing_that_is_missing_is_named(
    desktop: PortalDesktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIPEWIRE_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(Exception, match="PipeWire is not running"):
        session_report.about_pipewire()
    monkeypatch.setenv("WAYLAND_DISPLAY", "gone")
    with pytest.raises(Exception, match="check WAYLAND_DISPLAY"):
        session_report.about_compositor()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "")
    for about in (session_report.about_session, session_report.about_portal):
        with pytest.raises(SourceUnavailable, match="no desktop session"):
            about()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "tcp:host=x;unix:path=/nowhere")
    with pytest.raises(SourceUnavailable, match="no desktop session"):
        session_report.about_portal()


def test_a_session_whose_compositor_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    monkeypatch.setenv("DISPLAY", ":4711")
    assert way_of_this_session() is Way.PORTAL
    monkeypatch.setenv("XDG_SESSION_TYPE", "x11")
    assert way_of_this_session() is Way.X11
