"""A viewer uses mouse and keyboard of a shared screen: the whole way, on a real X server."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from samescreen.control.places import PLACES
from samescreen.media import Region
from tests.control.desk import Window, buttons_down, keys_down
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
