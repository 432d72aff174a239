"""Fixtures of the end-to-end tests: one browser for all of them, one shared window a module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Playwright

from tests.e2e.watching import SIZE
from tests.stage.browsers import INSECURE_NAME, find_chromium, launch
from tests.stage.host_process import HostProcess
from tests.stage.painted_window import PaintedWindow
from tests.stage.timing import MS
from tests.stage.x_server import XServer


@dataclass(frozen=True, slots=True)
class Shared:
    """A painted window on an X server of its own, and the host that shares it."""

    server: XServer
    window: PaintedWindow
    host: HostProcess


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Package scope: starting a browser costs more than most tests; here all tests are plain."""
    from playwright.sync_api import expect, sync_playwright

    find_chromium()
    expect.set_options(timeout=10_000 * MS * 1000)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    with launch(playwright) as browser:
        yield browser


@pytest.fixture(scope="module")
def shared() -> Iterator[Shared]:
    """For tests that leave screen, window and host as they found them; the window is still."""
    with sharing() as shared:
        yield shared


@contextmanager
def sharing(*more: str) -> Iterator[Shared]:
    """A screen, a still window on it, and a host that shares them and must end clean.

    `more` are arguments of the host.
    """
    with ExitStack() as stack:
        server = XServer(*SIZE)
        stack.callback(server.stop)
        server.start()
        window = stack.enter_context(PaintedWindow(server.display))
        host = share(server, *more)
        stack.callback(host.assert_clean)
        yield Shared(server, window, host)


def share(server: XServer, *more: str, port: int | None = None) -> HostProcess:
    """A host that shares this screen, also under a name without a secure context."""
    return HostProcess(
        "screen", "--allow-host", INSECURE_NAME, *more, env={"DISPLAY": server.display}, port=port
    )
