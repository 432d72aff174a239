"""Requests of strangers on our own port: no 500, no traceback, none of their words in the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from samescreen.clock import clock_us
from samescreen.hub.hub import Hub
from samescreen.serve.access import Credentials, Gatekeeper, HostRule
from samescreen.serve.app import make_app
from samescreen.serve.asgi import AsgiApp
from samescreen.serve.http_protocol import protocols
from samescreen.serve.listen import Listener, listening_socket
from samescreen.serve.log_throttle import LoopErrorLog, ThrottledLog
from samescreen.serve.routes import ROUTES
from samescreen.serve.security_headers import BASIC_HEADERS
from samescreen.serve.site import Site, SiteConfig
from samescreen.subscribe.audience import Audience
from tests.fakes import FakePublisher
from tests.serve.conftest import CREDENTIALS, TOKEN

SECRET = "Xq7-a-secret-of-a-viewer"
PATHS = sorted({path for _, path in ROUTES} | {"/", "/ws", "/stream.mjpg", "/app/app.js", "/x"})
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"]


@dataclass(slots=True)
class Port:
    """The application on the protocol that a host's own port uses."""

    number: int

    async def ask(
        self, request: bytes, patience_s: float = 2.0, sender: str = "127.0.0.1"
    ) -> bytes:
        """The first bytes of the response; none while the host waits for the rest of a body."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.number, local_addr=(sender, 0)
        )
        answer = b""
        try:
            writer.write(request)
            with suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(patience_s):
                    answer = await reader.read(65_536)
        finally:
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()
        return answer


@asynccontextmanager
async def opened_port(credentials: Credentials = CREDENTIALS) -> AsyncIterator[Port]:
    hub = Hub(clock_us)
    hub.add("screen", "Screen 1", FakePublisher())
    audience = Audience(hub, "desk", clock_us, 100)
    app = make_app(audience, Gatekeeper(credentials), HostRule(["desk"], []), 9000)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    assert runner.server is not None
    sock = listening_socket("127.0.0.1", 0)
    listener = Listener(protocols(runner.server), None)
    await listener.start(sock)
    yield Port(sock.getsockname()[1])
    listener.close()
    await runner.cleanup()
    listener.drop_all()
    await asyncio.sleep(0)  # let aborted transports close


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    async with opened_port() as opened:
        yield opened


def request(
    path: str = "/", *headers: str, method: str = "GET", body: bytes = b"", host: str = "desk"
) -> bytes:
    length = [f"Content-Length: {len(body)}"] if body else []
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *length, *headers, "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body


POST = ("Origin: http://desk", "Content-Type: application/json")
ODD = {
    "no request line": f"{SECRET}\r\n\r\n".encode(),
    "a bad request line": f"GET /?token={SECRET} HTTP/9.9\r\n\r\n".encode(),
    "a bad method": f"G\x00T /?token={SECRET} HTTP/1.1\r\n\r\n".encode(),
    "a header without a colon": request("/", f"Authorization Bearer {SECRET}"),
    "a header with a null": request("/", f"Cookie: samescreen_9000={SECRET}\0"),
    "a header's odd name": request("/", f"Auth@rization: Bearer {SECRET}"),
    "a header that is too long": request("/", f"Cookie: {SECRET * 1000}"),
    "a line that is too long": request(f"/?token={SECRET * 1000}"),
    "a bad length": request("/", "Content-Length: x", f"Cookie: {SECRET}"),
    "two lengths": request("/", "Content-Length: 1", "Content-Length: 2", f"Cookie: {SECRET}"),
    "both lengths": request("/", "Content-Length: 1", "Transfer-Encoding: chunked"),
    "a bad chunk": request("/api/login", *POST, "Transfer-Encoding: chunked", method="POST")
    + SECRET.encode()
    + b"\r\n",
    "two hosts": request("/", "Host: desk", f"Cookie: {SECRET}"),
    "gzip that is none": request(
        "/api/login", *POST, "Content-Encoding: gzip", method="POST", body=SECRET.encode()
    ),
    "deflate that is none": request(
        "/api/login", *POST, "Content-Encoding: deflate", method="POST", body=SECRET.encode()
    ),
    "an unknown encoding": request(
        "/api/login", *POST, "Content-Encoding: xz", method="POST", body=SECRET.encode()
    ),
    "an unknown expectation": request("/", f"Expect: {SECRET}"),
    "bytes that are no text": request("/").replace(b"desk", b"\xff\xfe\x80"),
    "a bad target": request(f"//[::1{SECRET}/"),
    "a target of another host": request(f"http://[evil/{SECRET}"),
    "no target": request("*", method="OPTIONS"),
    "a tunnel": request("evil.example:443", method="CONNECT"),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a socket of another kind": request("/ws", "Upgrade: h2c", "Connection: Upgrade"),
    "a socket without a key": request(
        "/ws", "Upgrade: websocket", "Connection: Upgrade", "Origin: http://desk",
        f"Authorization: Bearer {TOKEN}", "Sec-WebSocket-Version: " + "9" * 5000,
    ),
    "5000 digits": request("/stream.mjpg?fps=" + "9" * 5000, f"Authorization: Bearer {TOKEN}"),
    "digits of another alphabet": request(
        "/stream.mjpg?fps=%EF%BC%99", f"Authorization: Bearer {TOKEN}"
    ),
    "a host with 5000 digits": request("/", host="desk:" + "9" * 5000),
    "an origin with 5000 digits": request(
        "/api/login", "Origin: http://desk:" + "9" * 5000, method="POST", body=b"{}"
    ),
    "a number with 2000 digits": request(
        "/api/login", *POST, method="POST", body=b'{"pin": %s}' % (b"9" * 2000)
    ),
    "a cookie with 5000 digits": request(
        "/api/status", "Cookie: samescreen_9000=" + "9" * 5000 + ".0"
    ),
    "an odd cookie": request("/api/status", 'Cookie: samescreen_9000="\\777\\'),
    "a stream that is none": request(
        "/snapshot.jpg?stream=%ff%00%ed%a0%80", f"Authorization: Bearer {TOKEN}"
    ),
    "a token that is none": request("/snapshot.jpg?token=%ff%ed%a0%80%00"),
}


@pytest.mark.parametrize("what", ODD)
async def test_an_odd_request_gets_our_headers_and_none_of_it_is_logged(
    port: Port, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = await port.ask(ODD[what])
    head = answer.partition(b"\r\n\r\n")[0].decode()
    assert head.startswith(("HTTP/1.1 ", "HTTP/1.0 ")), answer
    assert int(head.split()[1]) < 500, answer
    assert_ours(head)
    assert_quiet(caplog)


def assert_ours(head: str) -> None:
    """Assert that a response has all our headers, and the name of no library."""
    found = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    assert "aiohttp" not in head
    assert "Python" not in head
    for name, value in BASIC_HEADERS.items():
        assert found[name] == value or name == "Cache-Control", name


def assert_quiet(caplog: pytest.LogCaptureFixture) -> None:
    for record in caplog.records:
        assert record.exc_info is None, record
        assert record.levelno < logging.ERROR, record
        assert SECRET not in record.getMessage()
        assert TOKEN not in record.getMessage()
    assert len([r for r in caplog.records if r.name.startswith("samescreen")]) <= 2


async def test_many_odd_requests_make_one_log_line(
    port: Port, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in range(30):
        await port.ask(ODD["a bad request line"])
    lines = [r for r in caplog.records if r.name == "samescreen.serve.http_protocol"]
    assert len(lines) == 1
    assert "could not be read" in lines[0].getMessage()


async def test_a_bug_makes_one_log_line_with_its_location(
    port: Port, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError(f"about {SECRET}")

    monkeypatch.setattr("samescreen.serve.app.short_body", broken)
    caplog.set_level(logging.INFO)
    for _ in range(3):
        answer = await port.ask(request("/healthz"))
        assert answer.startswith(b"HTTP/1.1 500 ")
        assert SECRET.encode() not in answer
        assert_ours(answer.partition(b"\r\n\r\n")[0].decode())
    (record,) = caplog.records
    assert "RuntimeError in test_http_protocol.py:" in record.getMessage()
    assert SECRET not in record.getMessage()
    assert record.exc_info is None


async def test_a_compressed_body_is_refused_whatever_it_contains(port: Port) -> None:
    answer = await port.ask(ODD["gzip that is none"])
    assert answer.startswith(b"HTTP/1.1 415 ")


def test_left_out_log_lines_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    throttled = ThrottledLog(logging.getLogger("x"), logging.INFO)
    for second in (0, 1, 9, 10, 25):
        throttled.log("odd", second * 1_000_000)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["odd", "odd (and 2 more since the last such line)", "odd"]


async def test_an_error_in_the_loop_is_one_line_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(said: str) -> None:
        assert said
        raise OSError(f"about {SECRET}")

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(LoopErrorLog(logging.getLogger("x")))
    caplog.set_level(logging.INFO)
    for _ in range(3):
        loop.call_soon(fails, SECRET)
    await asyncio.sleep(0)
    loop.call_exception_handler({})
    (record,) = caplog.records
    assert "OSError in test_http_protocol.py:" in record.getMessage()
    assert SECRET not in record.getMessage()
    assert record.exc_info is None


# --- anything, everywhere -------------------------------------------------------------------------

words = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=30)
values = words | st.sampled_from(
    [
        *("9" * 5000, "-1", "gzip", "chunked", "websocket", "bytes=0-", "100-continue", "*", '"'),
        *(f"Bearer {TOKEN}", "Bearer", "http://desk", "null", "samescreen_9000=1.2", "a=b;=;;c"),
    ]
)
names = st.sampled_from(
    [
        *("Authorization", "Cookie", "Origin", "Content-Encoding", "Transfer-Encoding", "Expect"),
        *("Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key", "Content-Type"),
        *("If-None-Match", "If-Modified-Since", "Range", "Sec-Fetch-Site", "X-Forwarded-For"),
        *("X-Forwarded-Host", "X-Forwarded-Proto", "Content-Length", "Accept", "Date", "TE"),
    ]
)
queries = st.dictionaries(
    st.sampled_from(["token", "stream", "fps", "x"]), values, max_size=3
)


ASKED = st.tuples(
    st.sampled_from(METHODS),
    st.sampled_from(PATHS),
    queries,
    st.lists(st.tuples(names, values), max_size=4),
    st.binary(max_size=60) | st.sampled_from([b"", b'{"token": 1}', b"[" * 2000, b"9" * 3000]),
)


def test_no_request_causes_a_server_error(caplog: pytest.LogCaptureFixture) -> None:
    with asyncio.Runner() as runner:
        opening = opened_port()
        port = runner.run(opening.__aenter__())

        @settings(max_examples=200)
        @given(ASKED)
        def asked(parts: tuple[str, str, dict[str, str], list[tuple[str, str]], bytes]) -> None:
            method, path, query, headers, body = parts
            said = "&".join(f"{name}={quote(value)}" for name, value in query.items())
            fields = [f"{name}: {value}" for name, value in headers]
            raw = request(f"{path}?{said}", *fields, "Connection: close", method=method, body=body)
            answer = runner.run(port.ask(raw, patience_s=0.2))
            # /snapshot.jpg and /stream.mjpg answer 503 when there is no picture.
            assert not answer or int(answer.split()[1]) in {*range(100, 500), 503}, answer
            for record in caplog.records:
                assert record.exc_info is None, record
                assert record.levelno < logging.ERROR, record

        asked()
        runner.run(opening.__aexit__(None, None, None))


# --- the same inside ASGI applications ------------------------------------------------------------

raw_values = st.binary(max_size=30) | values.map(lambda text: text.encode())
raw_headers = st.lists(st.tuples(names.map(str.encode), raw_values), max_size=4)


@pytest.mark.parametrize("kind", ["http", "websocket"])
@given(
    method=st.sampled_from(METHODS),
    path=st.sampled_from(PATHS) | st.text(max_size=20),
    query=st.binary(max_size=40) | st.sampled_from([b"fps=" + b"9" * 5000, b"token=%ff&stream=%"]),
    headers=raw_headers,
    body=st.binary(max_size=30),
)
def test_no_asgi_scope_causes_a_server_error(
    kind: str, method: str, path: str, query: bytes, headers: Any, body: bytes
) -> None:
    audience = Audience(Hub(clock_us), "desk", clock_us, 100)
    site = Site(audience, Gatekeeper(CREDENTIALS), HostRule(["desk"], []), SiteConfig(), 0, {})
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [(b"host", b"desk"), *headers],
        "client": ("10.0.0.1", 1),
    }
    said: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(event: MutableMapping[str, Any]) -> None:
        said.append(event)

    asyncio.run(AsgiApp(lambda: site, nullcontext())(scope, receive, send))
    status = said[0].get("status", 403)
    assert 200 <= status < 500
