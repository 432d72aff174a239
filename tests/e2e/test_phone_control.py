"""A phone uses mouse and keyboard of a shared screen: taps, the key bar, its own keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from samescreen.media import Region
from tests.control.desk import Terminal, Window, buttons_down, keys_down
from tests.e2e.test_touch import phone_page
from tests.stage.browsers import INSECURE_NAME
from tests.stage.host_process import HostProcess
from tests.stage.timing import eventually
from tests.stage.x_client import connected
from tests.stage.x_server import XServer

pytestmark = [pytest.mark.e2e, pytest.mark.display]


def test_a_phone_taps_and_types(chromium: Browser, tmp_path: Path) -> None:
    server = XServer(800, 600).start()
    flags = ("--allow", "control", "--allow-host", INSECURE_NAME)
    host = HostProcess("screen", *flags, env={"DISPLAY": server.display})
    try:
        with phone_page(chromium, 390, 844, 2) as phone, connected(server.display) as client:
            page, terminal = phone.page, Terminal(server.display, tmp_path)
            window = Window(client, Region(600, 400, 200, 200))
            page.goto(host.url(name=INSECURE_NAME))
            page.wait_for_selector("html[data-painted]")
            page.tap("#tool-control")
            page.wait_for_selector("html[data-control=mine]")
            assert page.is_visible("#key-bar")
            place = phone.place()
            at = (place.left + place.width * 700 / 800, place.top + place.height * 500 / 600)
            phone.touch("touchStart", at)
            phone.touch("touchEnd")
            (press,) = window.gets("ButtonPress")
            assert press[1] == 1
            assert press[2:] == pytest.approx((100, 100), abs=3)
            phone.touch("touchStart", (place.left + 10, place.top + 10))
            phone.touch("touchEnd")
            page.tap("#bar-keyboard")
            assert page.evaluate("document.activeElement.inputMode") == "text"
            # As a phone's keyboard: without keydown.
            phone.cdp.send("Input.insertText", {"text": "hällo"})
            page.tap("#bar-keys button:text('Ctrl')")
            phone.cdp.send("Input.insertText", {"text": "h"})
            phone.cdp.send("Input.insertText", {"text": "!\n"})
            eventually(lambda: terminal.text.endswith("\n"), what="a line")
            assert terminal.text == "hällo\b!\n", "Ctrl+H is a backspace in a terminal"
            eventually(lambda: not keys_down(server.display), what="all keys are up")
            assert not buttons_down(server.display)
            terminal.close()
    finally:
        host.assert_clean()
        server.stop()
