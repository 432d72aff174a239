"""POST /api/input: a program acts until a person takes over, and learns why it may not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from samescreen.control.events import Mark, Move, Order, Text
from samescreen.control.news import Applied, Failed, HandSeen, Obstructed
from samescreen.control.policy import HAND_RESTS_US
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub import agents
from samescreen.serve.new_link import NewLink
from samescreen.serve.site import now_s
from tests.fakes import soon
from tests.serve.conftest import Site
from tests.serve.test_control import FakeSink, acting, bearer, state

MOVE = {"do": "move", "x": 5, "y": 6}


class QuickSink(FakeSink):
    """It carries everything out at once, and says so."""

    is_slow = False

    def put(self, orders: Sequence[Order]) -> bool:
        for order in orders:
            if isinstance(order, Mark) and not self.is_slow:
                self.tell(Applied(order.sequence, 0))
        return super().put([each for each in orders if not isinstance(each, Mark)])


@pytest.fixture
def sink(site: Site, monkeypatch: pytest.MonkeyPatch) -> QuickSink:
    sink = QuickSink()
    monkeypatch.setattr(site.stream.publisher, "control", sink)
    return sink


def program(site: Site) -> dict[str, str]:
    grants = WATCH_ONLY | {Grant.CONTROL}
    link = site.actions.new_link(NewLink(name="my agent", grants=grants), now_s())
    return {"Authorization": f"Bearer {link.secret}"}


async def post(site: Site, headers: dict[str, str], *actions: dict[str, Any]) -> tuple[int, str]:
    answer = await site.client.post("/api/input", json={"actions": actions}, headers=headers)
    return answer.status, await answer.text()


async def test_a_program_acts_and_keeps_control_until_it_is_idle(
    site: Site, sink: QuickSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = program(site)
    for _ in range(2):
        status, words = await post(site, headers, MOVE, {"do": "text", "text": "hi"})
        assert (status, '"cause": ""' in words) == (200, True)
    assert sink.events == [Move(5, 6), Text("hi")] * 2
    holder = site.actions.controller
    assert holder is not None
    assert holder.name == "my agent"
    monkeypatch.setattr(agents, "IDLE_US", 0)
    await soon(lambda: _ticked(site).actions.controller is None, "it gave control back")
    assert sink.ends == 1
    assert [person.person_id for person in site.actions.people] == []


def _ticked(site: Site) -> Site:
    site.audience.hub.tick()
    return site


async def test_who_may_not_is_refused(site: Site, sink: QuickSink) -> None:
    assert (await post(site, site.bearer, MOVE))[0] == 403
    await site.log_in()
    assert (await post(site, site.same, MOVE))[0] == 403, "pages have a socket of their own"
    status, words = await post(site, program(site), {"do": "fly"})
    assert (status, "fly" in words) == (400, True)
    answer = await site.client.post(
        "/api/input", json={"actions": [MOVE], "stream": "gone"}, headers=program(site)
    )
    assert answer.status == 404
    assert sink.events == []


async def test_a_person_takes_over_with_one_click_and_gives_back(
    site: Site, sink: QuickSink
) -> None:
    headers = program(site)
    await post(site, headers, MOVE)
    page = await acting(site)
    assert await state(page) == "mine"
    status, words = await post(site, headers, MOVE)
    assert (status, "127.0.0.1 uses mouse and keyboard" in words) == (409, True)
    assert len(sink.events) == 1
    await page.close()
    await soon(lambda: site.actions.controller is None, "it was given back")
    assert (await post(site, headers, MOVE))[0] == 200


async def test_a_call_under_way_learns_that_a_person_took_over(
    site: Site, sink: QuickSink
) -> None:
    sink.is_slow = True
    call = asyncio.create_task(post(site, program(site), MOVE))
    await soon(lambda: len(sink.events) == 1, "the call is under way")
    page = await acting(site)
    status, words = await call
    assert (status, "uses mouse and keyboard" in words) == (409, True)
    await page.close()


async def test_a_hand_at_the_machine_keeps_programs_out_until_it_is_given_back(
    site: Site, sink: QuickSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samescreen.control.policy.HAND_RESTS_US", 0)
    headers = program(site)
    await post(site, headers, MOVE)
    sink.tell(HandSeen())
    for _ in range(2):
        status, words = await post(site, headers, MOVE)
        assert (status, "person at the machine took over" in words) == (409, True)
    overview = await (await site.client.get("/api/host", headers=site.as_host)).json()
    assert overview["control_kept"] is True
    answer = await site.client.post("/api/control/give-back", headers=site.as_host, json={})
    assert answer.status == 200
    assert (await post(site, headers, MOVE))[0] == 200
    assert HAND_RESTS_US > 0
    kinds = [act.kind for act in site.actions.acts_since(0)]
    assert {"took-over", "give-back"} <= set(kinds)


async def test_a_second_program_waits_for_the_first(site: Site, sink: QuickSink) -> None:
    first, second = program(site), program(site)
    await post(site, first, MOVE)
    status, words = await post(site, second, MOVE)
    assert (status, words[:8]) == (409, "my agent")


async def test_the_answer_says_what_was_not_carried_out(site: Site, sink: QuickSink) -> None:
    headers = program(site)
    sink.is_slow = True
    call = asyncio.create_task(post(site, headers, {"do": "click", "x": 1, "y": 1}))
    await soon(lambda: len(sink.events) == 2, "the call is under way")
    sink.tell(Obstructed("covered"))
    session = site.audience.hub.agents._sessions
    (number,) = next(iter(session.values()))._waiting
    sink.tell(Applied(number, 0))
    status, words = await call
    assert (status, '"covered"' in words) == (200, True)
    call = asyncio.create_task(post(site, headers, MOVE))
    await soon(lambda: len(sink.events) == 3, "the next call is under way")
    sink.tell(Failed("no server"))
    assert (await call)[0] == 409


async def test_put_out_and_paused_and_too_much(site: Site, sink: QuickSink) -> None:
    headers = program(site)
    site.actions.pause()
    assert (await post(site, headers, MOVE))[0] == 409
    site.actions.pause(False)
    text = {"do": "text", "text": "x" * 1000}
    codes = [(await post(site, headers, text))[0] for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    person = site.actions.controller
    assert person is not None
    site.actions.put_out(person.person_id, now_s())
    assert site.actions.controller is None
    assert (await post(site, headers, MOVE))[0] in (401, 403)


async def test_a_source_that_takes_no_input(site: Site) -> None:
    status, words = await post(site, bearer(site, Grant.CONTROL), MOVE)
    assert (status, words) == (409, "Nothing that is shared takes input.\n")
