"""A tunnel over its whole life, with executables that stand in for the tools."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from samescreen.tunnel import tunnel as room
from samescreen.tunnel.cloudflared import Cloudflared
from samescreen.tunnel.events import Opened, PublicAddress
from samescreen.tunnel.ssh import Ssh
from samescreen.tunnel.tailscale import Tailscale
from samescreen.tunnel.tools import Tool
from samescreen.tunnel.tunnel import Ended, News, Tunnel, answers
from tests.stage.timing import MS

from . import transcripts as said
from .fake_tools import REST, fake_tool, printing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")
NEXT_NAME = """\
n=$(cat $HERE/runs 2>/dev/null || echo 0)
n=$((n + 1))
echo $n >$HERE/runs
"""
"""Counts the runs in $n."""


@dataclass
class Watched:
    """A running tunnel and its news. `waits`: how long it paused, in seconds; each ends at once."""

    news: asyncio.Queue[News] = field(default_factory=asyncio.Queue)
    waits: list[float] = field(default_factory=list)

    async def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)

    async def next(self) -> News:
        async with asyncio.timeout(10_000 * MS):
            return await self.news.get()

    async def opened(self) -> Opened:
        news = await self.next()
        assert isinstance(news, Opened), news
        return news

    async def ended(self) -> Ended:
        news = await self.next()
        assert isinstance(news, Ended), news
        return news


@asynccontextmanager
async def running(
    tool: Tool, path: Path, pause: Callable[[float], Awaitable[object]] | None = None
) -> AsyncIterator[Watched]:
    watched = Watched()
    about: Any = {"pause": pause or watched.pause}
    tell = watched.news.put_nowait
    tunnel = Tunnel(tool, str(path), 40001, dict(os.environ), tell, **about)
    task = asyncio.create_task(tunnel.run())
    try:
        yield watched
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def quick(words: str = "one-two") -> str:
    text = said.CLOUDFLARED.replace("two-red-quiet-otters", words)
    return printing(text)


async def test_the_address_is_reported_once_it_works(tmp_path: Path) -> None:
    path = fake_tool(tmp_path, "cloudflared", quick() + REST)
    async with running(Cloudflared(), path) as watched:
        address = (await watched.opened()).address
        assert address.origin == "https://one-two.trycloudflare.com"


async def test_a_tool_that_dies_is_started_again_and_has_a_new_address(tmp_path: Path) -> None:
    script = f"{NEXT_NAME}" + quick("a-NUMBER").replace("a-NUMBER", "a-'$n'") + "sleep 0.05\n"
    path = fake_tool(tmp_path, "cloudflared", script)
    async with running(Cloudflared(), path) as watched:
        assert (await watched.opened()).address.name == "a-1.trycloudflare.com"
        ended = await watched.ended()
        assert ended.was_open
        assert ended.again_s == room.FIRST_WAIT_S
        assert ended.why == "cloudflared ended: it gave no reason"
        assert (await watched.opened()).address.name == "a-2.trycloudflare.com"


async def test_the_waits_grow_while_it_fails(tmp_path: Path) -> None:
    path = fake_tool(tmp_path, "cloudflared", printing(said.NO_QUICK_TUNNEL) + "exit 1\n")
    async with running(Cloudflared(), path) as watched:
        for _ in range(4):
            ended = await watched.ended()
            assert "gave no address" in ended.why
            assert not ended.was_open
    assert watched.waits[:3] == [1, 2, 4]


async def test_a_steady_tunnel_begins_its_waits_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "STEADY_US", 0)
    path = fake_tool(tmp_path, "cloudflared", quick())
    async with running(Cloudflared(), path) as watched:
        for _ in range(3):
            await watched.opened()
            await watched.ended()
    assert watched.waits[:2] == [1, 1]


async def test_a_tool_that_says_nothing_is_given_up_and_tried_again(tmp_path: Path) -> None:
    path = fake_tool(tmp_path, "cloudflared", REST)
    impatient = replace(Cloudflared(), patience_s=0.2)
    async with running(impatient, path) as watched:
        assert (await watched.ended()).why.startswith("cloudflared got no address in time")
        assert (await watched.ended()).again_s == 2


async def test_a_refused_key_is_not_tried_again(tmp_path: Path) -> None:
    script = printing("me@vps: Permission denied (publickey).\n") + "exit 255\n"
    path = fake_tool(tmp_path, "ssh", script)
    async with running(Ssh("vps", "me"), path) as watched:
        ended = await watched.ended()
        assert ended.again_s is None
        assert "ssh-copy-id me@vps" in ended.why
    assert watched.waits == []


async def test_ssh_gives_the_name_behind_an_abbreviation(tmp_path: Path) -> None:
    script = f'[ "$1" = -G ] && {{ echo hostname 192.0.2.9; exit; }}\n{printing(said.SSHD)}{REST}'
    path = fake_tool(tmp_path, "ssh", script)
    async with running(Ssh("vps", "me"), path) as watched:
        assert (await watched.opened()).address == PublicAddress("http", "192.0.2.9", 39381)


async def test_a_server_that_cannot_be_reached_from_here_is_noted(tmp_path: Path) -> None:
    script = f'[ "$1" = -G ] && {{ echo hostname 127.0.0.1; exit; }}\n{printing(said.SSHD)}{REST}'
    path = fake_tool(tmp_path, "ssh", script.replace("39381", "1"))
    async with running(Ssh("vps", "me"), path) as watched:
        assert not (await watched.opened()).warning
        assert "GatewayPorts clientspecified" in (await watched.opened()).warning


TAILSCALE = """\
if [ "$1" = status ]; then
    printf '%s' '{"BackendState":"Running","Self":{"DNSName":"desk.tail1a2b3.ts.net."}}'
    exit
fi
"""


async def test_tailscale_serves_under_the_name_of_this_machine(tmp_path: Path) -> None:
    path = fake_tool(tmp_path, "tailscale", TAILSCALE + printing(said.FUNNEL) + REST)
    async with running(Tailscale(), path) as watched:
        assert (await watched.opened()).address.origin == "https://desk.tail1a2b3.ts.net"


async def test_tailscale_that_is_not_logged_in_starts_nothing(tmp_path: Path) -> None:
    script = TAILSCALE.replace("Running", "NeedsLogin") + "touch $HERE/ran\n"
    path = fake_tool(tmp_path, "tailscale", script)
    async with running(Tailscale(), path) as watched:
        ended = await watched.ended()
        assert ended.why == "tailscale is not logged in: sudo tailscale up"
        assert ended.again_s == 1
    assert not (tmp_path / "ran").exists()


async def test_a_funnel_that_is_off_is_waited_for(tmp_path: Path) -> None:
    script = printing(said.FUNNEL_OFF) + f"sleep {450 * MS}\n" + printing(said.FUNNEL) + REST
    path = fake_tool(tmp_path, "tailscale", TAILSCALE + script)
    async with running(replace(Tailscale(), patience_s=400 * MS), path) as watched:
        ended = await watched.ended()
        assert ended.again_s is None
        assert "switch it on" in ended.why
        await watched.opened()


async def test_the_event_loop_never_waits_for_a_tool(tmp_path: Path) -> None:
    path = fake_tool(tmp_path, "tailscale", "sleep 2\n")
    async with running(Tailscale(), path):
        loop, longest = asyncio.get_running_loop(), 0.0
        until_s = loop.time() + 0.5
        while loop.time() < until_s:
            began_s = loop.time()
            await asyncio.sleep(0.01)
            longest = max(longest, loop.time() - began_s)
        assert longest < 1.5


async def test_only_a_host_of_this_program_counts_as_an_answer() -> None:
    async def answer(text: bytes) -> bool:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(text)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await answers(PublicAddress("http", "127.0.0.1", port))

    assert await answer(b"HTTP/1.1 200 OK\r\nServer: samescreen\r\n\r\n")
    assert not await answer(b"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n")
    assert not await answer(b"SSH-2.0-x\r\n")
    assert not await answer(b"")
