"""Debian's Chromium under Playwright: headless, or headed and full-screen on an X server.

Playwright's sync API keeps an event loop running in the test's thread, so a module that uses it
holds plain `def` tests only.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, Playwright, ViewportSize
from xcffib.xproto import ConfigWindow, MapState

from tests.stage.timing import MS, eventually
from tests.stage.tools import find_tool
from tests.stage.x_client import connected

INSECURE_NAME: Final = "lan.test"
"""A name for this machine that browsers hold for an insecure context, as any address on a LAN."""

_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
    f"--host-resolver-rules=MAP {INSECURE_NAME} 127.0.0.1",
)


def find_chromium() -> str:
    return find_tool("chromium", "chromium-browser", "google-chrome")


def find_headless() -> str:
    """Chromium's own shell without windows where there is one: the same engine.

    Chromium opens a window of its own for each context, seen or not, which takes most of the time
    until a page is there.
    """
    return shutil.which("chromium-headless-shell") or find_chromium()


def launch(
    playwright: Playwright,
    *more: str,
    env: dict[str, str | float | bool] | None = None,
    without: Sequence[str] = (),
    whole: bool = False,
) -> Browser:
    """A headless browser, with `more` arguments, and without some of those that Playwright gives.

    `whole`: with all that the shell does not have, such as the certificates that its user trusts.
    """
    return playwright.chromium.launch(
        executable_path=find_chromium() if whole else find_headless(),
        args=[*_ARGUMENTS, *more],
        env=env,
        ignore_default_args=list(without),
    )


def launch_headed(playwright: Playwright, display: str, *more: str) -> Browser:
    """A browser with windows on `display`: only such a one captures tabs and screens.

    Its pages want `no_viewport`: a viewport of their own size is the screen that they believe in,
    and Chromium scales what it captures to that.
    """
    return playwright.chromium.launch(
        executable_path=find_chromium(),
        headless=False,
        env={"DISPLAY": display, "PATH": "/usr/bin:/bin"},
        args=[*_ARGUMENTS, "--disable-gpu", *more],
    )


@contextmanager
def headed_page(
    playwright: Playwright,
    display: str,
    size: tuple[int, int],
    *,
    profile: Path,
    more: Sequence[str] = (),
) -> Iterator[Page]:
    """A page that fills the screen of `display`: no tabs, no frame, no window manager needed."""
    width, height = size
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=find_chromium(),
        headless=False,
        no_viewport=True,
        env={"DISPLAY": display, "HOME": str(profile), "PATH": "/usr/bin:/bin"},
        ignore_default_args=["--enable-automation"],
        args=[
            *_ARGUMENTS,
            "--kiosk",
            "--window-position=0,0",
            f"--window-size={width},{height}",
            *more,
        ],
    )
    try:
        page = context.pages[0]
        page.set_default_timeout(10_000 * MS * 1000)
        _fill_screen(display, width, height)
        eventually(
            lambda: page.evaluate("[innerWidth, innerHeight]") == [width, height],
            what="the page has the screen's size",
        )
        yield page
    finally:
        context.close()


@contextmanager
def fresh_page(browser: Browser, size: tuple[int, int] = (1280, 720)) -> Iterator[Page]:
    """A page in a context of its own: no cookies, no storage, nothing cached."""
    context = browser.new_context(viewport=ViewportSize(width=size[0], height=size[1]))
    try:
        page = context.new_page()
        page.set_default_timeout(10_000 * MS * 1000)
        yield page
    finally:
        context.close()


def _fill_screen(display: str, width: int, height: int) -> None:
    # Chromium takes a pixel off a window as large as the screen, which would blur every picture.
    with connected(display) as client:
        for window in client.core.QueryTree(client.root).reply().children.list:
            attributes = client.core.GetWindowAttributes(window).reply()
            if attributes.map_state == MapState.Viewable and not attributes.override_redirect:
                mask = ConfigWindow.Width | ConfigWindow.Height
                client.core.ConfigureWindow(window, mask, [width, height])
        client.settle()
