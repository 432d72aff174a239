"""The clipboard through a relay: a real page there, and a program on the host's X server."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from samescreen import Share
from tests.control.selection_client import copied, program
from tests.e2e.watching import watch
from tests.stage.browsers import INSECURE_NAME
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually
from tests.stage.x_server import XServer

pytestmark = [pytest.mark.e2e, pytest.mark.display]
TOKEN = "a-publish-token-for-tests"
TEXT = "pasted, 你好"


def grant(share: Share, page: Page, name: str) -> None:
    """The page asks, and the host says yes."""
    page.click(f"#ask-{name}")
    (asking,) = eventually(lambda: share.requests, what="the host is asked")
    share.answer(asking, True)
    page.wait_for_selector(f"#ask-{name}", state="hidden")


def sends(server: XServer, page: Page, text: str) -> None:
    """What is pasted over the picture lies on the host."""
    page.fill("#clip-field", text)
    page.press("#clip-field", "Control+a")
    page.press("#clip-field", "Control+c")
    page.fill("#clip-field", "")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+v")
    page.wait_for_selector("#clip-line >> text=The host's clipboard has it now")
    with program(server.display) as app:
        assert app.paste("UTF8_STRING") == text.encode()


def gets(server: XServer, page: Page, text: str) -> None:
    """What a program on the host copies can be pasted in the browser."""
    content = {"UTF8_STRING": text.encode()}
    with copied(server.display, content) as owner:
        line = page.locator(f"#clip-line >> text={text}")

        def is_shown() -> bool:
            owner.copy(content)
            page.wait_for_timeout(100)
            return line.is_visible()

        eventually(is_shown, what="the line appears", within=10_000 * MS)
    page.click("#clip-copy")
    page.wait_for_selector("#clip-line >> text=The host's clipboard is in yours now")
    page.click("#tool-more")
    page.click("#tool-exchange")
    page.press("#clip-field", "Control+v")
    assert page.input_value("#clip-field") == text


def test_copies_go_both_ways_through_a_relay(
    chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By plain http, where browsers give a page no asynchronous clipboard."""
    server = XServer(640, 400).start()
    monkeypatch.setenv("DISPLAY", server.display)
    open_to = "--allow-host", INSECURE_NAME, "--tls", "off"
    relay = HostProcess(*open_to, command="serve", env={"SAMESCREEN_PUBLISH_TOKEN": TOKEN})
    about: dict[str, Any] = {"via": f"http://127.0.0.1:{relay.port}", "via_token": TOKEN}
    about |= {"host": "127.0.0.1", "port": 0, "tls": "off", "allow_via": ("clipboard",)}
    context = chromium.new_context(viewport={"width": 900, "height": 700})
    page = context.new_page()
    page.set_default_timeout(10_000 * MS * 1000)
    try:
        with Share("screen", **about) as share:
            watch(page, relay.url(name=INSECURE_NAME))
            page.click("#tool-more")
            page.click("#tool-exchange")
            grant(share, page, "clipboard-in")
            grant(share, page, "clipboard-out")
            sends(server, page, TEXT)
            gets(server, page, "of the host")
    finally:
        context.close()
        server.stop()
    relay.assert_clean()
