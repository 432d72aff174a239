"""A share inside other applications: their server, our page, and the same rules."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import numpy as np
import pytest
import uvicorn
from aiohttp import web
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from samescreen import Share, UsageError
from samescreen.media import PacketKind
from samescreen.serve.security_headers import SECURITY_HEADERS
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.packets import packet_from_bytes
from tests.fakes import PATIENCE_S, soon
from tests.stage.census import Census
from tests.stage.timing import MS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

TOKEN, PIN = "a-token-for-tests", "314159"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264", "jpeg"]}
PICTURE = np.full((90, 160, 3), (200, 30, 40), dtype=np.uint8)


@pytest.fixture(autouse=True)
def unchanged_process() -> Iterator[None]:
    """Assert that a share does not change settings of the whole process."""
    before = sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()
    yield
    assert (sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()) == before


@dataclass(slots=True)
class Mounted:
    """A running application with a share below /screen, and a client session."""

    share: Share
    session: aiohttp.ClientSession
    origin: str

    @property
    def same(self) -> dict[str, str]:
        return {"Origin": self.origin}

    def url(self, path: str) -> str:
        return f"{self.origin}/screen{path}"


Serve = Callable[[Share, socket.socket], Any]


@asynccontextmanager
async def in_starlette(share: Share, sock: socket.socket) -> AsyncIterator[None]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with share:
            yield

    routes = [
        Route("/own", lambda request: PlainTextResponse("its own")),
        Mount("/screen", share.asgi()),
    ]
    async with uvicorn_with(Starlette(routes=routes, lifespan=lifespan), sock):
        yield


@asynccontextmanager
async def uvicorn_with(app: Any, sock: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(app, log_level="warning", ws="websockets-sansio", lifespan="on")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([sock]))  # `serve` would install signal handlers
    await soon(lambda: server.started, "it serves")
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def in_aiohttp(share: Share, sock: socket.socket) -> AsyncIterator[None]:
    async def own(request: web.Request) -> web.Response:
        return web.Response(text="its own")

    app = web.Application()
    app.router.add_get("/own", own)
    app.add_subapp("/screen", share.aiohttp_app())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, sock).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def mounting(serve: Serve, **options: Any) -> AsyncIterator[Mounted]:
    share = Share(token=TOKEN, pin=PIN, **options)
    sock = socket.create_server(("127.0.0.1", 0))
    async with (
        serve(share, sock),
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        yield Mounted(share, session, f"http://127.0.0.1:{sock.getsockname()[1]}")


@pytest.fixture(params=[in_starlette, in_aiohttp], ids=["starlette", "aiohttp"])
def serve(request: pytest.FixtureRequest) -> Serve:
    chosen: Serve = request.param
    return chosen


@pytest.fixture
async def mounted(serve: Serve) -> AsyncIterator[Mounted]:
    async with mounting(serve) as mounted:
        yield mounted


async def ask(
    mounted: Mounted, path: str, method: str = "GET", **more: Any
) -> tuple[int, bytes, Any]:
    async with mounted.session.request(method, mounted.url(path), **more) as answer:
        return answer.status, await answer.read(), answer.headers


async def test_named_sites_may_frame_the_page(serve: Serve) -> None:
    async with mounting(serve, allow_frame="https://wiki.example.org") as mounted:
        _, _, headers = await ask(mounted, "/")
        policy = headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors https://wiki.example.org")
        login: Any = {"json": {"token": TOKEN, "framed": True}, "headers": mounted.same}
        _, body, headers = await ask(mounted, "/api/login", "POST", **login)
        assert json.loads(body)["pass"].startswith("framed.")
        assert "Set-Cookie" not in headers


async def test_the_page_and_its_files_are_served(mounted: Mounted) -> None:
    status, page, headers = await ask(mounted, "/")
    assert status == 200
    assert b"<title>" in page
    for name, value in SECURITY_HEADERS.items():
        assert headers[name] == value
    link = page.partition(b'src="')[2].partition(b'"')[0].decode()
    status, script, headers = await ask(mounted, f"/{link}")
    assert (status, headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert script
    again = {"If-None-Match": headers["ETag"]}
    assert (await ask(mounted, f"/{link}", headers=again))[0] == 304
    assert (await ask(mounted, "/no/such/file"))[0] == 404
    plain = {"Accept-Encoding": "identity"}
    status, body, headers = await ask(mounted, "/", "HEAD", headers=plain)
    assert (status, body, int(headers["Content-Length"])) == (200, b"", len(page))


async def test_the_outer_application_keeps_its_routes(mounted: Mounted) -> None:
    async with mounted.session.get(f"{mounted.origin}/own") as answer:
        assert await answer.text() == "its own"


@pytest.mark.parametrize("path", ["/api/status", "/metrics", "/snapshot.jpg"])
async def test_strangers_see_nothing(mounted: Mounted, path: str) -> None:
    mounted.share.push(PICTURE)
    status, body, _ = await ask(mounted, path, headers=mounted.same)
    assert (status, b"Bearer TOKEN" in body) == (401, True)


async def test_an_unknown_host_name_is_refused(mounted: Mounted) -> None:
    status, body, _ = await ask(mounted, "/healthz", headers={"Host": "evil.example"})
    assert (status, b"--allow-host" in body) == (403, True)


async def test_the_pin_gives_a_cookie_for_this_path(mounted: Mounted) -> None:
    login = {"json": {"pin": PIN}, "headers": mounted.same}
    status, _, headers = await ask(mounted, "/api/login", "POST", **login)
    assert status == 204
    assert "Path=/screen/;" in headers["Set-Cookie"]
    assert "HttpOnly; SameSite=Strict" in headers["Set-Cookie"]
    mounted.share.push(PICTURE)
    status, picture, headers = await ask(mounted, "/snapshot.jpg")
    assert (status, headers["Content-Type"], picture[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert json.loads((await ask(mounted, "/api/status"))[1])["streams"][0]["name"]


async def test_logins_that_are_foreign_wrong_or_too_long_are_refused(mounted: Mounted) -> None:
    for headers, body, expected in [
        ({"Origin": "http://evil.example"}, b"{}", 403),
        ({}, b"{}", 403),
        (mounted.same, b'{"pin": "000000"}', 403),
        (mounted.same, b"x" * 3000, 413),
    ]:
        assert (await ask(mounted, "/api/login", "POST", data=body, headers=headers))[0] == expected
    assert (await ask(mounted, "/api/status", "POST", headers=BEARER))[0] == 405


@pytest.mark.parametrize("cut", [True, False])
async def test_a_body_that_breaks_off_is_refused(mounted: Mounted, cut: bool) -> None:
    """The part that came would be a valid login; the host still refuses it."""
    pin = json.dumps({"pin": PIN}).encode()
    end = {"type": "http.disconnect"} if cut else {"type": "http.request", "body": b""}
    events = iter([{"type": "http.request", "body": pin, "more_body": True}, end])
    said: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return next(events)

    async def send(event: MutableMapping[str, Any]) -> None:
        said.append(event)

    headers = [(b"host", b"127.0.0.1"), (b"origin", b"http://127.0.0.1")]
    scope = {"type": "http", "method": "POST", "path": "/api/login", "headers": headers}
    await mounted.share.asgi()(scope, receive, send)
    assert said[0]["status"] == (400 if cut else 204)


async def test_the_token_may_be_in_the_url_of_a_picture(mounted: Mounted) -> None:
    mounted.share.push(PICTURE)
    assert (await ask(mounted, f"/snapshot.jpg?token={TOKEN}"))[0] == 200
    assert (await ask(mounted, "/snapshot.jpg?token=a-wrong-token-for-tests"))[0] == 401


async def test_a_snapshot_without_a_picture_says_why(
    mounted: Mounted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samescreen.serve.snapshot._PATIENCE_S", 50 * MS)
    status, body, _ = await ask(mounted, "/snapshot.jpg", headers=BEARER)
    assert status == 503
    assert b"no picture has been pushed yet" in body


# --- viewers --------------------------------------------------------------------------------------


def connect(mounted: Mounted, headers: dict[str, str] = BEARER, path: str = "/ws") -> Any:
    return mounted.session.ws_connect(mounted.url(path), headers=headers)


async def next_of_type(ws: aiohttp.ClientWebSocketResponse, kind: aiohttp.WSMsgType) -> Any:
    """The next message of this type."""
    while (message := await ws.receive(timeout=PATIENCE_S)).type is not kind:
        assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
    return message.data


async def test_a_viewer_gets_messages_and_packets(mounted: Mounted) -> None:
    mounted.share.push(PICTURE)
    async with connect(mounted) as ws:
        await ws.send_json(HELLO)
        assert json.loads(await next_of_type(ws, aiohttp.WSMsgType.TEXT))["type"] == "welcome"
        packets = [packet_from_bytes(await next_of_type(ws, aiohttp.WSMsgType.BINARY))]
        assert packets[0].kind is PacketKind.STILL
        while packets[-1].kind is PacketKind.STILL:  # two, where the first was slow to arrive
            ack = {"rendition": 2, "sequence": packets[-1].sequence, "held_us": 0}
            await ws.send_json({"type": "ack"} | ack)
            packets.append(packet_from_bytes(await next_of_type(ws, aiohttp.WSMsgType.BINARY)))
        assert (packets[-1].kind, packets[-1].is_keyframe) == (PacketKind.VIDEO, True)
        assert mounted.share.viewers[0].address == "127.0.0.1"
    await soon(lambda: not mounted.share.viewers, "it left")


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [({}, "/ws", 403), ({"Authorization": "Bearer wrong-wrong"}, "/ws", 403), (BEARER, "/x", 404)],
    ids=["nothing", "a wrong token", "another path"],
)
async def test_strangers_get_no_websocket(
    mounted: Mounted, headers: dict[str, str], path: str, status: int
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await connect(mounted, headers, path)
    assert refused.value.status == status
    assert mounted.share.viewers == ()


async def test_a_page_without_a_cookie_is_told_to_log_in(mounted: Mounted) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await connect(mounted, mounted.same)
    assert refused.value.status == 401


async def test_a_pass_opens_the_websocket_without_a_cookie(mounted: Mounted) -> None:
    body = json.dumps({"token": TOKEN, "pass": True})
    login = await mounted.session.post(mounted.url("/api/login"), data=body, headers=mounted.same)
    held = (await login.json())["pass"]
    mounted.session.cookie_jar.clear()
    protocols = ("samescreen", f"samescreen.pass.{held}")
    url = mounted.url("/ws")
    async with mounted.session.ws_connect(url, headers=mounted.same, protocols=protocols) as ws:
        assert ws.protocol == "samescreen"
    renewed = await mounted.session.post(
        mounted.url("/api/renew"), json={"pass": held}, headers=mounted.same
    )
    assert (await renewed.json())["cookie"] is False


async def test_a_websocket_without_upgrade_gets_the_reason(mounted: Mounted) -> None:
    async with mounted.session.get(mounted.url("/ws"), headers=BEARER) as answer:
        assert answer.status == 426
        assert answer.headers["Samescreen-Cause"] == "no-upgrade"


async def test_a_viewer_that_breaks_the_protocol_is_closed_with_words(mounted: Mounted) -> None:
    async with connect(mounted) as ws:
        await ws.send_bytes(b"no text")
        assert json.loads(await next_of_type(ws, aiohttp.WSMsgType.TEXT))["type"] == "bye"
        await ws.receive(timeout=PATIENCE_S)
        assert ws.close_code == 4400


async def test_stopping_tells_the_viewers_and_leaves_nothing(serve: Serve) -> None:
    async def once() -> None:
        async with mounting(serve) as mounted:
            mounted.share.push(PICTURE)
            ws = await connect(mounted)
            await ws.send_json(HELLO)
            await next_of_type(ws, aiohttp.WSMsgType.BINARY)
            ending = asyncio.create_task(mounted.share.__aexit__())
            while not (message := await ws.receive(timeout=PATIENCE_S)).type.name.startswith("CLO"):
                last = message.data
            await ending
            assert json.loads(last)["reason"] == "stopping"
            assert ws.close_code == 1001
            status, body, _ = await ask(mounted, "/healthz")
            assert (status, body) == (503, b"Nothing is shared now.\n")

    await once()
    before = Census.take()
    await once()
    await soon(lambda: not Census.take().exceeds(before), "all is gone", 3000 * MS)


# --- the whole application ------------------------------------------------------------------------


async def test_alone_it_starts_and_stops_with_its_server() -> None:
    share = Share(token=TOKEN)
    sock = socket.create_server(("127.0.0.1", 0))
    async with uvicorn_with(share.asgi(), sock), aiohttp.ClientSession() as session:
        assert share.is_sharing
        async with session.get(f"http://127.0.0.1:{sock.getsockname()[1]}/") as answer:
            assert answer.status == 200
    assert not share.is_sharing


def test_a_mounted_share_has_no_address_and_no_thread() -> None:
    share = Share()
    share.asgi()
    for use in (share.start, lambda: share.url, lambda: share.port):
        with pytest.raises(UsageError, match="mounted Share"):
            use()


async def test_the_hosts_page_works_below_the_mount(mounted: Mounted) -> None:
    status, page, _ = await ask(mounted, "/host")
    assert (status, b'src="v/' in page) == (200, True)
    bearer = {"Authorization": f"Bearer {mounted.share.host_token}"}
    status, body, _ = await ask(mounted, "/api/host", headers=bearer)
    assert status == 200
    assert json.loads(body)["urls"] == [], "only the application around it knows its address"
    body = b'{"source": "testcard"}'
    status, said, _ = await ask(mounted, "/api/streams", "POST", data=body, headers=bearer)
    assert (status, json.loads(said)) == (200, {"stream": "testcard"})
    assert (await ask(mounted, "/api/host", headers=BEARER))[0] == 403
