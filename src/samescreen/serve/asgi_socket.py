"""A WebSocket of any endpoint in an ASGI application: one `send` at a time.

Runs on the event loop. The only sign of a backlog in ASGI is that `send` does not return. So this
module hands over one message at a time, and `buffered_bytes` counts what waits here.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError
from samescreen.flow.claims import Delivery
from samescreen.grants import lack_of
from samescreen.media import Rendition
from samescreen.subscribe.audience import Audience
from samescreen.wire.outgoing import Outgoing

from .log_throttle import ThrottledLog
from .socket import GOODBYE_S, TURN_MESSAGES
from .socket_endpoints import GrantedSession, SocketEndpoint, SocketPeer, may_begin

_log = logging.getLogger(__name__)
_failures = ThrottledLog(_log, logging.ERROR)

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class AsgiTransport:
    """The transport of a viewer under ASGI; `run` sends what `write` queues.

    The queue stays short: the viewer skips packets while its transport holds too much, and a
    keyframe of video replaces the queued packets of its rendition.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: deque[Outgoing] = deque()
        self._waiting_bytes = 0
        self._in_flight_bytes = 0
        self._more = asyncio.Event()
        self._goodbye: tuple[int, str] | None = None
        self.hang_up: Callable[[], object] = _nothing
        """Called when the close frame was not sent within `GOODBYE_S`."""

    def write(self, outgoing: Outgoing) -> None:
        if self._goodbye is not None:
            return
        rendition = outgoing.rendition
        # A still does not replace earlier ones: it paints only what changed since. Few are queued.
        if outgoing.stands_alone and rendition is not Rendition.JPEG:
            self._waiting = deque(each for each in self._waiting if each.rendition != rendition)
            self._waiting_bytes = sum(len(each.message) for each in self._waiting)
        self._waiting.append(outgoing)
        self._waiting_bytes += len(outgoing.message)
        self._more.set()

    def buffered_bytes(self) -> int:
        """0 while no `send` is under way: the queue is then sent as soon as the loop runs `run`."""
        return self._waiting_bytes + self._in_flight_bytes if self._in_flight_bytes else 0

    def delivery(self) -> Delivery | None:
        """None: the connection belongs to the server, which does not describe it."""
        return None

    def close(self, code: int, reason: str) -> None:
        if self._goodbye is None:
            self._goodbye = (code, reason)
            self._more.set()
            asyncio.get_running_loop().call_later(GOODBYE_S, lambda: self.hang_up())

    async def run(self) -> None:
        """Send one message after the other, until the close was sent or the viewer is gone."""
        with suppress(OSError):  # the server raises it when the viewer is gone
            while self._waiting or self._goodbye is None:
                if self._waiting:
                    await self._send_next()
                else:
                    self._more.clear()
                    await self._more.wait()
            code, reason = self._goodbye
            await self._send({"type": "websocket.close", "code": code, "reason": reason})

    async def _send_next(self) -> None:
        next_one = self._waiting.popleft()
        self._in_flight_bytes = len(next_one.message)
        self._waiting_bytes -= self._in_flight_bytes
        if next_one.is_text:
            await self._send({"type": "websocket.send", "text": next_one.message.decode()})
        else:
            await self._send({"type": "websocket.send", "bytes": next_one.message})
        self._in_flight_bytes = 0


def _nothing() -> None:
    """Do nothing."""


async def serve_socket(
    receive: Receive,
    send: Send,
    audience: Audience,
    endpoint: SocketEndpoint,
    peer: SocketPeer,
    protocol: str | None = None,
) -> None:
    """Serve one socket until it closes; `protocol` is the agreed subprotocol, if any."""
    await send({"type": "websocket.accept", "subprotocol": protocol})
    if not may_begin(endpoint, peer.person):
        code, reason = CloseCode.FORBIDDEN, lack_of(endpoint.grant)
        await send({"type": "websocket.close", "code": code, "reason": reason})
        return
    transport = AsgiTransport(send)
    session = GrantedSession(audience, peer, endpoint, transport)
    loop = asyncio.get_running_loop()
    tasks = (
        loop.create_task(transport.run()),
        loop.create_task(_receive_all(receive, session, endpoint.limits.message_bytes)),
    )
    transport.hang_up = tasks[0].cancel
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        session.leave()
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            # OSError: the viewer is gone; which subclass depends on the server.
            if isinstance(result, Exception) and not isinstance(result, OSError):
                line = f"a viewer's connection failed: {type(result).__name__}"
                if _failures.log(line, clock_us()):
                    _log.debug("here is where it happened", exc_info=result)


async def _receive_all(receive: Receive, session: GrantedSession, most_bytes: int) -> None:
    """Handle messages until the peer is gone or breaks the protocol.

    The server answers pings and joins fragments; the application never sees them (docs/python.md
    names the server's settings).
    """
    received = 0
    while (event := await receive())["type"] == "websocket.receive":
        message = event.get("text")
        if message is None:
            message = event.get("bytes") or b""
        if len(message) > most_bytes:
            session.refuse(ProtocolError(f"a message is at most {most_bytes} bytes"))
        else:
            session.receive(message)
        received += 1
        if received % TURN_MESSAGES == 0:
            await asyncio.sleep(0)  # a server may return buffered messages without yielding
