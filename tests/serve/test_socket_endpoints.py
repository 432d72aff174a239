"""The table of WebSocket endpoints: its rules on aiohttp, under a base path and in ASGI."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import MutableMapping
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError
from samescreen.grants import WATCH_ONLY, Grant, words_of
from samescreen.hub import people
from samescreen.hub.shown import Shown
from samescreen.serve.access import HostRule
from samescreen.serve.asgi import AsgiApp
from samescreen.serve.host_actions import NewLink
from samescreen.serve.site import Site as Served
from samescreen.serve.site import SiteConfig, now_s
from samescreen.serve.socket_endpoints import SOCKET_ENDPOINTS, Limits, SocketEndpoint, SocketPeer
from samescreen.subscribe.audience import Audience
from samescreen.subscribe.transport import Transport
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.outgoing import Outgoing
from samescreen.wire.packets import text_frame
from samescreen.wire.session import MAX_MESSAGE_BYTES, MAX_PER_SECOND
from tests.fakes import PATIENCE_S, soon
from tests.serve.conftest import COOKIE, HOST_TOKEN, TOKEN, Site

HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264"], "kinds": ["grants"]}
ROW = "/ws/test"
under_a_path = pytest.mark.parametrize("config", [SiteConfig(base_path="/screen")], ids=[""])


class EchoSession:
    """The session of the test-only endpoint: it sends back each message."""

    taken: list[str | bytes]

    def __init__(
        self, audience: Audience, peer: SocketPeer, transport: Transport, limits: Limits
    ) -> None:
        self._transport = transport

    def receive(self, message: str | bytes) -> None:
        self.taken.append(message)
        self._say(took=len(message))

    def count(self) -> None:
        """Nothing."""

    def refuse(self, error: ProtocolError) -> None:
        self._transport.close(error.close_code, str(error))

    def dismiss(self, code: CloseCode, detail: str) -> None:
        self._transport.close(code, detail)

    def send_grants(self, grants: frozenset[Grant]) -> None:
        self._say(grants=words_of(grants))

    def show(self, shown: Shown) -> None:
        """Nothing."""

    def leave(self) -> None:
        """Nothing."""

    def _say(self, **fields: Any) -> None:
        text = json.dumps(fields).encode()
        self._transport.write(Outgoing(text, text_frame(text)))


@pytest.fixture(autouse=True)
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str | bytes]:
    """The messages that the test-only endpoint received; it is in the table before the site."""
    messages: list[str | bytes] = []
    monkeypatch.setattr(EchoSession, "taken", messages, raising=False)
    limits = Limits(100, 50, 64 * 1024, 256 * 1024)
    monkeypatch.setitem(SOCKET_ENDPOINTS, ROW, SocketEndpoint(Grant.CONTROL, limits, EchoSession))
    return messages


async def opened(site: Site, path: str, token: str = TOKEN) -> ClientWebSocketResponse:
    headers = {"Authorization": f"Bearer {token}"}
    ws: ClientWebSocketResponse = await site.client.ws_connect(path, headers=headers)
    return ws


async def closed(ws: ClientWebSocketResponse) -> tuple[int | None, list[Any]]:
    """The close code, and the texts before it."""
    texts = []
    while (message := await ws.receive(timeout=PATIENCE_S)).type in (
        WSMsgType.TEXT,
        WSMsgType.BINARY,
    ):
        if message.type is WSMsgType.TEXT:
            texts.append(json.loads(message.data))
    return ws.close_code, texts


async def next_message(ws: ClientWebSocketResponse) -> Any:
    return json.loads((await ws.receive(timeout=PATIENCE_S)).data)


def controller(site: Site) -> str:
    """The token of a link with the grant that the test-only endpoint needs."""
    wanted = NewLink(grants=WATCH_ONLY | {Grant.CONTROL})
    return site.actions.new_link(wanted, now_s()).secret


# --- the table ------------------------------------------------------------------------------------


def test_ws_has_the_limits_of_its_session() -> None:
    limits = SOCKET_ENDPOINTS["/ws"].limits
    assert (limits.message_bytes, limits.frames_per_s) == (MAX_MESSAGE_BYTES, MAX_PER_SECOND)


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {},
]


async def statuses_of_foreign_pages(site: Site, prefix: str = "") -> set[int]:
    """The statuses of all endpoints for requests of other sites with a valid cookie."""
    login = prefix + "/api/login"
    answer = await site.client.post(login, json={"token": TOKEN}, headers=site.same)
    assert answer.status == 204
    cross = site.same | {"Sec-Fetch-Site": "cross-site"}
    return {
        (await site.client.get(prefix + path, headers=headers)).status
        for path in SOCKET_ENDPOINTS
        for headers in (*FOREIGN, cross)
    }


async def test_every_endpoint_refuses_other_sites(site: Site) -> None:
    assert await statuses_of_foreign_pages(site) == {403}


@under_a_path
async def test_every_endpoint_refuses_other_sites_under_a_base_path(site: Site) -> None:
    assert await statuses_of_foreign_pages(site, "/screen") == {403}


async def test_every_endpoint_needs_a_login(site: Site) -> None:
    for path in SOCKET_ENDPOINTS:
        assert (await site.client.get(path, headers=site.same)).status == 401
        assert (await site.client.get(path, headers=site.bearer)).status == 426, "a WebSocket"


async def test_an_endpoint_applies_its_limits(site: Site, taken: list[str | bytes]) -> None:
    ws = await opened(site, ROW, controller(site))
    await ws.send_str("x" * 99)  # aiohttp refuses a message of exactly the limit
    assert await next_message(ws) == {"took": 99}
    await ws.send_str("x" * 101)
    assert (await closed(ws))[0] == 1009
    assert len(taken) == 1


# --- without the grant ----------------------------------------------------------------------------


async def test_without_its_grant_a_socket_opens_and_closes_unread(
    site: Site, taken: list[str | bytes]
) -> None:
    ws = await opened(site, ROW)
    await ws.send_str("do something")
    message = await ws.receive(timeout=PATIENCE_S)
    assert (message.type, message.data) == (WSMsgType.CLOSE, CloseCode.FORBIDDEN)
    assert message.extra == "this needs the grant control"
    assert taken == []
    await soon(lambda: not list(site.audience.hub.people), "nobody is remembered")


async def test_a_link_without_the_watch_grant_cannot_watch(site: Site) -> None:
    wanted = NewLink(grants=frozenset((Grant.PUBLISH,)))
    token = site.actions.new_link(wanted, now_s()).secret
    ws = await opened(site, "/ws", token)
    assert (await closed(ws))[0] == CloseCode.FORBIDDEN
    for path in ("/snapshot.jpg", "/stream.mjpg", "/api/status", "/metrics"):
        answer = await site.client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status, "watch" in await answer.text()) == (403, True)


async def test_messages_after_a_revoked_grant_are_dropped_then_close(
    site: Site, taken: list[str | bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = await opened(site, ROW, controller(site))
    await ws.send_str("one")
    assert await next_message(ws) == {"took": 3}
    (person,) = site.actions.people
    site.actions.set_grants(person.person_id, WATCH_ONLY, clock_us())
    assert await next_message(ws) == {"grants": ["watch"]}
    await ws.send_str("two")
    assert await next_message(ws) == {"grants": ["watch"]}
    monkeypatch.setattr(people, "GRACE_US", 0)
    await ws.send_str("three")
    assert (await closed(ws))[0] == CloseCode.FORBIDDEN
    assert taken == ["one"]


async def test_a_silent_socket_closes_too_after_its_grant_is_revoked(site: Site) -> None:
    ws = await opened(site, ROW, controller(site))
    await soon(lambda: site.actions.people, "it is there")
    (person,) = site.actions.people
    now_us = clock_us()
    site.actions.set_grants(person.person_id, WATCH_ONLY, now_us)
    site.actions.tick(now_us + people.GRACE_US, now_s())
    assert (await closed(ws))[0] == CloseCode.FORBIDDEN


async def test_a_viewer_that_names_the_kind_gets_its_grants(site: Site) -> None:
    ws = await opened(site, "/ws")
    await ws.send_json(HELLO)
    while (message := await next_message(ws))["type"] != "grants":
        assert message["type"] != "bye"
    assert message["grants"] == ["watch"]
    await ws.close()


# --- ends on the live connection ------------------------------------------------------------------


async def watching(site: Site, token: str = TOKEN) -> ClientWebSocketResponse:
    ws = await opened(site, "/ws", token)
    await ws.send_json(HELLO)
    assert (await next_message(ws))["type"] == "welcome"
    return ws


async def test_a_new_viewer_link_ends_connections_of_the_old_one(site: Site) -> None:
    guest, host = await watching(site), await watching(site, HOST_TOKEN)
    site.actions.new_viewer_link()
    code, texts = await closed(guest)
    assert (code, texts[-1]["reason"]) == (CloseCode.EXPIRED, "expired")
    assert "new link" in texts[-1]["detail"]
    await soon(lambda: site.audience.viewer_count() == 1, "the host goes on watching")
    await host.close()


async def test_a_link_that_expires_ends_its_connections(site: Site) -> None:
    link = site.actions.new_link(NewLink(expires_in_s=60), now_s())
    guest, other = await watching(site, link.secret), await watching(site)
    site.actions.tick(clock_us(), now_s() + 59)
    assert site.audience.viewer_count() == 2
    site.actions.tick(clock_us(), now_s() + 61)
    assert (await closed(guest))[0] == CloseCode.EXPIRED
    assert site.audience.viewer_count() == 1
    await other.close()


async def test_putting_a_person_out_ends_all_their_connections(site: Site) -> None:
    await site.log_in()
    pages = [await site.client.ws_connect("/ws", headers=site.same) for _ in range(2)]
    for page in pages:
        await page.send_json(HELLO)
        assert (await next_message(page))["type"] == "welcome"
    reading = await site.client.get("/stream.mjpg")
    (person,) = site.actions.people
    assert len(person.connections) == 3
    site.actions.put_out(person.person_id, now_s())
    for page in pages:
        code, texts = await closed(page)
        assert (code, texts[-1]["reason"]) == (CloseCode.PUT_OUT, "put-out")
    async with asyncio.timeout(PATIENCE_S):
        await reading.content.read()
    assert (await site.client.get("/api/status")).status == 401, "the cookie is barred"
    login = await site.client.post("/api/login", json={"token": TOKEN}, headers=site.same)
    assert (login.status, login.headers["Samescreen-Cause"]) == (403, "held")
    site.actions.let_back("viewer", "127.0.0.1")
    await site.log_in()
    assert (await site.client.get("/api/status")).status == 200


async def test_an_expired_cookie_ends_the_connection_unless_renewed(
    site: Site,
) -> None:
    await site.log_in()
    page = await site.client.ws_connect("/ws", headers=site.same)
    await page.send_json(HELLO)
    assert (await next_message(page))["type"] == "welcome"
    (person,) = site.actions.people
    person.until_s = now_s() + 5
    site.actions.tick(clock_us(), now_s() + 4)
    answer = await site.client.post("/api/renew", json={}, headers=site.same)
    assert answer.status == 200
    site.actions.tick(clock_us(), now_s() + 3600)
    assert site.audience.viewer_count() == 1
    site.actions.tick(clock_us(), now_s() + 13 * 3600)
    assert (await closed(page))[0] == CloseCode.EXPIRED


async def test_the_connections_of_a_page_share_one_visit(site: Site) -> None:
    await site.log_in()

    async def visit(shown: str) -> str:
        page = await site.client.ws_connect("/ws", headers=site.same)
        await page.send_json(HELLO | {"visit": shown})
        welcome = await next_message(page)
        given: str = welcome["visit"]
        return given

    first = await visit("")
    assert await visit(first) == first
    assert await visit("") != first
    assert site.audience.viewer_count() == 2


# --- the same in ASGI -----------------------------------------------------------------------------


async def asgi(site: Site, path: str, headers: dict[str, str], *said: str) -> list[Any]:
    """The events that the application sends to a WebSocket that sends `said` and disconnects."""
    served = Served(site.audience, site.gatekeeper, HostRule([], []), SiteConfig(), 0, {})
    app = AsgiApp(lambda: served, contextlib.nullcontext())
    pairs = {"host": "127.0.0.1:80"} | {name.lower(): value for name, value in headers.items()}
    scope = {
        "type": "websocket",
        "path": f"/screen{path}",
        "root_path": "/screen",
        "headers": [(name.encode(), value.encode()) for name, value in pairs.items()],
        "client": ("127.0.0.1", 5),
        "extensions": {"websocket.http.response": {}},
    }
    events = [{"type": "websocket.connect"}]
    events += [{"type": "websocket.receive", "text": text} for text in said]
    events += [{"type": "websocket.disconnect"}]
    came = iter(events)
    sent: list[Any] = []

    async def receive() -> MutableMapping[str, Any]:
        return next(came)

    async def send(event: MutableMapping[str, Any]) -> None:
        sent.append(event)

    await app(scope, receive, send)
    return sent


async def test_every_endpoint_refuses_other_sites_in_asgi(site: Site) -> None:
    answer = await site.client.post("/api/login", json={"token": TOKEN}, headers=site.same)
    cookie = answer.cookies[COOKIE].value
    for path in SOCKET_ENDPOINTS:
        for headers in FOREIGN:
            sent = await asgi(site, path, headers | {"Cookie": f"samescreen_80={cookie}"})
            assert sent[0]["status"] == 403


async def test_without_its_grant_a_socket_closes_unread_in_asgi(
    site: Site, taken: list[str | bytes]
) -> None:
    accepted, ended = await asgi(site, ROW, site.bearer, "do something")
    assert accepted["type"] == "websocket.accept"
    assert (ended["code"], ended["reason"]) == (4403, "this needs the grant control")
    assert taken == []
    assert list(site.audience.hub.people) == []


async def test_an_endpoint_applies_its_limits_in_asgi(
    site: Site, taken: list[str | bytes]
) -> None:
    bearer = {"Authorization": f"Bearer {controller(site)}"}
    sent = await asgi(site, ROW, bearer, "x" * 100, "x" * 101)
    assert [event["type"] for event in sent][:2] == ["websocket.accept", "websocket.send"]
    assert taken == ["x" * 100]
    assert list(site.audience.hub.people) == []
