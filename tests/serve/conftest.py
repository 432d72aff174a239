"""The application on a loopback port, its source scripted, its clock the real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from samescreen.capture.base import clock_us
from samescreen.live.hub import Hub
from samescreen.live.slot import Slot
from samescreen.live.stream import Stream
from samescreen.live.track import VideoTrack
from samescreen.serve.access import Credentials, Gatekeeper, HostRule
from samescreen.serve.app import make_app
from samescreen.serve.powers import HostPowers
from samescreen.serve.site import Front
from tests.fakes import AIM, PATIENCE_S, EncoderScript, ScriptedSource

TOKEN, PIN = "a-token-for-tests", "314159"
HOST_TOKEN = "a-host-token-for-tests"
CREDENTIALS = Credentials(TOKEN, PIN, bytes(32), HOST_TOKEN, b"h" * 32)
"""As if the tokens were drawn: they are exempt from waiting."""
COOKIE = "samescreen_9000"


@dataclass(slots=True)
class Site:
    """A running application and what is behind it."""

    client: TestClient[Any, Any]
    hub: Hub
    stream: Stream
    gatekeeper: Gatekeeper
    source: ScriptedSource
    script: EncoderScript

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
        """Headers of a program of the host's."""
        return {"Authorization": f"Bearer {HOST_TOKEN}"}

    @property
    def powers(self) -> HostPowers:
        return HostPowers(self.gatekeeper, self.hub.people)

    async def log_in(self) -> None:
        """The client's cookie jar holds the cookie from here on."""
        answer = await self.client.post("/api/login", json={"token": TOKEN}, headers=self.same)
        assert answer.status == 204


@pytest.fixture
def is_open() -> bool:
    """Whether the site lets everybody in; a test overrides it."""
    return False


@pytest.fixture
def front() -> Front:
    """What stands in front of the site; a test overrides it."""
    return Front()


@pytest.fixture
async def site(is_open: bool, front: Front) -> AsyncIterator[Site]:
    hub = Hub("desk", clock_us, 100)
    stream = hub.add_stream("screen", "Screen 1", 0, AIM)
    source, script = ScriptedSource(), EncoderScript()
    slot = Slot(
        asyncio.get_running_loop(), lambda event: hub.deliver(stream, event), AIM
    )
    stream.slot = slot
    track = VideoTrack(source, slot, script.make, AIM)
    track.start()
    gatekeeper = Gatekeeper(CREDENTIALS, is_open=is_open)
    app = make_app(hub, gatekeeper, HostRule(["desk"], ["share.example.org"]), 9000, front)
    async with TestClient(TestServer(app)) as client:
        yield Site(client, hub, stream, gatekeeper, source, script)
    slot.stop()
    assert await asyncio.to_thread(track.join, PATIENCE_S)
