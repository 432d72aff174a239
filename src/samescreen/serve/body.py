"""The body of a request that is read while it arrives. Event loop.

A route that takes one first decides who may send it and how much, and then reads it, at a pace
that delays neither pictures nor input.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from samescreen.clock import clock_us
from samescreen.errors import Refused
from samescreen.flow.token_bucket import ByteBudget
from samescreen.hub.files import Body as Body

from .site import Site, SiteRequest, SiteResponse

CHUNK_S: Final = 10.0
"""How long a peer may take for the next bytes."""


BodyRoute = Callable[[Site, SiteRequest, Body], Awaitable[SiteResponse]]


async def paid(chunk: bytes, pace: ByteBudget) -> bytes:
    """The chunk, once the bucket allows the next."""
    pace.spend(len(chunk), clock_us())
    if wait_us := pace.wait_us(clock_us()):
        await asyncio.sleep(wait_us / 1e6)
    return chunk


async def whole(body: Body, pace: ByteBudget, most_bytes: int, too_long: str) -> bytes:
    """The whole body. Raises Refused: it is longer than that, for which `too_long` are the words"""
    content = bytearray()
    async for chunk in body.chunks(pace):
        content += chunk
        if len(content) > most_bytes:
            raise Refused(413, too_long)
    return bytes(content)


def check_encoding(encoding: str | None) -> None:
    """Raises Refused: the body is compressed."""
    if (encoding or "identity").lower() != "identity":
        raise Refused(415, "A compressed body is not taken here.")
