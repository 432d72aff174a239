"""The live picture in a page of one's own: /lite.html, and /stream.mjpg in an <img>."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from samescreen.media import Pixels
from tests.e2e.conftest import Shared
from tests.e2e.watching import await_patches, await_state, turned
from tests.stage.host_process import TOKEN
from tests.stage.scene import PATCH_COLOURS, read_count
from tests.stage.timing import MS, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.display]


def seen(page: Page, selector: str) -> Pixels:
    """What a screenshot of this element shows, as RGBA."""
    shot = page.locator(selector).screenshot(timeout=10_000 * MS * 1000)
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGBA"))


def assert_follows(page: Page, shared: Shared, selector: str) -> None:
    """The patches arrive, are exchanged, and come back."""
    try:
        for patches in (PATCH_COLOURS, turned(3)):
            shared.window.patches(patches)
            await_patches(lambda: seen(page, selector), patches)
    finally:
        shared.window.patches(PATCH_COLOURS)


@pytest.mark.parametrize("name", ["localhost", "lan.test"])
def test_the_smallest_page_shows_a_live_picture(page: Page, shared: Shared, name: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(shared.host.url(f"/lite.html#token={TOKEN}", name=name))
    await_state(page, "live")
    assert "token" not in page.url
    assert_follows(page, shared, "#screen")
    last = shared.window.still()
    eventually(lambda: read_count(seen(page, "#screen")) == last.count, what="the newest picture")
    assert not [text for text in complaints if "Content Security Policy" in text]
    page.reload()
    await_state(page, "live")


def test_without_a_token_the_smallest_page_says_so(page: Page, shared: Shared) -> None:
    page.goto(shared.host.url("/lite.html"))
    page.wait_for_selector("text=#token=")


def test_an_image_in_a_page_of_another_site_is_live(page: Page, shared: Shared) -> None:
    """Also when the screen rests: Chromium shows a part only when the next one begins."""
    source = shared.host.url(f"/stream.mjpg?token={TOKEN}", name="localhost")
    page.set_content(f'<img id="live" src="{source}">', wait_until="commit")
    eventually(lambda: seen(page, "#live").shape[0] > 100, what="an image")
    assert_follows(page, shared, "#live")
    last = shared.window.still()
    eventually(lambda: read_count(seen(page, "#live")) == last.count, what="the newest picture")
    await_patches(lambda: seen(page, "#live"), PATCH_COLOURS)
