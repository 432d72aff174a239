"""/snapshot.jpg: the picture as it is now. Runs on the event loop."""

from __future__ import annotations

import asyncio
from typing import Final

from samescreen.errors import Refused
from samescreen.hub.stream import Stream
from samescreen.subscribe.snapshots import next_still

_PATIENCE_S: Final = 3.0


async def snapshot(stream: Stream) -> bytes:
    """One JPEG of the stream; refused with 503 and the reason when it has no picture."""
    if stream.is_withheld:
        raise Refused(503, f"There is no picture: {stream.status.detail}")
    try:
        async with asyncio.timeout(_PATIENCE_S):
            still = await next_still(stream)
    except TimeoutError:
        raise Refused(503, f"There is no picture: {stream.status.detail}") from None
    return still.payload
