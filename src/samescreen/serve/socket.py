"""A WebSocket of any endpoint on aiohttp.

Runs on the event loop. It writes ready-made frames to the transport, because aiohttp's own send
builds each frame again and may wait. aiohttp reads the frames, sends pings and closes.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final, Protocol

from aiohttp import WSMsgType, web

from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError
from samescreen.flow.claims import Delivery
from samescreen.grants import lack_of
from samescreen.subscribe.audience import Audience
from samescreen.wire.outgoing import Outgoing

from .kernel_tcp import delivery_of
from .socket_endpoints import GrantedSession, SocketEndpoint, SocketPeer, may_begin

HEARTBEAT_S: Final = 20
GOODBYE_S: Final = 1.0
TURN_MESSAGES: Final = 32
"""How many messages in a row the host handles for one viewer before other tasks run."""
NOTSENT_LOWAT_BYTES: Final = 128 * 1024
"""How much unsent data the kernel may hold. Without a bound it would hide megabytes of delay."""


class SocketTransport:
    """The transport of a viewer on aiohttp. `is_proxied`: the connection ends at a proxy."""

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
            # Without draining: a viewer that stopped reading would delay this for ever.
            closing = self._ws.close(code=code, message=reason.encode(), drain=False)
            loop = asyncio.get_running_loop()
            self._closing = loop.create_task(closing)
            loop.call_later(GOODBYE_S, self.abort)

    @property
    def is_closing(self) -> bool:
        """Whether `close` was called."""
        return self._closing is not None

    async def closed(self) -> None:
        """Wait for a close that has begun, at most `GOODBYE_S`: a dead peer never answers."""
        if self._closing is not None:
            await asyncio.wait([self._closing], timeout=GOODBYE_S)

    def abort(self) -> None:
        """Drop the connection and its buffer at once."""
        self._transport.abort()


def tune(transport: asyncio.BaseTransport) -> None:
    """Make the kernel send at once (TCP_NODELAY) and hold little unsent data."""
    sock = transport.get_extra_info("socket")
    if sock is None:
        return
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, NOTSENT_LOWAT_BYTES)
    except OSError:
        pass  # not TCP, such as a Unix socket of a proxy


class Receiver(Protocol):
    """Takes what the peer of a socket sends."""

    def receive(self, message: str | bytes) -> None:
        """React to one message. It may close the connection."""

    def count(self) -> None:
        """Count a frame that carries no message."""

    def refuse(self, error: ProtocolError) -> None:
        """Close the connection, because the peer broke the protocol."""

    def leave(self) -> None:
        """The connection is gone."""


async def serve_socket(
    request: web.Request,
    audience: Audience,
    endpoint: SocketEndpoint,
    peer: SocketPeer,
    protocol: str | None = None,
) -> web.WebSocketResponse:
    """Serve one socket until it closes; `protocol` is the agreed subprotocol, if any."""
    message_bytes = endpoint.limits.message_bytes
    ws, transport = await opened(request, message_bytes, protocol, is_proxied=peer.is_proxied)
    if not may_begin(endpoint, peer.person):
        # What comes is thrown away, not read: a close with bytes unread would reset the
        # connection, and the code would be lost.
        transport.close(CloseCode.FORBIDDEN, lack_of(endpoint.grant))
        await transport.closed()
        return ws
    return await served(ws, transport, GrantedSession(audience, peer, endpoint, transport))


async def opened(
    request: web.Request, message_bytes: int, protocol: str | None, *, is_proxied: bool
) -> tuple[web.WebSocketResponse, SocketTransport]:
    """Answer the handshake; messages may have `message_bytes` at most."""
    ws = web.WebSocketResponse(
        compress=False,
        max_msg_size=message_bytes,
        heartbeat=HEARTBEAT_S,
        timeout=1.0,
        autoping=False,
        protocols=() if protocol is None else (protocol,),
    )
    await ws.prepare(request)
    assert request.transport is not None
    tune(request.transport)
    return ws, SocketTransport(ws, request.transport, is_proxied=is_proxied)


async def served(
    ws: web.WebSocketResponse, transport: SocketTransport, session: Receiver
) -> web.WebSocketResponse:
    """Pass what comes to the session, until the connection is gone."""
    try:
        await _receive_all(ws, session, transport)
    finally:
        session.leave()
        await transport.closed()
        transport.abort()
    return ws


async def _receive_all(
    ws: web.WebSocketResponse, session: Receiver, transport: SocketTransport
) -> None:
    """Handle frames until the peer is gone or breaks the protocol. Each frame counts."""
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
            await asyncio.sleep(0)  # `ws` returns buffered messages without yielding
