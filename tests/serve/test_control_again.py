"""/ws/control of one person twice: a page that comes back does not wait for its dead connection."""

from __future__ import annotations

import pytest

from samescreen.control.events import Move
from samescreen.grants import Grant
from tests.fakes import soon
from tests.serve.conftest import Site
from tests.serve.test_control import MOVE, FakeSink, acting, bearer, key, message, state


async def test_a_persons_new_connection_comes_before_their_old_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = FakeSink()
    monkeypatch.setattr(site.stream.publisher, "control", sink)
    headers = bearer(site, Grant.CONTROL)
    dead = await site.client.ws_connect("/ws/control", headers=headers)
    waiting = await acting(site)
    assert (await state(dead), await state(waiting)) == ("mine", "held")
    await dead.send_bytes(message(key()))
    await soon(lambda: len(sink.events) == 1, "a key is held")
    new = await site.client.ws_connect("/ws/control", headers=headers)
    assert (await state(new), await state(dead), sink.ends) == ("mine", "held", 1)
    await new.send_bytes(message(MOVE))
    await soon(lambda: sink.events[1:] == [Move(5, 6)], "it acts at once")
    await dead.close()
    await new.close()
    assert await state(waiting) == "mine"
    await waiting.close()
