"""/snapshot.jpg: the picture as it is now; /sketch.jpg: a first glimpse. On the event loop."""

from __future__ import annotations

import asyncio
from typing import Final

from samescreen.errors import Refused
from samescreen.hub.stream import Stream
from samescreen.subscribe.snapshots import next_sketch, next_still

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


async def sketch(stream: Stream) -> bytes:
    """A small, coarse JPEG of the stream; b"" when it has no picture soon, or a sealed one."""
    if stream.is_withheld or stream.is_sealed:
        return b""
    try:
        async with asyncio.timeout(_GLIMPSE_S):
            return (await next_sketch(stream)).payload
    except TimeoutError:
        return b""
