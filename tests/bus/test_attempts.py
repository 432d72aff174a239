"""A broker that refuses is tried again and again, and no attempt is kept."""

from __future__ import annotations

import asyncio
from typing import NoReturn

import pytest

from samescreen.bus import nats_bus
from samescreen.bus.address import Secret, parse_servers
from samescreen.bus.nats_bus import NatsBus
from samescreen.bus.reasons import REFUSED
from tests.fakes import soon


async def test_attempts_that_fail_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = 0

    async def refused(*arguments: object) -> NoReturn:
        nonlocal attempts
        attempts += 1
        raise REFUSED

    monkeypatch.setattr(nats_bus, "connected", refused)
    for name in ("FIRST_WAIT_S", "LONGEST_WAIT_S", "REFUSED_WAIT_S"):
        monkeypatch.setattr(nats_bus, name, 0.001)
    bus = NatsBus(parse_servers("nats://127.0.0.1"), Secret())
    work = asyncio.ensure_future(bus.run(lambda failure: None))
    await soon(lambda: attempts >= 5, "it tries again and again")
    work.cancel()
    await asyncio.wait([work])
    assert REFUSED.__traceback__ is None
