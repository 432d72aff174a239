"""The bodies of aiohttp's requests. Event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from samescreen.errors import Refused
from samescreen.flow.token_bucket import ByteBudget

from .body import CHUNK_S, check_encoding, paid
from .connection import FIRST_REQUEST_S
from .http_protocol import connection_of
from .site import MAX_BODY_BYTES

_AHEAD_BYTES: Final = 64 * 1024
_LOOK_AGAIN_US: Final = 2_000
_BROKEN: Final = (HttpProcessingError, web.RequestPayloadError, ClientError)


async def short_body(request: web.Request) -> bytes:
    """The whole body. Raises Refused: too long, too slow, compressed, or not as announced."""
    if not request.can_read_body:
        return b""
    check_encoding(request.headers.get("Content-Encoding"))
    try:
        async with asyncio.timeout(FIRST_REQUEST_S):
            body = await request.read()
    except TimeoutError:
        raise Refused(408, "That took too long.") from None
    except _BROKEN:
        raise Refused(400, "The body of this request is broken.") from None
    if len(body) > MAX_BODY_BYTES:  # a mounted site has the other application's limit
        raise Refused(413, "That is too long.")
    return body


class AppBody:
    """A body that a route reads while it arrives."""

    def __init__(self, request: web.Request) -> None:
        self._request = request

    async def chunks(self, pace: ByteBudget) -> AsyncGenerator[bytes]:
        """See `Body.chunks`."""
        check_encoding(self._request.headers.get("Content-Encoding"))
        connection = connection_of(self._request)
        credit = _Credit(pace)
        if connection is not None:
            connection.begin_upload(credit)
        try:
            while chunk := await self._next():
                yield chunk if connection is not None else await paid(chunk, pace)
                credit.took(len(chunk))
        finally:
            if connection is not None:
                connection.end_upload()

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(CHUNK_S):
                return await self._request.content.readany()
        except TimeoutError:
            raise Refused(408, "That took too long.") from None
        except (*_BROKEN, ConnectionError):
            raise Refused(400, "The body of this request is broken.") from None


class _Credit:
    """How much a connection may still read: what the route took, at the pace of the bucket."""

    def __init__(self, pace: ByteBudget) -> None:
        self._pace = pace
        self._ahead = 0

    def spend(self, amount: float, now_us: int) -> None:
        self._ahead += int(amount)
        self._pace.spend(amount, now_us)

    def wait_us(self, now_us: int) -> int:
        is_ahead = self._ahead >= _AHEAD_BYTES
        return max(_LOOK_AGAIN_US if is_ahead else 0, self._pace.wait_us(now_us))

    def took(self, amount: int) -> None:
        self._ahead = max(0, self._ahead - amount)  # the first bytes came before the credit

