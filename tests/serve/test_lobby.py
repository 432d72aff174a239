"""A newcomer waits for the host: on the socket, over HTTP, as a page and as a program."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from samescreen.closing import CloseCode
from samescreen.serve.lobby_session import LobbySession
from samescreen.wire.messages import PROTOCOL_VERSION
from tests.fakes import FakeTransport, frame, soon
from tests.serve.conftest import Site
from tests.serve.test_host_routes import ask

HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264", "jpeg"]}


@pytest.fixture
async def lobby(site: Site) -> Site:
    site.actions.approve()
    site.source.push(frame())
    await site.log_in()
    return site


async def enter(site: Site) -> ClientWebSocketResponse:
    ws = await site.client.ws_connect("/ws", headers=site.same)
    await ws.send_json(HELLO)
    assert await ws.receive_json() == {"type": "lobby"}
    return ws


async def until(ws: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    while True:
        message = await ws.receive(timeout=5)
        if message.type is WSMsgType.TEXT and json.loads(message.data)["type"] == kind:
            return dict(json.loads(message.data))
        assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY), message


async def test_a_page_waits_on_its_socket_and_gets_no_media(lobby: Site) -> None:
    ws = await enter(lobby)
    await ws.send_json({"type": "ping", "sent_us": 7})
    assert (await ws.receive_json())["type"] == "pong"
    assert lobby.audience.viewers == []
    (newcomer,) = lobby.actions.newcomers(0)
    assert newcomer.address == "127.0.0.1"
    assert lobby.actions.let_in(newcomer.person_id)
    assert (await until(ws, "welcome"))["visit"]
    while (await ws.receive(timeout=5)).type is not WSMsgType.BINARY:
        pass
    await ws.close()


async def test_a_hidden_page_stays_hidden_when_it_is_let_in(lobby: Site) -> None:
    ws = await enter(lobby)
    await ws.send_json({"type": "visibility", "hidden": True})
    await ws.send_json({"type": "ping", "sent_us": 7})
    await ws.receive_json()
    lobby.actions.approve(False)
    await until(ws, "welcome")
    (viewer,) = lobby.audience.viewers
    assert viewer.session.hidden
    await ws.close()


@pytest.mark.parametrize("path", ["/snapshot.jpg", "/stream.mjpg", "/api/status", "/metrics"])
async def test_nothing_else_is_answered_meanwhile(lobby: Site, path: str) -> None:
    for headers in (lobby.same, lobby.bearer):
        answer = await lobby.client.get(path, headers=headers)
        assert (answer.status, answer.headers["Samescreen-Cause"]) == (403, "lobby")
        assert "waiting for the host" in await answer.text()
    answer = await lobby.client.get("/sketch.jpg", headers=lobby.same)
    assert answer.status == 204, "the page learns the reason on its WebSocket"
    assert lobby.script.calls == []


async def test_a_program_is_refused_before_its_socket_opens(lobby: Site) -> None:
    headers = {
        **lobby.bearer,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer = await lobby.client.get("/ws", headers=headers)
    assert (answer.status, answer.headers["Samescreen-Cause"]) == (403, "lobby")
    assert [each.person_id for each in lobby.actions.newcomers(0)] == ["viewer@127.0.0.1"]
    assert lobby.actions.let_in("viewer@127.0.0.1")
    ws = await lobby.client.ws_connect("/ws", headers=lobby.bearer)
    await ws.send_json(HELLO)
    await until(ws, "welcome")
    await ws.close()


async def test_the_host_turns_somebody_away(lobby: Site) -> None:
    ws = await enter(lobby)
    (newcomer,) = lobby.actions.newcomers(0)
    assert lobby.actions.put_out(newcomer.person_id, 0)
    assert (await until(ws, "bye"))["reason"] == "put-out"
    assert (await ws.receive(timeout=5)).type is WSMsgType.CLOSE
    assert ws.close_code == CloseCode.PUT_OUT
    assert lobby.actions.newcomers(0) == ()
    answer = await lobby.client.post("/api/login", json={"pin": "314159"}, headers=lobby.same)
    assert answer.status == 403, "the address waits for the host"


async def test_a_page_that_goes_is_not_listed(lobby: Site) -> None:
    ws = await enter(lobby)
    await ws.close()
    await soon(lambda: not lobby.actions.newcomers(0), "the host sees nobody")


async def test_the_hosts_routes_list_and_let_in(lobby: Site) -> None:
    ws = await enter(lobby)
    _, people = await ask(lobby, "GET", "/api/people", lobby.as_host)
    assert people["approve"] is True
    assert people["people"] == []
    (newcomer,) = people["newcomers"]
    assert newcomer["address"] == "127.0.0.1"
    body = {"person": newcomer["person"]}
    assert (await ask(lobby, "POST", "/api/people/in", lobby.as_host, body))[0] == 200
    await until(ws, "welcome")
    assert (await ask(lobby, "POST", "/api/people/in", lobby.as_host, body))[0] == 404
    await ws.close()
    off = await ask(lobby, "POST", "/api/approve", lobby.as_host, {"approve": False})
    assert off == (200, {"approve": False})


@pytest.mark.parametrize(
    "said",
    [
        ['{"type":"ping","sent_us":1}'],
        [json.dumps(HELLO), json.dumps(HELLO)],
        ["{"],
        [b"\x00"],
        [json.dumps(HELLO), *['{"type":"need"}'] * 301],
    ],
    ids=["no hello", "two hellos", "no JSON", "binary", "a flood"],
)
def test_whoever_breaks_the_protocol_waits_no_more(said: list[str | bytes]) -> None:
    transport = FakeTransport()
    begun: list[object] = []
    session = LobbySession("10.0.0.7", transport, begun.append)
    for message in said:
        session.receive(message)
    assert transport.messages[-1]["type"] == "bye"
    assert transport.media == []
    assert begun == []
