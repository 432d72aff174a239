"""Film is shown by a video element; at rest, and when the host blanks, by the canvas alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from samescreen import Share
from samescreen.media import Pixels
from tests.e2e.watching import await_state, picture, watch
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.e2e

WIDTH, HEIGHT = 320, 180
FPS = 30
EXACT_DB = 45.0
FILM_DB = 22.0
"""Of pictures in motion, which are coarse and whose colours the browser converts its own way."""
BEGINS_WITHIN = 12_000 * MS
COVERED = "document.querySelector('video.film[data-above]') !== null"
BOXES = """['#screen', 'video.film'].map((each) =>
  JSON.stringify(document.querySelector(each).getBoundingClientRect()))"""
STAGE_ALONE = """() => {
  document.body.style.visibility = "hidden";
  document.getElementById("stage").style.visibility = "visible";
}"""
FPS_SHOWN = """() => new Promise((resolve) => samescreen.addEventListener(
  "stats", ({detail}) => resolve(detail.fps), {once: true}))"""


def frame(number: int) -> Pixels:
    """Soft colours that drift, RGB: no brightness has much of the picture."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    waves = [np.sin((x * a + y * b) / 40 + number * c / 10) for a, b, c in PATHS]
    return np.stack([(wave * 100 + 127).astype(np.uint8) for wave in waves], axis=2)


PATHS = ((1.0, 0.3, 1.0), (0.4, 1.0, -0.7), (-0.8, 0.6, 0.5))


class Film:
    """Pushed from a thread of its own until it rests on its last frame."""

    def __init__(self, share: Share) -> None:
        self.last = frame(0)
        self._share = share
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def rest(self) -> Pixels:
        self._ended.set()
        self._thread.join()
        return self.last

    def _run(self) -> None:
        frames = [frame(number) for number in range(2 * FPS)]
        number = 0
        while not self._ended.wait(1 / FPS):
            number += 1
            self.last = frames[number % len(frames)]
            self._share.push(self.last)


@contextmanager
def playing(page: Page) -> Iterator[tuple[Share, Film]]:
    """A page that shows film by the element."""
    with Share(host="127.0.0.1", port=0, tls="off") as share:
        film = Film(share)
        try:
            watch(page, share.url)
            eventually(lambda: page.evaluate(COVERED), what="the element", within=BEGINS_WITHIN)
            yield share, film
        finally:
            film.rest()


def seen(page: Page) -> Pixels:
    """The browser's own screenshot of where the picture lies."""
    box = page.locator("#screen").bounding_box()
    assert box is not None
    shot = page.screenshot(
        clip={"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}
    )
    image = Image.open(BytesIO(shot)).convert("RGB")
    return np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.BOX))


def psnr(one: Pixels, other: Pixels) -> float:
    error = float(np.mean((one.astype(float) - other) ** 2))
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))


def test_film_is_seen_and_counted_and_at_rest_the_canvas_is_exact(page: Page) -> None:
    with playing(page) as (_, film):
        canvas, video = page.evaluate(BOXES)
        assert canvas == video
        assert page.evaluate(FPS_SHOWN) > FPS / 4
        source = film.rest()
        eventually(lambda: not page.evaluate(COVERED), what="the canvas is seen")
        eventually(
            lambda: psnr(picture(page)[:, :, :3], source) >= EXACT_DB,
            what="the canvas is exact", within=5000 * MS,
        )
        assert psnr(seen(page), source) >= FILM_DB, "and it is what one sees"


def test_nothing_of_a_film_stays_when_the_host_blanks(page: Page) -> None:
    with playing(page) as (share, _):
        share.blank(True)
        await_state(page, "waiting")
        page.evaluate(STAGE_ALONE)
        shot = seen(page)
        assert int(shot.max()) <= 8, shot.reshape(-1, 3).mean(axis=0)
