"""What this host tells another one before it knows it, and answers that come in parts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from samescreen.capture.far import FarAddress
from samescreen.publish.far import door as doors
from samescreen.publish.far import reasons
from samescreen.publish.far.door import Door
from samescreen.publish.far.reasons import Failure

TOKEN = "a-token-for-tests"


@asynccontextmanager
async def door_to(path: str, handler: Handler, authority: str = "") -> AsyncIterator[Door]:
    """A door to a host that answers at this path only."""
    app = web.Application()
    app.router.add_get(path, handler)
    async with TestServer(app) as server:
        assert server.port is not None
        address = FarAddress(
            "http", "127.0.0.1", server.port, secret=TOKEN, authority=authority
        )
        async with Door(address) as door:
            yield door


def in_parts(*parts: bytes) -> Handler:
    """A handler whose answer comes in these parts."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for part in parts:
            await response.write(part)
            await asyncio.sleep(0.02)
        return response

    return answer


async def test_nobody_gets_the_token_before_the_authority_is_checked() -> None:
    asked: list[web.Request] = []

    async def authority(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response(text="no certificate")

    async with door_to("/ca.crt", authority, "AB" * 32) as door:
        with pytest.raises(Failure) as refused:
            await door.enter()
    assert refused.value.reason is reasons.OTHER_AUTHORITY
    assert len(asked) == 1
    assert TOKEN not in str(asked[0].headers)


async def test_an_answer_in_several_parts_is_read_to_its_end() -> None:
    body = json.dumps({"streams": [{"stream": "desk", "hosts": ["another"]}]}).encode()
    async with door_to("/api/status", in_parts(body[:20], body[20:])) as door:
        facts = await door.facts()
    assert [each.hosts for each in facts.streams] == [["another"]]


async def test_an_answer_without_an_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "_ANSWER_BYTES", 1000)
    parts = b'{"streams": []', b" " * 1000, b"}"
    async with door_to("/api/status", in_parts(*parts)) as door:
        with pytest.raises(Failure) as refused:
            await door.facts()
    assert refused.value.reason is reasons.NO_HOST
