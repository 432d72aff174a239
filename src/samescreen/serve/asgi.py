"""The site as an ASGI application, to be mounted in others: `app.mount("/screen", share.asgi())`.

Runs on the other application's event loop. /stream.mjpg is not here: its server would hide how
much of it waits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import parse_qs

from samescreen.closing import CloseCode
from samescreen.errors import Refused, SamescreenError

from .asgi_socket import serve_duty
from .duties import DUTIES
from .refusals import no_page, no_upgrade
from .routes import ROUTES, asset
from .site import (
    MAX_BODY_BYTES,
    Answer,
    Ask,
    Site,
    answer_of,
    check_rules,
    entrant_of,
    headers_for_all,
    proof_of,
)
from .subprotocol import agree_on_protocol

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]



class AsgiApp:
    """`find_site` raises Refused while there is none. `life` is entered where this is the whole
    application, by the server's lifespan.
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
            ask = _ask(site, scope, scope["method"])
            headers = headers_for_all(site, ask.asker)
            check_rules(site, ask)
            answer = await _find_route(ask)(site, ask, await _body(receive))
        except Refused as refusal:
            answer = answer_of(refusal)
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send(_head("http.response.start", answer, headers))
        if answer.part is not None and scope["method"] != "HEAD":
            async for chunk in answer.part.chunks():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": body})

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        headers: dict[str, str] = {}
        try:
            site = self._find_site()
            ask = _ask(site, scope, "GET")
            headers = headers_for_all(site, ask.asker)
            check_rules(site, ask)
            proof = proof_of(site, ask)
            if ask.path not in DUTIES:
                raise no_page(ask.path, ask.base_path)
            protocol = agree_on_protocol(ask.headers)
        except Refused as refusal:
            await _refuse(scope, send, answer_of(refusal), headers)
            return
        entrant = entrant_of(site, ask, proof)
        try:
            await serve_duty(receive, send, site.audience, DUTIES[ask.path], entrant, protocol)
        finally:
            site.audience.hub.people.left(entrant.person)


def _find_route(ask: Ask) -> Callable[[Site, Ask, bytes], Awaitable[Answer]]:
    method = "GET" if ask.method == "HEAD" else ask.method
    route = ROUTES.get((method, ask.path))
    if route is not None:
        return route
    if ask.path in DUTIES:
        raise no_upgrade()  # a proxy took it out, or the server speaks no WebSocket
    if method != "GET" or any(path == ask.path for _, path in ROUTES):
        raise Refused(405, "This is not done here by that method.")
    return asset


class _Headers:
    """What ASGI hands over, by names of any case."""

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name.decode("latin-1").lower(), []).append(
                value.decode("utf-8", "surrogateescape")
            )

    def getall(self, name: str, default: list[str]) -> list[str]:
        return self._values.get(name.lower(), default)


def _ask(site: Site, scope: Scope, method: str) -> Ask:
    headers = _Headers(scope["headers"])
    peer = (scope.get("client") or ["?"])[0]
    is_secure = scope.get("scheme") in ("https", "wss")
    base_path = scope.get("root_path", "").rstrip("/")
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return Ask(
        method=method,
        base_path=base_path,
        path=scope["path"].removeprefix(base_path) or "/",
        asker=site.front.proxies.asker(peer, headers, is_secure=is_secure),
        headers=headers,
        cookies=_cookies(headers.getall("Cookie", [])),
        token=query.get("token", [None])[0],
        stream=query.get("stream", [""])[0],
        name=query.get("name", [""])[0],
    )


def _cookies(headers: list[str]) -> dict[str, str]:
    """By hand: the library refuses them all when another application's is not to its taste."""
    pairs = (pair.partition("=") for pair in ";".join(headers).split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


async def _body(receive: Receive) -> bytes:
    """All of it.

    Raises:
        Refused: too long, or its sender went away; a part of a body is not one.
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


def _head(kind: str, answer: Answer, for_all: dict[str, str]) -> dict[str, Any]:
    headers = for_all | {
        "Content-Type": answer.content_type,
        "Content-Length": str(answer.part.length if answer.part else len(answer.body)),
        **answer.headers,
    }
    if answer.status in (204, 304):
        del headers["Content-Length"]
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {"type": kind, "status": answer.status, "headers": raw}


async def _refuse(scope: Scope, send: Send, answer: Answer, headers: dict[str, str]) -> None:
    """With the status and the reason where the server can say them before the handshake."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": CloseCode.FORBIDDEN})
        return
    await send(_head("websocket.http.response.start", answer, headers))
    await send({"type": "websocket.http.response.body", "body": answer.body})
