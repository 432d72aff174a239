"""`share --via` from a network that only a proxy leads out of, to a relay with TLS."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from samescreen.host import Host
from tests.fakes import soon
from tests.host.hosting import options
from tests.relay.connect_proxy import connect_proxy
from tests.relay.test_relay import PUBLISH_TOKEN
from tests.stage.timing import MS


async def test_https_goes_through_the_proxy_of_the_environment(tmp_path: Path) -> None:
    relay = Host(options(publish_token=PUBLISH_TOKEN, view_only=True, encoder="libx264"))
    async with relay, connect_proxy() as proxy:
        assert relay.tls is not None
        assert relay.tls.authority is not None
        authority = tmp_path / "authority.pem"
        authority.write_bytes(relay.tls.authority.pem)
        environment = os.environ | {
            "SSL_CERT_FILE": str(authority),
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
            "NO_PROXY": "",
            "SAMESCREEN_VIA_TOKEN": PUBLISH_TOKEN,
        }
        words = "-m", "samescreen", "share", "testcard", "--quiet", "--encoder", "libx264"
        where = "--host", "127.0.0.1", "--port", "0", "--tls", "off"
        via = "--via", f"https://127.0.0.1:{relay.port}"
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, *where, *via, env=environment
        )
        try:
            is_there = lambda: list(relay.hub.streams) == ["testcard"]  # noqa: E731
            await soon(is_there, "its stream is on the relay", 15_000 * MS)
        finally:
            process.terminate()
            await process.wait()
    assert set(proxy.asked) == {f"CONNECT 127.0.0.1:{relay.port}"}
