"""Copy here, paste there: a real page, a real X server, and a program on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.control.desk import Terminal
from tests.control.png import png
from tests.control.selection_client import copied, program
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually
from tests.stage.x_server import XServer

pytestmark = [pytest.mark.e2e, pytest.mark.display]
GRANTS = "control,clipboard-in,clipboard-out"
TEXT = "pasted, 你好"


@pytest.fixture(scope="module")
def server() -> Iterator[XServer]:
    server = XServer(800, 600).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def host(server: XServer) -> Iterator[HostProcess]:
    host = HostProcess("screen", "--allow", GRANTS, env={"DISPLAY": server.display})
    yield host
    host.assert_clean()


@pytest.fixture
def page(chromium: Browser, host: HostProcess) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 900, "height": 700})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(host.url())
    page.wait_for_selector("html[data-painted]")
    yield page
    context.close()


def test_a_paste_reaches_the_program_that_has_the_focus(
    server: XServer, page: Page, tmp_path: Path
) -> None:
    page.click("#tool-control")
    page.wait_for_selector('html[data-control="mine"]')
    terminal = Terminal(server.display, tmp_path)
    try:
        page.mouse.click(450, 300)
        page.evaluate("text => navigator.clipboard.writeText(text)", TEXT)
        page.keyboard.press("Control+Shift+V")  # which this terminal ignores
        page.wait_for_selector("#clip-line >> text=The host's clipboard has it now")
        with program(server.display) as app:
            eventually(lambda: app.paste("UTF8_STRING") == TEXT.encode(), what="it is there")
        page.keyboard.type("typed after it\n")
        terminal.reads("typed after it\n")
    finally:
        terminal.close()


def test_what_a_program_copies_comes_to_the_page(server: XServer, page: Page) -> None:
    text = {"UTF8_STRING": b"of the host"}
    with copied(server.display, text) as owner:
        line = page.locator("#clip-line >> text=of the host")

        def is_shown() -> bool:
            """Copy until the host watches: it looks four times a second who may see it."""
            owner.copy(text)
            page.wait_for_timeout(100)
            return line.is_visible()

        eventually(is_shown, what="the line appears", within=10_000 * MS)
    page.click("#clip-copy")
    page.wait_for_selector("#clip-line >> text=The host's clipboard is in yours now")
    assert page.evaluate("() => navigator.clipboard.readText()") == "of the host"
    with copied(server.display, {"image/png": png(20, 10)}):
        page.wait_for_selector("#clip-image:not([hidden])")
    assert page.evaluate("() => document.getElementById('clip-image').naturalWidth") == 20


def test_a_text_from_the_panel_as_on_a_phone(server: XServer, page: Page) -> None:
    page.click("#tool-more")
    page.click("#tool-exchange")
    page.locator("#clip-field").press_sequentially("from a phone")  # f, m, p, h… are page keys
    page.click("#clip-form button")
    page.wait_for_function("() => document.getElementById('clip-field').value === ''")
    with program(server.display) as app:
        assert app.paste("UTF8_STRING") == b"from a phone"
