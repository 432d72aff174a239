"""The door of a tunnel: one Host, one Origin, one header that counts, and no host link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict

from samescreen.grants import Grant
from samescreen.serve.access import Gatekeeper, HostRule
from samescreen.serve.assets import load_assets
from samescreen.serve.door import UNNAMED, Door, PublicName
from samescreen.serve.site import Site as HostSite
from samescreen.serve.site import SiteConfig
from tests.serve.conftest import HOST_TOKEN, PIN, TOKEN, Site

NAME = "two-otters.trycloudflare.com"
ORIGIN = f"https://{NAME}"


@dataclass
class Opened:
    """A door to the site of the test, and a client that comes through the tunnel."""

    door: Door
    session: aiohttp.ClientSession
    gatekeeper: Gatekeeper

    async def get(self, path: str, **headers: str) -> aiohttp.ClientResponse:
        return await self.session.get(self._url(path), headers={"Host": NAME} | headers)

    async def post(self, path: str, fields: Any, **headers: str) -> aiohttp.ClientResponse:
        about = {"Host": NAME, "Origin": ORIGIN} | headers
        return await self.session.post(self._url(path), json=fields, headers=about)

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.door.port}{path}"


@pytest.fixture
def header() -> str:
    return "Cf-Connecting-Ip"


@pytest.fixture
async def opened(site: Site, header: str) -> AsyncIterator[Opened]:
    rule, config = HostRule(["here"], ["lan.example"]), SiteConfig()
    of_host = HostSite(site.audience, site.gatekeeper, rule, config, 9000, load_assets())
    door = Door(of_host, "", header)
    await door.start()
    door.rule.open("https", NAME, 443)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Opened(door, session, site.gatekeeper)
    await door.close()


async def test_it_answers_to_the_name_of_the_tunnel_only(opened: Opened) -> None:
    assert (await opened.get("/healthz")).status == 200
    for host in ("127.0.0.1", "localhost", "here", "lan.example", f"{NAME}:8443", "x.example", ""):
        assert (await opened.get("/healthz", Host=host)).status in (400, 403), host


async def test_an_old_name_is_no_longer_answered(opened: Opened) -> None:
    opened.door.rule.open("https", "other.trycloudflare.com", 443)
    assert (await opened.get("/healthz")).status == 403
    opened.door.rule.close()
    assert (await opened.get("/healthz", Host="other.trycloudflare.com")).status == 403


async def test_a_login_comes_from_the_page_of_the_tunnel_only(opened: Opened) -> None:
    answer = await opened.post("/api/login", {"token": TOKEN})
    assert answer.status == 204
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert "; Secure" in cookie
    for origin in (f"http://{NAME}", "https://evil.example", f"{ORIGIN}:8443", "null"):
        refused = await opened.post("/api/login", {"token": TOKEN}, Origin=origin)
        assert refused.status == 403, origin


async def test_forwarded_headers_of_a_viewer_count_for_nothing(opened: Opened) -> None:
    forged = {
        "X-Forwarded-For": "203.0.113.66",
        "X-Forwarded-Host": "127.0.0.1",
        "X-Forwarded-Proto": "http",
    }
    assert (await opened.get("/healthz", **forged)).status == 200
    forged["X-Forwarded-Host"] = NAME
    assert (await opened.get("/healthz", Host="evil.example", **forged)).status == 403


@pytest.mark.parametrize("secret", [{"token": HOST_TOKEN}, {"pin": HOST_TOKEN}])
async def test_the_host_link_does_not_work_there(opened: Opened, secret: dict[str, str]) -> None:
    refused = await opened.post("/api/login", secret)
    assert refused.status == 403
    assert refused.headers["Samescreen-Cause"] == "host-link"
    assert "Set-Cookie" not in refused.headers
    assert "tunnel" in await refused.text()


async def test_no_form_of_the_host_link_works_there(opened: Opened) -> None:
    bearer = {"Authorization": f"Bearer {HOST_TOKEN}"}
    assert (await opened.get("/api/host", **bearer)).status == 403
    assert (await opened.get("/api/status", **bearer)).status == 403
    assert (await opened.get(f"/snapshot.jpg?token={HOST_TOKEN}")).status == 403
    ticket = opened.gatekeeper.host_tickets.new(2_000_000_000)
    assert (await opened.post("/api/login", {"token": ticket})).status == 403


async def test_a_viewer_comes_in_by_token_and_by_pin(opened: Opened) -> None:
    assert (await opened.get("/api/status", Authorization=f"Bearer {TOKEN}")).status == 200
    assert (await opened.post("/api/login", {"pin": PIN})).status == 204
    assert (await opened.get("/api/host", Authorization=f"Bearer {TOKEN}")).status == 403


async def test_newcomers_wait_there_too_until_they_are_let_in(opened: Opened, site: Site) -> None:
    site.audience.hub.people.lobby.is_on = True
    refused = await opened.get("/api/status", Authorization=f"Bearer {TOKEN}")
    assert (refused.status, refused.headers["Samescreen-Cause"]) == (403, "lobby")


async def test_the_page_is_offered_no_https_of_the_host(opened: Opened) -> None:
    assert (await (await opened.get("/api/tls")).json())["https"] is False


def client_of(rule: PublicName, **headers: str | list[str]) -> str:
    sent: CIMultiDict[str] = CIMultiDict({"Host": NAME})
    for name, values in headers.items():
        for value in [values] if isinstance(values, str) else values:
            sent.add(name.replace("_", "-"), value)
    client = rule.client("127.0.0.1", sent, is_secure=False)
    assert client.is_proxied
    return client.address


def test_the_viewer_is_the_one_whom_the_tool_names() -> None:
    rule = PublicName("X-Forwarded-For")
    assert client_of(rule, X_Forwarded_For="203.0.113.9") == "203.0.113.9"
    assert client_of(rule, X_Forwarded_For="1.1.1.1, 203.0.113.9") == "203.0.113.9"
    assert client_of(rule, X_Forwarded_For=["1.1.1.1", "2001:db8::9"]) == "2001:db8::9"
    assert client_of(rule, X_Forwarded_For="rubbish") == UNNAMED
    assert client_of(rule, Cf_Connecting_Ip="203.0.113.9") == UNNAMED


def test_without_a_header_of_the_tool_nobody_is_named() -> None:
    assert client_of(PublicName(""), X_Forwarded_For="203.0.113.9") == UNNAMED


def test_bytes_that_nobody_parsed_before_are_paid_for() -> None:
    assert PublicName("X-Forwarded-For").trusts("127.0.0.1")
    assert not PublicName("").trusts("127.0.0.1")


def test_the_scheme_is_that_of_the_address() -> None:
    rule = PublicName("")
    sent = CIMultiDict({"Host": "vps.example:8080", "X-Forwarded-Proto": "https"})
    rule.open("http", "vps.example", 8080)
    assert not rule.client("127.0.0.1", sent, is_secure=False).is_secure
    assert rule.admits("vps.example:8080")
    assert not rule.admits("vps.example")
    rule.open("http", "vps.example", 80)
    assert rule.admits("vps.example")


def test_two_hosts_in_one_request_are_none() -> None:
    rule = PublicName("")
    rule.open("https", NAME, 443)
    sent = CIMultiDict([("Host", NAME), ("Host", "127.0.0.1")])
    assert not rule.admits(rule.client("127.0.0.1", sent, is_secure=False).host)


def test_no_viewer_may_ask_for_what_the_door_keeps_out(site: Site) -> None:
    assert all(Grant.HOST not in link.may_ask for link in site.gatekeeper.links)
