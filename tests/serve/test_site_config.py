"""The application behind proxies, under a path and with https: clients, cookies and redirects."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import UTC, datetime
from typing import Any

import pytest

from samescreen.serve.access import is_same_origin
from samescreen.serve.proxy import TrustedProxies
from samescreen.serve.security_headers import SECURITY_HEADERS
from samescreen.serve.site import SiteConfig
from samescreen.serve.tls import LocalTls
from tests.serve.conftest import COOKIE, PIN, TOKEN, Site

LOOPBACK = TrustedProxies([ipaddress.ip_network("127.0.0.0/8")])
NAME = "share.example.org"
FORWARDED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": NAME,
}
behind_a_proxy = pytest.mark.parametrize("config", [SiteConfig(LOOPBACK)], ids=[""])
under_a_path = pytest.mark.parametrize("config", [SiteConfig(LOOPBACK, "/screen")], ids=[""])


@pytest.fixture
def forwarded() -> dict[str, str]:
    """Headers of a request that came through the proxy."""
    return FORWARDED | {"Origin": f"https://{NAME}"}


async def log_in(site: Site, headers: dict[str, str], base: str = "") -> Any:
    return await site.client.post(f"{base}/api/login", json={"token": TOKEN}, headers=headers)


@behind_a_proxy
async def test_through_tls_the_cookie_is_secure_and_bound_to_this_host(
    site: Site, forwarded: dict[str, str]
) -> None:
    answer = await log_in(site, forwarded)
    assert answer.status == 204
    cookie = answer.cookies[f"__Host-{COOKIE}"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"]) == (True, True, "/")
    assert cookie["samesite"] == "Strict"
    assert not cookie["domain"]
    sent = {"Cookie": f"__Host-{COOKIE}={cookie.value}"}
    assert (await site.client.get("/api/status", headers=FORWARDED | sent)).status == 200
    assert (await site.client.get("/api/status", headers=sent)).status == 401


@behind_a_proxy
async def test_the_plain_cookie_is_refused_through_tls(
    site: Site, forwarded: dict[str, str]
) -> None:
    """Somebody on the network path may have set it."""
    plain = (await log_in(site, site.same)).cookies[COOKIE]
    sent = FORWARDED | {"Cookie": f"{COOKIE}={plain.value}"}
    assert (await site.client.get("/api/status", headers=sent)).status == 401


@behind_a_proxy
async def test_the_host_rule_uses_the_forwarded_name(site: Site) -> None:
    for host, status in ((NAME, 200), ("evil.example", 403)):
        answer = await site.client.get("/healthz", headers={"X-Forwarded-Host": host})
        assert answer.status == status
    assert "evil.example" in await answer.text()


@behind_a_proxy
async def test_a_plain_page_opens_nothing_through_tls(site: Site) -> None:
    plain = FORWARDED | {"Origin": f"http://{NAME}:443"}
    assert (await log_in(site, plain)).status == 403
    assert (await site.client.get("/ws", headers=plain | site.bearer)).status == 403


@behind_a_proxy
async def test_wrong_guesses_count_for_the_client_not_the_proxy(
    site: Site, forwarded: dict[str, str]
) -> None:
    for _ in range(6):
        answer = await site.client.post("/api/login", json={"pin": "000000"}, headers=forwarded)
    assert answer.status == 429
    other = forwarded | {"X-Forwarded-For": "203.0.113.10"}
    answer = await site.client.post("/api/login", json={"pin": PIN}, headers=other)
    assert answer.status == 204


async def test_forwarding_headers_from_strangers_do_not_count(site: Site) -> None:
    assert (await site.client.get("/healthz", headers=FORWARDED)).status == 200
    answer = await log_in(site, site.same | FORWARDED)
    assert COOKIE in answer.cookies
    for number in range(6):
        hop = {"X-Forwarded-For": f"203.0.113.{number}"}
        answer = await site.client.post(
            "/api/login", json={"pin": "000000"}, headers=site.same | hop
        )
    assert answer.status == 429, "a new forged address for each guess does not help"


@under_a_path
async def test_everything_is_under_the_path(site: Site, forwarded: dict[str, str]) -> None:
    for path, status in (
        ("/screen/", 200),
        ("/screen/healthz", 200),
        ("/screen/app/app.js", 200),
        ("/screen/api/tls", 200),
        ("/screen/api/status", 401),
        ("/screen/ws", 401),
        ("/", 404),
        ("/healthz", 404),
        ("/api/status", 404),
        ("/ws", 404),
        ("/screenshot", 404),
    ):
        answer = await site.client.get(path, headers=forwarded)
        assert answer.status == status, path
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value
    assert (await site.client.get("/", headers={"Host": "evil.example"})).status == 403


@under_a_path
async def test_the_base_path_without_slash_redirects_to_the_page(site: Site) -> None:
    answer = await site.client.get("/screen", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (308, "/screen/")


@under_a_path
async def test_the_cookie_stays_under_the_path(site: Site, forwarded: dict[str, str]) -> None:
    name = f"{COOKIE}_{hashlib.sha256(b'/screen').hexdigest()[:8]}"
    answer = await log_in(site, forwarded, "/screen")
    cookie = answer.cookies[f"__Secure-{name}"]
    assert (cookie["secure"], cookie["path"]) == (True, "/screen/")
    plain = (await log_in(site, site.same, "/screen")).cookies[name]
    assert (plain["secure"], plain["path"]) == ("", "/screen/")


@under_a_path
async def test_the_origin_rule_applies_under_a_path(site: Site) -> None:
    foreign = {"Origin": "http://evil.example"} | site.bearer
    assert (await site.client.get("/screen/ws", headers=foreign)).status == 403


# --- https ----------------------------------------------------------------------------------------

LOCAL = LocalTls(None, ["desk"], datetime.now(UTC))
with_https = pytest.mark.parametrize("config", [SiteConfig(tls=LOCAL)], ids=[""])


@with_https
async def test_the_authority_is_public(site: Site) -> None:
    assert LOCAL.authority is not None
    answer = await site.client.get("/ca.crt")
    assert answer.content_type == "application/x-x509-ca-cert"
    assert await answer.read() == LOCAL.authority.pem
    assert "PRIVATE" not in (await answer.read()).decode()
    body = await (await site.client.get("/api/tls")).json()
    assert body == {"https": True, "sha256": LOCAL.authority.fingerprint}


async def test_without_https_none_is_offered(site: Site) -> None:
    assert (await site.client.get("/ca.crt")).status == 404
    body = await (await site.client.get("/api/tls")).json()
    assert body == {"https": False, "sha256": None}


@pytest.mark.parametrize("config", [SiteConfig(LOOPBACK, tls=LOCAL)], ids=[""])
async def test_behind_a_proxy_https_is_not_offered(site: Site) -> None:
    assert (await (await site.client.get("/api/tls")).json())["https"] is False


@with_https
@pytest.mark.parametrize("path", ["/", "/healthz", "/ca.crt", "/trust.html", "/nowhere"])
async def test_https_is_never_forced_on_the_name(site: Site, path: str) -> None:
    """HSTS would also force https on every other service with this name."""
    answer = await site.client.get(path)
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize(
    ("origin", "is_secure", "passes"),
    [
        ("https://desk:9000", True, True),
        ("http://desk:9000", True, False),
        ("http://desk:9000", False, True),
        ("https://desk:9000", False, True),
    ],
)
def test_an_https_origin_may_open_http_but_not_the_other_way_round(
    origin: str, is_secure: bool, passes: bool
) -> None:
    assert is_same_origin(origin, "desk:9000", is_secure=is_secure) is passes
