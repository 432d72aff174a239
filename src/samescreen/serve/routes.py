"""The routes with one response each, by method and path. Event loop.

Knows no web framework. A request has passed the rules of `site.py` before it reaches a route. The
routes of the host link are in `host_routes.py`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from samescreen.clock import clock_us
from samescreen.errors import Refused
from samescreen.grants import Grant

from . import iframes, refusals
from .agent_routes import AGENT_ROUTES
from .body import BodyRoute
from .clipboard_routes import CLIPBOARD_BODY_ROUTES, CLIPBOARD_ROUTES
from .file_routes import FILE_BODY_ROUTES, FILE_ROUTES
from .first_picture import stream_for, with_picture
from .handovers import parted
from .host_routes import HOST_ROUTES
from .metrics import CONTENT_TYPE, metrics_text
from .pipe_routes import PIPE_BODY_ROUTES, PIPE_ROUTES
from .publish_routes import PUBLISH_ROUTES
from .recording_routes import RECORDING_ROUTES
from .refusals import CAUSE_HEADER
from .security_headers import POLICY_HEADER, SECURITY_HEADERS
from .site import (
    Route,
    Site,
    SiteRequest,
    SiteResponse,
    authenticate,
    check_link,
    fields_in,
    json_response,
    new_cookie,
    now_s,
    person_of,
    proof_of_cookie,
    proof_of_pass,
    require_grant,
    seconds_of,
    still_holds,
    stream_of,
    text_in,
    watcher_of_picture,
)
from .snapshot import sketch, snapshot
from .status import host_status, status_json
from .stream_actions import outputs_of
from .tls import PUBLIC_NAME


async def _healthz(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    return SiteResponse(b"ok\n")


async def _login(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    address, now_us = request.client.address, clock_us()
    fields = fields_in(body)
    ticket, secret = parted(text_in(fields, "token") or text_in(fields, "pin"))
    handed = site.handovers.use(ticket, site.gatekeeper, now_s())
    wait_us = 0 if handed else site.gatekeeper.wait_us(secret, address, now_us, now_s())
    if wait_us:
        seconds = seconds_of(wait_us)
        refusal = {"error": "wait", "retry_after_s": seconds}
        headers = {"Retry-After": str(seconds), CAUSE_HEADER: "wait"}
        return json_response(refusal, status=429, headers=headers)
    is_framed = fields.get("framed") is True
    shown = None if is_framed else proof_of_cookie(site, request)
    proof = handed or site.gatekeeper.login(secret, address, now_us, now_s(), shown)
    if proof is None:
        return json_response({"error": "wrong"}, status=403, headers={CAUSE_HEADER: "wrong"})
    check_link(site, proof)
    before = handed or shown
    if Grant.HOST in proof.grants and (before is None or before.person_id != proof.person_id):
        site.audience.hub.acts.did(address, "host-in")  # another host sees it
    cookie, headers = new_cookie(site, request, proof)
    if is_framed:
        answer = json_response({"pass": iframes.marked(cookie)})
    elif fields.get("pass") is True:
        answer = json_response({"pass": cookie}, headers=headers)
    else:
        return SiteResponse(status=204, headers=headers)
    return await with_picture(site, request, proof, fields, answer)


async def _renew(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """A new cookie for a page that is in, so that it stays in while it is open.

    A page that got a `pass` at its login sends it, and gets a new one. `cookie` in the response
    says whether the browser sent the cookie. A framed page has only its pass, and gets no cookie.
    """
    fields = fields_in(body)
    is_framed = fields.get("framed") is True
    if is_framed:
        request = replace(request, cookies={})
    shown = proof_of_cookie(site, request)
    by_pass = proof_of_pass(site, request, text_in(fields, "pass"))
    proof = by_pass or shown or authenticate(site, request)
    cookie, headers = new_cookie(site, request, proof)
    if is_framed:
        answer = json_response({"pass": iframes.marked(cookie)})
    else:
        news: dict[str, Any] = {"cookie": shown is not None or site.gatekeeper.is_open}
        if by_pass is not None:
            news["pass"] = cookie
        answer = json_response(news, headers=headers)
    return await with_picture(site, request, proof, fields, answer)


async def _handover(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """A ticket with which this page goes on through https as the same person."""
    proof = proof_of_pass(site, request, text_in(fields_in(body), "pass"))
    proof = proof or authenticate(site, request)
    if proof.is_of_program:
        raise Refused(403, "Only a page that logged in can be handed over.")
    return json_response({"token": site.handovers.new(proof, now_s())})


async def _status(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    require_grant(site, request, Grant.WATCH)
    status = status_json(site.audience, clock_us(), site.recordings, outputs_of(site.streams))
    return SiteResponse(status, "application/json")


async def _metrics(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    require_grant(site, request, Grant.WATCH)
    status = host_status(site.audience, clock_us(), site.recordings, outputs_of(site.streams))
    return SiteResponse(metrics_text(status).encode(), CONTENT_TYPE)


async def _tls(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """For everybody: whether there is https, and the fingerprint of the authority."""
    tls = site.config.tls
    authority = tls.authority if tls is not None else None
    known = {
        # Behind a proxy, browsers do not see this port.
        "https": tls is not None and not request.client.is_proxied,
        "sha256": authority.fingerprint if authority is not None else None,
    }
    return json_response(known)


async def _authority(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    tls = site.config.tls
    if tls is None or tls.authority is None:
        raise Refused(404, "This host has no certificate authority of its own.")
    headers = {"Content-Disposition": 'attachment; filename="samescreen-ca.crt"'}
    return SiteResponse(tls.authority.pem, "application/x-x509-ca-cert", headers=headers)


async def _snapshot(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    person, headers = watcher_of_picture(site, request)
    made = await snapshot(stream_of(site, request))
    if not still_holds(site, person, Grant.WATCH):
        raise Refused(403, "The host has ended this.")
    return SiteResponse(made, "image/jpeg", headers=headers)


async def _sketch(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """For a page that starts on a slow link; an unknown stream is the first, as in its hello.

    204 without a picture or without the grant: the page learns the reason on its WebSocket.
    """
    person = person_of(site, request, authenticate(site, request))
    stream = stream_for(site, person, request.stream)
    if stream is None:
        return SiteResponse(status=204)
    made = await sketch(stream)
    if not made or not still_holds(site, person, Grant.WATCH):
        return SiteResponse(status=204)
    return SiteResponse(made, "image/jpeg")


async def _host_page(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """The host's page. No other site may frame it, --allow-frame or not: it could guide clicks."""
    page = await asset(site, request, body)
    return replace(page, headers={**page.headers, POLICY_HEADER: SECURITY_HEADERS[POLICY_HEADER]})


async def asset(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """A file of the page; the page itself at "/". Raises Refused: there is no such file."""
    found = site.assets.get(request.path[1:])
    if found is None:
        raise refusals.no_page(request.path, request.base_path)
    keep = "max-age=31536000, immutable" if found.is_lasting else "no-cache"
    headers = {"ETag": found.etag, "Cache-Control": keep, "Vary": "Accept-Encoding"}
    packed = found.packed if _takes_gzip(request) else b""
    if packed:
        headers |= {"ETag": f'{found.etag[:-1]}-gzip"', "Content-Encoding": "gzip"}
    if request.header("If-None-Match") == headers["ETag"]:
        return SiteResponse(b"", found.content_type, 304, headers)
    return SiteResponse(packed or found.body, found.content_type, headers=headers)


def _takes_gzip(request: SiteRequest) -> bool:
    """Whether the client names gzip. Browsers offer brotli on https only, and gzip everywhere."""
    for offer in (request.header("Accept-Encoding") or "").lower().split(","):
        name, _, weight = offer.partition(";")
        if name.strip() == "gzip":
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    return False


LOGIN_PATH: Final = "/api/login"
ROUTES: Final[dict[tuple[str, str], Route]] = {
    ("GET", "/healthz"): _healthz,
    ("POST", LOGIN_PATH): _login,
    ("POST", "/api/renew"): _renew,
    ("POST", "/api/handover"): _handover,
    ("GET", "/api/status"): _status,
    ("GET", "/metrics"): _metrics,
    ("GET", "/api/tls"): _tls,
    ("GET", f"/{PUBLIC_NAME}"): _authority,
    ("GET", "/snapshot.jpg"): _snapshot,
    ("GET", "/sketch.jpg"): _sketch,
    ("GET", "/host"): _host_page,
    **AGENT_ROUTES,
    **HOST_ROUTES,
    **RECORDING_ROUTES,
    **PUBLISH_ROUTES,
    **CLIPBOARD_ROUTES,
    **FILE_ROUTES,
    **PIPE_ROUTES,
}
"""By method and path. HEAD goes to the route of GET; any other path is a file of the page."""

BODY_ROUTES: Final[dict[tuple[str, str], BodyRoute]] = {
    **CLIPBOARD_BODY_ROUTES,
    **FILE_BODY_ROUTES,
    **PIPE_BODY_ROUTES,
}
"""Those that read their body while it arrives, by method and path."""
