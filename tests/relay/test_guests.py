"""What people on a relay may do on the host: nothing, unless it allows that, and grants it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from samescreen.clock import clock_us
from samescreen.control.events import Input, Mark, Move, Order
from samescreen.control.news import Applied, News
from samescreen.control.wire import input_to_bytes
from samescreen.errors import UsageError
from samescreen.grants import Grant
from samescreen.host import Host
from samescreen.hub.ink import Added
from samescreen.hub.marks import FarDrawer
from samescreen.relay.via import Allowed, Via
from samescreen.serve.links import VIEWER
from samescreen.serve.site import now_s
from tests.fakes import PATIENCE_S, soon
from tests.host.hosting import HELLO, TOKEN
from tests.relay.test_relay import PUBLISH_TOKEN, relay, sharing


@dataclass
class Desktop:
    """Takes input, and keeps it."""

    orders: list[Order] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    report: Callable[[News], None] = lambda news: None
    fits: bool = False

    def begin(self, report: Callable[[News], None]) -> None:
        self.report = report

    def put(self, events: Sequence[Order]) -> bool:
        self.orders += events
        for each in events:
            if isinstance(each, Mark):
                self.report(Applied(each.sequence, clock_us()))
        return True

    def end(self) -> None:
        self.ends.append("end")

    def cut(self) -> None:
        self.ends.append("cut")


@dataclass
class Scene:
    """A relay, a host that publishes on it, and a page of the relay."""

    there: Host
    here: Host
    desktop: Desktop
    session: aiohttp.ClientSession
    page: aiohttp.ClientWebSocketResponse
    drawn: list[Any]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.there.port}"

    async def told(self, kind: str) -> dict[str, Any]:
        """The page's next message of this kind."""
        while True:
            message = await self.page.receive(timeout=PATIENCE_S)
            if message.type is aiohttp.WSMsgType.TEXT and (said := message.json())["type"] == kind:
                found: dict[str, Any] = said
                return found

    @property
    def track(self) -> int:
        return self.there.hub.first.track

    async def control(self) -> aiohttp.ClientWebSocketResponse:
        return await self.session.ws_connect(f"{self.url}/ws/control")


@asynccontextmanager
async def scene(*allowed: Grant, approves: bool = False) -> AsyncIterator[Scene]:
    desktop, drawn = Desktop(), list[Any]()
    async with relay() as there, sharing() as here:
        there.gatekeeper.links.let_publishers_lead()  # as `samescreen serve` does
        here.hub.people.lobby.is_on = approves
        setattr(here.hub.first.publisher, "control", desktop)  # noqa: B010
        url = f"http://127.0.0.1:{there.port}"
        to = Allowed(frozenset(allowed), lambda stream, mark: drawn.append(mark))
        work = asyncio.ensure_future(
            Via(url, PUBLISH_TOKEN, here.hub, "desk", lambda news: None, to).run()
        )
        await soon(lambda: bool(there.hub.streams), "the stream is on the relay")
        asked_for = there.hub.people.lobby
        await soon(lambda: bool(asked_for.is_asked_for) is approves, "the relay knows of the lobby")
        try:
            headers = {"Origin": url}
            async with aiohttp.ClientSession(
                headers=headers, cookie_jar=aiohttp.CookieJar(unsafe=True)
            ) as session:
                await session.post(f"{url}/api/login", json={"token": TOKEN})
                page = await session.ws_connect(f"{url}/ws")
                await page.send_json(
                    HELLO | {"kinds": ["asked", "clipboard", "grants", "ink", "marks", "you"]}
                )
                yield Scene(there, here, desktop, session, page, drawn)
        finally:
            work.cancel()
            await asyncio.wait([work])


async def asked(scene: Scene, grant: str) -> None:
    """The page asks, and the host is asked."""
    await scene.page.send_json({"type": "ask", "grants": [grant]})
    await soon(lambda: bool(scene.here.hub.control.requests.all), "the host is asked")


def answer(scene: Scene, *, is_yes: bool) -> None:
    (request,) = scene.here.hub.control.requests.all
    scene.here.actions.answer(request.person_id, is_yes)


async def test_a_screen_of_somebody_on_the_relay_is_asked_for_on_the_relay() -> None:
    """No picture goes down to the host. The publish token gives the powers of the relay's host."""
    async with scene(Grant.CONTROL) as it:
        await asked(it, "control")
        (guest,) = it.here.actions.people
        with pytest.raises(UsageError, match="on the relay: ask on its host page"):
            it.here.actions.showing.ask(guest.person_id, "", clock_us())
        assert not it.here.hub.people.invitations.all
        it.there.hub.people.barred = frozenset()
        (person,) = [each for each in it.there.actions.people if each.link_id == VIEWER]
        bearer = {"Authorization": f"Bearer {PUBLISH_TOKEN}"}
        body = {"person": person.person_id, "ask": True}
        async with aiohttp.ClientSession(headers=bearer) as host:
            async with host.post(f"{it.url}/api/people/show", json=body) as answer:
                assert answer.status == 200
            assert it.there.hub.people.invitations.of(person.person_id) is not None
            async with host.post(f"{it.url}/api/links/show", json={}) as answer:
                assert (await answer.json())["token"]


async def test_a_host_that_allows_nothing_is_asked_for_nothing() -> None:
    async with scene() as it:
        assert it.there.hub.first.publisher.control is None
        await it.page.send_json({"type": "ask", "grants": ["control"]})
        assert (await it.told("asked"))["state"] == "off"
        assert not it.here.hub.control.requests.all


async def test_the_host_gives_control_and_takes_it_back() -> None:
    async with scene(Grant.CONTROL) as it:
        await soon(lambda: it.there.hub.control.is_offered, "it can be asked for")
        await asked(it, "control")
        answer(it, is_yes=True)
        while (await it.told("asked"))["state"] != "given":
            pass
        control = await it.control()
        assert (await control.receive_json(timeout=PATIENCE_S))["state"] == "mine"
        move = Input(it.track, 7, 0, (Move(3, 4),), answered=True)
        await control.send_bytes(input_to_bytes(move))
        while (said := await control.receive_json(timeout=PATIENCE_S))["type"] != "applied":
            pass
        assert said["sequence"] == 7
        assert it.desktop.orders == [Move(3, 4), Mark(7)]
        it.here.hub.control.end()
        await control.receive(timeout=PATIENCE_S)
        await soon(lambda: it.there.hub.control.holder is None, "nobody has control")
        people = list(it.there.hub.people)
        await soon(lambda: not any(Grant.CONTROL in p.grants for p in people), "it is taken back")
        assert it.desktop.ends == ["cut"]


async def test_no_is_an_answer_too() -> None:
    async with scene(Grant.CONTROL) as it:
        await soon(lambda: it.there.hub.control.is_offered, "it can be asked for")
        await asked(it, "control")
        answer(it, is_yes=False)
        while (await it.told("asked"))["state"] != "no":
            pass


async def test_the_relays_own_host_link_gives_nothing_here() -> None:
    async with scene(Grant.CONTROL) as it:
        await soon(lambda: it.there.hub.control.is_offered, "it can be asked for")
        token = it.there.gatekeeper.host_token
        await it.session.post(f"{it.url}/api/login", json={"token": token})
        control = await it.control()
        await control.send_bytes(input_to_bytes(Input(it.track, 1, 0, (Move(3, 4),))))
        await soon(
            lambda: any(p.person_id.startswith("relay-") for p in it.here.hub.people)
            or it.there.hub.control.holder is not None,
            "the relay let them act",
        )
        await control.send_bytes(input_to_bytes(Input(it.track, 2, 0, (Move(5, 6),))))
        await it.page.send_json({"type": "ask", "grants": ["control"]})
        await it.told("asked")
        assert not it.desktop.orders


async def test_the_host_lets_people_of_the_relay_in() -> None:
    async with scene(approves=True) as it:
        people = it.here.hub.people
        await soon(lambda: bool(people.waiting(clock_us())), "the host sees who waits")
        assert it.there.audience.viewer_count() == 0
        people.let_in(people.waiting(clock_us())[0].person_id)
        await soon(lambda: it.there.audience.viewer_count() == 1, "they are in")


async def test_whom_the_host_does_not_let_in_cannot_come_back() -> None:
    async with scene(approves=True) as it:
        people = it.here.hub.people
        await soon(lambda: bool(people.waiting(clock_us())), "the host sees who waits")
        it.here.actions.put_out(people.waiting(clock_us())[0].person_id, now_s())
        await it.told("bye")
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await it.session.ws_connect(f"{it.url}/ws")
        login = await it.session.post(f"{it.url}/api/login", json={"token": TOKEN})
        assert login.status == 403


async def test_whom_the_host_puts_out_is_out_at_the_relay_too() -> None:
    async with scene(Grant.CONTROL) as it:
        await asked(it, "control")
        (request,) = it.here.hub.control.requests.all
        it.here.actions.put_out(request.person_id, now_s())
        assert (await it.told("bye"))["reason"] == "put-out"
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await it.session.ws_connect(f"{it.url}/ws")


@pytest.mark.parametrize("allowed", [(Grant.POINT,), ()])
async def test_marks_go_to_the_host_where_it_allows_them(allowed: tuple[Grant, ...]) -> None:
    async with scene(*allowed) as it:
        for person in it.there.hub.people:
            person.change(person.grants | {Grant.POINT}, clock_us())
        drawing = {"type": "draw", "track": it.track, "stroke": 1, "tool": "pen"}
        await it.page.send_json(drawing | {"points": [9, 8, 0], "end": True})
        await it.told("ink")
        if not allowed:
            assert not it.here.hub.ink.has_marks
            return
        await soon(lambda: it.here.hub.ink.has_marks, "the host has the mark")
        assert [mark.points for mark in it.drawn] == [(9, 8, 0)]
        await it.page.send_json({"type": "erase", "all": True})
        await soon(lambda: not it.here.hub.ink.has_marks, "it is gone")


async def test_marks_at_the_host_are_seen_on_the_relay_without_leave() -> None:
    async with scene() as it:
        added = Added(1, "pen", (9, 8, 0), is_end=True)
        assert it.here.hub.ink.grow(it.here.hub.first, FarDrawer("elsewhere", 1, "Anna"), added)
        assert [each["name"] for each in (await it.told("marks"))["people"]] == ["Anna"]
        assert [each["points"] for each in (await it.told("ink"))["marks"]] == [[9, 8, 0]]
