"""A WebSocket of any endpoint on aiohttp.

Runs on the event loop. Frames are written straight to the transport, since aiohttp's own send
builds each frame anew and may wait; its reading, pings and closing stay in use.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final

from aiohttp import WSMsgType, web

from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError
from samescreen.flow.claims import Delivery
from samescreen.subscribe.audience import Audience
from samescreen.wire.outgoing import Outgoing

from .kernel_tcp import delivery_of
from .socket_endpoints import GrantedSession, SocketEndpoint, SocketPeer, lack_of

HEARTBEAT_S: Final = 20
GOODBYE_S: Final = 1.0
TURN_MESSAGES: Final = 32
"""How many messages one viewer may have answered before others have their turn."""
NOTSENT_LOWAT_BYTES: Final = 128 * 1024
"""How much unsent data the kernel takes: without a bound it hides megabytes of delay."""


class SocketTransport:
    """What the hub writes to. `is_proxied`: the connection leads to a proxy, not to the viewer."""

    def __init__(
        self, ws: web.WebSocketResponse, transport: asyncio.WriteTransport, *, is_proxied: bool
    ) -> None:
        self._ws = ws
        self._is_proxied = is_proxied
        self._transport = transport
        self._closing: asyncio.Task[object] | None = None

    def write(self, outgoing: Outgoing) -> None:
        if not self._transport.is_closing():
            self._transport.write(outgoing.frame)

    def buffered_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

    def delivery(self) -> Delivery | None:
        return None if self._is_proxied else delivery_of(self._transport)

    def close(self, code: int, reason: str) -> None:
        if self._closing is None:
            # Not drained: a viewer that stopped reading would hold this up for ever.
            closing = self._ws.close(code=code, message=reason.encode(), drain=False)
            loop = asyncio.get_running_loop()
            self._closing = loop.create_task(closing)
            loop.call_later(GOODBYE_S, self.abort)

    @property
    def is_closing(self) -> bool:
        """A goodbye has been said."""
        return self._closing is not None

    async def closed(self) -> None:
        """Wait for a close that was begun; not for long, since a dead reader never answers."""
        if self._closing is not None:
            await asyncio.wait([self._closing], timeout=GOODBYE_S)

    def abort(self) -> None:
        """Drop the connection and what it buffers, now."""
        self._transport.abort()


def tune(transport: asyncio.BaseTransport) -> None:
    """Send at once, and let the kernel hide no backlog."""
    sock = transport.get_extra_info("socket")
    if sock is None:
        return
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, NOTSENT_LOWAT_BYTES)
    except OSError:
        pass  # not TCP (a Unix socket behind a proxy): nothing to tune


async def serve_socket(
    request: web.Request,
    audience: Audience,
    endpoint: SocketEndpoint,
    peer: SocketPeer,
    protocol: str | None = None,
) -> web.WebSocketResponse:
    """One socket, from handshake to goodbye; `protocol` is the subprotocol agreed on, if any."""
    ws = web.WebSocketResponse(
        compress=False,
        max_msg_size=endpoint.limits.message_bytes,
        heartbeat=HEARTBEAT_S,
        timeout=1.0,
        autoping=False,
        protocols=() if protocol is None else (protocol,),
    )
    await ws.prepare(request)
    assert request.transport is not None
    tune(request.transport)
    transport = SocketTransport(ws, request.transport, is_proxied=peer.is_proxied)
    if endpoint.grant not in peer.person.grants:
        # What comes is thrown away, not read: a close with bytes unread would reset the
        # connection, and the code would be lost.
        transport.close(CloseCode.FORBIDDEN, lack_of(endpoint.grant))
        await transport.closed()
        return ws
    session = GrantedSession(audience, peer, endpoint, transport)
    try:
        await _receive_all(ws, session, transport)
    finally:
        session.leave()
        await transport.closed()
        transport.abort()
    return ws


async def _receive_all(
    ws: web.WebSocketResponse, session: GrantedSession, transport: SocketTransport
) -> None:
    """Until the other side has gone or breaks the protocol. Everything it sends counts."""
    received = 0
    async for message in ws:
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            session.receive(message.data)
        elif message.type in (WSMsgType.PING, WSMsgType.PONG):
            session.count()
            if message.type is WSMsgType.PING and not ws.closed:
                await ws.pong(message.data)
        else:
            session.refuse(ProtocolError("that is no frame of a message"))
        if transport.is_closing:
            return
        received += 1
        if received % TURN_MESSAGES == 0:
            await asyncio.sleep(0)  # `ws` gives what it has without a turn of the loop
