"""Captures by ext-image-copy-capture, and what no real compositor does on order: a small fake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from samescreen.capture.hiding import MASK_BGRX, Hidden
from samescreen.capture.wayland.screen import WaylandRegion, WaylandScreen
from samescreen.capture.wayland.source import WaylandSource
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, NoScreen, SourceLost, SourceUnavailable
from samescreen.media import Frame, Pixels, Region
from samescreen.wayland.wire import packed
from tests.capture.wayland.fake_compositor import EXT, WLR, FakeCompositor, Memory
from tests.stage.census import nothing_leaks

WIDTH, HEIGHT = 96, 64
SOON_US = 2_000_000


def picture(seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)


def rows(pixels: Pixels) -> Memory:
    return np.ascontiguousarray(pixels).reshape(len(pixels), -1)


def grabbed(source: WaylandSource) -> Frame:
    frame = source.grab(clock_us() + SOON_US)
    assert frame is not None
    return frame


def has(frame: Frame, pixels: Pixels) -> bool:
    return np.array_equal(frame.pixels[:, :, :3], pixels[:, :, :3])


@pytest.fixture(params=[EXT, WLR], ids=["ext", "wlr"])
def fake(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeCompositor]:
    with (
        nothing_leaks(),
        FakeCompositor(tmp_path, rows(picture()), offers=request.param) as compositor,
    ):
        for name, value in compositor.env.items():
            monkeypatch.setenv(name, value)
        yield compositor


@pytest.fixture
def screen(fake: FakeCompositor) -> Iterator[WaylandScreen]:
    source = WaylandScreen()
    source.open()
    yield source
    source.dispose()


def test_the_first_picture_is_whole_and_at_once(
    fake: FakeCompositor, screen: WaylandScreen
) -> None:
    assert screen.label == f"screen 1 {WIDTH}×{HEIGHT}"
    assert screen.backend.startswith("Wayland (")
    frame = screen.grab(0)
    assert frame is not None
    assert has(frame, picture())
    assert frame.damage.regions == (Region(0, 0, WIDTH, HEIGHT),)


def test_changes_are_found_and_silence_gives_nothing(
    fake: FakeCompositor, screen: WaylandScreen
) -> None:
    grabbed(screen)
    assert screen.grab(clock_us() + 100_000) is None
    for seed in range(2, 6):
        changed = picture()
        changed[40:50, 70:80] = seed
        fake.show(rows(changed), Region(70, 40, 10, 10))
        frame = grabbed(screen)
        assert has(frame, changed)
        assert frame.damage.regions == (Region(64, 32, 32, 32),)


def test_what_changes_while_nobody_looks_is_seen_afterwards(
    fake: FakeCompositor, screen: WaylandScreen
) -> None:
    grabbed(screen)
    screen.rest()
    fake.show(rows(picture(2)))
    screen.rest()
    fake.show(rows(picture(3)))
    frame = grabbed(screen)
    while not has(frame, picture(3)):
        frame = grabbed(screen)


def test_at_rest_nothing_is_asked_for(fake: FakeCompositor, screen: WaylandScreen) -> None:
    grabbed(screen)
    screen.rest()
    screen._opened()[0].connection.roundtrip()
    count = len(fake.requests)
    for _ in range(5):
        screen.rest()
    assert len(fake.requests) == count


def test_another_size_is_a_whole_picture(fake: FakeCompositor, screen: WaylandScreen) -> None:
    grabbed(screen)
    larger = picture(4, 128, 80)
    fake.show(rows(larger))
    frame = grabbed(screen)
    assert has(frame, larger)
    assert frame.damage.regions == (frame.bounds,)


def test_a_failed_picture_is_asked_for_again(fake: FakeCompositor, screen: WaylandScreen) -> None:
    grabbed(screen)
    fake.failures = [0, 0]
    fake.show(rows(picture(2)))
    assert has(grabbed(screen), picture(2))
    fake.failures = [0] * 9
    fake.show(rows(picture(3)))
    with pytest.raises(SourceLost, match="may be off"):
        screen.grab(clock_us() + SOON_US)


def test_an_unplugged_screen_is_lost(fake: FakeCompositor, screen: WaylandScreen) -> None:
    grabbed(screen)
    fake.unplug()
    with pytest.raises(SourceLost, match="unplugged"):
        screen.grab(clock_us() + SOON_US)
    with pytest.raises(SourceLost, match="unplugged"):
        screen.rest()


def test_a_compositor_that_ends_is_lost_and_found_again(
    fake: FakeCompositor, screen: WaylandScreen
) -> None:
    grabbed(screen)
    fake.drop()
    with pytest.raises(SourceLost, match="went away"):
        screen.grab(clock_us() + SOON_US)
    screen.open()
    assert has(grabbed(screen), picture())


@pytest.mark.parametrize("raw", [b"\0" * 8, b"\1\0\0\0\0\0\14\0\5\0\0\0"], ids=["length", "short"])
def test_nonsense_is_lost(fake: FakeCompositor, screen: WaylandScreen, raw: bytes) -> None:
    grabbed(screen)
    fake.say(raw)
    with pytest.raises(SourceLost, match="sent nonsense"):
        screen.grab(clock_us() + SOON_US)


def test_a_refused_request_is_lost_with_the_compositors_words(
    fake: FakeCompositor, screen: WaylandScreen
) -> None:
    fake.say(packed(1, 0, 7, 1, "duplicate frame"))
    with pytest.raises(SourceLost, match="refused a request: duplicate frame"):
        screen.grab(clock_us() + SOON_US)


@pytest.mark.parametrize("transform", range(8))
def test_pictures_are_turned_upright(fake: FakeCompositor, transform: int) -> None:
    """As wl_output says: the picture was mirrored first, then turned counter-clockwise."""
    seen = picture(5)
    stored = np.rot90(seen[:, ::-1] if transform >= 4 else seen, transform % 4)
    fake.transform = transform
    fake.show(rows(stored))
    source = WaylandScreen()
    source.open()
    assert has(grabbed(source), seen)
    changed = seen.copy()
    changed[:] = 9
    stored = np.rot90(changed[:, ::-1] if transform >= 4 else changed, transform % 4)
    fake.show(rows(stored))
    assert has(grabbed(source), changed)
    source.dispose()


@pytest.mark.parametrize("letters", ["XB24", "XR30", "XB30", "BG24", "RG24"])
def test_other_formats_are_converted(fake: FakeCompositor, letters: str) -> None:
    seen = picture(6)
    fake.code = int.from_bytes(letters.encode(), "little")
    red, blue = seen[:, :, 2].astype(np.uint32), seen[:, :, 0].astype(np.uint32)
    green = seen[:, :, 1].astype(np.uint32)
    first, last = (red, blue) if letters[:2] in ("XB", "BG") else (blue, red)
    if letters.endswith("30"):
        words = first << 2 | green << 12 | last << 22
        stored = words.view(np.uint8).reshape(HEIGHT, -1)
    elif letters.startswith("X"):
        stored = (first | green << 8 | last << 16).view(np.uint8).reshape(HEIGHT, -1)
    else:
        triples = np.stack((first, green, last), axis=2).astype(np.uint8)
        stored, fake.pixel_bytes = triples.reshape(HEIGHT, -1), 3
    fake.rows = stored
    source = WaylandScreen()
    source.open()
    assert has(grabbed(source), seen)
    source.dispose()


def test_an_unknown_format_is_named(fake: FakeCompositor) -> None:
    fake.code = int.from_bytes(b"ZZ99", "little")
    source = WaylandScreen()
    with pytest.raises(SourceUnavailable, match="ZZ99"):
        source.open()
    source.dispose()


def test_hidden_regions_are_painted_out(fake: FakeCompositor) -> None:
    source = WaylandScreen()
    hidden = Hidden(regions=(Region(10, 10, 20, 20),))
    assert not source.hide(hidden)
    source.open()
    for seed in (2, 3):
        frame = grabbed(source)
        assert (frame.pixels[10:30, 10:30] == MASK_BGRX).all()
        assert not (frame.pixels[30:, 30:] == MASK_BGRX).all(axis=2).any()
        fake.show(rows(picture(seed)))
    changed = fake.rows.reshape(HEIGHT, WIDTH, 4).copy()
    grabbed(source)
    changed[12:20, 12:20] = 0
    fake.show(rows(changed), Region(12, 12, 8, 8))
    assert source.grab(clock_us() + 100_000) is None
    source.dispose()


def test_a_region_is_cut_out(fake: FakeCompositor) -> None:
    source = WaylandRegion(Region(80, -10, 40, 30))
    source.open()
    assert source.label == "region 80,0 16×20"
    assert has(grabbed(source), picture()[:20, 80:])
    changed = picture()
    changed[5:8, 85:88] = 0
    fake.show(rows(changed), Region(85, 5, 3, 3))
    assert has(grabbed(source), changed[:20, 80:])
    source.dispose()
    outside = WaylandRegion(Region(WIDTH, 0, 10, 10))
    with pytest.raises(SourceUnavailable, match="outside the desktop"):
        outside.open()
    outside.dispose()


def test_without_a_picture_the_page_learns_why(
    fake: FakeCompositor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samescreen.capture.wayland.source.FIRST_US", 50_000)
    source = WaylandScreen()
    monkeypatch.setattr(FakeCompositor, "_complete", lambda self: None)
    source.open()
    assert "off or locked" in source.waiting
    assert source.grab(clock_us() + 20_000) is None
    monkeypatch.undo()
    fake.show(rows(picture(2)))
    assert has(grabbed(source), picture(2))
    assert source.waiting == ""
    source.dispose()


def test_a_compositor_that_does_not_answer(
    fake: FakeCompositor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samescreen.wayland.connection.ANSWER_US", 100_000)
    fake.is_silent = True
    source = WaylandScreen()
    with pytest.raises(SourceLost, match="does not answer"):
        source.open()
    source.dispose()


def test_an_upside_down_buffer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeCompositor(tmp_path, rows(picture()[::-1]), offers=WLR) as fake:
        fake.is_upside_down = True
        for name, value in fake.env.items():
            monkeypatch.setenv(name, value)
        source = WaylandScreen()
        source.open()
        assert has(grabbed(source), picture())
        source.dispose()


@pytest.mark.parametrize(
    ("environment", "error", "words"),
    [
        ({}, NoScreen, "WAYLAND_DISPLAY or XDG_RUNTIME_DIR is not set"),
        ({"WAYLAND_DISPLAY": "wayland-9"}, NoScreen, "XDG_RUNTIME_DIR"),
        ({"WAYLAND_DISPLAY": "/nowhere/wayland-9"}, SourceLost, "does not answer"),
    ],
)
def test_without_a_compositor_the_reason_is_named(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    error: type[CaptureError],
    words: str,
) -> None:
    for name in ("WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    source = WaylandScreen()
    with nothing_leaks(), pytest.raises(error, match=words):
        source.open()
    source.dispose()


def test_a_compositor_without_either_protocol_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeCompositor(tmp_path, rows(picture()), offers=()) as fake:
        for name, value in fake.env.items():
            monkeypatch.setenv(name, value)
        source = WaylandScreen()
        with pytest.raises(SourceUnavailable, match="without a dialog"):
            source.open()
        source.dispose()
