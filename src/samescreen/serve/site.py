"""A site, its requests and responses, and the rules that each request must pass.

Runs on the event loop, and knows no web framework: `app.py` connects it to aiohttp, `asgi.py` to
other applications. It decides nothing about pictures; the hub does. The routes are in `routes.py`,
the WebSockets in `socket_endpoints.py`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from samescreen.clock import clock_us
from samescreen.errors import Refused
from samescreen.grants import BROUGHT, Grant
from samescreen.hub.files import Part
from samescreen.hub.people import Person
from samescreen.hub.stream import Stream
from samescreen.record.recordings import Recordings
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
from .dropped_files import DroppedFiles
from .handovers import Handovers
from .proxy import Client, Headers, TrustedProxies
from .refusals import CAUSE_HEADER, cause_of
from .security_headers import BASIC_HEADERS, NO_CAPTURE, PERMISSIONS_HEADER, POLICY_HEADER
from .socket_endpoints import SOCKET_ENDPOINTS, SocketPeer
from .stream_actions import StreamControl
from .subprotocol import offered_pass
from .tls import Tls
from .workers import Workers

MAX_BODY_BYTES: Final = 2048
"""The longest body is that of a login or of a new link."""


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """How browsers reach the site: through which proxies, at which path, with which TLS.

    `framers`: the origins of --allow-frame. `files`: where files of viewers go; None: nowhere.
    `bars_host_link`: it leads to the internet, where the host link must not work.
    `workers`: other processes that serve viewers; None: there are none.
    """

    proxies: TrustedProxies = TrustedProxies()
    base_path: str = ""
    tls: Tls | None = None
    framers: tuple[str, ...] = ()
    files: DroppedFiles | None = None
    bars_host_link: bool = False
    workers: Workers | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that the routes need. `port` 0: the site is inside an application with its own.

    `streams` changes which streams there are; None: nobody can.
    """

    audience: Audience
    gatekeeper: Gatekeeper
    host_rule: HostRule
    config: SiteConfig
    port: int
    assets: dict[str, Asset]
    recordings: Recordings | None = None
    streams: StreamControl | None = None
    handovers: Handovers = field(default_factory=Handovers)


@dataclass(frozen=True, slots=True)
class SiteRequest:
    """One request, independent of the web framework.

    Attributes:
        path: the path below `base_path`; it begins with a slash.
        token: the token in the URL, if any.
        stream: the stream in the URL, or "".
        name: the name of a file in the URL, or "".
    """

    method: str
    base_path: str
    path: str
    client: Client
    headers: Headers
    cookies: Mapping[str, str]
    token: str | None = None
    stream: str = ""
    name: str = ""

    def header(self, name: str) -> str | None:
        """The first header with this name, in any case."""
        values = self.headers.getall(name, [])
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class SiteResponse:
    """One response, without the headers that every response has. `part` replaces `body`."""

    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    part: Part | None = None


def refusal_response(refusal: Refused) -> SiteResponse:
    """The response to a refused request."""
    headers = {CAUSE_HEADER: cause_of(refusal.status, refusal.cause)}
    if refusal.retry_after_s:
        headers["Retry-After"] = str(refusal.retry_after_s)
    body = f"{refusal}\n".encode(errors="replace")
    return SiteResponse(body, status=refusal.status, headers=headers)


def headers_for_all(site: Site, client: Client) -> dict[str, str]:
    """The headers of every response to this client; a response may replace them."""
    headers = dict(BASIC_HEADERS)
    if site.audience.hub.people.barred & BROUGHT:
        headers[PERMISSIONS_HEADER] = NO_CAPTURE
    headers[POLICY_HEADER] = iframes.allowing(headers[POLICY_HEADER], site.config.framers)
    if client.is_secure or split_host(client.host)[0] == "localhost":
        # On other origins browsers ignore it, and complain on the console of every page.
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return headers


# --- the rules: each raises Refused ---------------------------------------------------------------


def check_rules(site: Site, request: SiteRequest) -> None:
    """The Host rule for every request; the Origin rule for changes and for WebSockets."""
    if not site.host_rule.admits(request.client.host):
        raise refusals.foreign_name(split_host(request.client.host)[0], request.client.host)
    is_reading = request.method in ("GET", "HEAD") and request.path not in SOCKET_ENDPOINTS
    if not is_reading:
        _check_origin(site, request)


def _check_origin(site: Site, request: SiteRequest) -> None:
    """The Origin must equal the Host. Only programs may leave it out, with a valid bearer."""
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
    """Whether the request has a valid bearer; without access control any Authorization will do."""
    authorization = request.header("Authorization")
    if authorization is None or not (site.gatekeeper.is_open or bearer_in(authorization)):
        return False
    return _authenticate(site, request) is not None


def authenticate(site: Site, request: SiteRequest) -> Proof:
    """What the request proves about its sender.

    Raises:
        Refused: nothing; or the sender has to wait, or may not come in now.
    """
    proof = _authenticate(site, request)
    if proof is None:
        raise Refused(
            401, "Open the link the host shows, or send its token: Authorization: Bearer TOKEN"
        )
    return proof


def _authenticate(site: Site, request: SiteRequest) -> Proof | None:
    bearer = bearer_in(request.header("Authorization"))
    by_token = None if bearer is None else _proof_by_token(site, request, bearer)
    if by_token is not None or (bearer is not None and not site.gatekeeper.is_open):
        return by_token
    offered = offered_pass(request.headers) if request.path in SOCKET_ENDPOINTS else ""
    if iframes.is_framed(offered):  # the cookie does not count
        shown = proof_of_pass(site, request, offered)
    else:
        shown = proof_of_cookie(site, request) or proof_of_pass(site, request, offered)
    if shown is None and site.gatekeeper.is_open:
        shown = site.gatekeeper.proof_of_anybody(request.client.address)
    return shown


def check_link(site: Site, proof: Proof) -> Proof:
    """The proof itself. Raises Refused: it is of the host link, which does not work here."""
    if site.config.bars_host_link and Grant.HOST in proof.link.grants:
        raise refusals.host_link()
    return proof


def proof_of_cookie(site: Site, request: SiteRequest) -> Proof | None:
    """What the request's cookie proves; None: no valid cookie. Does not count as a guess."""
    return proof_of_pass(site, request, request.cookies.get(_cookie_name(site, request), ""))


def proof_of_pass(site: Site, request: SiteRequest, value: str) -> Proof | None:
    """What a pass proves. A pass is a cookie's value; that of a framed page has a mark."""
    if not value:
        return None
    proof = site.gatekeeper.proof_in(iframes.unmarked(value), now_s(), _cookie_scope(site, request))
    if proof is not None:
        check_link(site, proof)
    return replace(proof, is_framed=True) if proof and iframes.is_framed(value) else proof


def shows_cookie(site: Site, request: SiteRequest) -> bool:
    """Whether the sender is in: by a cookie, or because everybody is. Does not count as a guess."""
    return site.gatekeeper.is_open or proof_of_cookie(site, request) is not None


def _proof_by_token(site: Site, request: SiteRequest, secret: str) -> Proof | None:
    """What a link's token proves. Raises Refused: the address has to wait, or may not come in."""
    now_us, address = clock_us(), request.client.address
    if wait_us := site.gatekeeper.wait_us(secret, address, now_us, now_s()):
        seconds = seconds_of(wait_us)
        reason = f"Too many wrong guesses: try again in {seconds} s."
        raise Refused(429, reason, cause="wait", retry_after_s=seconds)
    proof = site.gatekeeper.proof_by_token(secret, address, now_us, now_s())
    return None if proof is None else check_link(site, proof)


def person_of(site: Site, request: SiteRequest, proof: Proof) -> Person:
    """The person who asks, with what they may do now."""
    people = site.audience.hub.people
    person = people.find(proof.person_id) or Person(
        proof.person_id,
        proof.link.link_id,
        request.client.address,
        proof.grants - people.barred,
        proof.until_s,
        proof.link.may_ask - people.barred,
    )
    people.admit(person, clock_us())
    return person


def require_grant(site: Site, request: SiteRequest, grant: Grant) -> Person:
    """The person who sent the request. Raises Refused: a stranger, or without this grant."""
    return _holding(site, request, authenticate(site, request), grant)


def _holding(site: Site, request: SiteRequest, proof: Proof, grant: Grant) -> Person:
    person = person_of(site, request, proof)
    if person.is_waiting:
        raise refusals.in_lobby()
    if grant not in person.grants:
        raise Refused(403, f"This needs the grant {grant}, which this link does not give.")
    return person


def still_holds(site: Site, person: Person, grant: Grant) -> bool:
    """Whether somebody who asked a while ago may do this now; the hub need not know them."""
    link = site.gatekeeper.links.find(person.link_id, now_s())
    known = site.audience.hub.people.find(person.person_id) or person
    is_in = link is not None and not site.gatekeeper.is_barred(person.person_id)
    return is_in and grant in known.grants


def watcher_of_picture(site: Site, request: SiteRequest) -> tuple[Person, dict[str, str]]:
    """The person who asks for a picture, and headers for the response.

    Players and <img> cannot send a header, so the token may be in the URL. Pages of other sites
    may show such a picture: somebody gave them the token.
    """
    if request.token is None or site.gatekeeper.is_open:
        return require_grant(site, request, Grant.WATCH), {}
    proof = _proof_by_token(site, request, request.token)
    if proof is None:
        raise Refused(401, "This is not the token of the link the host shows.")
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    return _holding(site, request, proof, Grant.WATCH), headers


def stream_of(site: Site, request: SiteRequest) -> Stream:
    """The stream that the URL names, or the first one. Raises Refused: there is no such stream."""
    hub = site.audience.hub
    stream = hub.find(request.stream)
    if stream is None:
        names = ", ".join(each.stream_id for each in hub.public)
        raise Refused(404, f"There is no such stream; there are: {names}")
    return stream


@contextmanager
def peer_of(site: Site, request: SiteRequest, proof: Proof) -> Iterator[SocketPeer]:
    """Who opens a socket. The hub knows the person inside, also before there is a session."""
    is_program, client = request.header("Origin") is None, request.client
    person = person_of(site, request, proof)
    if person.is_waiting and is_program:
        raise refusals.in_lobby()
    with site.audience.hub.people.present(person) as known:
        yield SocketPeer(
            known, client.address, is_program=is_program, is_proxied=client.is_proxied
        )


# --- cookies --------------------------------------------------------------------------------------


def new_cookie(site: Site, request: SiteRequest, proof: Proof) -> tuple[str, dict[str, str]]:
    """A new cookie's value, and the header that sets it. It also renews open connections."""
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
    """The name has the port and a hash of the base path, and a prefix for https.

    Browsers send a cookie to every port of a host, and the cookies of / to /screen/ too. They
    accept `__Host-` names only through TLS, and only from the host itself.
    """
    name = f"samescreen_{_port(site, request)}"
    if request.base_path:
        name += f"_{hashlib.sha256(request.base_path.encode()).hexdigest()[:8]}"
    if not request.client.is_secure:
        return name
    return f"__Secure-{name}" if request.base_path else f"__Host-{name}"


def _cookie_scope(site: Site, request: SiteRequest) -> str:
    """Where a cookie is valid: another host on this machine has another port or path."""
    return f"{_port(site, request)}{request.base_path}"


def _port(site: Site, request: SiteRequest) -> int:
    default = 443 if request.client.is_secure else 80
    return site.port or split_host(request.client.host)[1] or default


# --- what routes share ----------------------------------------------------------------------------

Route = Callable[[Site, SiteRequest, bytes], Awaitable[SiteResponse]]


def now_s() -> int:
    """The wall clock, in seconds since 1970: links and cookies expire by it."""
    return int(time.time())


def seconds_of(wait_us: int) -> int:
    """Microseconds as whole seconds, rounded up."""
    return -(-wait_us // 1_000_000)


def fields_in(body: bytes) -> dict[str, Any]:
    """The fields of a JSON object; {} if the body is anything else."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def text_in(fields: Mapping[str, Any], name: str) -> str:
    """The field's text, or "" if it is missing or not a text."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def json_response(
    value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> SiteResponse:
    """A response in JSON."""
    body = json.dumps(value).encode()
    return SiteResponse(body, "application/json; charset=utf-8", status, headers or {})
