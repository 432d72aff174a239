"""The page in an iframe of another site: which sites may frame it, and what lets it in."""

from __future__ import annotations

from typing import Any

import pytest

from samescreen.grants import FOR_LINKS
from samescreen.serve.iframes import allowing, is_framed, marked, unmarked
from samescreen.serve.security_headers import SECURITY_HEADERS
from samescreen.serve.site import SiteConfig
from tests.serve.conftest import COOKIE, HOST_TOKEN, TOKEN, Site

WIKI = "https://wiki.example.org"
NOTEBOOK = "http://localhost:8888"
POLICY = SECURITY_HEADERS["Content-Security-Policy"]

framed = pytest.mark.parametrize("config", [SiteConfig(framers=(WIKI, NOTEBOOK))], ids=[""])


async def login(site: Site, **fields: Any) -> Any:
    answer = await site.client.post("/api/login", json=fields, headers=site.same)
    assert answer.status == 200
    return answer


async def socket_status(site: Site, offered: str, cookie: str | None = None) -> int:
    """The status that a WebSocket gets with this pass, and perhaps a cookie."""
    site.client.session.cookie_jar.clear()
    headers = site.same | {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": f"samescreen, samescreen.pass.{offered}",
    }
    if cookie is not None:
        headers["Cookie"] = f"{COOKIE}={cookie}"
    async with site.client.get("/ws", headers=headers) as answer:
        return answer.status


def test_only_frame_ancestors_changes_in_the_policy() -> None:
    assert allowing(POLICY, ()) == POLICY
    changed = allowing(POLICY, (WIKI, NOTEBOOK))
    assert changed == POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {WIKI} {NOTEBOOK}")
    assert changed != POLICY


def test_the_mark_can_be_removed_and_no_cookie_has_it() -> None:
    assert is_framed(marked("1.a"))
    assert not is_framed("1.a")
    assert not is_framed("")
    assert unmarked(marked("1.a")) == unmarked("1.a") == "1.a"


@framed
@pytest.mark.parametrize("path", ["/", "/lite.html", "/nothing", "/api/status"])
async def test_every_response_names_the_sites_that_may_frame(site: Site, path: str) -> None:
    answer = await site.client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert f"frame-ancestors {WIKI} {NOTEBOOK}" in policy
    assert policy.count("frame-ancestors") == 1
    assert "X-Frame-Options" not in answer.headers


@framed
async def test_a_framed_page_gets_a_pass_and_no_cookie(site: Site) -> None:
    answer = await login(site, token=TOKEN, framed=True)
    first = (await answer.json())["pass"]
    assert "Set-Cookie" not in answer.headers
    renewal = {"pass": first, "framed": True}
    again = await site.client.post("/api/renew", json=renewal, headers=site.same)
    assert "Set-Cookie" not in again.headers
    for each in (first, (await again.json())["pass"]):
        assert is_framed(each)
        assert await socket_status(site, each) == 101


@framed
async def test_a_cookie_does_not_count_in_a_frame(site: Site) -> None:
    """An iframe on a site with the same name sends the cookie that its reader got in a tab."""
    cookie = (await login(site, token=TOKEN, **{"pass": True})).cookies[COOKIE].value
    site.client.session.cookie_jar.clear()
    assert await socket_status(site, "stale", cookie) == 101
    for pass_of_a_frame in (marked("stale"), marked("")):
        assert await socket_status(site, pass_of_a_frame, cookie) == 401
    headers = site.same | {"Cookie": f"{COOKIE}={cookie}"}
    for fields, status in (({}, 200), ({"framed": True}, 401)):
        answer = await site.client.post("/api/renew", json=fields, headers=headers)
        assert answer.status == status


@framed
async def test_a_frame_never_has_the_host_grant(site: Site) -> None:
    given = (await (await login(site, token=HOST_TOKEN, framed=True)).json())["pass"]
    protocols = ("samescreen", f"samescreen.pass.{given}")
    async with site.client.ws_connect("/ws", headers=site.same, protocols=protocols):
        (person,) = site.actions.people
        assert person.grants == FOR_LINKS


@pytest.mark.parametrize("is_open", [True])
async def test_without_access_control_a_framed_page_has_a_pass_too(site: Site) -> None:
    answer = await site.client.post("/api/renew", json={"framed": True}, headers=site.same)
    assert is_framed((await answer.json())["pass"])
    assert "Set-Cookie" not in answer.headers


@framed
async def test_a_site_that_may_frame_the_page_cannot_send_requests(site: Site) -> None:
    for headers in ({"Origin": WIKI}, {"Origin": "null"}, site.same | CROSS_SITE):
        answer = await site.client.post("/api/login", json={"token": TOKEN}, headers=headers)
        assert answer.status == 403


CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}
