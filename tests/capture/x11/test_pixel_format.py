"""Pixels of every layout become the colours that were painted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from random import Random
from typing import Literal

import numpy as np
import pytest
import xcffib.xproto as x
from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture.x11.display import Display
from samescreen.capture.x11.pixel_format import PixelFormat
from samescreen.capture.x11.screen import X11Screen
from samescreen.capture.x11.servers import ServerKind, server_kind
from samescreen.media import Pixels
from tests.capture.x11.x_tools import change, move_pointer, settle
from tests.conftest import StartXServer
from tests.stage.scene import Colour
from tests.stage.x_client import connected
from tests.stage.x_server import VncServer, XServer

BGRX = PixelFormat(32, 32, False, 0xFF0000, 0xFF00, 0xFF)
FORMATS = {
    "BGRX": BGRX,
    "RGBX": PixelFormat(32, 32, False, 0xFF, 0xFF00, 0xFF0000),
    "XRGB, big-endian": PixelFormat(32, 32, True, 0xFF0000, 0xFF00, 0xFF),
    "XBGR, wide rows": PixelFormat(32, 64, True, 0xFF, 0xFF00, 0xFF0000),
    "BGR packed": PixelFormat(24, 32, False, 0xFF0000, 0xFF00, 0xFF),
    "RGB packed": PixelFormat(24, 32, True, 0xFF0000, 0xFF00, 0xFF),
    "ten bits": PixelFormat(32, 32, False, 0x3FF00000, 0xFFC00, 0x3FF),
    "ten bits, big-endian": PixelFormat(32, 32, True, 0x3FF, 0xFFC00, 0x3FF00000),
    "565": PixelFormat(16, 32, False, 0xF800, 0x7E0, 0x1F),
    "565, big-endian, blue first": PixelFormat(16, 32, True, 0x1F, 0x7E0, 0xF800),
    "555": PixelFormat(16, 32, False, 0x7C00, 0x3E0, 0x1F),
    "332": PixelFormat(8, 32, False, 0xE0, 0x1C, 0x03),
}


def pixel_of(form: PixelFormat, colour: Colour) -> int:
    """The pixel value of the colour, each channel reduced to its number of bits."""
    pixel = 0
    for value, mask in zip(colour, (form.red, form.green, form.blue), strict=True):
        most = mask // (mask & -mask)
        pixel |= round(value * most / 255) * (mask & -mask)
    return pixel


def worst_error(form: PixelFormat) -> int:
    """The error of one channel that has fewer than eight bits."""
    most = min(mask // (mask & -mask) for mask in (form.red, form.green, form.blue))
    return 255 // most // 2 + 1 if most < 255 else int(most > 255)


def stored(form: PixelFormat, picture: Pixels) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """The picture (height, width, RGB) as a server holds it, with dirt in the padding."""
    height, width = picture.shape[:2]
    rows = np.full((height, form.stride(width)), 0xA5, dtype=np.uint8)
    order: Literal["big", "little"] = "big" if form.is_big_endian else "little"
    step = form.bits_per_pixel // 8
    for row in range(height):
        for column in range(width):
            red, green, blue = (int(n) for n in picture[row, column])
            raw = pixel_of(form, (red, green, blue)).to_bytes(step, order)
            rows[row, column * step : (column + 1) * step] = list(raw)
    return rows


@given(st.sampled_from(sorted(FORMATS)), st.integers(1, 9), st.integers(1, 4), st.randoms())
def test_every_layout_gives_its_colours(
    name: str, width: int, height: int, random: Random
) -> None:
    form = FORMATS[name]
    values = [random.randrange(256) for _ in range(width * height * 3)]
    picture = np.array(values, dtype=np.uint8).reshape(height, width, 3)
    out = np.zeros((height, width, 4), dtype=np.uint8)
    form.to_bgrx(stored(form, picture), out)
    error = np.abs(out[:, :, 2::-1].astype(int) - picture)
    assert error.max() <= worst_error(form)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_black_and_white_are_exact(name: str) -> None:
    form = FORMATS[name]
    for value in (0, 255):
        out = np.zeros((2, 3, 4), dtype=np.uint8)
        form.to_bgrx(stored(form, np.full((2, 3, 3), value, dtype=np.uint8)), out)
        assert (out[:, :, :3] == value).all()


def test_only_the_common_layout_needs_no_conversion() -> None:
    assert [name for name, form in FORMATS.items() if form.is_bgrx] == ["BGRX"]


def test_rows_are_padded() -> None:
    assert [FORMATS["565"].stride(width) for width in (1, 2, 3)] == [4, 4, 8]
    assert [FORMATS["XBGR, wide rows"].stride(width) for width in (1, 2, 3)] == [8, 8, 16]


# On real servers

BARS: dict[Colour, int] = {(255, 0, 0): 0, (0, 255, 0): 1, (0, 0, 255): 2, (255, 128, 0): 3}


def paint_bars(server: XServer) -> None:
    """Asks the server for each colour's pixel value, so that the test need not compute it."""
    with connected(server.display) as client:
        gc = client.connection.generate_id()
        client.core.CreateGC(gc, client.root, 0, [])
        for (red, green, blue), at in BARS.items():
            colormap = client.screen.default_colormap
            wanted = (red * 257, green * 257, blue * 257)
            pixel = client.core.AllocColor(colormap, *wanted).reply().pixel
            client.core.ChangeGC(gc, x.GC.Foreground, [pixel])
            box = x.RECTANGLE.synthetic(at * 40, 10, 40, 50)
            client.core.PolyFillRectangle(client.root, gc, 1, [box])
        client.settle()


@contextmanager
def running_vnc(pixel_format: str) -> Iterator[XServer]:
    server = VncServer(321, 203, pixel_format).start()
    try:
        yield server
    finally:
        server.stop()


def assert_bars_are_shown(server: XServer, tolerance: int) -> None:
    move_pointer(server, 320, 202)
    source = X11Screen(display=server.display)
    try:
        source.open()
        settle(source)
        paint_bars(server)
        pixels = change(source).pixels
        assert pixels.shape == (203, 321, 4)
        for colour, at in BARS.items():
            bar = pixels[10:60, at * 40 : at * 40 + 40, 2::-1].astype(int)
            assert np.abs(bar - colour).max() <= tolerance, colour
    finally:
        source.dispose()


@pytest.mark.display
@pytest.mark.parametrize("without", [(), ("MIT-SHM",)])
@pytest.mark.parametrize(("depth", "tolerance"), [(15, 4), (16, 4), (24, 0), (30, 0)])
def test_every_depth_of_xvfb_has_its_colours(
    x_server: StartXServer, depth: int, tolerance: int, without: tuple[str, ...]
) -> None:
    server = x_server(321, 203, depth=depth, without=without)
    assert_bars_are_shown(server, tolerance)


@pytest.mark.display
@pytest.mark.parametrize(
    ("pixel_format", "tolerance"), [("RGB888", 0), ("BGR888", 0), ("RGB565", 4), ("BGR565", 4)]
)
def test_every_layout_of_xvnc_has_its_colours(pixel_format: str, tolerance: int) -> None:
    with running_vnc(pixel_format) as server:
        assert_bars_are_shown(server, tolerance)


@pytest.mark.display
def test_real_servers_are_identified(x_server: StartXServer) -> None:
    with closing(Display(x_server(320, 200).display)) as display:
        assert display._kind() is ServerKind.XVFB
    with running_vnc("RGB888") as server, closing(Display(server.display)) as display:
        assert display._kind() is ServerKind.XVNC


@pytest.mark.parametrize(
    ("vendor", "extensions", "outputs", "kind"),
    [
        ("The X.Org Foundation", {"RANDR"}, ["screen"], ServerKind.XVFB),
        ("The X.Org Foundation", {"VNC-EXTENSION"}, ["VNC-0"], ServerKind.XVNC),
        ("TightVNC", set(), [], ServerKind.XVNC),
        ("The X.Org Foundation", {"XFree86-VidModeExtension"}, ["eDP-1"], ServerKind.XORG),
        ("The X.Org Foundation", {"XWAYLAND"}, ["eDP-1"], ServerKind.XWAYLAND),
        ("The X.Org Foundation", set(), ["XWAYLAND0"], ServerKind.XWAYLAND),
        ("The X.Org Foundation", {"RANDR"}, ["default"], ServerKind.UNKNOWN),
        ("", set(), [], ServerKind.UNKNOWN),
    ],
)
def test_a_server_is_identified_by_what_it_offers(
    vendor: str, extensions: set[str], outputs: list[str], kind: ServerKind
) -> None:
    assert server_kind(vendor, extensions, outputs) is kind
