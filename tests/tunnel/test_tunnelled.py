"""A share with a tunnel, with executables that stand in for the tool: who gets in, and by what."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from samescreen import Share
from samescreen.closing import CloseCode
from samescreen.errors import TunnelError
from tests.stage.timing import MS, eventually

from .fake_tools import NAME, NOTES, REST, door_of, fake_tool, printing
from .transcripts import CLOUDFLARED, FUNNEL

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")
AGAIN = """\
n=$(cat $HERE/runs 2>/dev/null || echo 0)
n=$((n + 1))
echo $n >$HERE/runs
"""
ShareBy = Callable[..., Share]


@pytest.fixture
def share_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ShareBy:
    """A share whose tool is this script, alone on the path but for the shell's own."""

    def make(name: str, script: str, **options: Any) -> Share:
        fake_tool(tmp_path, name, script)
        monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path), os.environ["PATH"])))
        about: dict[str, Any] = {"port": 0, "host": "127.0.0.1", "tls": "off"} | options
        return Share("testcard", tunnel=name, **about)

    return make


def address(share: Share) -> str:
    return eventually(lambda: share.tunnel_url, what="an address", within=15_000 * MS)


def status(port: int, host: str, path: str = "/healthz", **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10_000 * MS)
    try:
        connection.request("GET", path, headers={"Host": host} | headers)
        return connection.getresponse().status
    finally:
        connection.close()


def handed_out(share: Share) -> list[str]:
    """The addresses that the host page makes links of, the best first."""
    place = urlsplit(share.host_url)
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=10_000 * MS)
    path = f"{place.path.removesuffix('host')}api/host"
    with closing(connection):
        connection.request("GET", path, headers={"Authorization": f"Bearer {share.host_token}"})
        urls: list[str] = json.load(connection.getresponse())["urls"]
    return urls


def test_the_link_has_the_address_of_the_tunnel(share_by: ShareBy, tmp_path: Path) -> None:
    script = NOTES + printing(CLOUDFLARED) + REST
    with share_by("cloudflared", script, base_path="/screen") as share:
        assert address(share) == f"https://{NAME}/screen/#token={share.token}"
        door = door_of(tmp_path)
        assert door != share.port
        assert status(door, NAME, "/screen/healthz") == 200
        assert status(door, "127.0.0.1", "/screen/healthz") == 403
        assert status(share.port, NAME, "/screen/healthz") == 403, "the host's own port"
        assert status(share.port, "127.0.0.1", "/screen/healthz") == 200
    with pytest.raises(OSError, match="refused"):
        status(door, NAME)


def test_the_tool_gets_no_secret(
    share_by: ShareBy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SAMESCREEN_TOKEN", "SAMESCREEN_PIN", "SAMESCREEN_HOST_TOKEN", "TUNNEL_TOKEN"):
        monkeypatch.setenv(name, "hush-hush")
    monkeypatch.setenv("TUNNEL_TRANSPORT_PROTOCOL", "http2")
    script = NOTES + printing(CLOUDFLARED) + REST
    with share_by("cloudflared", script, token="hush-hush-too") as share:
        address(share)
        said = (tmp_path / "env").read_text() + (tmp_path / "arguments").read_text()
        assert "hush" not in said
        assert "TUNNEL_TRANSPORT_PROTOCOL=http2" in said
        for secret in (share.token, share.pin, share.host_token):
            assert secret not in said


def test_viewers_have_the_addresses_that_the_tool_names(share_by: ShareBy, tmp_path: Path) -> None:
    script = NOTES + printing(CLOUDFLARED) + REST
    with share_by("cloudflared", script) as share:
        address(share)
        about = {"Cf-Connecting-Ip": "203.0.113.9", "X-Forwarded-For": "198.51.100.1"}
        for _ in range(6):  # wrong guesses
            status(door_of(tmp_path), NAME, "/api/status", Authorization="Bearer x", **about)
        bearer = f"Bearer {share.token}"
        guess = status(door_of(tmp_path), NAME, "/api/status", Authorization="Bearer x", **about)
        other = about | {"Cf-Connecting-Ip": "203.0.113.10"}
        fresh = status(door_of(tmp_path), NAME, "/api/status", Authorization="Bearer x", **other)
        right = status(door_of(tmp_path), NAME, "/api/status", Authorization=bearer, **about)
        assert (guess, fresh, right) == (429, 401, 200)


async def test_the_goodbye_still_goes_through_the_tunnel(
    share_by: ShareBy, tmp_path: Path
) -> None:
    share = share_by("cloudflared", NOTES + printing(CLOUDFLARED) + REST)
    await asyncio.to_thread(share.start)
    await asyncio.to_thread(address, share)
    url = f"http://127.0.0.1:{door_of(tmp_path)}/ws"
    about = {"Host": NAME, "Authorization": f"Bearer {share.token}"}
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(url, headers=about)
        await socket.send_str('{"type":"hello","version":2,"accepts":["jpeg"],"hidden":false}')
        await socket.receive(timeout=10_000 * MS)
        stopping = asyncio.create_task(asyncio.to_thread(share.stop))
        kinds = (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)
        while (await socket.receive(timeout=10_000 * MS)).type in kinds:
            pass
        assert socket.close_code == CloseCode.STOPPING
        await stopping


def test_a_new_address_makes_a_new_link_and_ends_the_old_name(
    share_by: ShareBy, tmp_path: Path
) -> None:
    words = printing(CLOUDFLARED.replace("two-red-quiet-otters", "a-NUMBER"))
    script = f"{NOTES}{AGAIN}{words.replace('a-NUMBER', chr(39).join(('a-', '$n', '')))}"
    script += "while [ ! -e $HERE/die-$n ]; do sleep 0.02; done\n"
    with share_by("cloudflared", script) as share:
        assert "//a-1." in address(share)
        (tmp_path / "die-1").touch()
        what = "another address"
        eventually(lambda: "//a-2." in share.tunnel_url, what=what, within=15_000 * MS)
        door = door_of(tmp_path)
        assert status(door, "a-2.trycloudflare.com") == 200
        assert status(door, "a-1.trycloudflare.com") == 403
        (tmp_path / "die-2").touch()
        eventually(lambda: not share.tunnel_url, what="no address")
        assert status(door, "a-2.trycloudflare.com") == 403
        assert all("trycloudflare" not in url for url in handed_out(share))


def test_the_host_page_hands_out_the_address_of_the_tunnel(share_by: ShareBy) -> None:
    script = printing(CLOUDFLARED) + REST
    with share_by("cloudflared", script, base_path="/screen") as share:
        address(share)
        assert handed_out(share)[0] == f"https://{NAME}/screen/"


def test_somebody_who_only_shows_a_screen_comes_through_the_tunnel(
    share_by: ShareBy, tmp_path: Path
) -> None:
    with share_by("cloudflared", NOTES + printing(CLOUDFLARED) + REST) as share:
        address(share)
        link = share.new_show_link()
        assert link.url == f"https://{NAME}/show#token={link.token}"
        assert status(door_of(tmp_path), NAME, "/show") == 200
        body = json.dumps({"token": link.token})
        about = {"Host": NAME, "Origin": f"https://{NAME}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", door_of(tmp_path), timeout=10)
        connection.request("POST", "/api/login", body, about)
        assert connection.getresponse().status == 204
        connection.close()


def test_tailscale_serves_the_name_in_its_status(share_by: ShareBy) -> None:
    answer = '{"BackendState":"Running","Self":{"DNSName":"desk.tail1a2b3.ts.net."}}'
    script = f"if [ $1 = status ]; then echo '{answer}'; exit; fi\n{printing(FUNNEL)}{REST}"
    with share_by("tailscale", script) as share:
        assert address(share).startswith("https://desk.tail1a2b3.ts.net/#token=")


def test_a_mounted_share_has_no_tunnel(share_by: ShareBy, tmp_path: Path) -> None:
    share = share_by("cloudflared", f"touch $HERE/ran\n{REST}")
    share.asgi()

    async def enter() -> None:
        async with share:
            pass

    with pytest.raises(TunnelError, match="a mounted share has no tunnel"):
        asyncio.run(enter())
    assert not share.is_sharing
    assert not (tmp_path / "ran").exists()


def test_a_share_without_its_tool_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(TunnelError, match="cloudflared is not installed"):
        Share(tunnel="cloudflared")
