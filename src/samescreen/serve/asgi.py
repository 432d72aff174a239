"""The site as an ASGI application, to be mounted in others: `app.mount("/screen", share.asgi())`.

Runs on the other application's event loop. /stream.mjpg is missing here: an ASGI server does not
say how much of it still waits to be sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, MutableMapping
from contextlib import AbstractAsyncContextManager, ExitStack, aclosing
from typing import Any
from urllib.parse import parse_qs

from samescreen.closing import CloseCode
from samescreen.errors import Refused, SamescreenError
from samescreen.flow.token_bucket import ByteBudget

from .asgi_socket import serve_socket
from .body import CHUNK_S, check_encoding, paid
from .refusals import no_page, no_upgrade
from .routes import BODY_ROUTES, ROUTES, asset
from .site import (
    MAX_BODY_BYTES,
    Route,
    Site,
    SiteRequest,
    SiteResponse,
    authenticate,
    check_rules,
    headers_for_all,
    peer_of,
    refusal_response,
)
from .socket_endpoints import SOCKET_ENDPOINTS
from .subprotocol import agree_on_protocol

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]



class AsgiApp:
    """The ASGI callable.

    `find_site` raises Refused while there is no site. `life` is entered during the server's
    lifespan, which only comes if this is the whole application.
    """

    def __init__(
        self, find_site: Callable[[], Site], life: AbstractAsyncContextManager[object]
    ) -> None:
        self._find_site = find_site
        self._life = life

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await self._live(receive, send)
        elif kind == "websocket":
            await self._watch(scope, receive, send)
        elif kind == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._life.__aenter__()
        except SamescreenError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._life.__aexit__(None, None, None)
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[str, str] = {}
        try:
            site = self._find_site()
            request = _request(site, scope, scope["method"])
            headers = headers_for_all(site, request.client)
            check_rules(site, request)
            taking = BODY_ROUTES.get((request.method, request.path))
            if taking is not None:
                response = await taking(site, request, _AsgiBody(request, receive))
            else:
                response = await _find_route(request)(site, request, await _body(receive))
        except Refused as refusal:
            response = refusal_response(refusal)
        body = b"" if scope["method"] == "HEAD" else response.body
        await send(_head("http.response.start", response, headers))
        if response.part is not None and scope["method"] != "HEAD":
            try:
                async with aclosing(response.part.chunks()) as chunks:
                    async for chunk in chunks:
                        more = {"type": "http.response.body", "body": chunk, "more_body": True}
                        await send(more)
            except OSError:
                return  # the server sees that the answer is not whole, and cuts it off
        await send({"type": "http.response.body", "body": body})

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        headers: dict[str, str] = {}
        with ExitStack() as stack:
            try:
                site = self._find_site()
                request = _request(site, scope, "GET")
                headers = headers_for_all(site, request.client)
                check_rules(site, request)
                proof = authenticate(site, request)
                if request.path not in SOCKET_ENDPOINTS:
                    raise no_page(request.path, request.base_path)
                protocol = agree_on_protocol(request.headers)
                peer = stack.enter_context(peer_of(site, request, proof))
            except Refused as refusal:
                await _refuse(scope, send, refusal_response(refusal), headers)
                return
            endpoint = SOCKET_ENDPOINTS[request.path]
            await serve_socket(receive, send, site.audience, endpoint, peer, protocol)


def _find_route(request: SiteRequest) -> Route:
    method = "GET" if request.method == "HEAD" else request.method
    route = ROUTES.get((method, request.path))
    if route is not None:
        return route
    if request.path in SOCKET_ENDPOINTS:
        raise no_upgrade()  # a proxy removed it, or the server speaks no WebSocket
    known = (*ROUTES, *BODY_ROUTES)
    if method != "GET" or any(path == request.path for _, path in known):
        raise Refused(405, "This is not done here by that method.")
    return asset


class _Headers:
    """The headers of an ASGI scope, by names in any case."""

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name.decode("latin-1").lower(), []).append(
                value.decode("utf-8", "surrogateescape")
            )

    def getall(self, name: str, default: list[str]) -> list[str]:
        return self._values.get(name.lower(), default)


def _request(site: Site, scope: Scope, method: str) -> SiteRequest:
    headers = _Headers(scope["headers"])
    peer = (scope.get("client") or ["?"])[0]
    is_secure = scope.get("scheme") in ("https", "wss")
    base_path = scope.get("root_path", "").rstrip("/")
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return SiteRequest(
        method=method,
        base_path=base_path,
        path=scope["path"].removeprefix(base_path) or "/",
        client=site.config.proxies.client(peer, headers, is_secure=is_secure),
        headers=headers,
        cookies=_cookies(headers.getall("Cookie", [])),
        token=query.get("token", [None])[0],
        stream=query.get("stream", [""])[0],
        name=query.get("name", [""])[0],
    )


def _cookies(headers: list[str]) -> dict[str, str]:
    """Parsed here, because http.cookies gives up at one odd cookie of another application."""
    pairs = (pair.partition("=") for pair in ";".join(headers).split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


async def _body(receive: Receive) -> bytes:
    """The whole body.

    Raises:
        Refused: it is too long, or its sender disconnected in the middle.
    """
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Refused(400, "The request was cut short.")
        part: bytes = event.get("body", b"")
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise Refused(413, "That is too long.")
        if not event.get("more_body"):
            return body


class _AsgiBody:
    """A body that a route reads while it arrives."""

    def __init__(self, request: SiteRequest, receive: Receive) -> None:
        self._encoding = request.header("Content-Encoding")
        self._receive = receive

    async def chunks(self, pace: ByteBudget) -> AsyncGenerator[bytes]:
        """See `Body.chunks`."""
        check_encoding(self._encoding)
        is_more = True
        while is_more:
            try:
                async with asyncio.timeout(CHUNK_S):
                    event = await self._receive()
            except TimeoutError:
                raise Refused(408, "That took too long.") from None
            if event["type"] == "http.disconnect":
                raise Refused(400, "The request was cut short.")
            is_more = bool(event.get("more_body"))
            if chunk := event.get("body", b""):
                yield await paid(chunk, pace)


def _head(kind: str, response: SiteResponse, for_all: dict[str, str]) -> dict[str, Any]:
    length = response.part.length if response.part else len(response.body)
    headers = for_all | {"Content-Type": response.content_type, **response.headers}
    if length is not None and response.status not in (204, 304):
        headers.setdefault("Content-Length", str(length))
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {"type": kind, "status": response.status, "headers": raw}


async def _refuse(
    scope: Scope, send: Send, response: SiteResponse, headers: dict[str, str]
) -> None:
    """Refuse a WebSocket; with status and reason where the server has that extension."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": CloseCode.FORBIDDEN})
        return
    await send(_head("websocket.http.response.start", response, headers))
    await send({"type": "websocket.http.response.body", "body": response.body})
