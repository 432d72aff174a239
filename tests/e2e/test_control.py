"""A viewer uses mouse and keyboard of a shared screen: the whole way, on a real X server."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.sync_api import Browser, Page

from samescreen.control.places import PLACES
from samescreen.media import Region
from tests.control.desk import Terminal, Window, buttons_down, keys_down, set_layout
from tests.e2e.clients import run
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually
from tests.stage.x_client import connected
from tests.stage.x_server import XServer

pytestmark = [pytest.mark.e2e, pytest.mark.display]
SHIFT = PLACES["ShiftLeft"]


@pytest.fixture(scope="module")
def server() -> Iterator[XServer]:
    server = XServer(800, 600).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def host(server: XServer) -> Iterator[HostProcess]:
    host = HostProcess("screen", "--allow", "control", env={"DISPLAY": server.display})
    yield host
    host.assert_clean()


def message(*events: bytes) -> bytes:
    return struct.pack(">BBHI", 0, 0, 1, 0) + b"".join(events)


async def act(session: aiohttp.ClientSession, host: HostProcess, *events: bytes) -> Any:
    """A socket that has sent this input."""
    bearer = {"Authorization": f"Bearer {host.token}"}
    ws = await session.ws_connect(host.url("/ws/control"), headers=bearer)
    assert (await ws.receive_json(timeout=5000 * MS))["state"] == "mine"
    await ws.send_bytes(message(*events))
    return ws


def test_a_network_that_is_cut_leaves_nothing_down(server: XServer, host: HostProcess) -> None:
    down = struct.pack(">BBHHI", 5, 1, SHIFT, 1, 0), struct.pack(">BBBHH", 2, 0, 1, 400, 300)

    async def cut() -> None:
        async with aiohttp.ClientSession() as session:
            ws = await act(session, host, *down)
            eventually(lambda: keys_down(server.display), what="Shift is down")
            assert buttons_down(server.display)
            ws._response.connection.transport.abort()

    run(cut)
    eventually(lambda: not keys_down(server.display), what="Shift is up", within=500 * MS)
    assert not buttons_down(server.display)


def test_a_silent_tab_leaves_nothing_down(server: XServer, host: HostProcess) -> None:
    """Its connection stays open: the tab hangs."""

    async def hang() -> None:
        async with aiohttp.ClientSession() as session:
            ws = await act(session, host, struct.pack(">BBHHI", 5, 1, SHIFT, 1, 0))
            eventually(lambda: keys_down(server.display), what="Shift is down")
            eventually(lambda: not keys_down(server.display), what="it is up", within=600 * MS)
            await ws.close()

    run(hang)


def test_a_host_that_stops_leaves_nothing_down(server: XServer) -> None:
    env = {"DISPLAY": server.display}
    host = HostProcess("screen", "--allow", "control", env=env)
    held = struct.pack(">BHBH", 7, 0, 1, SHIFT)

    async def hold() -> None:
        async with aiohttp.ClientSession() as session:
            ws = await act(session, host, struct.pack(">BBHHI", 5, 1, SHIFT, 1, 0))
            for _ in range(3):
                await ws.send_bytes(message(held))
            eventually(lambda: keys_down(server.display), what="Shift is down")

    run(hold)
    host.assert_clean()
    assert keys_down(server.display) == set()


def test_view_only_lets_nobody_act(server: XServer) -> None:
    env = {"DISPLAY": server.display, "SAMESCREEN_HOST_TOKEN": "host-token-of-no-worth"}
    host = HostProcess("screen", "--view-only", env=env)

    async def try_to() -> str:
        async with aiohttp.ClientSession() as session:
            bearer = {"Authorization": "Bearer host-token-of-no-worth"}
            ws = await session.ws_connect(host.url("/ws/control"), headers=bearer)
            state: str = (await ws.receive_json(timeout=5000 * MS))["state"]
            click = [struct.pack(">BBBHH", 2, 0, down, 40, 30) for down in (1, 0)]
            await ws.send_bytes(message(*click))
            await ws.close()
            return state

    with connected(server.display) as client:
        window = Window(client, Region(0, 0, 800, 600))
        assert run(try_to) == "off"
        host.assert_clean()
        assert window.read("ButtonPress") == []


def test_a_click_and_a_key_reach_the_window(server: XServer, host: HostProcess) -> None:
    click = [struct.pack(">BBBHH", 2, 0, down, 40, 30) for down in (1, 0)]
    typed = [struct.pack(">BBHHI", 5, down, PLACES["KeyA"], 0, ord("a")) for down in (1, 0)]

    async def send() -> None:
        async with aiohttp.ClientSession() as session:
            ws = await act(session, host, *click, *typed)
            await ws.close()

    with connected(server.display) as client:
        window = Window(client, Region(10, 10, 300, 200))
        run(send)
        assert window.gets("ButtonPress") == [("ButtonPress", 1, 30, 20)]
        assert window.gets("KeyPress")[0][1] == PLACES["KeyA"] + 8


# --- with a real page -----------------------------------------------------------------------------


@pytest.fixture
def page(chromium: Browser, host: HostProcess) -> Iterator[Page]:
    """A page that has control."""
    context = chromium.new_context(viewport={"width": 900, "height": 700})
    page = context.new_page()
    page.goto(host.url())
    page.wait_for_selector("html[data-painted]")
    page.click("#tool-control")
    page.wait_for_selector('html[data-control="mine"]')
    yield page
    context.close()


def on_page(page: Page, x: int, y: int) -> tuple[float, float]:
    """Where on the page a pixel of the picture is."""
    box = page.evaluate("() => document.getElementById('screen').getBoundingClientRect().toJSON()")
    return (
        box["left"] + (x + 0.5) / 800 * box["width"],
        box["top"] + (y + 0.5) / 600 * box["height"],
    )


def test_the_page_clicks_where_it_shows(server: XServer, page: Page) -> None:
    with connected(server.display) as client:
        window = Window(client, Region(100, 100, 400, 300))
        page.mouse.click(*on_page(page, 333, 222), button="right")
        assert window.gets("ButtonPress") == [("ButtonPress", 3, 233, 122)]
        page.mouse.wheel(0, 240)
        assert [button for _, button, _, _ in window.gets("ButtonPress", count=3)] == [3, 5, 5]
        line = page.locator("#control-line").inner_text()
        assert line == "You use mouse and keyboard · Ctrl+Alt+Shift gives them back"


def test_the_page_types_on_another_layout(
    server: XServer, page: Page, tmp_path: Path
) -> None:
    set_layout(server.display, "de")
    terminal = Terminal(server.display, tmp_path)
    try:
        page.mouse.click(*on_page(page, 50, 50))
        page.keyboard.type("Yes, zoo @ [home] 'y' 你好 #1\n")
        terminal.reads("Yes, zoo @ [home] 'y' 你好 #1\n")
    finally:
        terminal.close()
        set_layout(server.display, "us")


def test_a_killed_tab_leaves_nothing_down(server: XServer, page: Page) -> None:
    page.mouse.move(*on_page(page, 600, 500))
    page.keyboard.down("Shift")
    page.keyboard.down("Control")
    eventually(lambda: len(keys_down(server.display)) == 2, what="both are down")
    page.wait_for_timeout(700)
    assert len(keys_down(server.display)) == 2, "the page says that they are held"
    page.context.close()
    eventually(lambda: not keys_down(server.display), what="all is up", within=600 * MS)


def test_control_is_given_back(server: XServer, page: Page) -> None:
    with connected(server.display) as client:
        window = Window(client, Region(0, 0, 800, 600))
        page.click("#tool-control")
        page.wait_for_selector('html[data-control=""]')
        page.mouse.click(*on_page(page, 333, 222))
        page.keyboard.press("a")
        page.click("#tool-control")
        page.wait_for_selector('html[data-control="mine"]')
        page.mouse.click(*on_page(page, 10, 10))
        assert window.gets("ButtonPress") == [("ButtonPress", 1, 10, 10)]
        assert window.read("KeyPress") == []


def test_keys_give_control_back_and_nothing_is_down(server: XServer, page: Page) -> None:
    page.keyboard.down("q")
    for key in ("Control", "Alt", "Shift"):
        page.keyboard.down(key)
    eventually(lambda: len(keys_down(server.display)) >= 4, what="all are down")
    page.keyboard.up("Alt")
    page.wait_for_selector('html[data-control=""]')
    eventually(lambda: not keys_down(server.display), what="all are up")


def test_the_page_asks_and_the_host_says_yes(server: XServer, chromium: Browser) -> None:
    token = "host-token-of-no-worth"
    host = HostProcess("screen", "--host-token", token, env={"DISPLAY": server.display})
    context = chromium.new_context(viewport={"width": 900, "height": 700})
    try:
        page = context.new_page()
        page.goto(host.url())
        page.wait_for_selector("html[data-painted]")
        page.click("#tool-control")
        page.wait_for_selector("#control-line >> text=The host has been asked")
        bearer = {"Authorization": f"Bearer {token}"}
        api = context.request
        (request,) = api.get(host.url("/api/people"), headers=bearer).json()["requests"]
        answer = {"person": request["person"], "yes": True}
        assert api.post(host.url("/api/requests"), headers=bearer, data=answer).ok
        page.wait_for_selector('html[data-control="mine"]')
        assert api.post(host.url("/api/control/end"), headers=bearer, data={}).ok
        page.wait_for_selector('html[data-control=""]')
    finally:
        context.close()
        host.assert_clean()
