"""A real window's picture in the page, by every way of decoding it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Shared, sharing
from tests.e2e.watching import (
    MOTION_FPS,
    assert_arrives,
    assert_moves,
    await_patches,
    dataset,
    picture,
    turned,
    watch,
)
from tests.stage.scene import PATCH_COLOURS

pytestmark = [pytest.mark.e2e, pytest.mark.display]

WITHOUT_DECODERS = """
delete globalThis.VideoDecoder;
delete globalThis.WebAssembly;
delete globalThis.OffscreenCanvas;
"""
"""Without OffscreenCanvas all runs on the main thread: these deletions do not reach workers."""


@pytest.mark.parametrize(
    ("name", "query", "init", "path"),
    [
        ("localhost", "", "", "webcodecs"),
        ("lan.test", "", "", "wasm"),
        ("localhost", "", WITHOUT_DECODERS, "jpeg"),
        ("localhost", "?decoder=wasm", "", "wasm"),
    ],
    ids=["localhost", "lan.test", "nothing decodes", "wasm asked for"],
)
def test_a_moving_window_is_seen(
    page: Page, shared: Shared, name: str, query: str, init: str, path: str
) -> None:
    page.add_init_script(init)
    shared.window.motion(MOTION_FPS)
    watch(page, shared.host.url(name=name).replace("/#", f"/{query}#"))
    assert_moves(lambda: picture(page), shared.window)
    last = shared.window.still()
    assert_arrives(page, last.count)
    # The patches seen so far may all be the first still's; now the decoder must paint them.
    shared.window.patches(turned(3))
    try:
        await_patches(lambda: picture(page), turned(3))
    finally:
        shared.window.patches(PATCH_COLOURS)
    await_patches(lambda: picture(page), PATCH_COLOURS)
    assert dataset(page, "path") == path
    assert dataset(page, "state") == "live"


def test_changes_in_quick_succession_all_arrive(page: Page, shared: Shared) -> None:
    shared.window.still()
    watch(page, shared.host.url(name="localhost"))
    try:
        for by in range(1, 25):
            for index, colour in enumerate(turned(by)):
                shared.window.patch(index, colour)
            await_patches(lambda: picture(page), turned(by))
    finally:
        shared.window.patches(PATCH_COLOURS)


@pytest.mark.parametrize("path", ["webcodecs", "wasm"])
def test_pictures_of_several_slices_are_seen(page: Page, path: str) -> None:
    with sharing("--threads", "4") as shared:
        shared.window.motion(MOTION_FPS)
        watch(page, shared.host.url(name="localhost").replace("/#", f"/?decoder={path}#"))
        assert_moves(lambda: picture(page), shared.window)
        assert_arrives(page, shared.window.still().count)
        shared.window.patches(turned(3))
        await_patches(lambda: picture(page), turned(3))
        assert dataset(page, "path") == path
        page.goto("about:blank")  # the host must end clean, and its viewer goes first
