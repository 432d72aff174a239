"""Long bodies on the host's own port: they come at a pace, in little memory, and spoil nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from samescreen.host import Host
from samescreen.serve import clipboard_routes
from tests.control.png import png
from tests.fakes import soon
from tests.host.hosting import TOKEN, card, options
from tests.serve.test_clipboard import FakeClipboard

BEARER = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "image/png"}
IMAGE = png(3, 2, padding=2_000_000)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with Host(options(allow=("clipboard-in",)), card()) as host:
        yield host


@pytest.fixture
def clipboard(host: Host, monkeypatch: pytest.MonkeyPatch) -> FakeClipboard:
    clipboard = FakeClipboard()
    monkeypatch.setattr(host.stream.publisher, "clipboard", clipboard)
    return clipboard


async def test_requests_after_a_long_body_go_on(host: Host, clipboard: FakeClipboard) -> None:
    one = aiohttp.TCPConnector(limit=1)
    async with aiohttp.ClientSession(connector=one) as session:
        url = f"http://127.0.0.1:{host.port}"
        for _ in range(2):
            body = BytesIO(IMAGE)
            async with session.post(f"{url}/api/clipboard", data=body, headers=BEARER) as answer:
                assert answer.status == 200
            async with session.get(f"{url}/api/status", headers=BEARER) as answer:
                assert answer.status == 200
    assert [clip.content for clip in clipboard.clips] == [IMAGE, IMAGE]


async def test_a_body_comes_at_its_pace(
    host: Host, clipboard: FakeClipboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard_routes, "BYTES_PER_S", 2_000_000)
    monkeypatch.setattr(clipboard_routes, "BURST_BYTES", 1000)
    loop = asyncio.get_running_loop()
    url, started_s = f"http://127.0.0.1:{host.port}/api/clipboard", loop.time()
    async with aiohttp.ClientSession() as session, session.post(
        url, data=BytesIO(IMAGE), headers=BEARER
    ) as answer:
        assert answer.status == 200
    assert loop.time() - started_s > 0.8


async def test_a_desktop_that_is_slow_holds_the_sender_back(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the route does not take stays with the sender, and not in the host's memory."""
    gate, taken = asyncio.Event(), 0

    async def slow(body: Any, pace: Any, most: int, words: str) -> bytes:
        nonlocal taken
        async for chunk in body.chunks(pace):
            taken += len(chunk)
            await gate.wait()
        return IMAGE

    monkeypatch.setattr(clipboard_routes, "whole", slow)
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(500):
            sent += 65536
            yield bytes(65536)

    url = f"http://127.0.0.1:{host.port}/api/clipboard"
    async with aiohttp.ClientSession() as session:
        asked = asyncio.create_task(session.post(url, data=body(), headers=BEARER))
        await soon(lambda: taken > 0, "it begins")
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.1)
        assert taken <= 128 * 1024
        assert sent < 20_000_000, "the sender waits"
        gate.set()
        (await asked).release()
    assert taken == 500 * 65536


async def test_a_long_body_of_another_route_ends_the_connection(host: Host) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{host.port}/api/login"
        with pytest.raises((aiohttp.ClientError, ConnectionError, AssertionError)):
            async with session.post(url, data=BytesIO(IMAGE), headers=BEARER) as answer:
                assert answer.status < 400
