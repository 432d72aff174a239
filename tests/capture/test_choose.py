"""Opening the source that a spec names, and the error when none opens."""

from __future__ import annotations

import sys

import pytest

from samescreen.capture import cameras, choose
from samescreen.capture.base import Source
from samescreen.capture.cameras import Camera
from samescreen.capture.choose import list_sources, open_source
from samescreen.capture.hiding import CaptureRules
from samescreen.capture.systems import Backend, Listed, backends
from samescreen.capture.testcard import TestCard
from samescreen.capture.windows import cursor, windows
from samescreen.errors import (
    BackendMissing,
    CaptureError,
    SourceLost,
    SourceUnavailable,
    UsageError,
)
from tests.capture.macos.fakes import FakeKit
from tests.capture.windows.fakes import FakeDxcam, FakeWin32, FakeWindowsCapture
from tests.conftest import StartXServer
from tests.fakes import flat
from tests.stage.census import nothing_leaks
from tests.stage.scripted import ScriptedSource

needs_x = pytest.mark.skipif(sys.platform != "linux", reason="needs Xvfb")
ignores_mss = pytest.mark.filterwarnings("ignore:mss.mss is deprecated:DeprecationWarning")


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)


def test_the_test_card_is_always_there(no_display: None) -> None:
    choice = open_source("testcard")
    assert isinstance(choice.source, TestCard)
    assert (choice.name, choice.note) == ("testcard", "")
    choice.source.dispose()


@pytest.mark.parametrize(
    ("spec", "known"),
    [
        *((spec, "screen, screen:N, .*testcard.*") for spec in ("", "screen 1", "monitor")),
        *((f"screen:{n}", "screen, screen:N, screen:NAME, .*") for n in ("", "x", "-1", "1234")),
        ("Screen", "screen, screen:N, screen:NAME, .*"),
        ("testcard:2", "testcard"),
        *((spec, "window:TITLE, window:ID") for spec in ("window", "window:")),
        *((f"region{where}", "region:X,Y,W,H") for where in ("", ":", ":1,2,3", ":1,2,3,x")),
        ("file:", "file:PATH, file:URL"),
        ("camera:", "camera, camera:N, camera:NAME"),
    ],
)
def test_an_unknown_spec_is_answered_with_the_known_ones(spec: str, known: str) -> None:
    """With those of its kind, if it names one."""
    with pytest.raises(UsageError, match=f"there are: {known}$"):
        open_source(spec)


def test_screens_are_counted_from_one(no_display: None) -> None:
    with pytest.raises(UsageError):
        open_source("screen:0")


@needs_x
def test_without_a_display_the_screen_is_refused_and_the_default_is_the_test_card(
    no_display: None,
) -> None:
    with nothing_leaks():
        with pytest.raises(SourceUnavailable, match="DISPLAY is not set"):
            open_source("screen")
        choice = open_source(None)
        assert isinstance(choice.source, TestCard)
        assert choice.note.startswith("sharing the test card, because ")
        assert "DISPLAY is not set" in choice.note
        assert "\n" not in choice.note
        choice.source.dispose()


@needs_x
def test_a_display_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")
    with pytest.raises(SourceLost, match="does not answer"):
        open_source("screen")
    choice = open_source(None)
    assert choice.name == "testcard"
    choice.source.dispose()


@needs_x
@pytest.mark.display
def test_a_spec_opens_a_screen(
    x_server: StartXServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", x_server(320, 200).display)
    with nothing_leaks():
        for spec, name in [(None, "screen"), ("screen", "screen"), ("screen:1", "screen:1")]:
            choice = open_source(spec)
            assert (choice.name, choice.note) == (name, "")
            assert choice.source.label == "screen 1 320×200"
            assert choice.source.backend.startswith("X11")
            choice.source.dispose()
        with pytest.raises(CaptureError, match="no screen 7"):
            open_source("screen:7")


@needs_x
@pytest.mark.display
def test_a_spec_opens_a_region(
    x_server: StartXServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", x_server(320, 200).display)
    with nothing_leaks():
        choice = open_source("region:10,20,300,400")
        assert (choice.name, choice.note) == ("region:10,20,300,400", "")
        assert choice.source.label == "region 10,20 300×180"
        choice.source.dispose()
        with pytest.raises(SourceUnavailable, match="outside the desktop"):
            open_source("region:320,0,10,10")
        with pytest.raises(UsageError, match="is empty"):
            open_source("region:0,0,0,10")


@needs_x
@pytest.mark.display
def test_a_listed_window_is_opened_by_its_spec_or_title(
    x_server: StartXServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.capture.x11.client_window import clients_on

    server = x_server(320, 200)
    monkeypatch.setenv("DISPLAY", server.display)
    with clients_on(server.display) as clients, nothing_leaks():
        window = clients.open("A title: with colons", kind=("xterm", "XTerm"))
        (listed,) = [each for each in list_sources() if each.spec.startswith("window")]
        assert listed.spec == f"window:0x{window.xid:x}"
        assert listed.description == "XTerm — A title: with colons"
        for spec in (listed.spec, "window:title: with", "window:xterm"):
            choice = open_source(spec)
            assert (choice.name, choice.note) == (spec, "")
            assert choice.source.label == "window A title: with colons 100×60"
            choice.source.dispose()
        with pytest.raises(SourceUnavailable, match="contains 'none'; `samescreen sources`"):
            open_source("window:none")


@needs_x
@pytest.mark.display
@pytest.mark.parametrize("extension", ["DAMAGE", "Composite"])
def test_a_missing_extension_that_windows_need_has_no_fallback(
    x_server: StartXServer, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    from tests.capture.x11.client_window import clients_on

    server = x_server(320, 200, without=(extension,))
    monkeypatch.setenv("DISPLAY", server.display)
    with clients_on(server.display) as clients, nothing_leaks():
        clients.open("x")
        with pytest.raises(SourceUnavailable, match=f"has no {extension} extension") as refused:
            open_source("window:x")
        assert not isinstance(refused.value, BackendMissing)


@needs_x
@ignores_mss
@pytest.mark.display
@pytest.mark.parametrize(
    ("spec", "label"), [("screen", "screen 1 320×200"), ("region:9,9,9,9", "region 9,9 9×9")]
)
def test_without_damage_reports_mss_captures_and_a_note_says_so(
    x_server: StartXServer, monkeypatch: pytest.MonkeyPatch, spec: str, label: str
) -> None:
    monkeypatch.setenv("DISPLAY", x_server(320, 200, without=("DAMAGE",)).display)
    choice = open_source(spec)
    assert choice.source.label == label
    assert choice.source.backend.startswith("mss")
    assert choice.note.startswith("using a slower capture: ")
    assert "DAMAGE" in choice.note
    choice.source.dispose()


@needs_x
@ignores_mss
@pytest.mark.display
def test_without_its_library_mss_captures_and_a_note_says_so(
    x_server: StartXServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", x_server(320, 200).display)
    monkeypatch.setitem(sys.modules, "samescreen.capture.x11.screen", None)
    choice = open_source("screen")
    assert choice.source.backend.startswith("mss")
    assert "a system library is missing" in choice.note
    choice.source.dispose()


@needs_x
@pytest.mark.display
def test_sources_are_listed(x_server: StartXServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", x_server(320, 200).display)
    with nothing_leaks():
        screen, *_, card = list_sources()
    assert screen.spec == "screen:1"
    assert screen.description.startswith("320×200")
    assert card.spec == "testcard"


@pytest.fixture
def on_windows(monkeypatch: pytest.MonkeyPatch) -> FakeDxcam:
    """Fakes of Windows's packages and libraries, as far as opening a source needs them."""
    fake, win32 = FakeDxcam(), FakeWin32()
    fake.steps.append(flat(64, 48))
    win32.titles = {16: "Editor"}
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "dxcam", fake)
    monkeypatch.setitem(sys.modules, "windows_capture", FakeWindowsCapture())
    monkeypatch.setattr(cursor, "libraries", lambda: win32)
    monkeypatch.setattr(windows, "libraries", lambda: win32)
    return fake


@needs_x
def test_on_windows_each_kind_has_its_backend(on_windows: FakeDxcam) -> None:
    with nothing_leaks():
        for spec, backend in [("screen:1", "dxcam"), ("window:Edit", "windows-capture")]:
            choice = open_source(spec)
            assert (choice.name, choice.note) == (spec, "")
            assert choice.source.backend.startswith(backend)
            choice.source.dispose()
    assert [listed.spec for listed in list_sources()] == [
        *("screen:1", "screen:2", "window:16", "testcard")
    ]
    with pytest.raises(SourceUnavailable, match="no window 'Paint'"):
        open_source("window:Paint")


@needs_x
def test_on_macos_screens_have_their_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeKit()
    monkeypatch.setattr(sys, "platform", "darwin")
    for name, module in fake.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    with nothing_leaks():
        choice = open_source("screen:2")
        assert (choice.source.backend, choice.note) == ("ScreenCaptureKit", "")
        choice.source.dispose()
    listed = [(each.spec, each.description) for each in list_sources()]
    assert listed[:2] == [("screen:1", "1440×900"), ("screen:2", "2560×1600")]
    with pytest.raises(SourceUnavailable, match="cannot be shared on this system"):
        open_source("window:Mail")
    fake.is_allowed = False
    with pytest.raises(SourceUnavailable, match="Privacy & Security"):
        open_source("screen")


@needs_x
def test_without_a_screen_cameras_and_the_test_card_are_listed(
    no_display: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [Camera("/dev/video0", "Integrated"), Camera("/dev/video2", "C920")]
    monkeypatch.setattr(cameras, "list_cameras", lambda: found)
    assert list_sources() == [
        Listed("camera:1", "Integrated"),
        Listed("camera:2", "C920"),
        Listed("testcard", "a built-in moving picture"),
    ]


@pytest.mark.parametrize(
    ("system", "names"),
    [
        ("linux", ["wayland", "portal", "x11", "mss"]),
        ("win32", ["dxcam", "windows-capture", "mss"]),
        ("darwin", ["screencapturekit", "mss"]),
        ("aix", ["mss"]),
    ],
)
def test_each_system_has_its_backends_best_first(
    monkeypatch: pytest.MonkeyPatch, system: str, names: list[str]
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert [backend.name for backend in backends()] == names


def test_of_several_errors_that_of_the_best_backend_is_raised(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(number: int | None) -> Source:
        raise ImportError("libfirst")

    def refusing(number: int | None) -> Source:
        source = ScriptedSource()
        source.refuse(SourceUnavailable("the second refuses"))
        return source

    monkeypatch.setattr(
        choose,
        "backends",
        lambda name: (Backend("first", screen=missing), Backend("second", screen=refusing)),
    )
    with pytest.raises(BackendMissing, match="libfirst"):
        open_source("screen")


@pytest.mark.parametrize("spec", [None, "screen", "testcard", "file:a.mp4"])
@pytest.mark.parametrize("backend", ["X11", "dxcam", "x"])
def test_a_backend_of_another_system_is_answered_with_those_of_this_one(
    monkeypatch: pytest.MonkeyPatch, spec: str | None, backend: str
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    words = f"takes wayland, portal, x11, mss on this system, not '{backend}'"
    with pytest.raises(UsageError, match=words):
        open_source(spec, CaptureRules(backend))


@needs_x
@ignores_mss
@pytest.mark.display
@pytest.mark.parametrize(
    ("backend", "shown"), [("x11", "X11"), ("mss", "mss (polled)"), ("", "X11")]
)
def test_a_named_backend_captures_screens_and_regions(
    x_server: StartXServer, monkeypatch: pytest.MonkeyPatch, backend: str, shown: str
) -> None:
    monkeypatch.setenv("DISPLAY", x_server(320, 200).display)
    with nothing_leaks():
        for spec in (None, "screen:1", "region:0,0,64,64"):
            choice = open_source(spec, CaptureRules(backend))
            assert choice.source.backend.startswith(shown)
            assert choice.note == ""
            choice.source.dispose()


@needs_x
@pytest.mark.display
@pytest.mark.parametrize("spec", [None, "screen", "region:9,9,9,9"])
def test_a_named_backend_that_cannot_run_gives_its_reason_and_no_other_takes_its_place(
    x_server: StartXServer, monkeypatch: pytest.MonkeyPatch, spec: str | None
) -> None:
    monkeypatch.setenv("DISPLAY", x_server(320, 200, without=("DAMAGE",)).display)
    with nothing_leaks(), pytest.raises(SourceUnavailable, match="DAMAGE"):
        open_source(spec, CaptureRules("x11"))


@needs_x
@pytest.mark.parametrize("backend", ["x11", "mss"])
def test_with_a_named_backend_the_test_card_does_not_take_the_screens_place(
    no_display: None, backend: str
) -> None:
    with pytest.raises(SourceUnavailable, match="DISPLAY is not set"):
        open_source(None, CaptureRules(backend))


@needs_x
def test_a_backend_that_cannot_capture_such_a_source_names_one_that_can() -> None:
    with pytest.raises(SourceUnavailable, match="mss cannot capture single windows; .* x11"):
        open_source("window:Editor", CaptureRules("mss"))


def test_other_kinds_of_sources_take_any_backend_of_this_system() -> None:
    choice = open_source("testcard", CaptureRules("mss"))
    assert choice.name == "testcard"
    choice.source.dispose()


BOTH = "screens, regions"


@pytest.mark.parametrize(
    ("system", "abilities"),
    [
        ("linux", [BOTH, "screens", f"{BOTH}, single windows", BOTH]),
        ("win32", ["screens", "single windows", "screens, regions"]),
        ("darwin", ["screens", "screens, regions"]),
    ],
)
def test_each_backend_says_what_it_can_capture(
    monkeypatch: pytest.MonkeyPatch, system: str, abilities: list[str]
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert [backend.abilities for backend in backends()] == abilities
