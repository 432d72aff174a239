"""What a site is, what it is asked and answers, and the rules that each request passes.

Knows no web framework: `app.py` puts it on aiohttp, `asgi.py` into other applications. Runs on the
event loop. Decides nothing about pictures: that is the hub's. The routes are in `routes.py`, the
sockets in `duties.py`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from samescreen.clock import clock_us
from samescreen.errors import Refused
from samescreen.grants import Grant
from samescreen.hub.people import Person
from samescreen.hub.stream import Stream
from samescreen.subscribe.audience import Audience

from . import iframes, refusals
from .access import (
    Gatekeeper,
    HostRule,
    Proof,
    bearer_in,
    is_same_origin,
    split_host,
)
from .assets import Asset
from .proxy import Client, Headers, TrustedProxies
from .refusals import CAUSE_HEADER, cause_of
from .socket_endpoints import SOCKET_ENDPOINTS, SocketPeer
from .subprotocol import offered_pass
from .tls import Tls

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
class SiteConfig:
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
    config: SiteConfig
    port: int
    assets: dict[str, Asset]


@dataclass(frozen=True, slots=True)
class SiteRequest:
    """One request. `path` begins below `base_path`, with a slash.

    `token` and `stream` are what the URL says.
    """

    method: str
    base_path: str
    path: str
    client: Client
    headers: Headers
    cookies: Mapping[str, str]
    token: str | None = None
    stream: str = ""

    def header(self, name: str) -> str | None:
        values = self.headers.getall(name, [])
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class SiteResponse:
    """One response, headers of its own only."""

    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal_response(refusal: Refused) -> SiteResponse:
    """What a refused request is answered."""
    headers = {CAUSE_HEADER: cause_of(refusal.status, refusal.cause)}
    if refusal.retry_after_s:
        headers["Retry-After"] = str(refusal.retry_after_s)
    body = f"{refusal}\n".encode(errors="replace")
    return SiteResponse(body, status=refusal.status, headers=headers)


def headers_for_all(site: Site, client: Client) -> dict[str, str]:
    """What every response carries, unless it says otherwise itself."""
    headers = dict(BASIC_HEADERS)
    headers[_POLICY] = iframes.allowing(headers[_POLICY], site.config.framers)
    if client.is_secure or split_host(client.host)[0] == "localhost":
        # Elsewhere browsers ignore it, and say so on every page's console.
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return headers


# --- the rules: each raises Refused ---------------------------------------------------------------


def check_rules(site: Site, request: SiteRequest) -> None:
    """Host for everything; Origin for whatever changes something or opens a socket."""
    if not site.host_rule.admits(request.client.host):
        raise refusals.foreign_name(split_host(request.client.host)[0], request.client.host)
    is_reading = request.method in ("GET", "HEAD") and request.path not in SOCKET_ENDPOINTS
    if not is_reading:
        _check_origin(site, request)


def _check_origin(site: Site, request: SiteRequest) -> None:
    """Equal to Host; missing only from programs, which must show a bearer token."""
    origin = request.header("Origin")
    if origin is None:
        if not _is_let_in_program(site, request):
            raise refusals.no_origin()
        return
    if (request.header("Sec-Fetch-Site") or "same-origin") not in ("same-origin", "none"):
        raise refusals.cross_site()
    if not is_same_origin(origin, request.client.host, is_secure=request.client.is_secure):
        raise refusals.foreign_origin(origin, request.client)


def _is_let_in_program(site: Site, request: SiteRequest) -> bool:
    """Whether it shows a link's token as a bearer; where everybody is let in, any Authorization."""
    authorization = request.header("Authorization")
    if authorization is None or not (site.gatekeeper.is_open or bearer_in(authorization)):
        return False
    return _proof_of(site, request) is not None


def proof_of(site: Site, request: SiteRequest) -> Proof:
    """Who asks.

    Raises:
        Refused: a stranger, or somebody who has to wait or is not let in now.
    """
    proof = _proof_of(site, request)
    if proof is None:
        raise Refused(
            401, "Open the link the host shows, or send its token: Authorization: Bearer TOKEN"
        )
    return proof


def _proof_of(site: Site, request: SiteRequest) -> Proof | None:
    bearer = bearer_in(request.header("Authorization"))
    by_token = None if bearer is None else _proof_by_token(site, request, bearer)
    if by_token is not None or (bearer is not None and not site.gatekeeper.is_open):
        return by_token
    offered = offered_pass(request.headers) if request.path in SOCKET_ENDPOINTS else ""
    if iframes.is_framed(offered):  # whatever cookie the browser sends
        shown = proof_of_pass(site, request, offered)
    else:
        shown = proof_of_cookie(site, request) or proof_of_pass(site, request, offered)
    if shown is None and site.gatekeeper.is_open:
        shown = site.gatekeeper.proof_of_anybody(request.client.address)
    return shown


def proof_of_cookie(site: Site, request: SiteRequest) -> Proof | None:
    """Who shows a cookie of this host that still holds; asking costs no guess."""
    return proof_of_pass(site, request, request.cookies.get(_cookie_name(site, request), ""))


def proof_of_pass(site: Site, request: SiteRequest, value: str) -> Proof | None:
    """The same for a pass, which is a cookie's value; that of a framed page has a mark."""
    if not value:
        return None
    proof = site.gatekeeper.proof_in(iframes.unmarked(value), now_s(), _cookie_scope(site, request))
    return replace(proof, is_framed=True) if proof and iframes.is_framed(value) else proof


def shows_cookie(site: Site, request: SiteRequest) -> bool:
    """Whether it is known without a guess that whoever asks is let in."""
    return site.gatekeeper.is_open or proof_of_cookie(site, request) is not None


def _proof_by_token(site: Site, request: SiteRequest, secret: str) -> Proof | None:
    """Raises Refused while this address has to wait, or is not let in now."""
    now_us, address = clock_us(), request.client.address
    if wait_us := site.gatekeeper.wait_us(secret, address, now_us, now_s()):
        seconds = seconds_of(wait_us)
        reason = f"Too many wrong guesses: try again in {seconds} s."
        raise Refused(429, reason, cause="wait", retry_after_s=seconds)
    return site.gatekeeper.proof_by_token(secret, address, now_us, now_s())


def person_of(site: Site, request: SiteRequest, proof: Proof) -> Person:
    """The person who asks, with what they may do now."""
    newcomer = Person(
        proof.person_id, proof.link.link_id, request.client.address, proof.grants, proof.until_s
    )
    return site.audience.hub.people.find(proof.person_id) or newcomer


def require_grant(site: Site, request: SiteRequest, grant: Grant) -> Person:
    """Raises Refused for strangers, and for those who may not do that."""
    return _holding(site, request, proof_of(site, request), grant)


def _holding(site: Site, request: SiteRequest, proof: Proof, grant: Grant) -> Person:
    person = person_of(site, request, proof)
    if grant not in person.grants:
        raise Refused(403, f"This needs the grant {grant}, which this link does not give.")
    return person


def watcher_of_picture(site: Site, request: SiteRequest) -> tuple[Person, dict[str, str]]:
    """Who asks for a picture, and the answer's headers.

    What players and <img> open sends no header, so the URL may say the token. A page that has the
    token was given it by somebody: it may show the picture, whatever its site.
    """
    if request.token is None or site.gatekeeper.is_open:
        return require_grant(site, request, Grant.WATCH), {}
    proof = _proof_by_token(site, request, request.token)
    if proof is None:
        raise Refused(401, "This is not the token of the link the host shows.")
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    return _holding(site, request, proof, Grant.WATCH), headers


def stream_of(site: Site, request: SiteRequest) -> Stream:
    """The one that the URL names; the first without a name."""
    hub = site.audience.hub
    stream = hub.find(request.stream)
    if stream is None:
        names = ", ".join(hub.streams)
        raise Refused(404, f"There is no such stream; there are: {names}")
    return stream


def peer_of(site: Site, request: SiteRequest, proof: Proof) -> SocketPeer:
    """Who opens a socket. The hub knows the person from now on, until `People.left`."""
    person = site.audience.hub.people.arrived(person_of(site, request, proof))
    is_program, client = request.header("Origin") is None, request.client
    return SocketPeer(person, client.address, is_program=is_program, is_proxied=client.is_proxied)


# --- cookies --------------------------------------------------------------------------------------


def new_cookie(site: Site, request: SiteRequest, proof: Proof) -> tuple[str, dict[str, str]]:
    """A new cookie's value, and the header that sets it; the person's connections go on with it."""
    gatekeeper = site.gatekeeper
    if proof.is_of_program:
        proof = gatekeeper.named(proof)
    cookie = gatekeeper.cookie(proof, now_s(), _cookie_scope(site, request))
    max_age = gatekeeper.until_s(proof, now_s()) - now_s()
    site.audience.hub.people.renewed(proof.person_id, now_s() + max_age)
    secure = "; Secure" if request.client.is_secure else ""
    return cookie, {
        "Set-Cookie": f"{_cookie_name(site, request)}={cookie}; Max-Age={max_age}; "
        f"Path={request.base_path}/; HttpOnly; SameSite=Strict{secure}"
    }


def _cookie_name(site: Site, request: SiteRequest) -> str:
    """Cookies know no ports, so the name carries it; nor schemes, but these prefixes do.

    A browser sends the cookies of / to /screen/ as well, so the name tells base paths apart, too.
    Browsers take `__Host-` names only through TLS, and only from the host itself.
    """
    name = f"samescreen_{_port(site, request)}"
    if request.base_path:
        name += f"_{hashlib.sha256(request.base_path.encode()).hexdigest()[:8]}"
    if not request.client.is_secure:
        return name
    return f"__Secure-{name}" if request.base_path else f"__Host-{name}"


def _cookie_scope(site: Site, request: SiteRequest) -> str:
    """Where a cookie holds: another host on this machine has another port or path."""
    return f"{_port(site, request)}{request.base_path}"


def _port(site: Site, request: SiteRequest) -> int:
    default = 443 if request.client.is_secure else 80
    return site.port or split_host(request.client.host)[1] or default


# --- what routes share ----------------------------------------------------------------------------

Route = Callable[[Site, SiteRequest, bytes], Awaitable[SiteResponse]]


def now_s() -> int:
    """The wall clock, which links and cookies expire by."""
    return int(time.time())


def seconds_of(wait_us: int) -> int:
    """Whole seconds, rounded up."""
    return -(-wait_us // 1_000_000)


def fields_in(body: bytes) -> dict[str, Any]:
    """The fields of a JSON object; none of anything else."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def text_in(fields: Mapping[str, Any], name: str) -> str:
    """That field, or "" where it is missing or no text."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def json_response(
    value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> SiteResponse:
    """An answer in JSON."""
    body = json.dumps(value).encode()
    return SiteResponse(body, "application/json; charset=utf-8", status, headers or {})
