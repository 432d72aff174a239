"""Who may publish through /ws/publish, how much, and what a link to show a screen gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import WSMsgType

from samescreen.closing import CloseCode
from samescreen.errors import UsageError
from samescreen.gate.profiles import HOST
from samescreen.grants import BROUGHT, WATCH_ONLY, Grant
from samescreen.media import Codec
from samescreen.serve.new_link import NewLink
from samescreen.serve.site import now_s
from samescreen.serve.socket_endpoints import MOST_SHOWN
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.publishing import Configure, Offer, Publish, State, text_from_publisher
from tests.fakes import PATIENCE_S, soon
from tests.gate.published_streams import SIZE
from tests.serve.conftest import HOST_TOKEN, TOKEN, Site
from tests.serve.publishing_stage import (
    MAIN,
    PAGE_PICTURES,
    PICTURES,
    THEIRS,
    Publisher,
    connected,
    publish_token,
    watching,
)
from tests.serve.test_host_routes import ask


async def test_without_the_grant_nothing_is_read(site: Site) -> None:
    publisher = await connected(site, TOKEN)
    assert await publisher.closed() == CloseCode.FORBIDDEN


async def test_taking_the_grant_back_ends_everything_at_once(site: Site) -> None:
    link = site.actions.new_link(NewLink(grants=WATCH_ONLY | {Grant.PUBLISH}), now_s())
    publisher = await connected(site, link.secret)
    await publisher.say(Publish(PROTOCOL_VERSION), PICTURES)
    await publisher.until("grant")
    site.actions.end_link(link.link_id)
    assert await publisher.closed() in (CloseCode.EXPIRED, CloseCode.FORBIDDEN)
    await soon(lambda: "desk" not in site.audience.hub.streams, "its stream ended")


async def test_an_offer_that_nobody_may_make_is_refused(site: Site) -> None:
    publisher = await connected(site)
    await publisher.say(Publish(PROTOCOL_VERSION), Offer(1, "s", "n"))
    assert (await publisher.until("refuse"))["reason"] == "not-allowed"


async def test_no_more_publish_than_may_and_a_place_becomes_free(site: Site) -> None:
    site.audience.hub.people.publishers.most = 1
    first, second = await connected(site), await connected(site)
    await first.say(Publish(PROTOCOL_VERSION, "first"))
    await first.until("published")
    await second.say(Publish(PROTOCOL_VERSION, "second"))
    await second.until("bye", reason="full")
    assert await second.closed() == CloseCode.FULL
    await first.ws.close()
    await soon(lambda: not site.audience.hub.people.publishers.count, "the place is free")
    third = await connected(site)
    await third.say(Publish(PROTOCOL_VERSION, "third"))
    await third.until("published")


async def test_nobody_is_asked_for_more_than_the_limit(site: Site) -> None:
    site.audience.hub.people.publishers.bitrate_bps = 3_000_000
    publisher = await connected(site)
    await publisher.say(Publish(PROTOCOL_VERSION, "elsewhere"), PICTURES)
    await publisher.until("grant", track=THEIRS, bitrate_bps=3_000_000)
    await publisher.say(
        State(THEIRS, "live", "live", "the desk", "X11"),
        Configure(THEIRS, MAIN, Codec.H264, "avc1.42C020", *SIZE, *SIZE, 60),
    )
    await watching(site)
    want = await publisher.wanted(MAIN)
    assert {each["rendition"]: each["bitrate_bps"] for each in want["targets"]}[MAIN] <= 3_000_000
    assert HOST.within(3_000_000).rates.bytes < HOST.rates.bytes


async def test_one_person_shows_only_so_much_at_once(site: Site) -> None:
    token = publish_token(site)
    await site.client.post("/api/login", json={"token": token}, headers=site.same)
    sockets: list[Any] = []
    for _ in range(MOST_SHOWN):
        sockets.append(await site.client.ws_connect("/ws/publish", headers=site.same))
        await sockets[-1].send_str(text_from_publisher(Publish(PROTOCOL_VERSION)).decode())
        assert json.loads((await sockets[-1].receive(PATIENCE_S)).data)["profile"] == "page"
    one_more = Publisher(await site.client.ws_connect("/ws/publish", headers=site.same))
    assert await one_more.closed() == CloseCode.FULL
    await sockets[0].close()
    await soon(lambda: len(_shown_by(site)) < MOST_SHOWN, "one has ended")
    again = await site.client.ws_connect("/ws/publish", headers=site.same)
    await again.send_str(text_from_publisher(Publish(PROTOCOL_VERSION)).decode())
    assert (await again.receive(PATIENCE_S)).type is WSMsgType.TEXT


def _shown_by(site: Site) -> list[Grant]:
    people = site.audience.hub.people
    every = [grant for person in people for grant in person.connections.values()]
    return [grant for grant in every if grant is Grant.PUBLISH]


async def test_on_a_host_for_looking_only_nobody_publishes(site: Site) -> None:
    token = publish_token(site)
    site.audience.hub.people.barred = BROUGHT
    assert await (await connected(site, token)).closed() == CloseCode.FORBIDDEN
    assert await (await connected(site, HOST_TOKEN)).closed() == CloseCode.FORBIDDEN
    with pytest.raises(UsageError, match="--view-only"):
        publish_token(site)


@pytest.mark.parametrize("is_barred", [False, True])
async def test_the_page_may_ask_for_a_camera_only_where_somebody_could_publish(
    site: Site, is_barred: bool
) -> None:
    site.audience.hub.people.barred = BROUGHT if is_barred else frozenset()
    allowed = "()" if is_barred else "(self)"
    for path in ("/", "/host"):
        policy = (await site.client.get(path)).headers["Permissions-Policy"]
        for feature in ("camera", "microphone", "display-capture"):
            assert f"{feature}={allowed}" in policy


async def test_a_viewer_asks_and_gets_the_grant_without_a_reload(site: Site) -> None:
    viewer = await watching(site)
    await viewer.send_json({"type": "ask", "grants": ["publish"]})
    await soon(lambda: bool(site.actions.requests), "the host is asked")
    person = site.actions.requests[0].person_id
    assert site.actions.answer(person, True)
    found = site.audience.hub.people.find(person)
    assert found is not None
    assert Grant.PUBLISH in found.grants


async def show_link(site: Site) -> str:
    status, made = await ask(site, "POST", "/api/links/show", site.as_host)
    assert (status, made["grants"], made["uses_left"]) == (200, ["publish"], 1)
    return str(made["token"])


async def test_a_link_to_show_something_gives_that_and_nothing_else(site: Site) -> None:
    token, approved = await show_link(site), site.actions
    approved.approve()
    login: Any = {"json": {"token": token}, "headers": site.same}
    assert (await site.client.get("/show")).status == 200
    assert (await site.client.post("/api/login", **login)).status == 204
    for path in ("/api/status", "/snapshot.jpg", "/api/host"):
        assert (await site.client.get(path)).status == 403
    ws = await site.client.ws_connect("/ws/publish", headers=site.same)
    publisher = Publisher(ws)
    await publisher.say(Publish(PROTOCOL_VERSION), PAGE_PICTURES)
    await publisher.until("grant")
    assert "desk" in site.audience.hub.streams
    site.client.session.cookie_jar.clear()
    assert (await site.client.post("/api/login", **login)).status == 403, "once"


async def test_what_came_by_such_a_link_is_seen_by_the_host_until_it_is_shown(site: Site) -> None:
    login: Any = {"json": {"token": await show_link(site)}, "headers": site.same}
    await site.client.post("/api/login", **login)
    publisher = Publisher(await site.client.ws_connect("/ws/publish", headers=site.same))
    await publisher.say(Publish(PROTOCOL_VERSION), PAGE_PICTURES)
    await publisher.until("grant")
    _, status = await ask(site, "GET", "/api/status", site.bearer)
    assert [each["stream"] for each in status["streams"]] == ["screen"]
    status_code, found = await ask(site, "GET", "/snapshot.jpg?stream=desk", site.bearer)
    assert (status_code, found) == (404, "There is no such stream; there are: screen\n")
    shown = (await ask(site, "GET", "/api/host", site.as_host))[1]["streams"]
    assert [(each["stream"], each["kept"]) for each in shown] == [("screen", False), ("desk", True)]
    path = "/api/streams/forward"
    assert (await ask(site, "POST", path, site.as_host, {"stream": "desk"}))[0] == 200
    _, status = await ask(site, "GET", "/api/status", site.bearer)
    assert [each["stream"] for each in status["streams"]] == ["screen", "desk"]
    assert (await ask(site, "POST", path, site.as_host, {"stream": "gone"}))[0] == 404
    assert (await ask(site, "POST", path, site.as_host, {"stream": 7}))[0] == 400
    assert (await ask(site, "POST", path, site.bearer, {"stream": ""}))[0] == 403
    assert (await ask(site, "POST", path, site.as_host, {"stream": ""}))[0] == 200
    assert site.audience.hub.find("desk") is None
