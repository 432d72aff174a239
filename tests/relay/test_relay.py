"""Two hosts: one publishes on the other, whose viewers get the very packets that it encoded."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from samescreen.capture.choose import OpenedSource
from samescreen.capture.testcard import TestCard
from samescreen.encode.sps import nal_type, nal_units
from samescreen.host import Host
from samescreen.media import Packet, PacketKind
from samescreen.relay.seal import Seal
from samescreen.relay.via import (
    LONGEST_WAIT_S,
    SOON_S,
    STEADY_S,
    Lost,
    News,
    Opened,
    Via,
    Waits,
)
from samescreen.wire.packets import packet_from_bytes
from tests.fakes import PATIENCE_S, FakePublisher, soon
from tests.host.hosting import HELLO, TOKEN, options

PUBLISH_TOKEN = "a-publish-token-for-tests"


def relay() -> Host:
    return Host(options(publish_token=PUBLISH_TOKEN, view_only=True, tls="off"))


def sharing() -> Host:
    card = OpenedSource(TestCard(320, 180), "testcard")
    return Host(options(token="another-token-for-tests", tls="off"), card)


@asynccontextmanager
async def publishing(
    host: Host, url: str, token: str = PUBLISH_TOKEN, seal: Seal | None = None
) -> AsyncIterator[list[News]]:
    """The news of a host that publishes at that address."""
    news: list[News] = []
    work = asyncio.ensure_future(Via(url, token, host.hub, "desk", news.append, seal=seal).run())
    try:
        yield news
    finally:
        work.cancel()
        await asyncio.wait([work])


@asynccontextmanager
async def watching(host: Host, token: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            f"http://127.0.0.1:{host.port}/ws",
            headers={"Authorization": f"Bearer {token}"},
            max_msg_size=0,
        ) as ws,
    ):
        await ws.send_json(HELLO)
        yield ws


async def packets(ws: aiohttp.ClientWebSocketResponse) -> AsyncIterator[Packet]:
    """The packets that a viewer gets; each is acknowledged."""
    while True:
        message = await ws.receive(timeout=PATIENCE_S)
        assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
        if message.type is aiohttp.WSMsgType.BINARY:
            packet = packet_from_bytes(message.data)
            await ws.send_json(
                {
                    "type": "ack",
                    "held_us": 0,
                    "rendition": packet.rendition,
                    "sequence": packet.sequence,
                    "track": packet.track,
                }
            )
            yield packet


def without_sei(payload: bytes) -> list[bytes]:
    return [unit for unit in nal_units(payload) if nal_type(unit) != 6]


async def test_viewers_of_a_relay_get_what_the_host_encoded() -> None:
    async with relay() as there, sharing() as here:
        url = f"http://127.0.0.1:{there.port}"
        async with publishing(here, url) as news:
            await soon(lambda: news == [Opened(f"{url}/#token={TOKEN}")], "the relay's link")
            async with (
                watching(there, TOKEN) as remote,
                watching(here, "another-token-for-tests") as local,
            ):
                got: dict[str, dict[int, Packet]] = {"there": {}, "here": {}}
                kinds: set[PacketKind] = set()

                async def collect(ws: Any, place: str) -> None:
                    async for packet in packets(ws):
                        if place == "there":
                            kinds.add(packet.kind)
                        if packet.kind is PacketKind.VIDEO:
                            got[place][packet.sequence] = packet

                work = [asyncio.ensure_future(collect(remote, "there"))]
                await soon(lambda: kinds == {PacketKind.STILL, PacketKind.VIDEO}, "pictures")
                work.append(asyncio.ensure_future(collect(local, "here")))
                await soon(lambda: len(got["there"].keys() & got["here"].keys()) >= 20, "video")
                for each in work:
                    each.cancel()
                for number in got["there"].keys() & got["here"].keys():
                    one, other = got["there"][number], got["here"][number]
                    assert without_sei(one.payload) == without_sei(other.payload)
        assert not any(isinstance(each, Lost) for each in news)
        await soon(lambda: not there.hub.streams, "the relay forgets the host")


def a_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def test_a_host_comes_back_to_a_relay_that_was_gone() -> None:
    port = a_port()
    about = options(publish_token=PUBLISH_TOKEN, view_only=True, tls="off", port=port)
    async with sharing() as here, publishing(here, f"http://127.0.0.1:{port}") as news:
        await soon(lambda: len(news) == 1, "no relay yet")
        assert isinstance(news[0], Lost)
        assert (news[0].again_s, news[0].was_open) == (1.0, False)
        async with Host(about):
            await soon(lambda: isinstance(news[-1], Opened), "the relay is there")
        await soon(lambda: isinstance(news[-1], Lost), "the relay is gone")
        assert isinstance(news[-1], Lost)
        assert (news[-1].why, news[-1].was_open) == ("the relay stopped", True)
        async with Host(about) as there:
            await soon(lambda: isinstance(news[-1], Opened), "the relay is back")
            await soon(lambda: list(there.hub.streams) == ["testcard"], "its stream is back")


async def test_a_host_that_publishes_while_the_relay_starts_does_not_end_it() -> None:
    """The port is open before everything else, and hosts come back within a second."""
    there = relay()
    there.hub.add("testcard", "testcard", FakePublisher(1))
    async with there:
        assert list(there.hub.streams) == ["testcard"]


def test_after_a_connection_the_waits_stay_short_for_a_while() -> None:
    waits = Waits()
    assert [waits.after(each) for each in (0.0, 1.0, 3.0, 7.0)] == [1.0, 2.0, 4.0, 8.0]
    waits.lost(STEADY_S, 100.0)
    assert {waits.after(100.0 + each) for each in range(30)} == {1.0}
    later = 100.0 + SOON_S
    waits.lost(STEADY_S / 2, later)
    assert [waits.after(later + each) for each in (0, 1, 3, 7, 15, 31, 61)] == [
        *(1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_WAIT_S, LONGEST_WAIT_S)
    ]


@pytest.mark.parametrize(
    ("scheme", "path", "token", "why"),
    [
        ("http", "", "not-the-publish-token", "the relay refuses the token"),
        ("http", "", TOKEN, "this token may not publish"),
        ("http", "/elsewhere", PUBLISH_TOKEN, "there is no relay at the address"),
        ("https", "", PUBLISH_TOKEN, "there is no https at the address"),
    ],
)
async def test_what_cannot_work_is_said_once(
    scheme: str, path: str, token: str, why: str
) -> None:
    async with relay() as there, sharing() as here:
        url = f"{scheme}://127.0.0.1:{there.port}{path}"
        async with publishing(here, url, token) as news:
            await soon(lambda: bool(news), "an answer")
    assert len(news) == 1
    assert isinstance(news[0], Lost)
    assert news[0].again_s is None
    assert news[0].why.startswith(why)


async def test_only_the_publish_link_reads_the_viewer_token() -> None:
    async with relay() as there, aiohttp.ClientSession() as session:
        address = f"http://127.0.0.1:{there.port}/api/publish"
        told = {}
        for token in (PUBLISH_TOKEN, there.gatekeeper.host_token, TOKEN):
            async with session.get(
                address, headers={"Authorization": f"Bearer {token}"}
            ) as answer:
                told[token] = (await answer.json())["token"] if answer.status == 200 else None
    assert told == {PUBLISH_TOKEN: TOKEN, there.gatekeeper.host_token: "", TOKEN: None}
