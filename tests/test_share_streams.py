"""Streams that a program adds and removes while it shares, as pages that watch see them."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import numpy as np
import pytest

from samescreen import NotSharing, Share, UsageError
from samescreen.capture.choose import OpenedSource
from samescreen.errors import CaptureError
from samescreen.host import Host
from samescreen.hub import hub
from samescreen.loop_thread import awaited_on_loop, finished_on_loop
from samescreen.options import ShareOptions
from samescreen.publish import local_streams
from samescreen.wire.messages import PROTOCOL_VERSION
from tests.fakes import PATIENCE_S
from tests.stage.census import nothing_leaks
from tests.stage.local_share import local
from tests.stage.scripted import ScriptedSource

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264", "jpeg"]}
RED = np.full((90, 160, 3), (200, 30, 40), dtype=np.uint8)


class Page:
    """A page that watches, and what the host has said of its streams."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self.names: list[str] = []
        self.watching = ""
        self.state = ""

    async def until(self, watching: str, *names: str, state: str = "") -> None:
        """Wait until the page has these streams, watches that one, and knows its state."""
        async with asyncio.timeout(PATIENCE_S):
            while (self.watching, self.names) != (watching, [*names]) or state not in self.state:
                message = await self._ws.receive()
                assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(json.loads(message.data))

    async def watch(self, stream: str) -> None:
        await self._ws.send_json({"type": "watch", "stream": stream})

    def _take(self, said: dict[str, Any]) -> None:
        if said["type"] in ("welcome", "streams"):
            self.watching = said["watching"]
            self.names = [each["name"] for each in said["streams"]]
        if said["type"] == "status" and said["stream"] == self.watching:
            self.state = said["state"]


@asynccontextmanager
async def page(share: Share) -> AsyncIterator[Page]:
    bearer = {"Authorization": f"Bearer {share.token}"}
    url = f"http://127.0.0.1:{share.port}/ws"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, headers=bearer) as ws:
        await ws.send_json(HELLO)
        yield Page(ws)


async def test_a_page_that_watches_sees_streams_come_and_go() -> None:
    async with local(name="first") as share, page(share) as here:
        await here.until("push", "first")
        assert await share.add_async(name="robot") == "robot"
        await here.until("push", "first", "robot")
        assert list(share.streams) == ["first", "robot"]
        await share.remove_async("first")
        await here.until("robot", "robot", state="waiting")
        share.push(RED, to="robot")
        await here.until("robot", "robot", state="live")
        await share.remove_async("robot")
        await here.until("", state="waiting")
        assert list(share.streams) == []


async def test_a_viewer_of_another_stream_stays_on_it() -> None:
    async with local({"a": None, "b": None}) as share, page(share) as here:
        await here.until("a", "a", "b")
        await here.watch("b")
        await here.until("b", "a", "b")
        await share.remove_async("a")
        await here.until("b", "b")


async def test_an_empty_share_waits_for_its_first_stream() -> None:
    async with local({}) as share, page(share) as here:
        await here.until("", state="waiting")
        assert await share.add_async("testcard") == "testcard"
        await here.until("testcard", "test card 1280×720", state="live")
        with pytest.raises(UsageError, match="push is for"):
            share.push(RED)


def test_from_another_thread_and_nothing_stays_of_what_was_removed() -> None:
    with local() as share:
        share.push(RED)
        with nothing_leaks():
            for _ in range(2):
                assert share.add(iter([RED] * 3), name="film") == "film"
                assert share.add(name="robot") == "robot"
                share.push(RED, to="robot")
                share.remove("film")
                share.remove("robot")
        with pytest.raises(UsageError, match="called 'robot'; there are: 'push'"):
            share.push(RED, to="robot")
        share.push(RED)


def test_from_another_loop() -> None:
    async def elsewhere(share: Share) -> None:
        assert await share.add_async("testcard", name="card") == "card"
        with pytest.raises(UsageError, match="already"):
            await share.add_async("testcard", name="card")
        await share.remove_async("card")

    with local() as share:
        asyncio.run(elsewhere(share))
        assert list(share.streams) == ["push"]


@pytest.mark.parametrize(
    ("source", "name", "words"),
    [
        (None, "a", "called 'a' already"),
        ("testcard", "testcard", "called 'testcard' already"),
        ("testcard", "", "called 'testcard' already"),
        ({"b": None}, "b", "not dict"),
        ("telescope", "b", "is not a source"),
        (None, 7, "the name of a stream is a string"),
    ],
)
async def test_what_cannot_be_added_changes_nothing(source: Any, name: Any, words: str) -> None:
    async with local({"a": None, "testcard": None}) as share:
        with nothing_leaks(), pytest.raises(UsageError, match=words):
            await share.add_async(source, name=name)
        assert list(share.streams) == ["a", "testcard"]


async def test_a_source_that_does_not_open_changes_nothing() -> None:
    async with local() as share:
        with pytest.raises(CaptureError):
            await share.add_async("file:/nowhere/to-be-found.png")
        assert list(share.streams) == ["push"]


async def test_the_shares_own_loop_is_not_held_up() -> None:
    async with local() as share:
        with pytest.raises(UsageError, match="_async"):
            share.add("testcard")
        with pytest.raises(UsageError, match="_async"):
            share.remove("push")
        assert list(share.streams) == ["push"]


async def test_the_name_of_no_stream_says_which_there_are() -> None:
    async with local({"a": None, "b": None}) as share:
        with pytest.raises(UsageError, match="'c'; there are: 'a', 'b'"):
            await share.remove_async("c")


def test_before_and_after_there_is_nothing_to_change() -> None:
    share = local()
    for _ in range(2):
        assert list(share.streams) == []
        with pytest.raises(NotSharing):
            share.add("testcard")
        with pytest.raises(NotSharing):
            share.remove("push")
        with share:
            share.add(name="robot")
            assert list(share.streams) == ["push", "robot"]


# --- the host -------------------------------------------------------------------------------------


async def test_a_host_that_has_stopped_takes_no_source() -> None:
    options = ShareOptions.of(host="127.0.0.1", port=0, tls="off")
    first, second = ScriptedSource(), ScriptedSource()
    async with Host(options) as host:
        assert host.opened.is_set()
        assert host.add(OpenedSource(ScriptedSource(), "a"), "A") == "a"
        assert host.stream.name == "A"
    with pytest.raises(NotSharing):
        host.add(OpenedSource(first, "b"))
    with pytest.raises(NotSharing):
        await host.change("a", OpenedSource(second, "b"))
    assert first.is_disposed
    assert second.is_disposed


async def test_there_is_a_most_of_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_streams, "MOST_STREAMS", 2)
    async with local({"a": None, "b": None}) as share:
        with pytest.raises(UsageError, match="2 streams already"):
            await share.add_async(name="c")
        await share.remove_async("a")
        assert await share.add_async(name="c") == "c"


async def test_no_two_streams_have_one_track(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "TRACKS", 3)
    options = ShareOptions.of(host="127.0.0.1", port=0, tls="off")
    async with Host(options) as host:
        host.add(OpenedSource(ScriptedSource(), "stays"))
        for _ in range(4):
            host.add(OpenedSource(ScriptedSource(), "comes"))
            tracks = [stream.track for stream in host.hub.streams.values()]
            assert len(set(tracks)) == 2, tracks
            await host.remove("comes")


# --- a loop that ends meanwhile -------------------------------------------------------------------


@pytest.fixture
def ending() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop on a thread of its own, which ends soon without finishing anything."""
    running: Future[asyncio.AbstractEventLoop] = Future()

    async def live() -> None:
        running.set_result(asyncio.get_running_loop())
        await asyncio.sleep(0.05)

    thread = threading.Thread(target=asyncio.run, args=(live(),))
    thread.start()
    yield running.result()
    thread.join()


async def never() -> None:
    await asyncio.Event().wait()


def test_a_thread_that_waits_for_a_loop_that_ends_stops_waiting(
    ending: asyncio.AbstractEventLoop,
) -> None:
    with pytest.raises(NotSharing):
        finished_on_loop(ending, never)
    with pytest.raises(NotSharing):
        finished_on_loop(ending, never)


async def test_a_task_that_waits_for_a_loop_that_ends_stops_waiting(
    ending: asyncio.AbstractEventLoop,
) -> None:
    with pytest.raises(NotSharing):
        await awaited_on_loop(ending, never)
