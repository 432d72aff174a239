"""Refusals: a cause in one word for the page, and a text with the cure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.serve.proxy import Client
from samescreen.serve.refusals import CAUSE_HEADER, foreign_name, foreign_origin, no_page
from samescreen.serve.site import SiteConfig
from tests.serve.conftest import PIN, TOKEN, Site

SHARED = "https://share.example.org"
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket"}


async def cause(answer: Any) -> tuple[int, str | None]:
    return answer.status, answer.headers.get(CAUSE_HEADER)


async def test_each_refusal_has_its_cause(site: Site) -> None:
    client = site.client

    async def post(path: str, **headers: str) -> tuple[int, str | None]:
        return await cause(await client.post(path, json={"pin": "000000"}, headers=headers))

    assert await post("/api/renew", Host="evil.example") == (403, "host-name")
    assert await post("/api/renew", Origin=SHARED) == (403, "origin")
    assert await post("/api/renew") == (403, "origin-missing")
    assert await post("/api/renew", Origin="null") == (403, "cross-site")
    assert await post("/api/renew", **site.same, **{"Sec-Fetch-Site": "cross-site"}) == (
        403,
        "cross-site",
    )
    assert await post("/api/renew", **site.same) == (401, "sign-in")
    assert await post("/api/login", **site.same) == (403, "wrong")
    for _ in range(5):
        last = await post("/api/login", **site.same)
    assert last == (429, "wait")
    assert await post("/healthz", **site.same) == (405, "method")
    assert await cause(await client.get("/screen/")) == (404, "no-page")
    too_long = await client.post("/api/login", data=b"x" * 5000, headers=site.same)
    assert await cause(too_long) == (413, "too-long")


async def test_a_successful_response_has_no_cause(site: Site) -> None:
    for path in ("/", "/healthz", "/api/tls"):
        assert await cause(await site.client.get(path)) == (200, None)


async def test_a_websocket_without_upgrade_gets_the_nginx_lines(site: Site) -> None:
    """Without these lines nginx forwards an ordinary HTTP/1.0 request."""
    answer = await site.client.get("/ws", headers=site.bearer | {"Connection": "close"})
    assert await cause(answer) == (426, "no-upgrade")
    assert "proxy_set_header Upgrade $http_upgrade;" in await answer.text()
    assert site.audience.viewer_count() == 0


async def test_strangers_get_401_before_the_upgrade_is_checked(site: Site) -> None:
    assert await cause(await site.client.get("/ws", headers=site.same)) == (401, "sign-in")


@pytest.mark.parametrize("config", [SiteConfig(base_path="/screen")], ids=[""])
async def test_a_request_outside_the_base_path_gets_the_cure(site: Site) -> None:
    answer = await site.client.get("/")
    assert await cause(answer) == (404, "base-path")
    assert "/screen/" in await answer.text()


def test_a_path_that_a_proxy_may_have_kept_gets_the_cure() -> None:
    assert "--base-path /screen" in str(no_page("/screen/", ""))
    assert "--base-path" not in str(no_page("/screen/", "/mounted"))
    assert "--base-path" not in str(no_page("/nothing.js", ""))


def test_the_cure_for_a_host_name_names_it_if_it_is_valid() -> None:
    assert "--allow-host share.example.org" in str(foreign_name("share.example.org", "x"))
    assert "--allow-host NAME" in str(foreign_name("", "[::1]evil.example"))


def test_a_wrong_scheme_has_another_cause_than_a_wrong_name() -> None:
    client = Client("10.0.0.1", "share.example.org", is_secure=True)
    assert foreign_origin("http://share.example.org", client).cause == "origin-scheme"
    assert foreign_origin("https://share.example.org:8443", client).cause == "origin"
    assert foreign_origin("http://other.example.org", client).cause == "origin"


@given(st.text(max_size=3000), st.text(max_size=3000))
def test_a_refusal_repeats_the_request_shortened_and_as_text(one: str, other: str) -> None:
    client = Client("10.0.0.1", other, is_secure=False)
    for refusal in (foreign_name(one, other), foreign_origin(one, client), no_page(one, other)):
        assert len(str(refusal)) < 1200


# --- renewal --------------------------------------------------------------------------------------


async def test_a_login_can_get_a_pass(site: Site) -> None:
    for secret in ({"pin": PIN}, {"token": TOKEN}):
        answer = await site.client.post(
            "/api/login", json=secret | {"pass": True}, headers=site.same
        )
        assert answer.status == 200
        held = (await answer.json())["pass"]
        assert TOKEN not in held
        assert list(await answer.json()) == ["pass"]
    wrong = await site.client.post(
        "/api/login", json={"pin": "000000", "pass": True}, headers=site.same
    )
    assert "pass" not in await wrong.json()


async def a_pass(site: Site) -> str:
    """The pass of a login; the cookie is dropped, as by a browser that keeps none."""
    answer = await site.client.post(
        "/api/login", json={"token": TOKEN, "pass": True}, headers=site.same
    )
    site.client.session.cookie_jar.clear()
    return str((await answer.json())["pass"])


async def test_a_cookie_can_be_renewed(site: Site) -> None:
    await site.log_in()
    answer = await site.client.post("/api/renew", headers=site.same)
    assert await answer.json() == {"cookie": True}
    assert "Max-Age=43200" in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]


async def test_a_pass_can_be_renewed_and_the_host_says_that_no_cookie_came(site: Site) -> None:
    held = await a_pass(site)
    answer = await site.client.post("/api/renew", json={"pass": held}, headers=site.same)
    fresh = await answer.json()
    assert fresh["cookie"] is False
    site.client.session.cookie_jar.clear()
    answer = await site.client.post("/api/renew", json=fresh, headers=site.same)
    assert answer.status == 200


async def test_a_cookie_alone_never_gives_a_pass(site: Site) -> None:
    await site.log_in()
    for asked in ({}, {"pass": True}, {"pass": "1.2"}):
        answer = await site.client.post("/api/renew", json=asked, headers=site.same)
        assert "pass" not in await answer.json()


@pytest.mark.parametrize("held", ["", "1.2", "9" * 500, "99999999999.abc", "\ud800", 7, None, {}])
async def test_an_invalid_pass_renews_nothing(site: Site, held: Any) -> None:
    answer = await site.client.post("/api/renew", json={"pass": held}, headers=site.same)
    assert answer.status == 401
    assert "Set-Cookie" not in answer.headers


async def test_a_pass_opens_the_websocket_and_nothing_else(site: Site) -> None:
    held = f"samescreen.pass.{await a_pass(site)}"
    offered = {"Sec-WebSocket-Protocol": f"samescreen, {held}"}
    ws = await site.client.ws_connect("/ws", headers=site.same, protocols=("samescreen", held))
    assert ws.protocol == "samescreen"
    await ws.close()
    for path in ("/api/status", "/snapshot.jpg"):
        assert (await site.client.get(path, headers=site.same | offered)).status == 401
    elsewhere = {"Origin": "http://evil.example"} | UPGRADE | offered
    assert await cause(await site.client.get("/ws", headers=elsewhere)) == (403, "origin")
    assert (await site.client.get("/ws", headers=site.same | offered)).status == 426


@pytest.mark.parametrize("offered", ["samescreen, samescreen.pass.1.2", "samescreen.pass.", ","])
async def test_a_wrong_pass_opens_nothing(site: Site, offered: str) -> None:
    headers = site.same | UPGRADE | {"Sec-WebSocket-Protocol": offered}
    assert (await site.client.get("/ws", headers=headers)).status == 401


async def test_another_protocol_is_refused_and_not_logged(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    headers = site.bearer | UPGRADE | {"Sec-WebSocket-Protocol": "mqtt"}
    answer = await site.client.get("/ws", headers=headers)
    assert (await cause(answer)) == (400, "bad-request")
    assert not caplog.records


@pytest.mark.parametrize("is_open", [True])
async def test_without_access_control_renewal_works_too(site: Site) -> None:
    answer = await site.client.post("/api/renew", headers=site.same)
    assert await answer.json() == {"cookie": True}
