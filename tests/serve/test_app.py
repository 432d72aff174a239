"""The application's rules on a real port: who gets which response, with which headers."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from samescreen.serve.security_headers import SECURITY_HEADERS
from tests.serve.conftest import COOKIE, PIN, TOKEN, Site

OPEN = ["/", "/app/app.js", "/healthz"]
everybody = pytest.mark.parametrize("is_open", [True])
CLOSED = ["/api/status", "/metrics", "/snapshot.jpg", "/ws"]


async def test_healthz_needs_no_login_and_says_only_ok(site: Site) -> None:
    answer = await site.client.get("/healthz")
    assert (answer.status, await answer.text()) == (200, "ok\n")


@pytest.mark.parametrize("path", CLOSED)
async def test_strangers_see_nothing(site: Site, path: str) -> None:
    answer = await site.client.get(path, headers=site.same)
    assert answer.status == 401
    assert "Bearer TOKEN" in await answer.text()
    assert site.audience.viewer_count() == 0
    assert site.source.grabs == 0


@pytest.mark.parametrize("secret", [{"token": TOKEN}, {"pin": PIN}])
async def test_token_and_pin_are_exchanged_for_a_cookie(
    site: Site, secret: dict[str, str]
) -> None:
    answer = await site.client.post("/api/login", json=secret, headers=site.same)
    assert answer.status == 204
    cookie = answer.cookies[COOKIE]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert int(cookie["max-age"]) == 12 * 3600
    assert not cookie["secure"], "browsers drop a secure cookie on plain http"
    assert TOKEN not in cookie.value
    assert (await site.client.get("/api/status")).status == 200


async def test_a_cookie_of_another_host_is_refused(site: Site) -> None:
    for name, value in [(COOKIE, "1.2"), (COOKIE, ""), ("samescreen_9001", "x")]:
        answer = await site.client.get("/api/status", headers={"Cookie": f"{name}={value}"})
        assert answer.status == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b'"%s"' % TOKEN.encode(),
        b'{"token": null}',
        b'{"token": 314159}',
        b'{"pin": 314159}',
        b'{"token": ["%s"]}' % TOKEN.encode(),
        b'{"token": ""}',
        b"\xff\xfe",
        b'{"token": "wrong-token"}',
    ],
)
async def test_a_wrong_secret_is_refused(site: Site, body: bytes) -> None:
    answer = await site.client.post("/api/login", data=body, headers=site.same)
    assert answer.status == 403
    assert await answer.json() == {"error": "wrong"}
    assert COOKIE not in answer.cookies


@pytest.mark.parametrize("body", [b'{"pin": "\\ud800"}', b"[" * 2000], ids=["surrogate", "deep"])
@pytest.mark.filterwarnings("ignore")
async def test_an_odd_secret_is_a_wrong_one(site: Site, body: bytes) -> None:
    answer = await site.client.post("/api/login", data=body, headers=site.same)
    assert answer.status == 403


async def test_guessing_costs_time(site: Site) -> None:
    answers = []
    for _ in range(8):
        answer = await site.client.post("/api/login", json={"pin": "000000"}, headers=site.same)
        answers.append(answer.status)
    assert answers[:4] == [403] * 4
    assert answers[-1] == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 3
    body = await answer.json()
    assert body == {"error": "wait", "retry_after_s": int(answer.headers["Retry-After"])}
    right = await site.client.post("/api/login", json={"pin": PIN}, headers=site.same)
    assert right.status == 429, "even the right one has to wait"


async def test_an_oversize_body_is_refused(site: Site) -> None:
    answer = await site.client.post("/api/login", data=b"x" * 3000, headers=site.same)
    assert answer.status == 413


# --- Host and Origin ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*OPEN, *CLOSED])
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:9000", ""])
async def test_a_foreign_host_is_refused_everywhere(site: Site, path: str, host: str) -> None:
    answer = await site.client.get(path, headers={"Host": host, **site.bearer})
    assert answer.status == 403
    assert "--allow-host" in await answer.text()


@pytest.mark.parametrize("host", ["localhost:9000", "192.168.1.5", "desk", "share.example.org"])
async def test_own_names_are_answered(site: Site, host: str) -> None:
    assert (await site.client.get("/healthz", headers={"Host": host})).status == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1", "file://"]
)
async def test_a_foreign_origin_is_refused_where_it_matters(site: Site, origin: str) -> None:
    await site.log_in()
    headers = {"Origin": origin}
    for answer in (
        await site.client.post("/api/login", json={"token": TOKEN}, headers=headers),
        await site.client.get("/ws", headers=headers),
        await site.client.get("/ws", headers=headers | site.bearer),
    ):
        assert answer.status == 403
        assert "another site" in await answer.text()


async def test_a_missing_origin_needs_a_bearer(site: Site) -> None:
    await site.log_in()
    assert (await site.client.post("/api/login", json={"token": TOKEN})).status == 403
    assert (await site.client.get("/ws")).status == 403, "the cookie alone is not enough"
    wrong = {"Authorization": "Bearer wrong-token"}
    assert (await site.client.get("/ws", headers=wrong)).status == 403
    answer = await site.client.post("/api/login", json={"token": TOKEN}, headers=site.bearer)
    assert answer.status == 204


async def test_a_request_with_sec_fetch_site_cross_site_is_refused(site: Site) -> None:
    headers = site.same | {"Sec-Fetch-Site": "cross-site"}
    answer = await site.client.post("/api/login", json={"token": TOKEN}, headers=headers)
    assert answer.status == 403


async def test_a_bearer_is_enough_for_a_program(site: Site) -> None:
    assert (await site.client.get("/api/status", headers=site.bearer)).status == 200
    wrong = {"Authorization": "Bearer wrong-token"}
    assert (await site.client.get("/api/status", headers=wrong)).status == 401


async def test_head_needs_no_origin_like_get(site: Site) -> None:
    assert (await site.client.head("/healthz")).status == 200


# --- without access control -----------------------------------------------------------------------


@everybody
async def test_without_access_control_no_secret_is_needed(site: Site) -> None:
    assert (await site.client.get("/api/status")).status == 200
    answer = await site.client.post("/api/login", json={"pin": "1"}, headers=site.same)
    assert answer.status == 204
    answer = await site.client.get("/ws", headers={"Origin": "http://evil.example"})
    assert answer.status == 403, "pages of other sites still may not"


@everybody
async def test_without_access_control_nobody_waits(site: Site) -> None:
    for _ in range(10):
        answer = await site.client.post("/api/login", json={"pin": "1"}, headers=site.same)
        assert answer.status == 204


# --- headers and files ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/app/app.js", 200),
        ("GET", "/healthz", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/api/status", 401),
        ("GET", "/snapshot.jpg", 401),
        ("POST", "/api/login", 403),
        ("DELETE", "/", 405),
        ("PUT", "/api/login", 405),
    ],
)
async def test_every_answer_has_the_security_headers(
    site: Site, method: str, path: str, status: int
) -> None:
    answer = await site.client.request(method, path, headers=site.same)
    assert answer.status == status
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert answer.headers["Server"] == "samescreen"
    assert answer.headers["Cache-Control"] in ("no-store", "no-cache")
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_the_page_uses_no_inline_script(site: Site) -> None:
    text = await (await site.client.get("/")).text()
    scripts = re.findall(r"<script[^>]*>", text)
    assert scripts
    kinds = r'<script( type="module"( async)?)? src="[^"]+">'
    assert all(re.fullmatch(kinds, script) for script in scripts)
    assert text.count("<script") == text.count("></script>")
    assert "onclick=" not in text
    assert "style=" not in text


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/..%2f..%2fpyproject.toml",
        "/%2e%2e/host.py",
        "/app/../../host.py",
        "/app//app.js",
        "/app",
        "/app/",
        "//etc/passwd",
        "/vendor/h264bsd/README.md",
        "/index.html/",
        "/app/app.js%00",
        "/INDEX.HTML",
    ],
)
async def test_only_files_in_the_table_are_served(site: Site, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.client.port)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    writer.write(request.encode())
    head = await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert int(head.split()[1]) in (400, 404)


async def test_wasm_has_its_type(site: Site) -> None:
    answer = await site.client.get("/vendor/h264bsd/h264bsd.wasm")
    assert answer.headers["Content-Type"] == "application/wasm"
    assert (await answer.read()).startswith(b"\0asm")


async def test_an_unchanged_file_is_not_sent_again(site: Site) -> None:
    first = await site.client.get("/app/app.js")
    tag = first.headers["ETag"]
    again = await site.client.get("/app/app.js", headers={"If-None-Match": tag})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == tag
    other = await site.client.get("/app/app.js", headers={"If-None-Match": '"other"'})
    assert other.status == 200


@pytest.mark.parametrize("path", ["/", "/worker.bundle.js", "/vendor/h264bsd/h264bsd.wasm"])
async def test_a_file_is_sent_as_gzip_to_those_who_take_it(site: Site, path: str) -> None:
    plain = await site.client.get(path, headers={"Accept-Encoding": "br, gzip;q=0"})
    offer = {"Accept-Encoding": "deflate, GZIP ; q=0.5"}
    packed = await site.client.get(path, headers=offer)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert {answer.headers["Vary"] for answer in (plain, packed)} == {"Accept-Encoding"}
    body = await plain.read()
    assert int(packed.headers["Content-Length"]) < len(body)
    assert await packed.read() == body, "the client unpacks it"
    tag = packed.headers["ETag"]
    assert tag != plain.headers["ETag"], "one URL, two bodies"
    headers = {"Accept-Encoding": "gzip", "If-None-Match": tag}
    again = await site.client.get(path, headers=headers)
    assert (again.status, again.headers["ETag"], await again.read()) == (304, tag, b"")


async def test_the_opener_policy_is_sent_only_where_browsers_apply_it(site: Site) -> None:
    headers: list[dict[str, Any]] = [{"Host": "localhost:9"}, {"Host": "192.168.1.5:9"}]
    answers = [await site.client.get("/", headers=each) for each in headers]
    assert ["Cross-Origin-Opener-Policy" in a.headers for a in answers] == [True, False]
