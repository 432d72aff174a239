"""The host asks a viewer for a screen: on /ws, /ws/publish and the routes of the host link."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from samescreen.clock import clock_us
from samescreen.errors import UsageError
from samescreen.grants import BROUGHT, WATCH_ONLY, Grant
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.publishing import Publish
from tests.fakes import PATIENCE_S
from tests.serve.conftest import Site
from tests.serve.publishing_stage import PAGE_PICTURES, Publisher
from tests.serve.test_host_routes import ask
from tests.serve.test_talk_socket import HELLO, next_of

KINDS = {"kinds": ["grants", "show-request"]}


async def page(site: Site, **more: Any) -> ClientWebSocketResponse:
    """A page that was opened by the viewer link."""
    ws: ClientWebSocketResponse = await site.client.ws_connect("/ws", headers=site.same)
    await ws.send_json(HELLO | KINDS | more)
    await next_of(ws, "grants")
    return ws


async def next_text(ws: ClientWebSocketResponse) -> dict[str, Any]:
    while (got := await ws.receive(timeout=PATIENCE_S)).type is not WSMsgType.TEXT:
        assert got.type is WSMsgType.BINARY, got
    return dict(json.loads(got.data))


async def asked(site: Site, *, is_asked: bool = True) -> int:
    person = site.actions.people[0].person_id
    fields = {"person": person, "ask": is_asked}
    return (await ask(site, "POST", "/api/people/show", site.as_host, fields))[0]


async def invited(site: Site) -> list[bool]:
    """Whether each question that the host page lists was accepted."""
    overview = (await ask(site, "GET", "/api/host", site.as_host))[1]
    return [each["accepted"] for each in overview["invited"]]


async def test_a_yes_and_only_the_host_sees_what_is_shown(site: Site) -> None:
    await site.log_in()
    viewer = await page(site)
    assert await asked(site) == 200
    assert await next_of(viewer, "show-request") == {
        "type": "show-request",
        "state": "asked",
        "by": "",
    }
    assert await invited(site) == [False]
    await viewer.send_json({"type": "show-answer", "answer": "yes"})
    assert "publish" in (await next_of(viewer, "grants"))["grants"]
    assert (await next_of(viewer, "show-request"))["state"] == "accepted"
    assert await invited(site) == [True]
    publisher = Publisher(await site.client.ws_connect("/ws/publish", headers=site.same))
    await publisher.say(Publish(PROTOCOL_VERSION), PAGE_PICTURES)
    await publisher.until("grant")
    assert (await next_of(viewer, "show-request"))["state"] == "over"
    hub = site.audience.hub
    assert hub.find("desk") is None, "viewers do not see it"
    assert hub.find("desk", sees_all=True) is not None
    hub.show_to_all("desk")
    while (await next_of(viewer, "streams"))["watching"] != "desk":
        pass
    kinds = [act.kind for act in site.actions.acts_since(0)]
    assert kinds == ["show-ask", "show-yes"]


async def test_a_page_that_is_loaded_again_learns_of_the_question(site: Site) -> None:
    await site.log_in()
    first = await page(site)
    await asked(site)
    await next_of(first, "show-request")
    second = await page(site)
    assert (await next_of(second, "show-request"))["state"] == "asked"
    await second.send_json({"type": "show-answer", "answer": "no"})
    assert (await next_of(first, "show-request"))["state"] == "over"
    assert await invited(site) == []


async def test_the_host_may_take_the_question_back(site: Site) -> None:
    await site.log_in()
    viewer = await page(site)
    assert await asked(site, is_asked=False) == 404
    await asked(site)
    await next_of(viewer, "show-request")
    assert await asked(site, is_asked=False) == 200
    assert (await next_of(viewer, "show-request"))["state"] == "over"


async def test_a_person_whose_rights_the_host_sets_shows_to_everybody(site: Site) -> None:
    await site.log_in()
    viewer = await page(site)
    await asked(site)
    await next_of(viewer, "show-request")
    await viewer.send_json({"type": "show-answer", "answer": "yes"})
    await next_of(viewer, "grants")
    person = site.actions.people[0].person_id
    site.actions.set_grants(person, WATCH_ONLY | {Grant.PUBLISH}, clock_us())
    publisher = Publisher(await site.client.ws_connect("/ws/publish", headers=site.same))
    await publisher.say(Publish(PROTOCOL_VERSION), PAGE_PICTURES)
    await publisher.until("grant")
    assert site.audience.hub.find("desk") is not None


async def test_who_cannot_be_asked(site: Site) -> None:
    routed = await ask(
        site, "POST", "/api/people/show", site.as_host, {"person": "nobody", "ask": True}
    )
    assert routed[0] == 404
    await site.log_in()
    await page(site)
    person = site.actions.people[0]
    denied = {"person": person.person_id, "ask": True}
    assert (await ask(site, "POST", "/api/people/show", site.bearer, denied))[0] == 403
    site.audience.hub.people.barred = BROUGHT
    assert await asked(site) == 400
    with pytest.raises(UsageError, match="--view-only"):
        site.actions.showing.ask(person.person_id, "", clock_us())


async def test_an_older_page_is_sent_nothing_and_the_question_runs_out(site: Site) -> None:
    await site.log_in()
    viewer = await page(site, kinds=["grants", "you"])
    await asked(site)
    site.actions.say("a line")
    site.actions.people[0].show(site.audience.hub.people.state_of(site.actions.people[0]))
    kinds: list[str] = []
    while not kinds or kinds[-1] != "you":
        kinds.append((await next_text(viewer))["type"])
    assert "show-request" not in kinds
    assert await invited(site) == [False]
