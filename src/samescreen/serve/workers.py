"""How a viewer's WebSocket goes to another process of this host, which sends it the pictures.

Runs on the event loop. The request has passed every rule here. The other process gets the
connection itself, and answers the handshake; this process then forgets the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from aiohttp import hdrs, web

from samescreen.grants import Grant

from .socket_endpoints import SOCKET_ENDPOINTS, SocketEndpoint, SocketPeer, may_begin
from .tls_elsewhere import ENDED_BY

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter

PATH: Final = "/ws"
"""The only sockets that go to other processes are those of viewers."""
_TRIES: Final = 500
_TRY_AGAIN_S: Final = 0.01
_KEPT: Final = (hdrs.SEC_WEBSOCKET_VERSION, hdrs.SEC_WEBSOCKET_KEY, hdrs.SEC_WEBSOCKET_PROTOCOL)


@dataclass(frozen=True, slots=True)
class Handover:
    """A viewer's handshake: its headers, those of the response, and the agreed subprotocol."""

    endpoint: SocketEndpoint
    peer: SocketPeer
    asked: Mapping[str, str]
    headers: Mapping[str, str]
    protocol: str | None


class Workers(Protocol):
    """The other processes."""

    @property
    def can_take(self) -> bool:
        """Whether any of them can take a viewer, or will soon."""

    def take(self, descriptor: int, handover: Handover, tls_ended_by: object) -> bool:
        """Give one of them this connection. False: none can take it at this moment.

        `tls_ended_by`: the one that has the connection already, and ends its TLS; None: none.
        """


class HandedOver(web.StreamResponse):
    """What aiohttp gets for a request that another process answers: nothing is written."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Write nothing."""


async def handed_over(
    request: web.Request,
    workers: Workers,
    peer: SocketPeer,
    protocol: str | None,
    headers: Mapping[str, str],
) -> HandedOver | None:
    """Hand a viewer's connection to another process; None: this process must serve it.

    TLS that this process ends cannot move: its keys are here. The host stays, because some streams
    are for the host alone, and no other process has them.
    """
    endpoint, transport = SOCKET_ENDPOINTS[PATH], request.transport
    if transport is None or not may_begin(endpoint, peer.person):
        return None
    ended_by = transport.get_extra_info(ENDED_BY)
    if ended_by is None and transport.get_extra_info("sslcontext") is not None:
        return None
    if Grant.HOST in peer.person.grants:
        return None
    protocols = () if protocol is None else (protocol,)
    if not web.WebSocketResponse(compress=False, protocols=protocols).can_prepare(request).ok:
        return None
    asked = {str(name): value for name in _KEPT if (value := request.headers.get(name)) is not None}
    handover = Handover(endpoint, peer, asked, headers, protocol)
    for _ in range(_TRIES):
        sock = transport.get_extra_info("socket")
        if not workers.can_take or transport.is_closing() or sock is None:
            return None
        if workers.take(sock.fileno(), handover, ended_by):
            transport.abort()  # only this process's descriptor: the connection stays open
            return HandedOver()
        await asyncio.sleep(_TRY_AGAIN_S)
    return None
