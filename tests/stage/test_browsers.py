"""Chromium headless and headed, read on the page and on the screen."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.conftest import HeadedPage, ShareHost, StartXServer
from tests.stage.browsers import find_chromium, find_headless
from tests.stage.timing import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.display]
FILLED = "data:text/html,<title>seen</title><body style='margin:0;background:rgb(10,200,90)'>"


def test_headless_pages_take_the_shell_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"chromium": "/usr/bin/chromium"}
    monkeypatch.setattr(shutil, "which", there.get)
    assert find_headless() == find_chromium() == "/usr/bin/chromium"
    there["chromium-headless-shell"] = "/usr/bin/chromium-headless-shell"
    assert find_headless() == "/usr/bin/chromium-headless-shell"
    assert find_chromium() == "/usr/bin/chromium"


@pytest.mark.parametrize(("name", "secure"), [("localhost", True), ("lan.test", False)])
def test_only_localhost_is_a_secure_context(
    page: Page, host_process: ShareHost, name: str, secure: bool
) -> None:
    host = host_process(module="tests.stage.stand_in_host")
    answer = page.goto(host.url(name=name))
    assert answer is not None
    assert answer.ok
    assert page.evaluate("isSecureContext") is secure


def test_a_headed_page_fills_the_screen(x_server: StartXServer, headed_page: HeadedPage) -> None:
    server = x_server(640, 360)
    headed_page(server.display, (640, 360)).goto(FILLED)
    eventually(
        lambda: bool((np.abs(server.picture().astype(int) - (10, 200, 90)) <= 2).all()),
        what="every pixel of the screen has the page's colour",
    )
