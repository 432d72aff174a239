"""Through a real sshd: page, picture, end, and every refusal. Linux only, like the other ends."""

from __future__ import annotations

import asyncio
import os
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from samescreen import Share
from samescreen.option_values import parse_tunnel
from samescreen.tunnel.tools import tool_of
from samescreen.tunnel.tunnel import Ended, News, Tunnel
from samescreen.wire.packets import packet_from_bytes
from tests.conftest import ShareHost
from tests.stage.host_process import TOKEN, HostProcess, free_port
from tests.stage.ssh_server import SshServer, ssh_server
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sshd is set up for Linux")
HOST_TOKEN = "a-host-token-of-this-test"
HELLO = '{"type":"hello","version":2,"accepts":["h264","jpeg"],"hidden":false}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with ssh_server(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def path_with(folder: Path) -> str:
    return os.pathsep.join((str(folder), os.environ.get("PATH", "")))


def answers(origin: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{origin}/healthz", timeout=5) as answer:
        return bool(answer.read() == b"ok\n")
    return False


def children_of(host: HostProcess) -> list[psutil.Process]:
    return psutil.Process(host.pid).children(recursive=True)


async def first_picture(origin: str) -> int:
    """Log in as the page does, and watch until a picture comes; the bytes of its packet."""
    about: Any = {"headers": {"Origin": origin}}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, **about) as session:
        answer = await session.get(f"{origin}/")
        assert "<html" in await answer.text()
        answer = await session.post(f"{origin}/api/login", json={"token": HOST_TOKEN})
        assert (answer.status, answer.headers["Samescreen-Cause"]) == (403, "host-link")
        answer = await session.post(f"{origin}/api/login", json={"token": TOKEN})
        assert answer.status == 204
        socket = await session.ws_connect(f"{origin}/ws", max_msg_size=0)
        await socket.send_str(HELLO)
        while True:
            message = await socket.receive(timeout=10_000 * MS)
            if message.type is aiohttp.WSMsgType.BINARY:
                packet_from_bytes(message.data)
                return len(message.data)
            assert message.type is aiohttp.WSMsgType.TEXT, message


def test_people_reach_the_host_through_the_server_and_the_tool_ends_with_it(
    host_process: ShareHost, server: SshServer, tmp_path: Path
) -> None:
    server.client(tmp_path)
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    spec = ("--tunnel", f"{server.spec}/{port}", "--host-token", HOST_TOKEN, "--token", TOKEN)
    host = host_process("testcard", *spec, env={"PATH": path_with(tmp_path)})
    eventually(lambda: answers(origin), what="the tunnel leads to the host", within=15_000 * MS)
    assert asyncio.run(first_picture(origin)) > 100
    request = urllib.request.Request(f"{origin}/healthz", headers={"Host": "localhost"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=5)

    tools = children_of(host)
    (ssh,) = [each for each in tools if each.name() == "ssh"]
    assert TOKEN not in " ".join(ssh.cmdline())
    ssh.kill()
    eventually(lambda: answers(origin), what="it is started again", within=15_000 * MS)

    tools = children_of(host)
    assert host.stop().code == 0
    eventually(lambda: not any(map(psutil.Process.is_running, tools)), what="the tools end")
    assert not answers(origin)


def test_a_share_of_python_has_a_link_for_people_anywhere(
    server: SshServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.client(tmp_path)
    monkeypatch.setenv("PATH", path_with(tmp_path))
    share = Share("testcard", port=0, host="127.0.0.1", tls="off", tunnel=server.spec)
    with share:
        url = eventually(lambda: share.tunnel_url, what="an address", within=15_000 * MS)
        origin, _, token = url.partition("/#token=")
        assert token == share.token
        assert origin != f"http://127.0.0.1:{share.port}"
        assert answers(origin)
    assert share.tunnel_url == ""
    assert not answers(origin)


@asynccontextmanager
async def news_of(server: SshServer, path: Path) -> AsyncIterator[asyncio.Queue[News]]:
    spec = parse_tunnel(server.spec)
    assert spec is not None
    queue: asyncio.Queue[News] = asyncio.Queue()
    environment = dict(os.environ)
    tunnel = Tunnel(tool_of(spec), str(path), 1, environment, queue.put_nowait)
    task = asyncio.create_task(tunnel.run())
    yield queue
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("about", "words", "is_final"),
    [
        ({"key": "stranger"}, "refused the key", True),
        ({"knows": ""}, "does not know the key", True),
        ({"knows": "stranger"}, "shows another key than before", True),
        ({"key": "bound"}, "refused to forward", False),
    ],
    ids=["key", "unknown", "changed", "forward"],
)
async def test_each_refusal_is_explained(
    server: SshServer, tmp_path: Path, about: dict[str, str], words: str, is_final: bool
) -> None:
    async with news_of(server, server.client(tmp_path, **about)) as queue:
        async with asyncio.timeout(15_000 * MS):
            news = await queue.get()
        assert isinstance(news, Ended), news
        assert words in news.why
        assert (news.again_s is None) == is_final
