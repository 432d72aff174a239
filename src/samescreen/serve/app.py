"""The aiohttp application: the site's routes and WebSockets, and /stream.mjpg.

Runs on the event loop. It only translates: the rules and the responses come from the site.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from samescreen.clock import clock_us
from samescreen.errors import Refused
from samescreen.hub.files import Part
from samescreen.record.recordings import Recordings
from samescreen.subscribe.audience import Audience

from .access import Gatekeeper, HostRule
from .app_body import AppBody, short_body
from .assets import load_assets
from .body import BodyRoute
from .connection import FIRST_REQUEST_S
from .http_protocol import connection_of
from .mjpeg import stream_mjpeg
from .proxy import Client
from .refusals import CAUSE_HEADER, cause_of, no_upgrade, outside
from .routes import BODY_ROUTES, ROUTES, asset
from .site import (
    MAX_BODY_BYTES,
    Route,
    Site,
    SiteConfig,
    SiteRequest,
    SiteResponse,
    authenticate,
    check_rules,
    headers_for_all,
    peer_of,
    refusal_response,
    shows_cookie,
    stream_of,
    watcher_of_picture,
)
from .socket import serve_socket
from .socket_endpoints import SOCKET_ENDPOINTS
from .stream_actions import StreamControl
from .subprotocol import agree_on_protocol
from .workers import PATH, handed_over

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
FindSite = Callable[[], Site]
"""Returns the site, or raises Refused while there is none."""


@dataclass(frozen=True, slots=True)
class _MountedSite:
    """How an aiohttp application finds its site, which may begin later."""

    find_site: FindSite


SITE_KEY: Final = web.AppKey("site", _MountedSite)
_REST: Final = web.AppKey("rest", web.AbstractResource)
_REST_PATH: Final = "/{path}"
_PLAIN: Final = SiteConfig()


def make_app(
    audience: Audience,
    gatekeeper: Gatekeeper,
    host_rule: HostRule,
    port: int,
    config: SiteConfig = _PLAIN,
    recordings: Recordings | None = None,
    streams: StreamControl | None = None,
) -> web.Application:
    """The application of a host with a port of its own, ready for a runner."""
    return app_of(
        Site(audience, gatekeeper, host_rule, config, port, load_assets(), recordings, streams)
    )


def app_of(site: Site) -> web.Application:
    """The application of this site, on a port of its own, ready for a runner."""
    app = mounted_app(lambda: site, site.config.base_path)
    if site.config.base_path:
        app.router.add_get("/{path:.*}", _elsewhere)
    return app


def mounted_app(find_site: FindSite, base_path: str = "") -> web.Application:
    """An application for `add_subapp`; the path that it is mounted at comes before `base_path`."""
    app = web.Application(middlewares=[_rules], client_max_size=MAX_BODY_BYTES)
    app[SITE_KEY] = _MountedSite(find_site)
    for (method, path), route in ROUTES.items():
        add = app.router.add_get if method == "GET" else app.router.add_post
        add(base_path + path, _answering(route))
    for (method, path), taking in BODY_ROUTES.items():
        app.router.add_route(method, base_path + path, _taking(taking))
    app.router.add_get(f"{base_path}/stream.mjpg", _stream_mjpeg, allow_head=False)
    for path in SOCKET_ENDPOINTS:
        app.router.add_get(base_path + path, _socket)
    rest = app.router.add_get(f"{base_path}/{{path:.*}}", _answering(asset)).resource
    assert rest is not None
    app[_REST] = rest
    app.on_response_prepare.append(_add_headers)
    return app


def _answering(route: Route) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        site, site_request = _site(request), _site_request(request)
        body = await short_body(request)
        started_us = clock_us()
        try:
            made = await route(site, site_request, body)
        finally:
            connection = connection_of(request)
            if connection is not None:
                took_us, is_let_in = clock_us() - started_us, shows_cookie(site, site_request)
                connection.pay(took_us, site_request.client.address, is_let_in=is_let_in)
        if made.part is not None:
            return await _send_part(request, made, made.part)
        return answer_of(made)

    return answer


def _taking(route: BodyRoute) -> Handler:
    """For a route that reads its body itself; it pays for the bytes, and not for the time."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return answer_of(await route(_site(request), _site_request(request), AppBody(request)))

    return answer


async def _send_part(
    request: web.Request, answer: SiteResponse, part: Part
) -> web.StreamResponse:
    """Bytes, made as fast as their reader takes them; one that takes none for long is dropped."""
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.content_type, response.content_length = answer.content_type, part.length
    await response.prepare(request)
    is_sent = request.method == "HEAD" or await _is_sent(response, part)
    if not is_sent and request.transport is not None:
        request.transport.close()  # or the peer would wait for the rest
    return response


async def _is_sent(response: web.StreamResponse, part: Part) -> bool:
    """Send all of it; False: it ended early."""
    sent = 0
    try:
        async with aclosing(part.chunks()) as chunks:
            async for chunk in chunks:
                async with asyncio.timeout(FIRST_REQUEST_S):
                    await response.write(chunk)
                sent += len(chunk)
    except OSError:
        return False
    return part.length in (None, sent)


def answer_of(answer: SiteResponse) -> web.Response:
    """This response as aiohttp sends it."""
    headers = {"Content-Type": answer.content_type, **answer.headers}
    return web.Response(body=answer.body, status=answer.status, headers=headers)


def _site(request: web.Request) -> Site:
    return request.app[SITE_KEY].find_site()


def _site_request(request: web.Request) -> SiteRequest:
    base_path = _base_path(request)
    return SiteRequest(
        method=request.method,
        base_path=base_path,
        path=request.path.removeprefix(base_path),
        client=_client(request),
        headers=request.headers,
        cookies=request.cookies,
        token=request.query.get("token"),
        stream=request.query.get("stream", ""),
        name=request.query.get("name", ""),
    )


def _base_path(request: web.Request) -> str:
    """The path of the site's root: aiohttp puts the prefixes of its mounts into the resources."""
    return request.app[_REST].canonical.removesuffix(_REST_PATH)


def _client(request: web.Request) -> Client:
    proxies = _site(request).config.proxies
    return proxies.client(request.remote or "?", request.headers, is_secure=request.secure)


@web.middleware
async def _rules(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        site, site_request = _site(request), _site_request(request)
        connection = connection_of(request)
        if connection is not None:
            is_let_in = shows_cookie(site, site_request)
            await connection.take_turn(site_request.client.address, is_let_in=is_let_in)
        check_rules(site, site_request)
        return await handler(request)
    except Refused as refusal:
        return answer_of(refusal_response(refusal))


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    try:
        headers = headers_for_all(_site(request), _client(request))
    except Refused:  # there is no site, and the response says so
        return
    if response.status >= 400:  # the framework's own errors too
        response.headers.setdefault(CAUSE_HEADER, cause_of(response.status))
    for name, value in headers.items():
        if name == "Server":  # aiohttp has set its own
            response.headers[name] = value
        else:
            response.headers.setdefault(name, value)


async def _elsewhere(request: web.Request) -> web.Response:
    base = _base_path(request)
    if request.path == base:
        raise web.HTTPPermanentRedirect(f"{base}/")
    raise outside(base)


async def _stream_mjpeg(request: web.Request) -> web.StreamResponse:
    site, site_request = _site(request), _site_request(request)
    person, headers = watcher_of_picture(site, site_request)
    people = site.audience.hub.people
    with people.present(person) as known:
        group = site.audience.of(stream_of(site, site_request))
        return await stream_mjpeg(request, group, people, known, headers)


async def _socket(request: web.Request) -> web.StreamResponse:
    """A WebSocket of the table. Without its grant the socket opens, and closes with the reason."""
    site, site_request = _site(request), _site_request(request)
    endpoint = SOCKET_ENDPOINTS[site_request.path]
    proof = authenticate(site, site_request)
    if (site_request.header("Upgrade") or "").strip().lower() != "websocket":
        raise no_upgrade()
    protocol = agree_on_protocol(site_request.headers)
    connection = connection_of(request)
    if connection is not None:
        connection.upgrade(endpoint.limits.bytes_per_s, endpoint.limits.burst_bytes)
    with peer_of(site, site_request, proof) as peer:
        if site.config.workers is not None and site_request.path == PATH:
            headers = headers_for_all(site, site_request.client)
            taken = await handed_over(request, site.config.workers, peer, protocol, headers)
            if taken is not None:
                return taken
        return await serve_socket(request, site.audience, endpoint, peer, protocol)
