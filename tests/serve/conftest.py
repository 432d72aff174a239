"""The application on a loopback port, with a scripted source and the real clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from samescreen.capture.choose import OpenedSource
from samescreen.clock import clock_us
from samescreen.hub.hub import Hub
from samescreen.hub.stream import Stream
from samescreen.publish.local import LocalPublisher
from samescreen.serve import tls
from samescreen.serve.access import Credentials, Gatekeeper, HostRule
from samescreen.serve.app import make_app
from samescreen.serve.host_actions import HostActions
from samescreen.serve.site import SiteConfig
from samescreen.serve.stream_actions import StreamControl
from samescreen.subscribe.audience import Audience
from samescreen.subscribe.viewer import Viewer
from tests.fakes import TARGET
from tests.stage.scripted import EncoderScript, ScriptedSource

TOKEN, PIN = "a-token-for-tests", "314159"
HOST_TOKEN = "a-host-token-for-tests"
CREDENTIALS = Credentials(TOKEN, PIN, bytes(32), HOST_TOKEN, b"h" * 32)
"""With keys, so the tokens count as drawn by the host and never have to wait."""
COOKIE = "samescreen_9000"


@dataclass(slots=True)
class Site:
    """A running application, a client of it, and the objects that it serves."""

    client: TestClient[Any, Any]
    audience: Audience
    stream: Stream
    gatekeeper: Gatekeeper
    source: ScriptedSource
    script: EncoderScript

    @property
    def viewers(self) -> dict[str, Viewer]:
        return self.audience.of(self.stream).viewers

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.client.port}"

    @property
    def same(self) -> dict[str, str]:
        """Headers of a page of this site."""
        return {"Origin": self.origin}

    @property
    def bearer(self) -> dict[str, str]:
        """Headers of a program."""
        return {"Authorization": f"Bearer {TOKEN}"}

    @property
    def as_host(self) -> dict[str, str]:
        """Headers of a program with the host link."""
        return {"Authorization": f"Bearer {HOST_TOKEN}"}

    @property
    def actions(self) -> HostActions:
        return HostActions(self.gatekeeper, self.audience.hub, "a test")

    async def log_in(self) -> None:
        """Log the client in: its cookie jar has the cookie from now on."""
        answer = await self.client.post("/api/login", json={"token": TOKEN}, headers=self.same)
        assert answer.status == 204


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """This machine's addresses; a test changes them."""
    found = ["127.0.0.1", "192.168.1.5"]
    monkeypatch.setattr(tls, "own_addresses", lambda: found)
    monkeypatch.setattr(tls, "shown_addresses", lambda host: found if host == "0.0.0.0" else [host])
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where LocalTls keeps its files; it does not exist yet."""
    return tmp_path / "config" / "samescreen"


@pytest.fixture
def is_open() -> bool:
    """Whether the site lets everybody in; a test overrides it."""
    return False


@pytest.fixture
def config() -> SiteConfig:
    """The configuration of the site; a test overrides it."""
    return SiteConfig()


@pytest.fixture
def streams() -> StreamControl | None:
    """What changes the streams of the site; a test overrides it."""
    return None


@pytest.fixture
async def site(
    is_open: bool, config: SiteConfig, streams: StreamControl | None
) -> AsyncIterator[Site]:
    hub = Hub(clock_us)
    audience = Audience(hub, "desk", clock_us, 100)
    source, script = ScriptedSource(), EncoderScript()
    publisher = LocalPublisher(OpenedSource(source, "screen"), 0, script.make, TARGET)
    stream = hub.add("screen", "Screen 1", publisher)
    publisher.start(stream.deliver)
    gatekeeper = Gatekeeper(CREDENTIALS, is_open=is_open)
    rule = HostRule(["desk"], ["share.example.org"])
    app = make_app(audience, gatekeeper, rule, 9000, config, streams=streams)
    async with TestClient(TestServer(app)) as client:
        yield Site(client, audience, stream, gatekeeper, source, script)
    await publisher.close()
    assert source.is_disposed
