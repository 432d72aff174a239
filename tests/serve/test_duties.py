"""One table for every socket: its rules on aiohttp, under a base path and in ASGI, and its ends."""

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
from samescreen.serve.access import HostRule
from samescreen.serve.asgi import AsgiApp
from samescreen.serve.duties import DUTIES, Duty, Entrant, Limits
from samescreen.serve.powers import NewLink
from samescreen.serve.site import Front, now_s
from samescreen.serve.site import Site as Served
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
under_a_path = pytest.mark.parametrize("front", [Front(base_path="/screen")], ids=[""])


class EchoSession:
    """The test-only row's: writes back what it was told."""

    taken: list[str | bytes]

    def __init__(
        self, audience: Audience, entrant: Entrant, transport: Transport, limits: Limits
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

    def leave(self) -> None:
        """Nothing."""

    def _say(self, **fields: Any) -> None:
        text = json.dumps(fields).encode()
        self._transport.write(Outgoing(text, text_frame(text)))


@pytest.fixture(autouse=True)
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str | bytes]:
    """What the test-only row took, which is in the table before the site is made."""
    messages: list[str | bytes] = []
    monkeypatch.setattr(EchoSession, "taken", messages, raising=False)
    limits = Limits(100, 50, 64 * 1024, 256 * 1024)
    monkeypatch.setitem(DUTIES, ROW, Duty(Grant.CONTROL, limits, EchoSession))
    return messages


async def opened(site: Site, path: str, token: str = TOKEN) -> ClientWebSocketResponse:
    headers = {"Authorization": f"Bearer {token}"}
    ws: ClientWebSocketResponse = await site.client.ws_connect(path, headers=headers)
    return ws


async def closed(ws: ClientWebSocketResponse) -> tuple[int | None, list[Any]]:
    """The code it was closed with, and the texts before that."""
    texts = []
    while (message := await ws.receive(timeout=PATIENCE_S)).type in (
        WSMsgType.TEXT,
        WSMsgType.BINARY,
    ):
        if message.type is WSMsgType.TEXT:
            texts.append(json.loads(message.data))
    return ws.close_code, texts


async def told(ws: ClientWebSocketResponse) -> Any:
    return json.loads((await ws.receive(timeout=PATIENCE_S)).data)


def controller(site: Site) -> str:
    """The token of a link that gives what the test-only row needs."""
    wanted = NewLink(grants=WATCH_ONLY | {Grant.CONTROL})
    return site.powers.new_link(wanted, now_s()).secret


# --- the table ------------------------------------------------------------------------------------


def test_the_first_row_has_the_limits_of_its_session() -> None:
    limits = DUTIES["/ws"].limits
    assert (limits.message_bytes, limits.frames_per_s) == (MAX_MESSAGE_BYTES, MAX_PER_SECOND)


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {},
]


async def statuses_of_foreign_pages(site: Site, prefix: str = "") -> set[int]:
    """With the cookie of somebody who was let in, and every row of the table."""
    login = prefix + "/api/login"
    answer = await site.client.post(login, json={"token": TOKEN}, headers=site.same)
    assert answer.status == 204
    cross = site.same | {"Sec-Fetch-Site": "cross-site"}
    return {
        (await site.client.get(prefix + path, headers=headers)).status
        for path in DUTIES
        for headers in (*FOREIGN, cross)
    }


async def test_every_row_is_refused_to_other_sites(site: Site) -> None:
    assert await statuses_of_foreign_pages(site) == {403}


@under_a_path
async def test_every_row_is_refused_to_other_sites_under_a_base_path(site: Site) -> None:
    assert await statuses_of_foreign_pages(site, "/screen") == {403}


async def test_every_row_needs_somebody_who_was_let_in(site: Site) -> None:
    for path in DUTIES:
        assert (await site.client.get(path, headers=site.same)).status == 401
        assert (await site.client.get(path, headers=site.bearer)).status == 426, "a WebSocket"


async def test_a_row_has_its_limits(site: Site, taken: list[str | bytes]) -> None:
    ws = await opened(site, ROW, controller(site))
    await ws.send_str("x" * 99)  # aiohttp's own limit begins at the number
    assert await told(ws) == {"took": 99}
    await ws.send_str("x" * 101)
    assert (await closed(ws))[0] == 1009
    assert len(taken) == 1


# --- without the grant ----------------------------------------------------------------------------


async def test_without_its_grant_a_socket_is_opened_and_closed_unread(
    site: Site, taken: list[str | bytes]
) -> None:
    ws = await opened(site, ROW)
    await ws.send_str("do something")
    message = await ws.receive(timeout=PATIENCE_S)
    assert (message.type, message.data) == (WSMsgType.CLOSE, CloseCode.FORBIDDEN)
    assert message.extra == "this needs the grant control"
    assert taken == []
    await soon(lambda: not list(site.audience.hub.people), "nobody is remembered")


async def test_who_may_only_do_something_else_cannot_watch(site: Site) -> None:
    wanted = NewLink(grants=frozenset((Grant.PUBLISH,)))
    token = site.powers.new_link(wanted, now_s()).secret
    ws = await opened(site, "/ws", token)
    assert (await closed(ws))[0] == CloseCode.FORBIDDEN
    for path in ("/snapshot.jpg", "/stream.mjpg", "/api/status", "/metrics"):
        answer = await site.client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status, "watch" in await answer.text()) == (403, True)


async def test_a_message_after_the_grant_was_taken_back_is_dropped_then_closes(
    site: Site, taken: list[str | bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = await opened(site, ROW, controller(site))
    await ws.send_str("one")
    assert await told(ws) == {"took": 3}
    (person,) = site.powers.people
    site.powers.set_grants(person.person_id, WATCH_ONLY, clock_us())
    assert await told(ws) == {"grants": ["watch"]}
    await ws.send_str("two")
    assert await told(ws) == {"grants": ["watch"]}
    monkeypatch.setattr(people, "GRACE_US", 0)
    await ws.send_str("three")
    assert (await closed(ws))[0] == CloseCode.FORBIDDEN
    assert taken == ["one"]


async def test_a_silent_socket_is_closed_too_once_its_grant_was_taken_back(site: Site) -> None:
    ws = await opened(site, ROW, controller(site))
    await soon(lambda: site.powers.people, "it is there")
    (person,) = site.powers.people
    now_us = clock_us()
    site.powers.set_grants(person.person_id, WATCH_ONLY, now_us)
    site.powers.tick(now_us + people.GRACE_US, now_s())
    assert (await closed(ws))[0] == CloseCode.FORBIDDEN


async def test_a_viewer_that_names_the_kind_is_told_its_grants(site: Site) -> None:
    ws = await opened(site, "/ws")
    await ws.send_json(HELLO)
    while (message := await told(ws))["type"] != "grants":
        assert message["type"] != "bye"
    assert message["grants"] == ["watch"]
    await ws.close()


# --- ends on the live connection ------------------------------------------------------------------


async def watching(site: Site, token: str = TOKEN) -> ClientWebSocketResponse:
    ws = await opened(site, "/ws", token)
    await ws.send_json(HELLO)
    assert (await told(ws))["type"] == "welcome"
    return ws


async def test_a_new_viewer_link_ends_what_came_by_the_old_one(site: Site) -> None:
    guest, host = await watching(site), await watching(site, HOST_TOKEN)
    site.powers.new_viewer_link()
    code, texts = await closed(guest)
    assert (code, texts[-1]["reason"]) == (CloseCode.EXPIRED, "expired")
    assert "new link" in texts[-1]["detail"]
    await soon(lambda: site.audience.viewer_count() == 1, "the host watches on")
    await host.close()


async def test_a_link_that_expires_ends_its_connections(site: Site) -> None:
    link = site.powers.new_link(NewLink(expires_in_s=60), now_s())
    guest, other = await watching(site, link.secret), await watching(site)
    site.powers.tick(clock_us(), now_s() + 59)
    assert site.audience.viewer_count() == 2
    site.powers.tick(clock_us(), now_s() + 61)
    assert (await closed(guest))[0] == CloseCode.EXPIRED
    assert site.audience.viewer_count() == 1
    await other.close()


async def test_who_is_put_out_is_out_with_every_connection_and_page(site: Site) -> None:
    await site.log_in()
    pages = [await site.client.ws_connect("/ws", headers=site.same) for _ in range(2)]
    for page in pages:
        await page.send_json(HELLO)
        assert (await told(page))["type"] == "welcome"
    reading = await site.client.get("/stream.mjpg")
    (person,) = site.powers.people
    assert len(person.connections) == 3
    site.powers.put_out(person.person_id, now_s())
    for page in pages:
        code, texts = await closed(page)
        assert (code, texts[-1]["reason"]) == (CloseCode.PUT_OUT, "put-out")
    async with asyncio.timeout(PATIENCE_S):
        await reading.content.read()
    assert (await site.client.get("/api/status")).status == 401, "the cookie is barred"
    login = await site.client.post("/api/login", json={"token": TOKEN}, headers=site.same)
    assert (login.status, login.headers["Samescreen-Cause"]) == (403, "held")
    site.powers.let_back("viewer", "127.0.0.1")
    await site.log_in()
    assert (await site.client.get("/api/status")).status == 200


async def test_a_cookie_that_runs_out_ends_the_connection_unless_it_is_renewed(
    site: Site,
) -> None:
    await site.log_in()
    page = await site.client.ws_connect("/ws", headers=site.same)
    await page.send_json(HELLO)
    assert (await told(page))["type"] == "welcome"
    (person,) = site.powers.people
    person.until_s = now_s() + 5
    site.powers.tick(clock_us(), now_s() + 4)
    answer = await site.client.post("/api/renew", json={}, headers=site.same)
    assert answer.status == 200
    site.powers.tick(clock_us(), now_s() + 3600)
    assert site.audience.viewer_count() == 1
    site.powers.tick(clock_us(), now_s() + 13 * 3600)
    assert (await closed(page))[0] == CloseCode.EXPIRED


async def test_a_page_load_has_one_visit_which_the_host_names(site: Site) -> None:
    await site.log_in()

    async def visit(shown: str) -> str:
        page = await site.client.ws_connect("/ws", headers=site.same)
        await page.send_json(HELLO | {"visit": shown})
        welcome = await told(page)
        given: str = welcome["visit"]
        return given

    first = await visit("")
    assert await visit(first) == first
    assert await visit("") != first
    assert site.audience.viewer_count() == 2


# --- the same in ASGI -----------------------------------------------------------------------------


async def asgi(site: Site, path: str, headers: dict[str, str], *said: str) -> list[Any]:
    """What the application sends to a WebSocket at /screen that says this and goes."""
    served = Served(site.audience, site.gatekeeper, HostRule([], []), Front(), 0, {})
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


async def test_every_row_is_refused_to_other_sites_in_asgi(site: Site) -> None:
    answer = await site.client.post("/api/login", json={"token": TOKEN}, headers=site.same)
    cookie = answer.cookies[COOKIE].value
    for path in DUTIES:
        for headers in FOREIGN:
            sent = await asgi(site, path, headers | {"Cookie": f"samescreen_80={cookie}"})
            assert sent[0]["status"] == 403


async def test_without_its_grant_a_socket_is_closed_unread_in_asgi(
    site: Site, taken: list[str | bytes]
) -> None:
    accepted, ended = await asgi(site, ROW, site.bearer, "do something")
    assert accepted["type"] == "websocket.accept"
    assert (ended["code"], ended["reason"]) == (4403, "this needs the grant control")
    assert taken == []
    assert list(site.audience.hub.people) == []


async def test_a_row_is_served_within_its_limits_in_asgi(
    site: Site, taken: list[str | bytes]
) -> None:
    bearer = {"Authorization": f"Bearer {controller(site)}"}
    sent = await asgi(site, ROW, bearer, "x" * 100, "x" * 101)
    assert [event["type"] for event in sent][:2] == ["websocket.accept", "websocket.send"]
    assert taken == ["x" * 100]
    assert list(site.audience.hub.people) == []
