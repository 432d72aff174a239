"""Windows's windows: finding one, and its pictures through a fake windows-capture."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from samescreen.capture.windows.window import CapturedWindow
from samescreen.capture.windows.windows import Window, window_of, windows
from samescreen.clock import clock_us
from samescreen.errors import BackendMissing, SourceLost, SourceUnavailable
from samescreen.media import Damage, Region
from tests.capture.windows.fakes import FakeWin32, FakeWindowsCapture
from tests.fakes import flat
from tests.stage.census import nothing_leaks
from tests.stage.timing import MS

LONG_US = int(5e9 * MS)
OPEN = [Window(0x10, "Notes - Editor"), Window(0x20, "Editor"), Window(0x30, "Mail")]


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> FakeWindowsCapture:
    fake = FakeWindowsCapture()
    monkeypatch.setitem(sys.modules, "windows_capture", fake)
    return fake


@pytest.fixture
def source(library: FakeWindowsCapture) -> Iterator[CapturedWindow]:
    made = CapturedWindow("mail", lambda spec: window_of(spec, OPEN))
    yield made
    made.dispose()


@pytest.mark.parametrize(
    ("spec", "handle"),
    [("mail", 0x30), ("Editor", 0x20), ("notes", 0x10), ("48", 0x30), ("0x30", 0x30)],
)
def test_a_window_by_title_part_or_number(spec: str, handle: int) -> None:
    assert window_of(spec, OPEN).handle == handle


def test_a_missing_window_is_refused() -> None:
    with pytest.raises(SourceUnavailable, match=r"no window 'Paint'.*samescreen sources"):
        window_of("Paint", OPEN)


def test_several_matching_windows_are_named_by_number() -> None:
    with pytest.raises(SourceUnavailable, match=r"more than one.*window:16 .*window:32"):
        window_of("edit", OPEN)


def test_only_windows_that_can_be_seen_are_listed() -> None:
    win32 = FakeWin32()
    win32.titles = {1: "seen", 2: "hidden", 3: "cloaked", 4: "", 5: "写字板"}
    win32.hidden, win32.cloaked = {2}, {3}
    assert windows(win32) == [Window(1, "seen"), Window(5, "写字板")]


def test_its_pictures_are_copied_and_compared(
    library: FakeWindowsCapture, source: CapturedWindow
) -> None:
    source.open()
    assert source.label == "window Mail"
    assert (library.asked["window_hwnd"], library.asked["cursor_capture"]) == (0x30, True)
    assert library.asked["draw_border"] is None, "refused before Windows 11"
    library.arrives(flat(64, 48, (1, 2, 3)))
    first = source.grab(clock_us() + LONG_US)
    assert first is not None
    assert (first.pixels[:, :, :3] == (1, 2, 3)).all(), "the mapped memory is used again"
    assert first.pixels.flags.c_contiguous
    changed = flat(64, 48, (1, 2, 3))
    changed[0, 0, :3] = 0
    library.arrives(changed)
    second = source.grab(clock_us() + LONG_US)
    assert second is not None
    assert second.damage == Damage.of(Region(0, 0, 32, 32))


def test_a_closed_window_is_a_lost_source(
    library: FakeWindowsCapture, source: CapturedWindow
) -> None:
    source.open()
    library.handlers["on_closed"]()
    with pytest.raises(SourceLost, match="'Mail' was closed"):
        source.grab(clock_us() + LONG_US)


def test_an_error_of_the_library_is_tried_again_later(
    library: FakeWindowsCapture, source: CapturedWindow
) -> None:
    library.refusal = Exception("Failed to convert item to `GraphicsCaptureItem`")
    with pytest.raises(SourceLost, match="cannot be captured now: Failed to convert"):
        source.open()


def test_without_the_package(source: CapturedWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "windows_capture", None)
    with pytest.raises(BackendMissing, match="windows-capture cannot be used"):
        source.open()


@pytest.mark.skipif(sys.platform != "linux", reason="counts in /proc")
def test_closed_it_stops_the_library_and_leaves_nothing(library: FakeWindowsCapture) -> None:
    asked_to_stop: list[bool] = []
    control = SimpleNamespace(stop=lambda: asked_to_stop.append(True))
    with nothing_leaks():
        source = CapturedWindow("mail", lambda spec: window_of(spec, OPEN))
        source.close()
        for _ in range(2):
            source.open()
            source.close()
            source.close()
            assert library.stopped.wait(5000 * MS)
        source.dispose()
    library.arrives(flat(64, 48), control)
    assert asked_to_stop == [True], "a picture that comes after the end"
