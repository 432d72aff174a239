"""A Windows screen, with a fake dxcam that has the real one's signatures."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from samescreen.capture.windows import cursor, screen
from samescreen.capture.windows.screen import DuplicatedScreen
from samescreen.clock import clock_us
from samescreen.errors import BackendMissing, SourceLost, SourceUnavailable
from samescreen.media import Damage, Frame, OnDesktop, Region
from tests.capture.windows.fakes import FakeComError, FakeDxcam, FakeWin32
from tests.fakes import flat
from tests.stage.census import nothing_leaks
from tests.stage.timing import MS

LONG_US = int(5e9 * MS)


@pytest.fixture
def win32(monkeypatch: pytest.MonkeyPatch) -> FakeWin32:
    fake = FakeWin32()
    fake.is_shown = False
    monkeypatch.setattr(cursor, "libraries", lambda: fake)
    return fake


@pytest.fixture
def dxcam(monkeypatch: pytest.MonkeyPatch, win32: FakeWin32) -> FakeDxcam:
    fake = FakeDxcam()
    monkeypatch.setitem(sys.modules, "dxcam", fake)
    monkeypatch.setitem(sys.modules, "comtypes", SimpleNamespace(COMError=FakeComError))
    return fake


@pytest.fixture
def source(dxcam: FakeDxcam) -> Iterator[DuplicatedScreen]:
    made = DuplicatedScreen()
    yield made
    made.dispose()


def grab(source: DuplicatedScreen) -> Frame:
    taken = source.grab(clock_us() + LONG_US)
    assert taken is not None
    return taken


def grab_on(source: DuplicatedScreen) -> None:
    """Grab until the source is lost."""
    while True:
        source.grab(clock_us() + 5_000)


def test_viewers_can_act_where_the_screen_lies_on_the_desktop(source: DuplicatedScreen) -> None:
    assert (source.takes_input, source.place) == (True, None)
    source.open()
    assert source.place == OnDesktop("", 0, Region(1920, -10, 64, 48))
    source.close()
    assert source.place is None


def test_the_primary_screen_is_the_default(dxcam: FakeDxcam, source: DuplicatedScreen) -> None:
    dxcam.steps.extend([flat(64, 48)])
    source.open()
    assert (source.label, source.backend) == ("screen 2 64×48", "dxcam (Desktop Duplication)")
    assert (dxcam.asked["device_idx"], dxcam.asked["output_idx"]) == (1, 0)
    assert (dxcam.asked["output_color"], dxcam.asked["processor_backend"]) == ("BGRA", "numpy")
    assert grab(source).damage == Damage.of(Region(0, 0, 64, 48))


def test_a_change_is_found_and_a_new_size_is_whole(
    dxcam: FakeDxcam, source: DuplicatedScreen
) -> None:
    changed = flat(64, 48)
    changed[40, 40, :3] = 200
    dxcam.steps.extend([flat(64, 48), changed, flat(48, 64)])
    source.open()
    grab(source)
    assert grab(source).damage == Damage.of(Region(32, 32, 32, 16))
    assert grab(source).damage == Damage.of(Region(0, 0, 48, 64)), "turned, or of another mode"


def test_the_pointer_is_in_the_picture(
    dxcam: FakeDxcam, source: DuplicatedScreen, win32: FakeWin32
) -> None:
    win32.is_shown, win32.at = True, (1920 + 12, -10 + 21)
    dxcam.steps.extend([flat(64, 48)])
    source.open()
    pixels = grab(source).pixels
    assert (pixels[20:24, 10:14] == 255).all(), "its tip is at the hot spot"
    assert int((pixels[:, :, 0] == 255).sum()) == 16


@pytest.mark.parametrize(("number", "why"), [(3, "no screen 3.*has 2"), (99, "samescreen sources")])
def test_a_screen_that_is_not_there(dxcam: FakeDxcam, number: int, why: str) -> None:
    source = DuplicatedScreen(number)
    with pytest.raises(SourceUnavailable, match=why):
        source.open()
    source.dispose()


def test_without_any_screen_another_backend_may_do(
    dxcam: FakeDxcam, source: DuplicatedScreen
) -> None:
    dxcam.info = ""
    with pytest.raises(BackendMissing, match="sees no screen"):
        source.open()


def test_without_the_package_another_backend_may_do(
    source: DuplicatedScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dxcam", None)
    with pytest.raises(BackendMissing, match="dxcam cannot be used"):
        source.open()


@pytest.mark.parametrize("error", [FakeComError("denied"), OSError("gone"), RuntimeError("none")])
def test_a_refused_duplication_is_tried_again_later(
    dxcam: FakeDxcam, source: DuplicatedScreen, error: Exception
) -> None:
    dxcam.refusal = error
    with pytest.raises(SourceLost, match=str(error)):
        source.open()
    dxcam.refusal = None
    dxcam.steps.extend([flat(64, 48)])
    source.open()
    grab(source)


def test_a_camera_that_dies_is_a_lost_source(dxcam: FakeDxcam, source: DuplicatedScreen) -> None:
    dxcam.steps.extend([flat(64, 48), FakeComError("device removed")])
    source.open()
    grab(source)
    with pytest.raises(SourceLost, match="device removed"):
        grab_on(source)
    source.close()  # only now has its thread ended
    assert dxcam.cameras[0].is_released
    dxcam.steps.extend([flat(64, 48)])
    source.open()
    assert grab(source).damage == Damage.of(Region(0, 0, 64, 48))


def test_an_unexpected_error_is_a_loss_too(
    dxcam: FakeDxcam, source: DuplicatedScreen
) -> None:
    dxcam.steps.extend([flat(64, 48), KeyError("a mistake")])
    source.open()
    grab(source)
    with pytest.raises(SourceLost, match="see the host's log"):
        grab_on(source)


def test_a_withheld_desktop_blocks_nobody_and_comes_back(
    dxcam: FakeDxcam, source: DuplicatedScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked = threading.Event()
    monkeypatch.setattr(screen, "_STUCK_US", 20_000)
    monkeypatch.setattr(screen, "_STOP_S", 0.02)
    dxcam.steps.extend([flat(64, 48), unlocked.wait])
    source.open()
    grab(source)
    with pytest.raises(SourceLost, match="withholds the desktop"):
        grab_on(source)
    source.close()
    with pytest.raises(SourceLost, match="withholds the desktop"):
        source.open()
    assert len(dxcam.cameras) == 1, "no second camera beside one that waits"
    unlocked.set()
    assert source._capture_thread is not None
    assert source._capture_thread.join(5000 * MS)
    dxcam.steps.extend([flat(64, 48)])
    source.open()
    grab(source)


def test_nothing_is_grabbed_while_nobody_waits(dxcam: FakeDxcam, source: DuplicatedScreen) -> None:
    dxcam.steps.extend([flat(64, 48), flat(64, 48, (1, 2, 3)), flat(64, 48, (4, 5, 6))])
    source.open()
    grab(source)
    assert len(dxcam.steps) == 2
    source.wake()
    assert source.grab(clock_us() + LONG_US) is None or len(dxcam.steps) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="counts in /proc")
def test_closed_it_leaves_nothing_behind(dxcam: FakeDxcam) -> None:
    with nothing_leaks():
        source = DuplicatedScreen(1)
        source.close()
        for _ in range(2):
            dxcam.steps.append(flat(64, 48))
            source.open()
            grab(source)
            source.close()
            source.close()
        source.dispose()
    assert all(camera.is_released for camera in dxcam.cameras)
