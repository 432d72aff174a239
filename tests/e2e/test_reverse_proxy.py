"""A real nginx in front of the host, configured as docs/reverse-proxy.md says."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from samescreen.serve.certificates import identity_of, make_authority, make_leaf
from tests.e2e.watching import await_state, dataset, watch
from tests.stage.browsers import launch
from tests.stage.host_process import TOKEN, HostProcess, free_port
from tests.stage.timing import MS, eventually
from tests.stage.tools import ROOT, end, find_tool, spawn

pytestmark = pytest.mark.e2e
NAME = "share.example.org"
VIEWER = "127.0.0.9"
"""Where requests come from that a browser does not make."""


def snippet() -> str:
    """The server block of the documentation."""
    text = (ROOT / "docs" / "reverse-proxy.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)
    return str(found)


def adapted(server: str, folder: Path, listen: int, host: int) -> str:
    """The same block with this test's ports and files; each must be there to be replaced."""
    for what, instead in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{listen} ssl;"),
        ("http://127.0.0.1:9000;", f"http://127.0.0.1:{host};"),
        (f"/etc/ssl/{NAME}.pem", str(folder / "pair.pem")),
        (f"/etc/ssl/{NAME}.key", str(folder / "pair.pem")),
    ):
        assert server.count(what) == 1, what
        server = server.replace(what, instead)
    kept = "\n".join(f"{what}_temp_path {folder};" for what in TEMPORARY)
    return (
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors warn;\n"
        f"events {{}}\nhttp {{ access_log off; {kept}\n{server}}}\n"
    )


TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True)
class Proxied:
    """A host, and nginx in front of it."""

    host: HostProcess
    port: int

    def url(self, path: str = "/screen/") -> str:
        return f"https://{NAME}:{self.port}{path}"


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    nginx = find_tool("nginx", "/usr/sbin/nginx")
    folder = tmp_path_factory.mktemp("nginx")
    now, identity = datetime.now(UTC), identity_of([NAME], [])
    authority = make_authority(identity, now)
    (folder / "pair.pem").write_bytes(make_leaf(authority, identity, now).pem)
    said = ("--tls", "off", "--allow-host", NAME, "--base-path", "/screen")
    host = HostProcess("testcard", *said, "--trusted-proxy", "127.0.0.1", "--log-level", "info")
    port = free_port()
    (folder / "conf").write_text(adapted(snippet(), folder, port, host.port))
    running = spawn([nginx, "-p", str(folder), "-e", str(folder / "errors"), "-c", "conf"])
    try:
        made = Proxied(host, port)
        eventually(lambda: answers(made), what="nginx answers")
        yield made
    finally:
        assert end(running, by=15) == 0, (folder / "errors").read_text()
        host.assert_clean()


def answers(proxied: Proxied) -> bool:
    try:
        return curl(proxied, "/screen/healthz") == "ok\n"
    except subprocess.CalledProcessError:
        return False


def curl(proxied: Proxied, path: str, *more: str) -> str:
    done = subprocess.run(
        [
            *("curl", "--silent", "--fail-with-body", "--insecure", "--noproxy", "*"),
            *("--interface", VIEWER, "--resolve", f"{NAME}:{proxied.port}:127.0.0.1"),
            *more,
            proxied.url(path),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=20_000 * MS,
    )
    return done.stdout


def status(proxied: Proxied) -> dict[str, Any]:
    answer = curl(proxied, "/screen/api/status", "-H", f"Authorization: Bearer {TOKEN}")
    stream: dict[str, Any] = json.loads(answer)["streams"][0]
    return stream


@pytest.fixture
def visitor(playwright: Any, proxied: Proxied) -> Iterator[BrowserContext]:
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    browser: Browser
    with launch(playwright, rules) as browser:
        yield browser.new_context(ignore_https_errors=True)


def test_the_page_plays_through_nginx_under_its_path(
    visitor: BrowserContext, proxied: Proxied
) -> None:
    page = visitor.new_page()
    watch(page, proxied.url() + f"#token={TOKEN}")
    assert dataset(page, "path") == "webcodecs", "a secure context"
    assert page.evaluate("location.href") == proxied.url()
    (cookie,) = visitor.cookies()
    of_path = hashlib.sha256(b"/screen").hexdigest()[:8]
    assert cookie["name"] == f"__Secure-samescreen_{proxied.host.port}_{of_path}"
    assert (cookie["path"], cookie["secure"]) == ("/screen/", True)
    eventually(lambda: int(dataset(page, "fps") or 0) > 20, what="pictures keep coming")
    (viewer,) = status(proxied)["viewers"]
    assert viewer["address"] == "127.0.0.1"
    page.goto(proxied.url("/screen?decoder=wasm"))
    await_state(page, "live")
    assert dataset(page, "path") == "wasm", "without the slash it comes back to the page"
    page.goto(proxied.url("/screen/trust.html"))
    expect(page.locator("#en .none")).to_be_visible()


def test_the_host_sees_who_asks(proxied: Proxied) -> None:
    """The browser comes from the proxy's own address; this one does not."""
    guess = ("-X", "POST", "-H", f"Origin: https://{NAME}:{proxied.port}", "-d", '{"pin":"000000"}')
    for _ in range(6):
        with pytest.raises(subprocess.CalledProcessError) as refused:
            curl(proxied, "/screen/api/login", *guess)
    assert "wait" in refused.value.stdout
    direct = urllib.request.Request(
        proxied.host.url("/api/login"),
        b'{"pin":"000000"}',
        {"Origin": f"http://127.0.0.1:{proxied.host.port}", "X-Forwarded-For": "127.0.0.8"},
    )
    with pytest.raises(urllib.error.HTTPError, match="403"):  # another address, not held up
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(direct)


def test_nothing_is_beside_the_path(proxied: Proxied) -> None:
    for path in ("/", "/healthz", "/ws", "/screenshot", "/screen/../healthz"):
        with pytest.raises(subprocess.CalledProcessError) as refused:
            curl(proxied, path, "--path-as-is")
        assert refused.value.returncode == 22


def test_a_snapshot_comes_whole(proxied: Proxied, tmp_path: Path) -> None:
    kept = tmp_path / "now.jpg"
    bearer = ("-H", f"Authorization: Bearer {TOKEN}")
    another = ("--interface", "127.0.0.10")  # VIEWER has guessed wrong and has to wait
    curl(proxied, "/screen/snapshot.jpg", *bearer, *another, "-o", str(kept))
    assert kept.read_bytes()[-2:] == b"\xff\xd9"
