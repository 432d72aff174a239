"""Colours converted by WebGL, asked for by `?paint=webgl`: here on a GPU that is software."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, Worker

from tests.e2e.conftest import Shared, sharing
from tests.e2e.test_refine import EXACT_DB, psnr, shown, text_page
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
from tests.stage.browsers import launch
from tests.stage.scene import PATCH_COLOURS
from tests.stage.timing import MS, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.display]

ASKED_FOR = "/?decoder=wasm&paint=webgl#"
COMPARE = Path(__file__).with_name("compare_paint.js").read_text()
PICTURES = [(640, 360), (641, 359), (37, 21), (1366, 768), (640, 360)]
"""Sizes, one painted after the other: two that are no multiple of two, and a change back."""
FALLEN_BACK_S = 1000 * MS

RECORD_UPLOADS = """() => {
  globalThis.webgl = {contexts: new Set(), uploaded: 0};
  const own = WebGL2RenderingContext.prototype;
  const real = own.texSubImage2D;
  own.texSubImage2D = function (...all) {
    webgl.contexts.add(this);
    webgl.uploaded += all[4] * all[5];
    return real.apply(this, all);
  };
}"""
LOSE = "() => [...webgl.contexts].at(-1).getExtension('WEBGL_lose_context').loseContext()"
DETAILS = """() => {
  document.getElementById("badge").click();
  const words = document.getElementById("details-list").innerText;
  document.getElementById("badge").click();
  return words;
}"""


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """With WebGL 2 in software, which Chromium gives only to those who insist."""
    with launch(playwright, "--enable-unsafe-swiftshader") as browser:
        yield browser


def watch_webgl(page: Page, shared: Shared, name: str = "localhost") -> Worker:
    watch(page, shared.host.url(name=name).replace("/#", ASKED_FOR))
    (worker,) = page.workers
    return worker


def await_details(page: Page, words: str, *, within: float = 3000 * MS) -> None:
    eventually(lambda: words in page.evaluate(DETAILS), what=words, within=within)


def test_both_ways_paint_the_same_and_only_where_they_are_told(page: Page, shared: Shared) -> None:
    watch(page, shared.host.url(name="localhost"))
    answers = page.evaluate(COMPARE, PICTURES)
    assert len(answers) == len(PICTURES)
    for size, answer in zip(PICTURES, answers, strict=True):
        assert answer["whole"] <= 1, (size, answer)
        assert answer["parts"] <= 1, (size, answer)
        assert answer["beside"] == 0, (size, answer)
        assert answer["inside"] > 0, (size, answer)


@pytest.mark.parametrize("name", ["localhost", "lan.test"])
def test_a_moving_window_is_seen(page: Page, shared: Shared, name: str) -> None:
    shared.window.motion(MOTION_FPS)
    watch_webgl(page, shared, name)
    assert_moves(lambda: picture(page), shared.window)
    last = shared.window.still()
    assert_arrives(page, last.count)
    shared.window.patches(turned(3))
    try:
        await_patches(lambda: picture(page), turned(3))
    finally:
        shared.window.patches(PATCH_COLOURS)
    await_patches(lambda: picture(page), PATCH_COLOURS)
    await_details(page, "WebGL")
    assert dataset(page, "path") == "wasm"


def test_text_that_rests_beside_motion_is_refined(page: Page) -> None:
    # A screen of its own: the text leaves a hole in the window it covered.
    image = text_page()
    with sharing() as own, shown(own.server.display, image):
        own.window.pointer(8, 350)  # away from the text
        own.window.motion(MOTION_FPS)
        watch_webgl(page, own, "lan.test")
        eventually(lambda: psnr(picture(page), image) >= EXACT_DB, what="exact")
        count = own.window.last.count
        eventually(lambda: own.window.last.count > count + MOTION_FPS, what="more motion")
        assert psnr(picture(page), image) >= EXACT_DB, "and so it stays"
        await_details(page, "WebGL")
        page.goto("about:blank")


def test_only_what_changed_is_uploaded(page: Page, shared: Shared) -> None:
    shared.window.still()
    worker = watch_webgl(page, shared)
    worker.evaluate(RECORD_UPLOADS)
    shared.window.count(1)
    assert_arrives(page, 1)
    eventually(lambda: worker.evaluate("webgl.uploaded") > 0, what="an upload")
    worker.evaluate("webgl.uploaded = 0")
    shared.window.count(2)
    assert_arrives(page, 2)
    height, width = picture(page).shape[:2]
    assert 0 < worker.evaluate("webgl.uploaded") < width * height / 2


def test_a_lost_context_leaves_the_picture_to_the_cpu(page: Page, shared: Shared) -> None:
    shared.window.motion(MOTION_FPS)
    worker = watch_webgl(page, shared)
    worker.evaluate(RECORD_UPLOADS)
    assert_moves(lambda: picture(page), shared.window)
    await_details(page, "WebGL")
    began_s = time.monotonic()
    worker.evaluate(LOSE)
    uploaded = worker.evaluate("webgl.uploaded")
    last = shared.window.still()
    left_s = began_s + FALLEN_BACK_S - time.monotonic()
    assert_arrives(page, last.count, within=left_s)
    # At rest a still may have shown it all: then no planes were painted that could be spoken of.
    shared.window.motion(MOTION_FPS)
    assert_moves(lambda: picture(page), shared.window)
    await_details(page, "CPU, since WebGL failed")
    assert worker.evaluate("webgl.uploaded") == uploaded
    shared.window.still()


def test_who_asks_for_the_cpu_gets_no_webgl(page: Page, shared: Shared) -> None:
    shared.window.motion(MOTION_FPS)
    watch(page, shared.host.url(name="lan.test").replace("/#", "/?paint=cpu#"))
    assert_moves(lambda: picture(page), shared.window)
    await_details(page, "CPU")
    assert "WebGL" not in page.evaluate(DETAILS)
    shared.window.still()
