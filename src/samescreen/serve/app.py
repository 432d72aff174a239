"""The aiohttp application: routes, and the rules every request passes.

Runs on the event loop. Decides nothing about pictures: that is the hub's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from samescreen.capture.base import clock_us
from samescreen.live.hub import Hub
from samescreen.live.stream import Stream

from .access import COOKIE_SECONDS, Gatekeeper, HostRule, is_same_origin, split_host
from .assets import Asset, load_assets
from .metrics import CONTENT_TYPE, metrics_text
from .mjpeg import stream_mjpeg
from .proxy import Asker, TrustedProxies
from .snapshot import snapshot
from .socket import serve_viewer
from .status import host_status, status_json
from .tls import PUBLIC_NAME, Tls

_MAX_LOGIN_BYTES: Final = 2048

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
        "style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Front:
    """What stands between browsers and the routes."""

    proxies: TrustedProxies = TrustedProxies()
    base_path: str = ""
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """What the routes need."""

    hub: Hub
    gatekeeper: Gatekeeper
    host_rule: HostRule
    front: Front
    port: int
    assets: dict[str, Asset]

    def cookie_name(self, asker: Asker) -> str:
        """Cookies know no ports, so the name carries it; nor schemes, but these prefixes do.

        Browsers take `__Host-` names only through TLS, and only from the host itself.
        """
        name = f"samescreen_{self.port}"
        if not asker.is_secure:
            return name
        return f"__Secure-{name}" if self.front.base_path else f"__Host-{name}"


_SITE: Final = web.AppKey("site", Site)
_PLAIN: Final = Front()


def make_app(
    hub: Hub, gatekeeper: Gatekeeper, host_rule: HostRule, port: int, front: Front = _PLAIN
) -> web.Application:
    """The application, ready for a runner."""
    app = web.Application(middlewares=[_rules], client_max_size=_MAX_LOGIN_BYTES)
    app[_SITE] = Site(hub, gatekeeper, host_rule, front, port, load_assets())
    base = front.base_path
    app.router.add_get(f"{base}/healthz", _healthz)
    app.router.add_post(f"{base}/api/login", _login)
    app.router.add_get(f"{base}/api/status", _status)
    app.router.add_get(f"{base}/metrics", _metrics)
    app.router.add_get(f"{base}/api/tls", _tls)
    app.router.add_get(f"{base}/{PUBLIC_NAME}", _authority)
    app.router.add_get(f"{base}/snapshot.jpg", _snapshot)
    app.router.add_get(f"{base}/stream.mjpg", _stream_mjpeg, allow_head=False)
    app.router.add_get(f"{base}/ws", _ws)
    app.router.add_get(f"{base}/{{path:.*}}", _asset)
    if base:
        app.router.add_get("/{path:.*}", _elsewhere)
    app.on_response_prepare.append(_add_headers)
    return app


@web.middleware
async def _rules(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Host for everything; Origin for whatever changes something or opens a socket."""
    site, asker = request.app[_SITE], _asker(request)
    if not site.host_rule.admits(asker.host):
        name = asker.host
        raise web.HTTPForbidden(
            text=f"This host does not answer to the name {name!r}.\n"
            "Open it by its address, or start it with --allow-host NAME.\n"
        )
    is_reading = request.method in ("GET", "HEAD") and request.path != f"{site.front.base_path}/ws"
    if not is_reading and not _origin_is_fine(request):
        raise web.HTTPForbidden(text="This request comes from another site.\n")
    return await handler(request)


def _origin_is_fine(request: web.Request) -> bool:
    """Equal to Host; missing only from programs, which must show a bearer token."""
    origin = request.headers.get("Origin")
    if origin is None:
        return "Authorization" in request.headers and _is_let_in(request)
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    asker = _asker(request)
    return is_same_origin(origin, asker.host, is_secure=asker.is_secure)


def _asker(request: web.Request) -> Asker:
    proxies = request.app[_SITE].front.proxies
    return proxies.asker(request.remote or "?", request.headers, is_secure=request.secure)


def _address(request: web.Request) -> str:
    return _asker(request).address


def _is_let_in(request: web.Request) -> bool:
    site = request.app[_SITE]
    if site.gatekeeper.is_open:
        return True
    bearer = request.headers.get("Authorization")
    if bearer is not None:
        return site.gatekeeper.knows_bearer(bearer, _address(request), clock_us())
    cookie = request.cookies.get(site.cookie_name(_asker(request)), "")
    return bool(cookie) and site.gatekeeper.knows_cookie(cookie, int(time.time()))


def _require_access(request: web.Request) -> None:
    if not _is_let_in(request):
        raise web.HTTPUnauthorized(
            text="Open the link the host shows, or send its token: Authorization: Bearer TOKEN\n"
        )


def _headers_of_picture(request: web.Request) -> dict[str, str]:
    """Those of what players and <img> open: they send no header, so the URL may say the token.

    A page that has the token was given it by somebody: it may show the picture, whatever its site.
    """
    token, gatekeeper = request.query.get("token"), request.app[_SITE].gatekeeper
    if token is None or gatekeeper.is_open:
        _require_access(request)
        return {}
    if not gatekeeper.knows_token(token, _address(request), clock_us()):
        raise web.HTTPUnauthorized(text="This is not the token of the link the host shows.\n")
    return {"Cross-Origin-Resource-Policy": "cross-origin"}


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    asker = _asker(request)
    if asker.is_secure or split_host(asker.host)[0] == "localhost":
        # Elsewhere browsers ignore it, and say so on every page's console.
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Server"] = "samescreen"


async def _healthz(request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


async def _login(request: web.Request) -> web.Response:
    site, asker, now_us = request.app[_SITE], _asker(request), clock_us()
    address = asker.address
    secret = _secret_in(await request.read())
    wait_us = site.gatekeeper.wait_us(secret, address, now_us)
    if wait_us:
        seconds = -(-wait_us // 1_000_000)
        body: dict[str, Any] = {"error": "wait", "retry_after_s": seconds}
        headers = {"Retry-After": str(seconds)}
        return web.json_response(body, status=429, headers=headers)
    if not site.gatekeeper.login(secret, address, now_us):
        return web.json_response({"error": "wrong"}, status=403)
    response = web.Response(status=204)
    response.set_cookie(
        site.cookie_name(asker),
        site.gatekeeper.cookie(int(time.time())),
        max_age=COOKIE_SECONDS,
        httponly=True,
        path=f"{site.front.base_path}/",
        samesite="Strict",
        secure=asker.is_secure,
    )
    return response


def _secret_in(body: bytes) -> str:
    """The token or PIN of a login's JSON; anything else counts as a wrong guess."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    secret = (fields.get("token") or fields.get("pin")) if isinstance(fields, dict) else None
    return secret if isinstance(secret, str) else ""


async def _status(request: web.Request) -> web.Response:
    _require_access(request)
    hub = request.app[_SITE].hub
    return web.json_response(body=status_json(hub, clock_us()))


async def _metrics(request: web.Request) -> web.Response:
    _require_access(request)
    text = metrics_text(host_status(request.app[_SITE].hub, clock_us()))
    return web.Response(text=text, headers={"Content-Type": CONTENT_TYPE})


async def _tls(request: web.Request) -> web.Response:
    """For everybody: what a page needs to offer https, and what it shows of the authority."""
    tls = request.app[_SITE].front.tls
    authority = tls.authority if tls is not None else None
    body = {
        # Through a proxy this port is not the one that browsers see.
        "https": tls is not None and not _asker(request).is_proxied,
        "sha256": authority.fingerprint if authority is not None else None,
    }
    return web.json_response(body)


async def _authority(request: web.Request) -> web.Response:
    tls = request.app[_SITE].front.tls
    if tls is None or tls.authority is None:
        raise web.HTTPNotFound(text="This host has no certificate authority of its own.\n")
    headers = {"Content-Disposition": 'attachment; filename="samescreen-ca.crt"'}
    kind = "application/x-x509-ca-cert"
    return web.Response(body=tls.authority.pem, content_type=kind, headers=headers)


async def _elsewhere(request: web.Request) -> web.Response:
    base = request.app[_SITE].front.base_path
    if request.path == base:
        raise web.HTTPPermanentRedirect(f"{base}/")
    raise web.HTTPNotFound(text=f"There is no such page. Everything here is under {base}/\n")


async def _snapshot(request: web.Request) -> web.StreamResponse:
    headers = _headers_of_picture(request)
    return await snapshot(request.app[_SITE].hub, _stream_named_in(request), headers)


async def _stream_mjpeg(request: web.Request) -> web.StreamResponse:
    headers = _headers_of_picture(request)
    hub, stream = request.app[_SITE].hub, _stream_named_in(request)
    return await stream_mjpeg(request, hub, stream, _address(request), headers)


def _stream_named_in(request: web.Request) -> Stream:
    """Of `?stream=`; the first without it."""
    hub = request.app[_SITE].hub
    stream = hub.find(request.query.get("stream", ""))
    if stream is None:
        names = ", ".join(hub.streams)
        raise web.HTTPNotFound(text=f"There is no such stream; there are: {names}\n")
    return stream


async def _ws(request: web.Request) -> web.StreamResponse:
    _require_access(request)
    return await serve_viewer(request, request.app[_SITE].hub, _address(request))


async def _asset(request: web.Request) -> web.Response:
    asset = request.app[_SITE].assets.get(request.match_info["path"])
    if asset is None:
        raise web.HTTPNotFound(text="There is no such page.\n")
    keep = "max-age=31536000, immutable" if asset.is_lasting else "no-cache"
    headers = {"ETag": asset.etag, "Cache-Control": keep, "Content-Type": asset.content_type}
    if request.headers.get("If-None-Match") == asset.etag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=asset.body, headers=headers)
