"""HTTP on one of our own connections: aiohttp's parser and request loop. Event loop.

A request finds its connection through it (`connection_of`), which is how routes say what a peer
may cost. Mounted in somebody else's aiohttp application there is none.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from .connection import Connection

KEEP_ALIVE_S: Final = 15.0
"""How long a connection may be idle after an answer."""


class HttpProtocol(web.RequestHandler):
    """One connection's HTTP."""

    __slots__ = ("connection",)

    def __init__(self, server: web.Server, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(server, loop=loop, keepalive_timeout=KEEP_ALIVE_S, access_log=None)  # type: ignore[arg-type]
        self.connection = connection


def connection_of(request: web.Request) -> Connection | None:
    """The connection that a request came on; None where another application accepted it."""
    protocol = request.protocol
    return protocol.connection if isinstance(protocol, HttpProtocol) else None
