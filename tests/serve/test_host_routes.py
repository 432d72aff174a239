"""/api for the host link: links, people and the lock. Nobody else may use it."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from samescreen.serve.host_routes import HOST_ROUTES
from samescreen.serve.site import SiteConfig, now_s
from samescreen.wire.messages import PROTOCOL_VERSION
from tests.serve.conftest import COOKIE, HOST_TOKEN, PIN, TOKEN, Site

HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264"]}

under_a_path = pytest.mark.parametrize("config", [SiteConfig(base_path="/screen")], ids=[""])


async def ask(
    site: Site, method: str, path: str, headers: dict[str, str], body: Any = None
) -> tuple[int, Any]:
    sent = None if method == "GET" else json.dumps(body if body is not None else {})
    async with site.client.request(method, path, data=sent, headers=headers) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if text.startswith("{") else text


@pytest.mark.parametrize(("method", "path"), HOST_ROUTES)
async def test_only_the_host_link_opens_the_host_routes(site: Site, method: str, path: str) -> None:
    before = site.actions.links
    assert (await ask(site, method, path, site.same))[0] == 401
    assert (await ask(site, method, path, site.bearer))[0] == 403
    await site.log_in()
    assert (await ask(site, method, path, site.same))[0] == 403, "the viewer link's cookie"
    assert site.actions.links == before


@pytest.mark.parametrize("is_open", [True])
@pytest.mark.parametrize(("method", "path"), HOST_ROUTES)
async def test_without_access_control_they_still_need_the_host_link(
    site: Site, method: str, path: str
) -> None:
    assert (await ask(site, method, path, site.same))[0] == 403
    anything = {"Authorization": "Bearer anything"}
    assert (await ask(site, method, path, anything))[0] == 403
    assert (await ask(site, method, path, site.as_host))[0] != 403


@pytest.mark.parametrize(("method", "path"), HOST_ROUTES)
async def test_a_page_of_another_site_cannot_use_the_hosts_cookie(
    site: Site, method: str, path: str
) -> None:
    login: Any = {"json": {"token": HOST_TOKEN}, "headers": site.same}
    assert (await site.client.post("/api/login", **login)).status == 204
    for headers in ({"Origin": "http://evil.example"}, {}):
        status, _ = await ask(site, method, path, headers)
        # A GET changes nothing, and without a CORS header the other page cannot read the response.
        assert status == (200 if method == "GET" else 403)


async def test_a_link_is_made_used_and_ended(site: Site) -> None:
    wanted = {"name": "Anna", "grants": ["watch"], "may_ask": ["point"], "uses": 2}
    status, link = await ask(site, "POST", "/api/links", site.as_host, wanted)
    assert status == 200
    assert (link["name"], link["grants"], link["uses_left"]) == ("Anna", ["watch"], 2)
    login = await site.client.post(
        "/api/login", json={"token": link["token"]}, headers=site.same
    )
    assert login.status == 204
    assert login.cookies[COOKIE].value.startswith(link["link"])
    _, listed = await ask(site, "GET", "/api/links", site.as_host)
    (shown,) = (each for each in listed["links"] if each["link"] == link["link"])
    assert shown["uses_left"] == 1
    assert link["token"] not in json.dumps(listed), "a list shows no secret"
    assert TOKEN not in json.dumps(listed)
    assert (await site.client.get("/api/status")).status == 200
    ended = await ask(site, "POST", "/api/links/end", site.as_host, {"link": link["link"]})
    assert ended == (200, {})
    assert (await site.client.get("/api/status")).status == 401
    assert (await ask(site, "POST", "/api/links/end", site.as_host, {"link": "x"}))[0] == 404


async def test_an_expiring_link_sets_a_cookie_that_ends_with_it(site: Site) -> None:
    _, link = await ask(site, "POST", "/api/links", site.as_host, {"expires_in_s": 60})
    login = await site.client.post(
        "/api/login", json={"token": link["token"]}, headers=site.same
    )
    assert 50 <= int(login.cookies[COOKIE]["max-age"]) <= 60
    assert abs(link["expires_s"] - time.time() - 60) < 10


async def test_a_new_viewer_link_replaces_token_and_pin(site: Site) -> None:
    await site.log_in()
    status, link = await ask(site, "POST", "/api/links/viewer", site.as_host)
    assert status == 200
    assert (await site.client.get("/api/status")).status == 401, "the old cookie"
    for secret in ({"token": TOKEN}, {"pin": PIN}):
        answer = await site.client.post("/api/login", json=secret, headers=site.same)
        assert (answer.status, site.gatekeeper.pin != PIN) == (403, True)
    answer = await site.client.post(
        "/api/login", json={"token": link["token"]}, headers=site.same
    )
    assert answer.status == 204


async def test_people_are_listed_put_out_and_let_back(site: Site) -> None:
    await site.log_in()
    async with site.client.ws_connect("/ws", headers=site.same):
        _, here = await ask(site, "GET", "/api/people", site.as_host)
        (person,) = here["people"]
        assert (person["link"], person["address"], person["connections"]) == (
            "viewer",
            "127.0.0.1",
            1,
        )
        out = {"person": person["person"]}
        assert (await ask(site, "POST", "/api/people/out", site.as_host, out))[0] == 200
    _, here = await ask(site, "GET", "/api/people", site.as_host)
    assert here["waiting"] == [
        {"link": "viewer", "link_name": "viewer link", "network": "127.0.0.1"}
    ]
    login: Any = {"json": {"token": TOKEN}, "headers": site.same}
    assert (await site.client.post("/api/login", **login)).status == 403
    back = await ask(site, "POST", "/api/people/back", site.as_host, here["waiting"][0])
    assert back[0] == 200
    assert (await site.client.post("/api/login", **login)).status == 204
    assert (await ask(site, "POST", "/api/people/out", site.as_host, out))[0] == 404


async def test_the_lock_is_set_and_lifted(site: Site) -> None:
    login: Any = {"json": {"token": TOKEN}, "headers": site.same}
    await ask(site, "POST", "/api/lock", site.as_host, {"locked": True})
    answer = await site.client.post("/api/login", **login)
    assert (answer.status, answer.headers["Samescreen-Cause"]) == (403, "locked")
    assert (await ask(site, "GET", "/api/people", site.as_host))[1]["locked"] is True
    await ask(site, "POST", "/api/lock", site.as_host, {"locked": False})
    assert (await site.client.post("/api/login", **login)).status == 204


ODD: list[Any] = [None, True, -1, 1.5, "x", [], ["host"], {}, "\ud800", [["watch"]], 10**30]
FIELDS = [
    *("name", "grants", "may_ask", "expires_in_s", "uses", "link", "person", "locked", "later"),
    *("text", "stream", "source", "fps", "max_bitrate"),
]


@pytest.mark.parametrize("path", [path for method, path in HOST_ROUTES if method == "POST"])
async def test_any_body_from_the_host_gets_an_answer_in_words(site: Site, path: str) -> None:
    for field, value in itertools.product(FIELDS, ODD):
        status, said = await ask(site, "POST", path, site.as_host, {field: value})
        assert status in (200, 400, 404), (field, value, said)
        headers = site.as_host
    assert (await ask(site, "GET", "/api/links", headers))[0] == 200


# --- cookies of before, and of others -------------------------------------------------------------


async def test_a_cookie_of_an_earlier_version_needs_a_new_login(site: Site) -> None:
    old = {"Cookie": f"{COOKIE}={int(time.time()) + 9999}.{'0' * 64}"} | site.same
    renewal = await site.client.post("/api/renew", json={}, headers=old)
    assert (renewal.status, renewal.headers["Samescreen-Cause"]) == (401, "sign-in")
    login = await site.client.post("/api/login", json={"token": TOKEN}, headers=old)
    assert login.status == 204, "an open page that has its token does this itself"
    assert login.cookies[COOKIE].value.startswith("viewer.")


@under_a_path
async def test_the_cookie_of_the_root_does_not_hide_that_of_a_path(site: Site) -> None:
    """A browser sends both cookies to /screen/, and only one of them to the root."""
    login: Any = {"json": {"token": TOKEN}, "headers": site.same}
    answer = await site.client.post("/screen/api/login", **login)
    (name,) = answer.cookies
    assert name != COOKIE
    both = {"Cookie": f"{name}={answer.cookies[name].value}; {COOKIE}=viewer.other.9.9"}
    assert (await site.client.get("/screen/api/status", headers=both)).status == 200


async def test_a_browser_that_logs_in_again_stays_the_same_person(site: Site) -> None:
    names = []
    for _ in range(2):
        answer = await site.client.post(
            "/api/login", json={"token": TOKEN}, headers=site.same
        )
        names.append(answer.cookies[COOKIE].value.split(".")[1])
    assert names[0] == names[1]


async def test_pause_blank_and_mute_and_the_list_of_acts(site: Site) -> None:
    post = "POST", "/api/broadcast", site.as_host
    assert await ask(site, *post, {"paused": True, "muted": True}) == (
        200,
        {"paused": True, "blanked": False, "muted": True},
    )
    assert site.stream.is_withheld
    assert await ask(site, *post, {"paused": False, "blanked": True}) == (
        200,
        {"paused": False, "blanked": True, "muted": True},
    )
    before = await ask(site, "GET", "/api/broadcast", site.as_host)
    for wrong in ({"paused": 1}, {"paused": True, "dark": True}, {"paused": True, "muted": "x"}):
        status, words = await ask(site, *post, wrong)
        assert status == 400
        assert words.strip()
    assert await ask(site, "GET", "/api/broadcast", site.as_host) == before, "nothing changed"
    _, found = await ask(site, "GET", "/api/acts", site.as_host)
    assert [each["kind"] for each in found["acts"]] == ["pause", "mute", "go-on", "blank"]
    assert {each["actor"] for each in found["acts"]} == {"127.0.0.1"}


async def test_hands_and_lines_by_the_hosts_routes(site: Site) -> None:
    await site.log_in()
    async with site.client.ws_connect("/ws", headers=site.same) as ws:
        await ws.send_json({**HELLO, "kinds": ["you", "from-host"]})
        await ws.send_json({"type": "name", "name": "Anna"})
        await ws.send_json({"type": "hand", "up": True})
        await ws.send_json({"type": "line", "text": "what is that?"})
        seen = await messages_until(ws, lambda m: m["type"] == "you" and m["took"] == 1)
        assert seen[-1] == {
            "type": "you", "name": "Anna", "hand": True, "speaks": True, "took": 1
        }  # fmt: skip
        _, people = await ask(site, "GET", "/api/people", site.as_host)
        (anna,) = people["people"]
        assert (anna["name"], anna["hand_since_us"] is not None) == ("Anna", True)
        (line,) = people["lines"]
        assert line == {
            "line": 1,
            "person": anna["person"],
            "text": "what is that?",
            "name": "Anna",
            "address": "127.0.0.1",
        }
        for path, body in (
            ("/api/hands/lower", {"person": anna["person"]}),
            ("/api/lines/done", {"line": 1}),
        ):
            assert (await ask(site, "POST", path, site.as_host, body))[0] == 200
            assert (await ask(site, "POST", path, site.as_host, body))[0] == 404
        await messages_until(ws, lambda m: m["type"] == "you" and not m["hand"])
        assert (await ask(site, "POST", "/api/say", site.as_host, {"text": "see page 7"}))[0] == 200
        said = await messages_until(ws, lambda m: m["type"] == "from-host")
        assert said[-1] == {"type": "from-host", "text": "see page 7", "to_you": False}
        assert (await ask(site, "POST", "/api/say", site.as_host, {"text": " "}))[0] == 400
        off = await ask(site, "POST", "/api/hands", site.as_host, {"hands": False})
        assert off == (200, {"hands": False})
        await messages_until(ws, lambda m: m["type"] == "you" and not m["speaks"])


async def messages_until(
    ws: ClientWebSocketResponse, is_last: Callable[[dict[str, Any]], bool]
) -> list[dict[str, Any]]:
    """The control messages up to the one that passes."""
    seen: list[dict[str, Any]] = []
    while True:
        message = await ws.receive(timeout=5)
        assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY), message
        if message.type is WSMsgType.TEXT:
            seen.append(json.loads(message.data))
            if is_last(seen[-1]):
                return seen


async def test_the_host_forbids_marks_and_clears_them(site: Site) -> None:
    async def post(path: str, fields: dict[str, object]) -> tuple[int, object]:
        answer = await site.client.post(path, json=fields, headers=site.as_host)
        return answer.status, await answer.json() if answer.status == 200 else await answer.text()

    assert (await post("/api/ink/clear", {}))[0] == 404
    assert await post("/api/ink", {"ink": False}) == (200, {"ink": False})
    overview = await (await site.client.get("/api/host", headers=site.as_host)).json()
    assert (overview["ink"], overview["marks"]) == (False, False)
    assert await post("/api/ink", {"ink": True}) == (200, {"ink": True})
    assert (await post("/api/ink", {"ink": "yes"}))[0] == 400
    refused = await site.client.post("/api/ink", json={"ink": False}, headers=site.bearer)
    assert refused.status == 403
    kinds = [act.kind for act in site.actions.acts_since(0)]
    assert kinds[-2:] == ["ink-off", "ink"]


async def test_what_was_done_to_somebody_is_kept_with_their_name(site: Site) -> None:
    await site.log_in()
    async with site.client.ws_connect("/ws", headers=site.same) as ws:
        await ws.send_json({**HELLO, "kinds": ["you"]})
        await ws.send_json({"type": "name", "name": "Anna"})
        await messages_until(ws, lambda m: m["type"] == "you" and m["name"] == "Anna")
        (anna,) = site.actions.people
        assert site.actions.put_out(anna.person_id, now_s())
        about = site.actions.acts_since(0)[-1].about
        assert (about["name"], about["address"]) == ("Anna", "127.0.0.1")
