"""Who gets in, seen from a browser and from programs that pretend to be one."""

from __future__ import annotations

import base64
import http.client
import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.watching import await_state, watch
from tests.stage.browsers import INSECURE_NAME
from tests.stage.host_process import TOKEN, HostProcess
from tests.stage.timing import MS

pytestmark = pytest.mark.e2e
PIN = "493027"


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    """Knows a token and a PIN, and no name but its own."""
    host = HostProcess("testcard", "--fps", "5", "--token", TOKEN, "--pin", PIN)
    yield host
    host.assert_clean()


def link(host: HostProcess, token: str = TOKEN) -> str:
    return host.url(f"/#token={token}", name="localhost")


def asked(host: HostProcess, path: str, **headers: str) -> tuple[int, str]:
    """Status and text of the answer to a GET with exactly these headers (`_` is written `-`)."""
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=5000 * MS)
    try:
        connection.putrequest("GET", path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        # An accepted WebSocket has no end.
        return answer.status, "" if answer.status == 101 else answer.read().decode()
    finally:
        connection.close()


def upgrade(host: HostProcess, **headers: str) -> int:
    """The status that a WebSocket handshake with these headers is answered with."""
    return asked(
        host,
        "/ws",
        Connection="Upgrade",
        Upgrade="websocket",
        Sec_WebSocket_Version="13",
        Sec_WebSocket_Key=base64.b64encode(os.urandom(16)).decode(),
        **headers,
    )[0]


def test_the_link_lets_in_and_its_token_is_gone(page: Page, host: HostProcess) -> None:
    watch(page, link(host))
    assert page.evaluate("location.href") == host.url("/", name="localhost")
    assert TOKEN not in page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert TOKEN not in cookie["value"]
    assert page.evaluate("document.cookie") == ""
    page.reload()
    await_state(page, "live")


def test_a_wrong_link_asks_for_the_pin(page: Page, host: HostProcess) -> None:
    page.goto(link(host, token="not-the-token-at-all"))
    await_state(page, "login")
    expect(page.locator("#login")).to_be_visible()
    expect(page.locator("#login-error")).to_contain_text("link is not valid")
    assert "not-the-token" not in page.url
    page.locator("#pin").fill("000000")
    expect(page.locator("#login-error")).to_contain_text("PIN is not right")
    page.locator("#pin").press_sequentially(PIN)
    await_state(page, "live")
    expect(page.locator("#login")).to_be_hidden()


def test_without_a_link_the_whole_link_can_be_pasted(page: Page, host: HostProcess) -> None:
    page.goto(host.url("/", name="localhost"))
    await_state(page, "login")
    expect(page.locator("#login-error")).to_be_empty()
    page.locator("#pin").fill(link(host))
    await_state(page, "live")


def test_another_site_opens_no_socket(page: Page, host: HostProcess) -> None:
    watch(page, link(host))
    (cookie,) = page.context.cookies()
    own = {"Host": f"localhost:{host.port}", "Cookie": f"{cookie['name']}={cookie['value']}"}
    assert upgrade(host, **own, Origin=f"http://localhost:{host.port}") == 101
    assert upgrade(host, **own, Origin="http://evil.test") == 403
    assert upgrade(host, **own, Origin=f"http://localhost:{host.port + 1}") == 403
    assert upgrade(host, **own, Origin="null") == 403
    assert upgrade(host, **own) == 403
    own["Cookie"] += "0"
    assert upgrade(host, **own, Origin=f"http://localhost:{host.port}") == 401


def test_programs_come_in_with_a_bearer_only(host: HostProcess) -> None:
    assert upgrade(host, Authorization=f"Bearer {TOKEN}") == 101
    assert upgrade(host, Authorization=f"Bearer {TOKEN}", Origin="http://evil.test") == 403
    assert asked(host, "/api/status", Authorization=f"Bearer {TOKEN}")[0] == 200
    assert asked(host, "/api/status")[0] == 401
    assert asked(host, "/healthz") == (200, "ok\n")


def test_a_foreign_name_is_refused_with_the_cure(page: Page, host: HostProcess) -> None:
    code, text = asked(host, "/", Host="evil.test")
    assert code == 403
    assert "--allow-host" in text
    answer = page.goto(host.url("/", name=INSECURE_NAME))
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("body")).to_contain_text("--allow-host")
