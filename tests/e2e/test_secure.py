"""https on the same port, in a browser: a secure context, the plain page's offer, real trust."""

from __future__ import annotations

import hashlib
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect

from samescreen.serve.certificates import Pair, identity_of, pair_from
from samescreen.serve.listen import listening_socket
from tests.e2e.conftest import Shared
from tests.e2e.watching import (
    MOTION_FPS,
    assert_arrives,
    assert_moves,
    await_state,
    dataset,
    picture,
    watch,
)
from tests.stage.browsers import INSECURE_NAME, find_chromium, launch
from tests.stage.forged import forged_by
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS
from tests.stage.tools import find_tool

pytestmark = [pytest.mark.e2e, pytest.mark.display]
FORGED_NAME = "bank.test"


@pytest.fixture
def lenient(chromium: Browser) -> Iterator[BrowserContext]:
    """Somebody who passes the warning."""
    context = chromium.new_context(
        ignore_https_errors=True, viewport={"width": 1280, "height": 720}
    )
    yield context
    context.close()


def assert_secure_and_live(page: Page, shared: Shared) -> None:
    assert page.evaluate("isSecureContext") is True
    shared.window.motion(MOTION_FPS)
    assert_moves(lambda: picture(page), shared.window)
    assert_arrives(page, shared.window.still().count)
    assert dataset(page, "path") == "webcodecs"


@pytest.mark.parametrize("name", ["localhost", INSECURE_NAME, "127.0.0.1"])
def test_https_is_a_secure_context(lenient: BrowserContext, shared: Shared, name: str) -> None:
    page = lenient.new_page()
    watch(page, shared.host.url(name=name, scheme="https"))
    assert_secure_and_live(page, shared)
    (cookie,) = lenient.cookies()
    assert cookie["name"] == f"__Host-samescreen_{shared.host.port}"
    assert (cookie["secure"], cookie["httpOnly"], cookie["path"]) == (True, True, "/")
    page.reload()
    await_state(page, "live")


def test_the_plain_page_offers_it_and_takes_the_reader_along(
    lenient: BrowserContext, shared: Shared
) -> None:
    page = lenient.new_page()
    watch(page, shared.host.url(name=INSECURE_NAME))
    assert page.evaluate("isSecureContext") is False
    page.locator("#badge").click()
    expect(page.locator("#secure")).to_contain_text("Secure link")
    page.locator("#tool-language").click()
    expect(page.locator("#secure")).to_contain_text("安全链接")
    page.locator("#secure-link").click()
    page.wait_for_url("https://**")
    await_state(page, "live")
    assert page.evaluate("[isSecureContext, location.hash]") == [True, ""]
    page.locator("#badge").click()
    expect(page.locator("#details")).to_be_visible()
    expect(page.locator("#secure")).to_be_hidden()
    page.goto(shared.host.url("/?", name=INSECURE_NAME))
    await_state(page, "live")


def test_the_offer_can_be_sent_away(page: Page, shared: Shared) -> None:
    watch(page, shared.host.url(name=INSECURE_NAME))
    page.locator("#badge").click()
    page.locator("#secure-close").click()
    expect(page.locator("#secure")).to_be_hidden()
    with page.expect_response("**/api/renew"):
        page.reload()
    await_state(page, "live")
    page.locator("#badge").click()
    expect(page.locator("#details-list")).to_contain_text("fps")
    expect(page.locator("#secure")).to_be_hidden()


def test_the_instructions_show_the_fingerprint(page: Page, shared: Shared) -> None:
    watch(page, shared.host.url(name=INSECURE_NAME))
    page.locator("#badge").click()
    page.locator("#secure-trust").click()
    expect(page.locator("#zh h1")).to_be_hidden()
    expect(page.locator("#en h1")).to_have_text("Trust this host")
    expect(page.locator("#en .fingerprint")).to_contain_text(":")
    shown = page.locator("#en .fingerprint").text_content() or ""
    with page.expect_download() as downloading:
        page.locator("#en .primary").click()
    assert downloading.value.suggested_filename == "samescreen-ca.crt"
    der = ssl.PEM_cert_to_DER_cert(downloading.value.path().read_text())
    assert shown == ":".join(f"{byte:02X}" for byte in hashlib.sha256(der).digest())
    page.locator("#language").click()
    expect(page.locator("#en h1")).to_be_hidden()
    expect(page.locator("#zh h1")).to_be_visible()
    opened = page.locator("#zh a.open").get_attribute("href")
    assert opened == f"https://{INSECURE_NAME}:{shared.host.port}/"


# --- with real trust ------------------------------------------------------------------------------


@pytest.fixture
def authority(config_home: Path, shared: Shared) -> Pair:
    """The host's own, key and all, as a thief would have it."""
    return pair_from((config_home / "samescreen" / "authority.pem").read_bytes())


Environment = dict[str, str | float | bool]


@pytest.fixture
def trusted(config_home: Path, shared: Shared, tmp_path: Path) -> Environment:
    """The environment of somebody whose system trusts the host's authority."""
    certutil = find_tool("certutil")
    for folder in (tmp_path / ".pki" / "nssdb", tmp_path / ".local/share/pki/nssdb"):
        folder.mkdir(parents=True)
        into = ["-d", f"sql:{folder}"]
        certificate = str(config_home / "samescreen" / "ca.crt")
        for words in (
            ["-N", "--empty-password"],
            ["-A", "-t", "C,,", "-n", "samescreen", "-i", certificate],
        ):
            subprocess.run([certutil, *into, *words], check=True, timeout=30_000 * MS)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    return {**inherited, "HOME": str(tmp_path)}


@pytest.fixture
def trusting(playwright: Playwright, trusted: Environment) -> Iterator[Browser]:
    """A browser of that person, who passes no warning."""
    rules = f"--host-resolver-rules=MAP {INSECURE_NAME} 127.0.0.1,MAP {FORGED_NAME} 127.0.0.1"
    with launch(playwright, rules, env=trusted, whole=True) as browser:
        yield browser


def test_trusted_it_is_taken_without_a_question(trusting: Browser, shared: Shared) -> None:
    page = trusting.new_page()
    for name in (INSECURE_NAME, "127.0.0.1"):
        watch(page, shared.host.url(name=name, scheme="https"))
        assert_secure_and_live(page, shared)


def test_trusted_it_can_be_installed(
    playwright: Playwright, trusted: Environment, shared: Shared, tmp_path: Path
) -> None:
    """Not in a private window, which every other test's page is."""
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile", executable_path=find_chromium(), args=["--no-sandbox"], env=trusted
    )
    try:
        page = context.pages[0]
        watch(page, shared.host.url(name="127.0.0.1", scheme="https"))
        devtools = context.new_cdp_session(page)
        assert devtools.send("Page.getInstallabilityErrors") == {"installabilityErrors": []}
        page.mouse.click(300, 300)
        page.wait_for_selector("#tool-install:not([hidden])", state="attached")
    finally:
        context.close()


def test_trusted_it_speaks_for_no_other_name(
    trusting: Browser, authority: Pair, tmp_path: Path
) -> None:
    """What the name constraints are for: a stolen key opens no other site."""
    page = trusting.new_page()
    inner = forged_by(authority, identity_of(["localhost"], []))
    with tls_server(inner, tmp_path) as port:
        answer = page.goto(f"https://localhost:{port}/")
        assert answer is not None
        assert answer.text() == "forged"
    foreign = forged_by(authority, identity_of([FORGED_NAME], []))
    with tls_server(foreign, tmp_path) as port, pytest.raises(Error, match="ERR_CERT_"):
        page.goto(f"https://{FORGED_NAME}:{port}/")


def test_an_authority_not_trusted_is_warned_of(page: Page, shared: Shared) -> None:
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(shared.host.url(scheme="https"))


@contextmanager
def tls_server(pair: Pair, folder: Path) -> Iterator[int]:
    """Answers every request with one word, under this certificate."""
    (folder / "forged.pem").write_bytes(pair.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "forged.pem")
    sock = listening_socket("127.0.0.1", 0)
    sock.settimeout(0.1)
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            with suppress(OSError):
                taken, _ = sock.accept()
                with suppress(OSError), taken, context.wrap_socket(taken, server_side=True) as line:
                    line.settimeout(5000 * MS)
                    if line.recv(65536):
                        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield sock.getsockname()[1]
    finally:
        stopping.set()
        thread.join(10_000 * MS)
        sock.close()


def test_a_host_without_https_says_so(page: Page) -> None:
    host = HostProcess("testcard", "--fps", "5", "--tls", "off", "--allow-host", INSECURE_NAME)
    try:
        with pytest.raises(Error, match="ERR_SSL|ERR_CONNECTION"):
            page.goto(host.url(scheme="https"))
        page = page.context.new_page()  # the other one still shows its error
        watch(page, host.url(name=INSECURE_NAME))
        page.locator("#badge").click()
        expect(page.locator("#details-list")).to_contain_text("fps")
        expect(page.locator("#secure")).to_be_hidden()
        page.goto(host.url("/trust.html", name=INSECURE_NAME))
        expect(page.locator("#en .none")).to_be_visible()
        assert "--tls off" in host.stderr
    finally:
        host.assert_clean()
