"""What the pages of `page_to_page.py` show to each other: a camera, a tab or a whole screen.

A source is a browser in which `getUserMedia` or `getDisplayMedia` answers without a person, and the
place where the numbered pictures begin. The camera is Chromium's fake one, in a headless browser.
Tab and screen are captured for real, so that browser has windows, on an X server of its own: a tab
shows a page at rest, with the numbers and a film of 640×360 that it paints, and it notes when.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from stage import BENCH
from xcffib.xproto import ConfigWindow, MapState

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from tests.stage.x_client import connected  # noqa: E402
from tests.stage.x_server import XServer  # noqa: E402

SCRIPT: Final = (BENCH / "page_to_page.js").read_text()
WIDTH, HEIGHT, FPS = 1280, 720, 30
BITS, SIDE = 7, 64
FRAMES: Final = 120
"""The film's length; below 2**BITS, and its numbers come again after four seconds."""
TITLE: Final = "Numbered pictures"
CHOOSE: Final = {
    "tab": f"--auto-select-tab-capture-source-by-title={TITLE}",
    "screen": "--auto-select-desktop-capture-source=Entire screen",
}
"""Takes the person's place in the browser's own question."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where pages are opened, and who notes the numbers that are sent.

    `painter`: the page that paints them; None: the page that shows, as the browser hands them out.
    """

    name: str
    browser: Browser
    painter: Page | None = None
    display: str = ""

    @property
    def button(self) -> str:
        """What a person presses on the page."""
        return "#show-camera" if self.name == "camera" else "#show-screen"

    @property
    def asked(self) -> str:
        """The same by a script, in JavaScript."""
        if self.name == "camera":
            return (
                "navigator.mediaDevices.getUserMedia("
                "{ video: { width: 1280, height: 720, frameRate: 30 } })"
            )
        return "navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 30 } })"

    def context(self) -> BrowserContext:
        """A person of their own."""
        if self.display:
            return self.browser.new_context(no_viewport=True)
        context = self.browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        context.grant_permissions(["camera"])
        return context

    def settle(self) -> None:
        """Make the page of every window fill the screen, with the painter's on top."""
        if self.painter is not None:
            fill(self.display, self.painter.evaluate("outerHeight - innerHeight"))
            self.painter.bring_to_front()


@contextmanager
def opened(playwright: Playwright, name: str) -> Iterator[Source]:
    """The source of that name."""
    with ExitStack() as stack:
        if name == "camera":
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            film = Path(folder, "film.y4m")
            write_film(film)
            fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
            fake.append(f"--use-file-for-fake-video-capture={film}")
            yield Source(name, stack.enter_context(_launched(playwright, fake)))
            return
        server = XServer(WIDTH, HEIGHT)
        stack.callback(server.stop)
        server.start()
        home = stack.enter_context(tempfile.TemporaryDirectory())
        env = {"DISPLAY": server.display, "HOME": home, "PATH": "/usr/bin:/bin"}
        launched = _launched(playwright, ["--disable-gpu", CHOOSE[name]], env)
        browser = stack.enter_context(launched)
        yield Source(name, browser, painting(browser), server.display)


@contextmanager
def _launched(
    playwright: Playwright, flags: list[str], env: dict[str, str | float | bool] | None = None
) -> Iterator[Browser]:
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium",
        headless=env is None,
        env=env,
        args=["--no-sandbox", "--test-type", "--disable-quic", *flags],
    )
    try:
        yield browser
    finally:
        browser.close()


def painting(browser: Browser) -> Page:
    """A tab that paints the numbered pictures, FPS a second."""
    page = browser.new_context(no_viewport=True).new_page()
    page.set_content(f"<title>{TITLE}</title><body style='margin: 0; overflow: hidden'>")
    page.evaluate(SCRIPT)
    page.evaluate("([width, height, fps]) => reading.paint(width, height, fps)",
                  [WIDTH, HEIGHT, FPS])  # fmt: skip
    return page


def fill(display: str, above: int) -> None:
    """Give each page the whole screen: what a window has `above` its page lies outside."""
    with connected(display) as client:
        for window in client.core.QueryTree(client.root).reply().children.list:
            attributes = client.core.GetWindowAttributes(window).reply()
            if attributes.map_state == MapState.Viewable and not attributes.override_redirect:
                mask = ConfigWindow.X | ConfigWindow.Y | ConfigWindow.Width | ConfigWindow.Height
                at = [0, -above, WIDTH, HEIGHT + above]
                client.core.ConfigureWindow(window, mask, at)
        client.settle()


def write_film(path: Path) -> None:
    """The camera's film, as YUV4MPEG2: numbered pictures of moving noise."""
    noise = np.random.default_rng(1).integers(40, 216, (HEIGHT // 8, WIDTH // 8)).astype(np.uint8)
    texture = np.kron(noise, np.ones((8, 8), np.uint8))
    grey = np.full(HEIGHT * WIDTH // 2, 128, np.uint8).tobytes()
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES):
            luma = np.roll(texture, 4 * number, axis=1)
            for bit in range(BITS):
                on = number >> bit & 1
                luma[:SIDE, bit * SIDE : (bit + 1) * SIDE] = 235 if on else 16
                luma[:SIDE, (bit + BITS) * SIDE : (bit + BITS + 1) * SIDE] = 16 if on else 235
            film.write(b"FRAME\n" + luma.tobytes() + grey)
