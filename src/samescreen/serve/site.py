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

from . import framing, refusals
from .access import (
    Gatekeeper,
    HostRule,
    Proof,
    bearer_in,
    is_same_origin,
    split_host,
)
from .assets import Asset
from .duties import DUTIES, Entrant
from .proxy import Asker, Headers, TrustedProxies
from .refusals import CAUSE_HEADER, cause_of
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
    is_reading = ask.method in ("GET", "HEAD") and ask.path not in DUTIES
    if not is_reading:
        _check_origin(site, ask)


def _check_origin(site: Site, ask: Ask) -> None:
    """Equal to Host; missing only from programs, which must show a bearer token."""
    origin = ask.header("Origin")
    if origin is None:
        if not _is_let_in_program(site, ask):
            raise refusals.no_origin()
        return
    if (ask.header("Sec-Fetch-Site") or "same-origin") not in ("same-origin", "none"):
        raise refusals.cross_site()
    if not is_same_origin(origin, ask.asker.host, is_secure=ask.asker.is_secure):
        raise refusals.foreign_origin(origin, ask.asker)


def _is_let_in_program(site: Site, ask: Ask) -> bool:
    """Whether it shows a link's token as a bearer; where everybody is let in, any Authorization."""
    authorization = ask.header("Authorization")
    if authorization is None or not (site.gatekeeper.is_open or bearer_in(authorization)):
        return False
    return _proof_of(site, ask) is not None


def proof_of(site: Site, ask: Ask) -> Proof:
    """Who asks.

    Raises:
        Refused: a stranger, or somebody who has to wait or is not let in now.
    """
    proof = _proof_of(site, ask)
    if proof is None:
        raise Refused(
            401, "Open the link the host shows, or send its token: Authorization: Bearer TOKEN"
        )
    return proof


def _proof_of(site: Site, ask: Ask) -> Proof | None:
    bearer = bearer_in(ask.header("Authorization"))
    by_token = None if bearer is None else _proof_by_token(site, ask, bearer)
    if by_token is not None or (bearer is not None and not site.gatekeeper.is_open):
        return by_token
    offered = offered_pass(ask.headers) if ask.path in DUTIES else ""
    if framing.is_framed(offered):  # whatever cookie the browser sends
        shown = proof_of_pass(site, ask, offered)
    else:
        shown = proof_of_cookie(site, ask) or proof_of_pass(site, ask, offered)
    if shown is None and site.gatekeeper.is_open:
        shown = site.gatekeeper.proof_of_anybody(ask.asker.address)
    return shown


def proof_of_cookie(site: Site, ask: Ask) -> Proof | None:
    """Who shows a cookie of this host that still holds; asking costs no guess."""
    return proof_of_pass(site, ask, ask.cookies.get(_cookie_name(site, ask), ""))


def proof_of_pass(site: Site, ask: Ask, value: str) -> Proof | None:
    """The same for a pass, which is a cookie's value; that of a framed page has a mark."""
    if not value:
        return None
    proof = site.gatekeeper.proof_in(framing.unmarked(value), now_s(), _place(site, ask))
    return replace(proof, is_framed=True) if proof and framing.is_framed(value) else proof


def shows_cookie(site: Site, ask: Ask) -> bool:
    """Whether it is known without a guess that whoever asks is let in."""
    return site.gatekeeper.is_open or proof_of_cookie(site, ask) is not None


def _proof_by_token(site: Site, ask: Ask, secret: str) -> Proof | None:
    """Raises Refused while this address has to wait, or is not let in now."""
    now_us, address = clock_us(), ask.asker.address
    if wait_us := site.gatekeeper.wait_us(secret, address, now_us, now_s()):
        seconds = seconds_of(wait_us)
        reason = f"Too many wrong guesses: try again in {seconds} s."
        raise Refused(429, reason, cause="wait", retry_after_s=seconds)
    return site.gatekeeper.proof_by_token(secret, address, now_us, now_s())


def person_of(site: Site, ask: Ask, proof: Proof) -> Person:
    """The person who asks, with what they may do now."""
    people = site.audience.hub.people
    person = people.find(proof.person_id) or Person(
        proof.person_id, proof.link.link_id, ask.asker.address, proof.grants, proof.until_s
    )
    people.admit(person, clock_us())
    return person


def require_grant(site: Site, ask: Ask, grant: Grant) -> Person:
    """Raises Refused for strangers, and for those who may not do that."""
    return _holding(site, ask, proof_of(site, ask), grant)


def _holding(site: Site, ask: Ask, proof: Proof, grant: Grant) -> Person:
    person = person_of(site, ask, proof)
    if person.is_waiting:
        raise refusals.in_lobby()
    if grant not in person.grants:
        raise Refused(403, f"This needs the grant {grant}, which this link does not give.")
    return person


def watcher_of_picture(site: Site, ask: Ask) -> tuple[Person, dict[str, str]]:
    """Who asks for a picture, and the answer's headers.

    What players and <img> open sends no header, so the URL may say the token. A page that has the
    token was given it by somebody: it may show the picture, whatever its site.
    """
    if ask.token is None or site.gatekeeper.is_open:
        return require_grant(site, ask, Grant.WATCH), {}
    proof = _proof_by_token(site, ask, ask.token)
    if proof is None:
        raise Refused(401, "This is not the token of the link the host shows.")
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    return _holding(site, ask, proof, Grant.WATCH), headers


def stream_of(site: Site, ask: Ask) -> Stream:
    """The one that the URL names; the first without a name."""
    hub = site.audience.hub
    stream = hub.find(ask.stream)
    if stream is None:
        names = ", ".join(hub.streams)
        raise Refused(404, f"There is no such stream; there are: {names}")
    return stream


def entrant_of(site: Site, ask: Ask, proof: Proof) -> Entrant:
    """Who opens a socket. The hub knows the person from now on, until `People.left`."""
    is_program, asker = ask.header("Origin") is None, ask.asker
    person = person_of(site, ask, proof)
    if person.is_waiting and is_program:
        raise refusals.in_lobby()
    person = site.audience.hub.people.arrived(person)
    return Entrant(person, asker.address, is_program=is_program, is_proxied=asker.is_proxied)


# --- cookies --------------------------------------------------------------------------------------


def new_cookie(site: Site, ask: Ask, proof: Proof) -> tuple[str, dict[str, str]]:
    """A new cookie's value, and the header that sets it; the person's connections go on with it."""
    gatekeeper = site.gatekeeper
    if proof.is_of_program:
        proof = gatekeeper.named(proof)
    cookie = gatekeeper.cookie(proof, now_s(), _place(site, ask))
    max_age = gatekeeper.until_s(proof, now_s()) - now_s()
    site.audience.hub.people.renewed(proof.person_id, now_s() + max_age)
    secure = "; Secure" if ask.asker.is_secure else ""
    return cookie, {
        "Set-Cookie": f"{_cookie_name(site, ask)}={cookie}; Max-Age={max_age}; "
        f"Path={ask.base_path}/; HttpOnly; SameSite=Strict{secure}"
    }


def _cookie_name(site: Site, ask: Ask) -> str:
    """Cookies know no ports, so the name carries it; nor schemes, but these prefixes do.

    A browser sends the cookies of / to /screen/ as well, so the name tells base paths apart, too.
    Browsers take `__Host-` names only through TLS, and only from the host itself.
    """
    name = f"samescreen_{_port(site, ask)}"
    if ask.base_path:
        name += f"_{hashlib.sha256(ask.base_path.encode()).hexdigest()[:8]}"
    if not ask.asker.is_secure:
        return name
    return f"__Secure-{name}" if ask.base_path else f"__Host-{name}"


def _place(site: Site, ask: Ask) -> str:
    """Where a cookie holds: another host on this machine has another port or path."""
    return f"{_port(site, ask)}{ask.base_path}"


def _port(site: Site, ask: Ask) -> int:
    default = 443 if ask.asker.is_secure else 80
    return site.port or split_host(ask.asker.host)[1] or default


# --- what routes share ----------------------------------------------------------------------------

Route = Callable[[Site, Ask, bytes], Awaitable[Answer]]


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


def json_answer(
    value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """An answer in JSON."""
    body = json.dumps(value).encode()
    return Answer(body, "application/json; charset=utf-8", status, headers or {})
