"""Why there is no picture, in words: proxies with a line missing, browsers that keep no cookie."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from samescreen.wire.messages import PROTOCOL_VERSION
from tests.e2e.watching import await_state, dataset, watch
from tests.stage.browsers import INSECURE_NAME, find_chromium, fresh_page
from tests.stage.host_process import TOKEN, HostProcess, free_port
from tests.stage.timing import MS, eventually
from tests.stage.tools import end, find_tool, spawn

pytestmark = pytest.mark.e2e

HOST_LINE: Final = "proxy_set_header Host $http_host;"
UPGRADE: Final = (
    "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
    "proxy_set_header Connection $http_connection;"
)
WHOLE: Final = f"{HOST_LINE} {UPGRADE}"
PASS: Final = "proxy_pass http://127.0.0.1:HOST;"
PAGE: Final = f"location / {{ {PASS} {WHOLE} }}"

FAULTS: Final[dict[str, tuple[str, str]]] = {
    "origin": (f"location / {{ {PASS} {UPGRADE} }}", HOST_LINE),
    "origin-missing": (
        f'location / {{ {PASS} {WHOLE} proxy_set_header Origin ""; }}',
        "proxy_set_header Origin $http_origin;",
    ),
    "origin-scheme": (
        f"location / {{ {PASS} {WHOLE} proxy_set_header X-Forwarded-Proto https; }}",
        "proxy_set_header X-Forwarded-Proto $scheme;",
    ),
    "no-websocket": (
        f"location / {{ {PASS} {HOST_LINE} }}",
        "proxy_set_header Upgrade $http_upgrade;",
    ),
    "gateway": (f"{PAGE} location /api/ {{ proxy_pass http://127.0.0.1:1; }}", ""),
    "path": (f"{PAGE} location /api/ {{ return 404; }}", "location / { proxy_pass"),
    "between": (f"{PAGE} location /api/ {{ return 403; }}", ""),
    "not-host": (f"{PAGE} location /api/ {{ return 200 hello; }}", ""),
    "host-name": (
        f"{PAGE} location /api/ {{ {PASS} proxy_set_header Host $host.example; }}",
        f"samescreen --allow-host {INSECURE_NAME}",
    ),
}
"""By the reason that the page must give: how nginx is set up, and the line that it must name."""
MORE: Final = {
    "no-cookie": f"location / {{ {PASS} {WHOLE} proxy_hide_header Set-Cookie; }}",
    "no-name": f"location / {{ {PASS} proxy_set_header Host other.example; }}",
}
TEMPORARY: Final = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True)
class Proxies:
    """One host, and a port of nginx for each fault."""

    host: HostProcess
    ports: dict[str, int]

    def link(self, fault: str) -> str:
        return f"http://{INSECURE_NAME}:{self.ports[fault]}/?lang=en#token={TOKEN}"


@pytest.fixture(scope="module")
def proxies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxies]:
    nginx = find_tool("nginx", "/usr/sbin/nginx")
    folder = tmp_path_factory.mktemp("faults")
    said = ("--allow-host", INSECURE_NAME, "--trusted-proxy", "127.0.0.1", "--pin", "493027")
    host = HostProcess("testcard", "--fps", "5", *said, "--token", TOKEN)
    blocks = {name: block for name, (block, _) in FAULTS.items()} | MORE
    ports = {name: free_port() for name in blocks}
    servers = "\n".join(
        f"server {{ listen 127.0.0.1:{ports[name]}; {block.replace('HOST;', f'{host.port};')} }}"
        for name, block in blocks.items()
    )
    kept = "\n".join(f"{what}_temp_path {folder};" for what in TEMPORARY)
    (folder / "conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors crit;\n"
        f"events {{}}\nhttp {{ access_log off; {kept}\n{servers}\n}}\n"
    )
    running = spawn([nginx, "-p", str(folder), "-e", str(folder / "errors"), "-c", "conf"])
    try:
        asked = ["curl", "-s", "--noproxy", "*", f"http://127.0.0.1:{ports['path']}/api/"]
        eventually(
            lambda: subprocess.run(asked, check=False, capture_output=True).returncode == 0,
            what="nginx answers",
        )
        yield Proxies(host, ports)
    finally:
        assert end(running, by=15) == 0, (folder / "errors").read_text()
        host.assert_clean()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    with fresh_page(chromium) as page:
        yield page


@pytest.mark.parametrize("reason", FAULTS)
def test_the_page_names_the_fault_and_the_line(
    visitor: Page, proxies: Proxies, reason: str
) -> None:
    visitor.goto(proxies.link(reason))
    card = visitor.locator("#status")
    eventually(
        lambda: dataset(visitor, "reason") == reason,
        what=f"{reason}, not {dataset(visitor, 'reason')}",
        within=8000 * MS,
    )
    expect(card).to_be_visible()
    expect(visitor.locator("#login")).to_be_hidden()
    expect(visitor.locator("#retry-now")).to_be_visible()
    line = FAULTS[reason][1]
    if line:
        expect(visitor.locator("#status-lines")).to_contain_text(line)
    else:
        expect(visitor.locator("#status-lines")).to_be_hidden()
    english = card.inner_text()
    visitor.locator("#tool-language").click()
    assert card.inner_text() != english


def test_a_name_that_is_not_known_gets_the_cure_in_both_languages(
    visitor: Page, proxies: Proxies
) -> None:
    answer = visitor.goto(proxies.link("no-name"))
    assert answer is not None
    assert answer.status == 403
    expect(visitor.locator("body")).to_contain_text("start it with --allow-host other.example")
    expect(visitor.locator("body")).to_contain_text("启动时加上 --allow-host other.example")


def test_in_the_form_a_fault_is_no_wrong_pin(visitor: Page, proxies: Proxies) -> None:
    """The fault comes while somebody types."""
    visitor.goto(proxies.link("no-websocket").partition("#")[0])
    await_state(visitor, "login")
    visitor.route("**/api/login", lambda route: route.fulfill(status=502, body="no"))
    visitor.locator("#pin").fill("493027")
    expect(visitor.locator("#login-error")).to_contain_text("does not reach the host")


def test_a_host_that_is_full_or_gone_blames_no_proxy(chromium: Browser, visitor: Page) -> None:
    host = HostProcess("testcard", "--fps", "5", "--max-viewers", "1")
    watch(visitor, host.url(name="localhost"))
    with fresh_page(chromium) as late:
        tries: list[str] = []
        late.on("websocket", lambda websocket: tries.append(websocket.url))
        late.goto(host.url(name="localhost"))

        def is_full_after_tries() -> bool:
            late.evaluate("document.getElementById('retry-now').click()")
            return len(tries) > 4 and dataset(late, "reason") == "full"

        eventually(is_full_after_tries, what="it is full, and full again")
        assert dataset(visitor, "state") == "live", "the late one took nothing from the first"
        host.assert_clean()
        eventually(lambda: dataset(late, "reason") != "full", what="it has gone")
        expect(late.locator("#status-lines")).to_be_hidden()
    await_state(visitor, "stopped")


# --- cookies --------------------------------------------------------------------------------------


def test_a_cookie_that_gets_lost_is_named_and_the_picture_comes_all_the_same(
    visitor: Page, proxies: Proxies
) -> None:
    watch(visitor, proxies.link("no-cookie"))
    expect(visitor.locator("#notice")).to_contain_text("did not keep the cookie")
    visitor.locator("#notice-close").click()
    expect(visitor.locator("#notice")).to_be_hidden()
    assert visitor.context.cookies() == []


@pytest.fixture
def cookieless(playwright: Playwright, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser that is told to take no cookies: it has no storage of any kind then."""
    (tmp_path / "Default").mkdir()
    settings = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(settings))
    context = playwright.chromium.launch_persistent_context(
        tmp_path, executable_path=find_chromium(), args=["--no-sandbox"], locale="en-US"
    )
    try:
        yield context
    finally:
        context.close()


def test_without_cookies_the_right_pin_lets_in(
    cookieless: BrowserContext, proxies: Proxies
) -> None:
    page = cookieless.pages[0]
    page.goto(f"http://localhost:{proxies.host.port}/")
    await_state(page, "login")
    page.locator("#pin").fill("493027")
    await_state(page, "live")
    expect(page.locator("#notice")).to_contain_text("accepts no cookies")
    reasons = page.evaluate("(() => { try { return localStorage.length } catch { return -1 } })()")
    assert reasons == -1, "storage is forbidden too"


def test_without_cookies_a_page_of_another_version_reloads_once_at_most(
    cookieless: BrowserContext, proxies: Proxies
) -> None:
    """It cannot remember that it has, so it does not."""
    page = cookieless.pages[0]
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))

    def speaks_another(route: object) -> None:
        response = route.fetch()  # type: ignore[attr-defined]
        body = response.text().replace(f"VERSION = {PROTOCOL_VERSION}", "VERSION = 99")
        headers = {"Content-Type": "text/javascript"}
        route.fulfill(status=200, headers=headers, body=body)  # type: ignore[attr-defined]

    # Chromium lets no worker whose script a test has replaced open a connection to this machine.
    page.add_init_script("delete globalThis.OffscreenCanvas")
    page.context.route("**/*.js", speaks_another)
    page.goto(f"http://localhost:{proxies.host.port}/#token={TOKEN}")
    await_state(page, "failed")
    expect(page.locator("#status-title")).to_contain_text("do not match")
    assert len(loads) <= 2, loads


# --- links pasted over the page's own -------------------------------------------------------------


def test_a_link_pasted_into_the_open_page_lets_in_and_its_token_is_gone(
    visitor: Page, proxies: Proxies
) -> None:
    url = f"http://localhost:{proxies.host.port}/"
    visitor.goto(url)
    await_state(visitor, "login")
    visitor.evaluate("location.hash = '#token=not-the-token-at-all'")
    expect(visitor.locator("#login-error")).to_contain_text("not valid")
    assert visitor.url == url
    visitor.goto(f"{url}#token={TOKEN}")
    await_state(visitor, "live")
    assert visitor.url == url


def test_a_link_pasted_over_a_live_picture_leaves_no_token(
    visitor: Page, proxies: Proxies
) -> None:
    url = f"http://localhost:{proxies.host.port}/"
    watch(visitor, f"{url}#token={TOKEN}")
    visitor.goto(f"{url}#token=some-other-token")
    expect(visitor.locator("#notice")).to_contain_text("not valid")
    assert visitor.url == url
    for token in (TOKEN, ""):
        visitor.goto(f"{url}#token={token}")
        eventually(lambda: visitor.evaluate("location.href") == url, what="the token is gone")
    await_state(visitor, "live")
