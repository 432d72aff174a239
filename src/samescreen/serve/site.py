"""Every route but the two that stream, and the rules that each request passes: who gets what.

Knows no web framework: `app.py` puts it on aiohttp, `asgi.py` into other applications. Runs on the
event loop. Decides nothing about pictures: that is the hub's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from samescreen.clock import clock_us
from samescreen.errors import Refused
from samescreen.hub.stream import Stream
from samescreen.subscribe.audience import Audience

from . import framing, refusals
from .access import (
    COOKIE_SECONDS,
    Gatekeeper,
    HostRule,
    bearer_in,
    is_same_origin,
    split_host,
)
from .assets import Asset
from .metrics import CONTENT_TYPE, metrics_text
from .proxy import Asker, Headers, TrustedProxies
from .refusals import CAUSE_HEADER, cause_of
from .snapshot import snapshot
from .status import host_status, status_json
from .subprotocol import offered_pass
from .tls import PUBLIC_NAME, Tls

MAX_BODY_BYTES: Final = 2048
"""Nothing longer than a login is taken."""

_POLICY: Final = "Content-Security-Policy"
SECURITY_HEADERS: Final = {
    _POLICY: (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
        "style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
BASIC_HEADERS: Final = SECURITY_HEADERS | {"Cache-Control": "no-store", "Server": "samescreen"}
"""What every response carries, whatever it answers."""


@dataclass(frozen=True, slots=True)
class Front:
    """What stands between browsers and the routes. `framers`: the origins of --allow-frame."""

    proxies: TrustedProxies = TrustedProxies()
    base_path: str = ""
    tls: Tls | None = None
    framers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """What the routes need. `port` 0: whatever port the application listens on that it is in."""

    audience: Audience
    gatekeeper: Gatekeeper
    host_rule: HostRule
    front: Front
    port: int
    assets: dict[str, Asset]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `path` begins below `base_path`, with a slash.

    `token` and `stream` are what the URL says.
    """

    method: str
    base_path: str
    path: str
    asker: Asker
    headers: Headers
    cookies: Mapping[str, str]
    token: str | None = None
    stream: str = ""

    def header(self, name: str) -> str | None:
        values = self.headers.getall(name, [])
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, headers of its own only."""

    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def answer_of(refusal: Refused) -> Answer:
    """What a refused request is answered."""
    headers = {CAUSE_HEADER: cause_of(refusal.status, refusal.cause)}
    if refusal.retry_after_s:
        headers["Retry-After"] = str(refusal.retry_after_s)
    return Answer(f"{refusal}\n".encode(errors="replace"), status=refusal.status, headers=headers)


def headers_for_all(site: Site, asker: Asker) -> dict[str, str]:
    """What every response carries, unless it says otherwise itself."""
    headers = dict(BASIC_HEADERS)
    headers[_POLICY] = framing.allowing(headers[_POLICY], site.front.framers)
    if asker.is_secure or split_host(asker.host)[0] == "localhost":
        # Elsewhere browsers ignore it, and say so on every page's console.
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return headers


# --- the rules: each raises Refused ---------------------------------------------------------------


def check_rules(site: Site, ask: Ask) -> None:
    """Host for everything; Origin for whatever changes something or opens a socket."""
    if not site.host_rule.admits(ask.asker.host):
        raise refusals.foreign_name(split_host(ask.asker.host)[0], ask.asker.host)
    is_reading = ask.method in ("GET", "HEAD") and ask.path != "/ws"
    if not is_reading:
        _check_origin(site, ask)


def _check_origin(site: Site, ask: Ask) -> None:
    """Equal to Host; missing only from programs, which must show a bearer token."""
    origin = ask.header("Origin")
    if origin is None:
        authorization = ask.header("Authorization")
        shows_token = site.gatekeeper.is_open or bearer_in(authorization) is not None
        if authorization is None or not shows_token or not _is_let_in(site, ask):
            raise refusals.no_origin()
        return
    if (ask.header("Sec-Fetch-Site") or "same-origin") not in ("same-origin", "none"):
        raise refusals.cross_site()
    if not is_same_origin(origin, ask.asker.host, is_secure=ask.asker.is_secure):
        raise refusals.foreign_origin(origin, ask.asker)


def _is_let_in(site: Site, ask: Ask) -> bool:
    if site.gatekeeper.is_open:
        return True
    bearer = bearer_in(ask.header("Authorization"))
    if bearer is not None:
        return _knows_token(site, ask, bearer)
    offered = _pass_of(ask)
    if framing.is_framed(offered):
        return _holds(site, framing.unmarked(offered))  # whatever cookie the browser sends
    return shows_cookie(site, ask) or _holds(site, offered)


def shows_cookie(site: Site, ask: Ask) -> bool:
    """Whether the browser kept the cookie, and it still holds; asking costs no guess."""
    return site.gatekeeper.is_open or _holds(site, ask.cookies.get(_cookie_name(site, ask), ""))


def _holds(site: Site, cookie: str) -> bool:
    return bool(cookie) and site.gatekeeper.knows_cookie(cookie, int(time.time()))


def _pass_of(ask: Ask) -> str:
    return offered_pass(ask.headers) if ask.path == "/ws" else ""


def _knows_token(site: Site, ask: Ask, secret: str) -> bool:
    """Raises Refused while this address has to wait."""
    now_us = clock_us()
    if wait_us := site.gatekeeper.wait_us(secret, ask.asker.address, now_us):
        seconds = _seconds(wait_us)
        reason = f"Too many wrong guesses: try again in {seconds} s."
        raise Refused(429, reason, cause="wait", retry_after_s=seconds)
    return site.gatekeeper.knows_token(secret, ask.asker.address, now_us)


def _seconds(wait_us: int) -> int:
    return -(-wait_us // 1_000_000)


def require_access(site: Site, ask: Ask) -> None:
    """Raises Refused for strangers."""
    if not _is_let_in(site, ask):
        raise Refused(
            401, "Open the link the host shows, or send its token: Authorization: Bearer TOKEN"
        )


def headers_of_picture(site: Site, ask: Ask) -> dict[str, str]:
    """Those of what players and <img> open: they send no header, so the URL may say the token.

    A page that has the token was given it by somebody: it may show the picture, whatever its site.
    """
    if ask.token is None or site.gatekeeper.is_open:
        require_access(site, ask)
        return {}
    if not _knows_token(site, ask, ask.token):
        raise Refused(401, "This is not the token of the link the host shows.")
    return {"Cross-Origin-Resource-Policy": "cross-origin"}


def stream_of(site: Site, ask: Ask) -> Stream:
    """The one that the URL names; the first without a name."""
    hub = site.audience.hub
    stream = hub.find(ask.stream)
    if stream is None:
        names = ", ".join(hub.streams)
        raise Refused(404, f"There is no such stream; there are: {names}")
    return stream


def _cookie_name(site: Site, ask: Ask) -> str:
    """Cookies know no ports, so the name carries it; nor schemes, but these prefixes do.

    Browsers take `__Host-` names only through TLS, and only from the host itself.
    """
    default = 443 if ask.asker.is_secure else 80
    name = f"samescreen_{site.port or split_host(ask.asker.host)[1] or default}"
    if not ask.asker.is_secure:
        return name
    return f"__Secure-{name}" if ask.base_path else f"__Host-{name}"


# --- the routes -----------------------------------------------------------------------------------

Route = Callable[[Site, Ask, bytes], Awaitable[Answer]]


async def _healthz(site: Site, ask: Ask, body: bytes) -> Answer:
    return Answer(b"ok\n")


async def _login(site: Site, ask: Ask, body: bytes) -> Answer:
    address, now_us = ask.asker.address, clock_us()
    fields = _fields_in(body)
    secret = _secret_in(fields)
    wait_us = site.gatekeeper.wait_us(secret, address, now_us)
    if wait_us:
        seconds = _seconds(wait_us)
        complaint = {"error": "wait", "retry_after_s": seconds}
        headers = {"Retry-After": str(seconds), CAUSE_HEADER: "wait"}
        return _json(complaint, status=429, headers=headers)
    if not site.gatekeeper.login(secret, address, now_us):
        return _json({"error": "wrong"}, status=403, headers={CAUSE_HEADER: "wrong"})
    cookie = site.gatekeeper.cookie(int(time.time()))
    if fields.get("framed") is True:
        return _json({"pass": framing.marked(cookie)})
    headers = {"Set-Cookie": _set_cookie(site, ask, cookie)}
    if fields.get("pass") is True:
        return _json({"pass": cookie}, headers=headers)
    return Answer(status=204, headers=headers)


async def _renew(site: Site, ask: Ask, body: bytes) -> Answer:
    """A new cookie for a page that is let in, so that it stays so for as long as it is open.

    The page sends the `pass` of its login where it has one, and gets a new one; `cookie` tells
    whether its browser sent the cookie too. A framed page has its pass alone, and gets no cookie.
    """
    fields = _fields_in(body)
    is_framed = fields.get("framed") is True
    if is_framed:
        ask = replace(ask, cookies={})
    had_cookie = shows_cookie(site, ask)
    had_pass = _holds(site, framing.unmarked(_text(fields.get("pass"))))
    if not had_pass:
        require_access(site, ask)
    cookie = site.gatekeeper.cookie(int(time.time()))
    if is_framed:
        return _json({"pass": framing.marked(cookie)})
    answer: dict[str, Any] = {"cookie": had_cookie}
    if had_pass:
        answer["pass"] = cookie
    return _json(answer, headers={"Set-Cookie": _set_cookie(site, ask, cookie)})


def _set_cookie(site: Site, ask: Ask, cookie: str) -> str:
    secure = "; Secure" if ask.asker.is_secure else ""
    return (
        f"{_cookie_name(site, ask)}={cookie}; Max-Age={COOKIE_SECONDS}; "
        f"Path={ask.base_path}/; HttpOnly; SameSite=Strict{secure}"
    )


def _fields_in(body: bytes) -> dict[str, Any]:
    """The fields of a JSON object; none of anything else."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _secret_in(fields: Mapping[str, Any]) -> str:
    """The token or PIN of a login; anything else counts as a wrong guess."""
    return _text(fields.get("token") or fields.get("pin"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _json(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    body = json.dumps(value).encode()
    return Answer(body, "application/json; charset=utf-8", status, headers or {})


async def _status(site: Site, ask: Ask, body: bytes) -> Answer:
    require_access(site, ask)
    return Answer(status_json(site.audience, clock_us()), "application/json")


async def _metrics(site: Site, ask: Ask, body: bytes) -> Answer:
    require_access(site, ask)
    return Answer(metrics_text(host_status(site.audience, clock_us())).encode(), CONTENT_TYPE)


async def _tls(site: Site, ask: Ask, body: bytes) -> Answer:
    """For everybody: what a page needs to offer https, and what it shows of the authority."""
    tls = site.front.tls
    authority = tls.authority if tls is not None else None
    known = {
        # Through a proxy this port is not the one that browsers see.
        "https": tls is not None and not ask.asker.is_proxied,
        "sha256": authority.fingerprint if authority is not None else None,
    }
    return _json(known)


async def _authority(site: Site, ask: Ask, body: bytes) -> Answer:
    tls = site.front.tls
    if tls is None or tls.authority is None:
        raise Refused(404, "This host has no certificate authority of its own.")
    headers = {"Content-Disposition": 'attachment; filename="samescreen-ca.crt"'}
    return Answer(tls.authority.pem, "application/x-x509-ca-cert", headers=headers)


async def _snapshot(site: Site, ask: Ask, body: bytes) -> Answer:
    headers = headers_of_picture(site, ask)
    return Answer(await snapshot(stream_of(site, ask)), "image/jpeg", headers=headers)


async def asset(site: Site, ask: Ask, body: bytes) -> Answer:
    """A file of the page, the page itself at "/"."""
    found = site.assets.get(ask.path[1:])
    if found is None:
        raise refusals.no_page(ask.path, ask.base_path)
    keep = "max-age=31536000, immutable" if found.is_lasting else "no-cache"
    headers = {"ETag": found.etag, "Cache-Control": keep}
    if ask.header("If-None-Match") == found.etag:
        return Answer(b"", found.content_type, 304, headers)
    return Answer(found.body, found.content_type, headers=headers)


LOGIN_PATH: Final = "/api/login"
ROUTES: Final[dict[tuple[str, str], Route]] = {
    ("GET", "/healthz"): _healthz,
    ("POST", LOGIN_PATH): _login,
    ("POST", "/api/renew"): _renew,
    ("GET", "/api/status"): _status,
    ("GET", "/metrics"): _metrics,
    ("GET", "/api/tls"): _tls,
    ("GET", f"/{PUBLIC_NAME}"): _authority,
    ("GET", "/snapshot.jpg"): _snapshot,
}
"""By method and path; HEAD is answered as GET; any other path is a file's."""
