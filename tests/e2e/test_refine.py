"""Text that rests is exact on the viewer's own pixels, also while something moves beside it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import xcffib.xproto as x
from PIL import Image, ImageChops, ImageDraw, ImageFont
from playwright.sync_api import Page

from samescreen.media import Pixels
from tests.e2e.conftest import Shared, sharing
from tests.e2e.watching import MOTION_FPS, PacketWatch, dataset, picture, watch
from tests.stage.timing import MS, eventually
from tests.stage.x_client import connected

pytestmark = [pytest.mark.e2e, pytest.mark.display]

EXACT_DB = 45.0
RESTED_MS = 1000
TRIES = 6
"""A machine that others use may stand still for a second, but not each time."""
SIZE = (608, 200)
AT = (16, 16)
RED, BLUE, WHITE, BLACK = (255, 0, 0), (40, 80, 255), (255, 255, 255), (0, 0, 0)


_shifts = itertools.count(0, 13)


def text_page() -> Image.Image:
    """Red on black, black on white, blue on white, and lines of one pixel.

    Each is another one: what a window showed stays on the screen when it is gone.
    """
    page = Image.new("RGB", SIZE, WHITE)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(12)
    draw.rectangle((0, 0, SIZE[0], 89), fill=BLACK)
    words = "Red text on black, 0123456789: if (a != b) return { c: d[i] }; // e + f * g"
    for row in range(6):
        draw.text((4, 2 + 14 * row), words[row * 3 :], fill=RED, font=font)
    for row in range(4):
        colour = BLACK if row % 2 else BLUE
        draw.text((4, 92 + 14 * row), words[row * 5 :], fill=colour, font=font)
    for column in range(0, SIZE[0], 4):
        draw.line((column, 150, column, SIZE[1]), fill=RED if column % 8 else BLUE)
    return ImageChops.offset(page, next(_shifts), 0)


@contextmanager
def shown(display: str, image: Image.Image) -> Iterator[None]:
    """A window over the top of the screen with this picture; it says so once it is there."""
    pixels = np.zeros((image.height, image.width, 4), np.uint8)
    pixels[:, :, :3] = np.asarray(image)[:, :, ::-1]
    with connected(display) as client:
        window, gc = client.connection.generate_id(), client.connection.generate_id()
        screen = client.screen
        client.core.CreateWindow(
            screen.root_depth,
            window,
            client.root,
            *AT,
            image.width,
            image.height,
            0,
            x.WindowClass.InputOutput,
            screen.root_visual,
            x.CW.OverrideRedirect,
            [1],
        )
        client.core.CreateGC(gc, window, 0, [])
        client.core.MapWindow(window)
        for top in range(0, image.height, 50):
            rows = pixels[top : top + 50]
            client.core.PutImage(
                x.ImageFormat.ZPixmap,
                window,
                gc,
                image.width,
                len(rows),
                0,
                top,
                0,
                screen.root_depth,
                rows.size,
                rows.tobytes(),
            )
        client.settle()
        yield


def psnr(seen: Pixels, image: Image.Image) -> float:
    """Of the text window on a picture of the screen, in dB; 0 on one of half the size.

    The host sends a page that falls behind half the size until it has caught up.
    """
    part = seen[AT[1] : AT[1] + SIZE[1], AT[0] : AT[0] + SIZE[0], :3].astype(float)
    if part.shape[:2] != (SIZE[1], SIZE[0]):
        return 0.0
    error = float(np.mean((part - np.asarray(image)) ** 2))
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))


@pytest.fixture(scope="module")
def text() -> Iterator[Shared]:
    with sharing() as shared:
        shared.window.pointer(8, SIZE[1] + 100)  # away from the text
        yield shared


def url(text: Shared, path: str) -> str:
    """A page that decodes by this path."""
    name = "localhost" if path == "webcodecs" else "lan.test"
    return text.host.url(name=name).replace("/#", f"/?decoder={path}#")


@pytest.mark.parametrize("path", ["webcodecs", "wasm", "jpeg"])
@pytest.mark.parametrize("fps", [0, MOTION_FPS], ids=["at rest", "beside motion"])
def test_text_that_rests_is_exact(page: Page, text: Shared, path: str, fps: int) -> None:
    watch(page, url(text, path))
    text.window.motion(fps)
    try:
        looks = [after_a_rest(page, text)]
        while looks[-1] < EXACT_DB and len(looks) < TRIES:
            looks.append(after_a_rest(page, text, RESTED_MS * (1 + len(looks))))
    finally:
        text.window.still()
    assert looks[-1] >= EXACT_DB, looks
    assert dataset(page, "path") == path


def after_a_rest(page: Page, text: Shared, rested_ms: float = RESTED_MS) -> float:
    """PSNR of a new text that has rested so long. One look: it costs more than refining does."""
    image = text_page()
    with shown(text.server.display, image):
        page.wait_for_timeout(rested_ms)
        return psnr(picture(page), image)


@pytest.mark.parametrize("path", ["webcodecs", "wasm", "jpeg"])
def test_who_comes_later_sees_it_exact_and_then_nothing_is_sent(
    page: Page, text: Shared, path: str
) -> None:
    image = text_page()
    packets = PacketWatch(page)
    with shown(text.server.display, image):
        watch(page, url(text, path))
        eventually(lambda: psnr(picture(page), image) >= EXACT_DB, what="exact", within=3000 * MS)
        eventually(lambda: packets.silence_s() > 1.0, what="silence", within=5000 * MS)
        assert psnr(picture(page), image) >= EXACT_DB
