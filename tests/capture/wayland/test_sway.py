"""Screens and regions of a real headless sway (wlr-screencopy)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pytest

from samescreen.capture.hiding import MASK_BGRX, Hidden
from samescreen.capture.wayland.screen import WaylandRegion, WaylandScreen, list_outputs
from samescreen.capture.wayland.source import STALE_US, WaylandSource
from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import Frame, Pixels, Region
from tests.stage.census import nothing_leaks
from tests.stage.sway import Sway
from tests.stage.timing import MS, eventually
from tests.stage.wayland_window import WaylandWindow

pytestmark = pytest.mark.display
SOON_US = int(2000 * MS * 1e6)
RED, GREEN, BLUE, WHITE = (0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255)


@pytest.fixture
def sway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sway]:
    server = Sway(320, 200)
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    with nothing_leaks():
        yield server.start()
        server.stop()


@pytest.fixture
def window(sway: Sway) -> Iterator[WaylandWindow]:
    with WaylandWindow(sway.path) as opened:
        opened.show(corners(*opened.size))
        yield opened


@pytest.fixture
def screen(sway: Sway, window: WaylandWindow) -> Iterator[WaylandScreen]:
    source = WaylandScreen()
    source.open()
    until(source, lambda pixels: shown_corners(pixels) == [RED, GREEN, BLUE, WHITE])
    yield source
    source.dispose()


def corners(width: int, height: int) -> Pixels:
    """A grey picture whose corners tell which is which."""
    pixels = np.full((height, width, 4), 90, np.uint8)
    pixels[:40, :40, :3], pixels[:40, -40:, :3] = RED, GREEN
    pixels[-40:, :40, :3], pixels[-40:, -40:, :3] = BLUE, WHITE
    return pixels


def shown_corners(pixels: Pixels) -> list[tuple[int, ...]]:
    return [tuple(map(int, pixels[y, x, :3])) for y in (5, -5) for x in (5, -5)]


def until(source: WaylandSource, is_shown: Callable[[Pixels], object]) -> Frame:
    """The first frame that is as wanted."""
    until_us = clock_us() + SOON_US
    while clock_us() < until_us:
        frame = source.grab(clock_us() + SOON_US)
        if frame is not None and is_shown(frame.pixels):
            return frame
    raise AssertionError("it was never shown")


def wait_for_size(window: WaylandWindow, size: tuple[int, int]) -> None:
    def has_it() -> bool:
        window.dispatch()
        return window.size == size

    eventually(has_it, what=f"a window of {size}")


def is_all(colour: tuple[int, int, int], pixels: Pixels) -> bool:
    return bool((pixels[:, :, :3] == colour).all())


def test_what_changes_is_what_is_damaged(screen: WaylandScreen, window: WaylandWindow) -> None:
    assert screen.label == "screen 1 320×200"
    assert screen.backend == "Wayland (wlr-screencopy)"
    picture = corners(*window.size)
    for value in (10, 20, 30):
        picture[100:110, 100:110] = value
        window.show(picture)
        frame = screen.grab(clock_us() + SOON_US)
        assert frame is not None
        assert frame.pixels[105, 105, 0] == value
        assert frame.damage.regions == (Region(96, 96, 32, 32),)


def test_a_screen_at_rest_costs_nothing(screen: WaylandScreen, window: WaylandWindow) -> None:
    assert screen.grab(clock_us() + 100_000) is None
    began = time.thread_time()
    assert screen.grab(clock_us() + 400_000) is None
    assert time.thread_time() - began < 4 * MS
    screen.rest()
    window.fill(GREEN)
    frame = until(screen, partial(is_all, GREEN))
    assert frame.size == (320, 200)


@pytest.mark.parametrize("rests", [0, 2])
def test_the_first_look_after_a_pause_is_the_newest_picture(
    sway: Sway, screen: WaylandScreen, window: WaylandWindow, rests: int
) -> None:
    """Even for a track that does not wait, as for a snapshot."""
    for colour in (GREEN, RED, WHITE):
        for _ in range(rests):
            screen.rest()
        window.fill(BLUE)
        other = WaylandScreen()
        other.open()
        until(other, partial(is_all, BLUE))
        window.fill(colour)
        until(other, partial(is_all, colour))
        other.dispose()
        threading.Event().wait(STALE_US / 1e6)
        screen.wake()
        frame = screen.grab(0)
        assert frame is not None
        assert (frame.pixels[:, :, :3] == colour).all()


def test_a_size_and_an_orientation_that_change(
    sway: Sway, screen: WaylandScreen, window: WaylandWindow
) -> None:
    for order, size in [
        ("resolution 401x203", (401, 203)),
        ("transform 90", (203, 401)),
        ("transform flipped-270", (203, 401)),
        ("transform normal", (401, 203)),
    ]:
        sway.order("output", "HEADLESS-1", *order.split())
        wait_for_size(window, size)
        window.show(corners(*size))
        frame = until(screen, lambda pixels: shown_corners(pixels) == [RED, GREEN, BLUE, WHITE])
        assert frame.size == size
        assert screen.label == f"screen 1 {size[0]}×{size[1]}"


def test_a_region_on_a_screen_with_a_scale(sway: Sway, window: WaylandWindow) -> None:
    sway.order("output", "HEADLESS-1", "scale", "2")
    assert [each.region for each in list_outputs()[0]] == [Region(0, 0, 160, 100)]
    source = WaylandRegion(Region(120, 60, 100, 100))
    assert not source.hide(Hidden(regions=(Region(150, 90, 10, 10),)))
    source.open()
    assert source.label == "region 120,60 40×40"
    frame = until(source, lambda pixels: pixels.shape == (80, 80, 4))
    assert (frame.pixels[60:, 60:] == MASK_BGRX).all()
    assert not (frame.pixels[:59, :59] == MASK_BGRX).all(axis=2).any()
    source.dispose()


def test_a_screen_that_is_plugged_in_has_a_number_and_a_name(sway: Sway) -> None:
    sway.order("create_output")
    eventually(lambda: len(list_outputs()[0]) == 2, what="two screens")
    found, _ = list_outputs()
    assert [(each.number, each.name) for each in found] == [(1, "HEADLESS-1"), (2, "HEADLESS-2")]
    assert found[1].region.x == 320
    for wanted in (2, "HEADLESS-2"):
        source = WaylandScreen(wanted)
        source.open()
        assert source.label == "screen 2 1920×1080"
        source.dispose()
    across = WaylandRegion(Region(300, 0, 200, 100))
    across.open()
    assert across.label == "region 320,0 180×100"
    assert "HEADLESS-2" in across.notes[0]
    across.dispose()
    gone = WaylandScreen("HEADLESS-3")
    with pytest.raises(SourceUnavailable, match="no screen HEADLESS-3"):
        gone.open()
    gone.dispose()


def test_a_compositor_that_crashes_is_lost_and_comes_back(
    sway: Sway, screen: WaylandScreen, window: WaylandWindow
) -> None:
    sway.kill()
    with pytest.raises(SourceLost, match="went away"):
        until(screen, lambda pixels: False)
    with pytest.raises(SourceLost, match="does not answer"):
        screen.open()
    sway.start()
    screen.open()
    assert screen.grab(clock_us() + SOON_US) is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may connect to everybody's compositor")
def test_another_users_compositor_refuses(sway: Sway) -> None:
    sway.path.chmod(0)
    source = WaylandScreen()
    with pytest.raises(SourceUnavailable, match="without sudo"):
        source.open()
    source.dispose()
