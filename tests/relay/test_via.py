"""A relay that answers as none should, and one that ends each connection."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.hub.hub import Hub
from samescreen.relay import intake, reasons
from samescreen.relay.publication import Publication
from samescreen.relay.via import Lost, News, Via, Waits
from samescreen.wire.publishing import Got, Welcomed, text_to_publisher
from tests.fakes import soon


async def test_a_relay_that_sends_too_much_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(intake, "_TEXTS_PER_S", 20)
    taken: list[object] = []
    monkeypatch.setattr(Publication, "read", lambda self, message: taken.append(message))

    async def publish(request: web.Request) -> web.Response:
        return web.json_response({"token": ""})

    async def flood(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_str(text_to_publisher(Welcomed(2, "relay", "host", 1000, 20)).decode())
        for _ in range(500):
            await ws.send_str(text_to_publisher(Got(0, 0, 0)).decode())
        await ws.receive()
        return ws

    app = web.Application()
    app.router.add_get("/api/publish", publish)
    app.router.add_get("/ws/publish", flood)
    async with TestServer(app) as server:
        url = f"http://127.0.0.1:{server.port}"
        via = Via(url, "secret", Hub(clock_us), "desk", lambda news: None)
        began_s, work = time.monotonic(), asyncio.ensure_future(via.run())
        await soon(lambda: len(taken) > 25, "it reads on")
        assert len(taken) <= 21 + 20 * (time.monotonic() - began_s)
        work.cancel()
    lines = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert lines == ["the relay sends more than this host reads: its messages wait"]


@pytest.mark.parametrize("token", ["\x1b]0;owned\x07", "a\nb", "x&seal=y", "é", "a" * 200])
async def test_a_token_that_no_link_has_is_not_shown(token: str) -> None:
    async def publish(request: web.Request) -> web.Response:
        return web.json_response({"token": token})

    async def welcome(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_str(text_to_publisher(Welcomed(2, "relay", "host", 1000, 20)).decode())
        await ws.receive()
        return ws

    app = web.Application()
    app.router.add_get("/api/publish", publish)
    app.router.add_get("/ws/publish", welcome)
    news: list[News] = []
    async with TestServer(app) as server:
        url = f"http://127.0.0.1:{server.port}"
        work = asyncio.ensure_future(Via(url, "secret", Hub(clock_us), "desk", news.append).run())
        await soon(lambda: news, "it gives up")
        work.cancel()
    assert news == [Lost(reasons.NO_RELAY.why, None, was_open=False)]


async def test_attempts_that_fail_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    async def publish(request: web.Request) -> web.Response:
        return web.json_response({"token": ""})

    async def full(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.close(code=CloseCode.FULL)
        return ws

    monkeypatch.setattr(Waits, "after", lambda self, now_s: 0.0)
    app = web.Application()
    app.router.add_get("/api/publish", publish)
    app.router.add_get("/ws/publish", full)
    news: list[News] = []
    async with TestServer(app) as server:
        url = f"http://127.0.0.1:{server.port}"
        work = asyncio.ensure_future(Via(url, "secret", Hub(clock_us), "desk", news.append).run())
        await soon(lambda: len(news) >= 5, "it tries again and again")
        work.cancel()
    assert news[0] == Lost(reasons.FULL.why, 0.0, was_open=False)
    assert reasons.FULL.__traceback__ is None
