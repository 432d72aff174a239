"""Where a whole host is found, by whom, and over TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from samescreen.capture.choose import OpenedSource
from samescreen.errors import ServeError
from samescreen.host import Host
from samescreen.wire.outgoing import Outgoing
from tests.fakes import PATIENCE_S
from tests.host.hosting import HELLO, TOKEN, card, left, options, watching
from tests.stage.census import Census
from tests.stage.scripted import ScriptedSource
from tests.stage.timing import MS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


async def test_a_port_in_use_is_named_with_its_cure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        choice = card()
        with pytest.raises(ServeError, match=f"port {port} is in use.*--port {port + 1}"):
            await Host(options(port=port), choice).__aenter__()
        choice.source.dispose()


async def test_a_host_that_cannot_listen_lets_go_of_its_source() -> None:
    source = ScriptedSource()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ServeError):
        await Host(options(port=taken.getsockname()[1]), OpenedSource(source, "x")).__aenter__()
    is_disposed = source.is_disposed
    source.dispose()
    assert is_disposed


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-name.invalid"])
async def test_an_address_of_another_machine_is_named_with_its_cure(host: str) -> None:
    choice = card()
    with pytest.raises(ServeError, match="is not an address of this machine; leave --host out"):
        await Host(options(host=host), choice).__aenter__()
    choice.source.dispose()


@pytest.mark.parametrize("host", ["a" * 70, "a..b"])
async def test_a_name_that_cannot_be_one_is_a_serve_error(host: str) -> None:
    choice = card()
    try:
        with pytest.raises(ServeError):
            await Host(options(host=host), choice).__aenter__()
    finally:
        choice.source.dispose()


async def test_ipv6_loopback() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    async with (
        Host(options(host="::1"), card()) as host,
        aiohttp.ClientSession() as session,
        session.get(f"http://[::1]:{host.port}/healthz") as answer,
    ):
        assert answer.status == 200


async def test_the_links_lead_in() -> None:
    async with Host(options(), card()) as host, aiohttp.ClientSession() as session:
        address, _, fragment = host.links.here.partition("#token=")
        assert fragment == TOKEN
        login, headers = f"{address}api/login", {"Origin": address.rstrip("/")}
        async with session.post(login, json={"token": fragment}, headers=headers) as answer:
            assert answer.status == 204
        async with session.post(login, json={"pin": host.gatekeeper.pin}, headers=headers) as a:
            assert a.status == 204


async def test_secrets_are_drawn_when_none_are_given() -> None:
    choices = [card(), card()]
    hosts = [Host(options(token=""), choice) for choice in choices]
    assert len({host.gatekeeper.token for host in hosts}) == 2
    assert all(len(host.gatekeeper.token) >= 20 for host in hosts)
    for choice in choices:
        choice.source.dispose()


async def test_open_to_all_the_link_has_no_token() -> None:
    async with (
        Host(options(no_access_control=True), card()) as host,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{host.port}/api/status") as answer,
    ):
        assert answer.status == 200
        assert "#" not in host.links.here


async def test_a_snapshot_shows_the_test_card() -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        Host(options(), card()) as host,
        aiohttp.ClientSession(headers=bearer) as session,
        session.get(f"http://127.0.0.1:{host.port}/snapshot.jpg") as answer,
    ):
        body = await answer.read()
        assert body[:3] == b"\xff\xd8\xff"
        assert host.stream.status.backend == "built in"


def trusting(host: Host) -> ssl.SSLContext:
    assert host.tls is not None
    assert host.tls.authority is not None
    return ssl.create_default_context(cadata=host.tls.authority.pem.decode())


@asynccontextmanager
async def watching_securely(host: Host) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    url = f"https://127.0.0.1:{host.port}/ws"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers=bearer, ssl=trusting(host), max_msg_size=0) as ws,
    ):
        await ws.send_json(HELLO)
        while (await ws.receive(timeout=PATIENCE_S)).type is not aiohttp.WSMsgType.BINARY:
            pass
        yield ws


async def test_pictures_come_through_tls_and_the_stop_is_quick(before: Census) -> None:
    loop = asyncio.get_running_loop()
    host = await Host(options(), card()).__aenter__()
    async with watching_securely(host) as ws, watching(host):
        assert host.audience.viewer_count() == 2
        began_s = loop.time()
        stopping = asyncio.create_task(host.__aexit__(None, None, None))
        while not (await ws.receive(timeout=PATIENCE_S)).type.name.startswith("CLOS"):
            pass
        await stopping
        assert loop.time() - began_s < 2000 * MS
        assert ws.close_code == 1001
    assert await left(before) == {}


async def test_a_tls_viewer_that_stopped_reading_holds_up_nothing(before: Census) -> None:
    loop = asyncio.get_running_loop()
    async with Host(options(), card()) as host, watching_securely(host) as ws:
        line: Any = ws._conn.transport if ws._conn else None
        line.pause_reading()
        (viewer,) = host.audience.of(host.stream).viewers.values()
        mebibyte = b"\x82\x7f" + (1 << 20).to_bytes(8, "big") + bytes(1 << 20)
        for _ in range(12):
            viewer.send_ready(Outgoing(mebibyte, mebibyte))
        assert viewer._transport.buffered_bytes() > 1 << 20, "flow control sees it"
        began_s = loop.time()
        await host.__aexit__(None, None, None)
        assert loop.time() - began_s < 2500 * MS
        line.abort()
    assert await left(before) == {}


async def test_both_links_are_printed() -> None:
    async with Host(options(base_path="/screen"), card()) as host:
        here = f"localhost:{host.port}/screen/#token={TOKEN}"
        assert host.links.here == f"http://{here}"
        assert host.secure_links is not None
        assert host.secure_links.here == f"https://{here}"
    async with Host(options(tls="off"), card()) as host:
        assert host.secure_links is None


async def test_a_bad_certificate_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="--tls: cannot read"):
        await Host(options(tls=f"{tmp_path}/a.pem,{tmp_path}/b.pem"), card()).__aenter__()
