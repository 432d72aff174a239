"""Sockets inside an ASGI application: who is known while one opens, and who is refused."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from contextlib import nullcontext
from typing import Any

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.hub.hub import Hub
from samescreen.serve.access import Gatekeeper, HostRule
from samescreen.serve.asgi import AsgiApp
from samescreen.serve.host_actions import HostActions
from samescreen.serve.site import Site, SiteConfig, now_s
from samescreen.subscribe.audience import Audience
from tests.fakes import soon
from tests.serve.conftest import COOKIE, CREDENTIALS, TOKEN

ORIGIN = (b"origin", b"http://desk:9000")
Event = MutableMapping[str, Any]


class Stage:
    """An ASGI application and one page that is logged in."""

    def __init__(self) -> None:
        hub = Hub(clock_us)
        self.gatekeeper = Gatekeeper(CREDENTIALS)
        site = Site(
            Audience(hub, "desk", clock_us, 100),
            self.gatekeeper,
            HostRule(["desk"], []),
            SiteConfig(),
            9000,
            {},
        )
        self.hub = hub
        self.app = AsgiApp(lambda: site, nullcontext())
        proof = self.gatekeeper.login(TOKEN, "10.0.0.9", clock_us(), now_s())
        assert proof is not None
        self.person_id = proof.person_id
        cookie = self.gatekeeper.cookie(proof, now_s(), "9000")
        self.page = [(b"cookie", f"{COOKIE}={cookie}".encode()), ORIGIN]


class Socket:
    """One WebSocket. Its handshake is answered once `open` is set."""

    def __init__(self, stage: Stage, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        self.sent: list[Event] = []
        self.open = asyncio.Event()
        self._begin = [{"type": "websocket.connect"}]
        scope = {
            "type": "websocket",
            "path": path,
            "headers": [(b"host", b"desk:9000"), *headers],
            "client": ("10.0.0.9", 40000),
        }
        self.served = asyncio.ensure_future(stage.app(scope, self._receive, self._send))

    async def _receive(self) -> Event:
        if self._begin:
            return self._begin.pop()
        await asyncio.Event().wait()
        raise AssertionError("nothing more comes")

    async def _send(self, event: Event) -> None:
        self.sent.append(event)
        await self.open.wait()


async def test_who_opens_a_socket_is_known_although_another_one_of_theirs_ends() -> None:
    stage = Stage()
    slow = Socket(stage, "/ws", stage.page)
    await soon(lambda: slow.sent, "its handshake is on its way")
    person = stage.hub.people.find(stage.person_id)
    assert person is not None
    refused = Socket(stage, "/ws/control", stage.page)
    refused.open.set()
    await refused.served  # it has no such grant
    slow.open.set()
    await soon(lambda: person.connections, "it is open")
    HostActions(stage.gatekeeper, stage.hub, "a test").put_out(stage.person_id, now_s())
    await soon(slow.served.done, "they are put out")
    assert slow.sent[-1]["code"] == CloseCode.PUT_OUT


async def test_a_program_that_waits_in_the_lobby_is_refused() -> None:
    stage = Stage()
    stage.hub.people.lobby.is_on = True
    bearer = (b"authorization", f"Bearer {TOKEN}".encode())
    program = Socket(stage, "/ws", [bearer])
    program.open.set()
    await program.served
    assert [each["type"] for each in program.sent] == ["websocket.close"]
