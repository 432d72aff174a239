"""How bytes of files travel between this host and a relay: HTTP requests that this host makes.

Event loop. They take the same way as the WebSocket: the proxy of the environment, the same token.
A body is short enough for any proxy between.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final, Protocol

import aiohttp
from aiohttp.connector import AddrInfoType
from yarl import URL

from samescreen.clock import clock_us
from samescreen.errors import Refused
from samescreen.flow.token_bucket import ByteBudget
from samescreen.hub.files import Part

SLICE_BYTES: Final = 1_000_000
"""Of one request; nginx takes 1 MiB unless it is told otherwise."""
PATIENCE_S: Final = 30.0
_UNSENT_BYTES: Final = 32 * 1024
_OFFSET_HEADER: Final = "Upload-Offset"
_LIMITS: Final = aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=PATIENCE_S)
_BROKE: Final = "The connection to the relay broke."


def connector() -> aiohttp.TCPConnector:
    """For a session whose sockets hold little unsent data: what waits there cannot give way."""
    return aiohttp.TCPConnector(socket_factory=_shallow_socket)


def _shallow_socket(address: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = address
    sock = socket.socket(family, kind, protocol)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
    return sock


class FileBodies(Protocol):
    """Carries bytes of the transfers that the relay named."""

    def coming(self, transfer: str, pace: ByteBudget) -> AsyncGenerator[bytes]:
        """What a guest sends. Raises Refused: it breaks off."""

    async def give(self, transfer: str, length: int, part: Part) -> None:
        """Send what a guest waits for. Raises Refused: nobody waits any more, or it breaks off."""


@dataclass(frozen=True, slots=True)
class RelayBodies:
    """Implements `FileBodies`. `relay`: its address, path included."""

    session: aiohttp.ClientSession
    relay: URL

    def _url(self, transfer: str) -> URL:
        return (self.relay / "api" / "pipe").with_query(name=transfer)

    async def coming(self, transfer: str, pace: ByteBudget) -> AsyncGenerator[bytes]:
        """See `FileBodies.coming`."""
        try:
            async with self.session.get(
                self._url(transfer), timeout=_LIMITS, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise Refused(404, "Nobody sends this any more.")
                async for chunk in answer.content.iter_any():
                    pace.spend(len(chunk), clock_us())
                    if wait_us := pace.wait_us(clock_us()):
                        await asyncio.sleep(wait_us / 1e6)
                    yield chunk
        except (aiohttp.ClientError, OSError):
            raise Refused(502, _BROKE) from None

    async def give(self, transfer: str, length: int, part: Part) -> None:
        """See `FileBodies.give`."""
        async with aclosing(Pieces(part.chunks())) as pieces:
            for at in range(0, length, SLICE_BYTES):
                await self._put(transfer, at, min(SLICE_BYTES, length - at), pieces)

    async def _put(self, transfer: str, at: int, length: int, pieces: Pieces) -> None:
        headers = {_OFFSET_HEADER: str(at), "Content-Length": str(length)}
        try:
            async with self.session.put(
                self._url(transfer),
                data=pieces.next(length),
                headers=headers,
                timeout=_LIMITS,
                allow_redirects=False,
            ) as answer:
                if answer.status != 200:
                    raise Refused(404, "Nobody waits for this any more.")
        except (aiohttp.ClientError, OSError):
            raise Refused(502, _BROKE) from None


class Pieces:
    """Bytes that come in chunks of any length, in pieces of a wished length.

    aiohttp reads a piece in a task of its own, which may go on for a moment after the request.
    """

    def __init__(self, chunks: AsyncGenerator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""
        self._is_waiting = False
        self._is_closed = False

    async def next(self, length: int) -> AsyncGenerator[bytes]:
        """So many bytes. Raises ConnectionError: there are fewer."""
        while length > 0:
            chunk = self._rest or await self._chunk()
            if not chunk:
                raise ConnectionError("the file ended early")
            part, self._rest = chunk[:length], chunk[length:]
            length -= len(part)
            yield part

    async def _chunk(self) -> bytes:
        self._is_waiting = True
        try:
            return b"" if self._is_closed else await anext(self._chunks, b"")
        finally:
            self._is_waiting = False
            if self._is_closed:
                await self._chunks.aclose()

    async def aclose(self) -> None:
        """Read no more. A task that waits for a chunk now closes the source itself."""
        self._is_closed = True
        if not self._is_waiting:
            await self._chunks.aclose()
