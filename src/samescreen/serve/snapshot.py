"""/snapshot.jpg: the picture as it is now. Runs on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from samescreen.live.hub import Hub
from samescreen.live.stream import Stream

_PATIENCE_S: Final = 3.0


async def snapshot(hub: Hub, stream: Stream, headers: Mapping[str, str]) -> web.Response:
    """One JPEG of the stream; 503 with the reason when it has no picture."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            still = await hub.next_still(stream)
    except TimeoutError:
        raise web.HTTPServiceUnavailable(
            text=f"There is no picture: {stream.status.detail}\n"
        ) from None
    return web.Response(body=still.payload, content_type="image/jpeg", headers=headers)
