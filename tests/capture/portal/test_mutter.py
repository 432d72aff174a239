"""A monitor of a real headless mutter, through the real portal and PipeWire."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from samescreen.capture.portal.screen import PortalScreen
from samescreen.clock import clock_us
from samescreen.media import Frame
from tests.stage.mutter import Mutter
from tests.stage.timing import MS
from tests.stage.wayland_window import WaylandWindow

pytestmark = pytest.mark.display
SOON_US = int(5000 * MS * 1e6)
_AGAIN_US = 500_000
RED, GREEN, BLUE = (0, 0, 255), (0, 255, 0), (255, 0, 0)


@pytest.fixture(scope="module")
def mutter() -> Iterator[Mutter]:
    made = Mutter(640, 360)
    with pytest.MonkeyPatch.context() as patched:
        for name, value in made.env.items():
            patched.setenv(name, value)
        yield made.start()
        made.stop()


def until(
    source: PortalScreen, is_shown: Callable[[Frame], object], paint: Callable[[], None]
) -> Frame:
    """The first frame that is as wanted. Mutter 43 sometimes leaves out the last of several
    pictures on a busy machine, so `paint` is called again after a while."""
    until_us = clock_us() + SOON_US
    while clock_us() < until_us:
        paint()
        again_us = clock_us() + _AGAIN_US
        while (frame := source.grab(again_us)) is not None or clock_us() < again_us:
            if frame is not None and is_shown(frame):
                return frame
    raise AssertionError("it was never shown")


def nothing() -> None:
    """Paints nothing."""


def is_all(colour: tuple[int, int, int]) -> Callable[[Frame], bool]:
    return lambda frame: bool((frame.pixels[:, :, :3] == colour).all())


def has_green(frame: Frame) -> bool:
    return tuple(frame.pixels[105, 205, :3]) == GREEN


def test_a_monitor_shows_what_a_window_paints(mutter: Mutter) -> None:
    mutter.share_monitor()
    source = PortalScreen()
    source.open()
    assert until(source, bool, nothing).size == (640, 360)
    assert source.can_part_cursor
    with WaylandWindow(mutter.wayland) as window:
        until(source, is_all(RED), lambda: window.fill(RED))
        picture = np.zeros((360, 640, 4), np.uint8)
        picture[:, :, :3] = RED
        picture[100:110, 200:210, :3] = GREEN
        frame = until(source, has_green, lambda: window.show(picture))
        assert sum(each.area for each in frame.damage.regions) <= 64 * 64
        assert source.grab(clock_us() + 100_000) is None, "a screen at rest gives nothing"
        source.rest()
        for colour in (GREEN, RED):
            window.fill(colour)
            window.dispatch()
        until(source, is_all(BLUE), lambda: window.fill(BLUE))
    source.dispose()


def test_a_new_monitor_has_the_size_that_was_asked_for(mutter: Mutter) -> None:
    mutter.share_new_monitor()
    source = PortalScreen(made=(801, 603))
    source.open()
    assert until(source, bool, nothing).size == (801, 603)
    source.dispose()
