"""A macOS screen, with fake frameworks that have the real ones' signatures."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from samescreen.capture.macos import frameworks, screen
from samescreen.capture.macos.screen import KitScreen
from samescreen.clock import clock_us
from samescreen.errors import BackendMissing, SourceLost, SourceUnavailable
from samescreen.media import Damage, Frame, OnDesktop, Region
from tests.capture.macos.fakes import FakeError, FakeKit
from tests.capture.recorded_signatures import ScreenCaptureKit as Recorded
from tests.fakes import flat
from tests.stage.census import nothing_leaks
from tests.stage.timing import MS

LONG_US = int(5e9 * MS)


@pytest.fixture
def kit(monkeypatch: pytest.MonkeyPatch) -> FakeKit:
    fake = FakeKit()
    for name, module in fake.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    return fake


@pytest.fixture
def source(kit: FakeKit) -> Iterator[KitScreen]:
    made = KitScreen()
    yield made
    made.dispose()


def grab(source: KitScreen) -> Frame:
    taken = source.grab(clock_us() + LONG_US)
    assert taken is not None
    return taken


def test_the_numbers_are_apples() -> None:
    values = Recorded.VALUES
    assert values["SCStreamErrorUserDeclined"] == frameworks.USER_DECLINED
    assert values["SCStreamErrorUserStopped"] == frameworks.USER_STOPPED
    assert values["SCStreamOutputTypeScreen"] == screen._SCREEN
    assert values["kCVPixelFormatType_32BGRA"] == screen._BGRA
    assert values["kCVPixelBufferLock_ReadOnly"] == screen._READ_ONLY


def test_the_main_screen_is_the_first_in_its_own_pixels(kit: FakeKit, source: KitScreen) -> None:
    source.open()
    assert (source.label, source.backend) == ("screen 1 1440×900", "ScreenCaptureKit")
    assert kit.shown == 7
    assert kit.settings == {
        "Width": 1440,
        "Height": 900,
        "PixelFormat": 1111970369,
        "ShowsCursor": True,
        "QueueDepth": 4,
        "MinimumFrameInterval": (1, 120),
    }
    assert kit.running == 1


def test_viewers_can_act_on_its_screen(source: KitScreen) -> None:
    assert (source.takes_input, source.place) == (True, None)
    source.open()
    assert source.place == OnDesktop("7", 0, Region(0, 0, 1440, 900))
    source.close()
    assert source.place is None


def test_the_others_follow(kit: FakeKit) -> None:
    source = KitScreen(2)
    source.open()
    assert source.label == "screen 2 2560×1600"
    assert kit.shown == 2
    source.dispose()


def test_its_pictures_are_copied_when_wanted_and_compared(kit: FakeKit, source: KitScreen) -> None:
    source.open()
    kit.shows(flat(64, 48))
    kit.shows(flat(64, 48, (1, 2, 3)))
    kit.shows(None)
    kit.delivers_sound()
    assert kit.copies == 0, "nobody wanted one"
    first = grab(source)
    assert (kit.copies, kit.locks) == (1, 0)
    assert (first.pixels[:, :, :3] == (1, 2, 3)).all()
    assert first.pixels.flags.c_contiguous
    changed = flat(64, 48, (1, 2, 3))
    changed[47, 63] = 0
    kit.shows(changed)
    assert grab(source).damage == Damage.of(Region(32, 32, 32, 16))


def test_without_permission_the_cure_is_named_and_macos_asks(
    kit: FakeKit, source: KitScreen
) -> None:
    kit.is_allowed = False
    with pytest.raises(SourceUnavailable, match="System Settings, Privacy & Security, Screen Rec"):
        source.open()
    assert kit.was_asked


@pytest.mark.parametrize("at", ["content_error", "start_error"])
def test_declined_later_the_cure_is_the_same(kit: FakeKit, source: KitScreen, at: str) -> None:
    setattr(kit, at, FakeError(frameworks.USER_DECLINED))
    with pytest.raises(SourceUnavailable, match="Privacy & Security"):
        source.open()
    assert kit.running == 0


@pytest.mark.parametrize("at", ["content_error", "start_error", "output_error"])
def test_another_refusal_is_tried_again_later(kit: FakeKit, source: KitScreen, at: str) -> None:
    setattr(kit, at, FakeError(-3811))
    with pytest.raises(SourceLost, match="it said no"):
        source.open()
    setattr(kit, at, None)
    source.open()
    kit.shows(flat(64, 48))
    grab(source)


def test_a_system_that_does_not_answer(
    kit: FakeKit, source: KitScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frameworks, "ANSWER_S", 0.01)
    kit.is_deaf = True
    with pytest.raises(SourceLost, match="does not answer"):
        source.open()


def test_a_screen_that_is_not_there(kit: FakeKit) -> None:
    source = KitScreen(3)
    with pytest.raises(SourceUnavailable, match="no screen 3.*has 2.*samescreen sources"):
        source.open()
    source.dispose()


def test_stopped_from_the_menu_bar_it_stays_stopped(kit: FakeKit, source: KitScreen) -> None:
    source.open()
    kit.stops(FakeError(frameworks.USER_STOPPED))
    with pytest.raises(SourceLost, match="stopped from the menu bar"):
        source.grab(clock_us() + LONG_US)
    source.close()
    with pytest.raises(SourceUnavailable, match="start samescreen again"):
        source.open()


def test_stopped_by_the_system_it_comes_back(kit: FakeKit, source: KitScreen) -> None:
    source.open()
    kit.stops(FakeError(-3821, "the display was unplugged"))
    with pytest.raises(SourceLost, match="display was unplugged"):
        source.grab(clock_us() + LONG_US)
    source.close()
    source.open()
    kit.shows(flat(64, 48))
    grab(source)


def test_another_mode_opens_anew(
    kit: FakeKit, source: KitScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "_LOOK_US", -1)
    source.open()
    kit.shows(flat(64, 48))
    grab(source)
    kit.displays[7] = (1280, 800)
    with pytest.raises(SourceLost, match="changed its size"):
        grab(source)
    del kit.displays[7]
    with pytest.raises(SourceLost, match="went away"):
        grab(source)


@pytest.mark.parametrize("module", ["ScreenCaptureKit", "Quartz", "CoreMedia", "dispatch", "objc"])
def test_without_a_package_another_backend_may_do(
    kit: FakeKit, source: KitScreen, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BackendMissing, match="cannot be used"):
        source.open()


def test_an_old_macos_has_another_backend(
    kit: FakeKit, source: KitScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(sys.modules["ScreenCaptureKit"], "SCStream")
    with pytest.raises(BackendMissing, match=r"12\.3"):
        source.open()


@pytest.mark.skipif(sys.platform != "linux", reason="counts in /proc")
def test_closed_it_leaves_nothing_behind(kit: FakeKit) -> None:
    with nothing_leaks():
        source = KitScreen()
        source.close()
        for _ in range(2):
            source.open()
            kit.shows(flat(64, 48))
            grab(source)
            source.close()
            source.close()
        source.dispose()
    assert (kit.running, kit.locks) == (0, 0)
    kit.shows(flat(64, 48))  # one that was already queued
