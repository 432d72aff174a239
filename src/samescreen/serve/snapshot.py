"""/snapshot.jpg: the picture as it is now; /sketch.jpg and `first_picture.py`: a first glimpse.

On the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from samescreen.errors import Refused
from samescreen.hub.stream import Stream
from samescreen.media import Packet
from samescreen.subscribe.snapshots import next_first_still, next_sketch, next_still

SEALED: Final = "The pictures are sealed: only pages with the key of the host's link show them"
_PATIENCE_S: Final = 3.0
_GLIMPSE_S: Final = 1.0


async def snapshot(stream: Stream) -> bytes:
    """One JPEG of the stream; refused with the reason when it has none, or none to read here."""
    if stream.is_sealed:
        raise Refused(409, SEALED)
    if stream.is_withheld:
        raise Refused(503, f"There is no picture: {stream.status.detail}")
    try:
        async with asyncio.timeout(_PATIENCE_S):
            still = await next_still(stream)
    except TimeoutError:
        raise Refused(503, f"There is no picture: {stream.status.detail}") from None
    return still.payload


async def sketch(stream: Stream, patience_s: float | None = None) -> bytes:
    """A small, coarse JPEG of the stream; b"" when it has no picture soon, or a sealed one."""
    return await _first(stream, next_sketch, _GLIMPSE_S if patience_s is None else patience_s)


async def whole(stream: Stream, patience_s: float) -> bytes:
    """A JPEG of the stream as newcomers get it; b"" as of `sketch`."""
    return await _first(stream, next_first_still, patience_s)


async def _first(
    stream: Stream, make: Callable[[Stream], Awaitable[Packet]], patience_s: float
) -> bytes:
    if stream.is_withheld or stream.is_sealed:
        return b""
    try:
        async with asyncio.timeout(patience_s):
            return (await make(stream)).payload
    except TimeoutError:
        return b""
