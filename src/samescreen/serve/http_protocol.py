"""HTTP on one of our own connections: aiohttp's parser and request loop, with our error responses.

Runs on the event loop. Through it a request finds its connection (`connection_of`), whose limits
the routes set. aiohttp itself answers requests that it cannot parse: with its own name and the
sender's words, before any of our rules applies, and it logs a traceback. Here such responses have
our headers, and the log gets one line in ten seconds without anything that the sender wrote.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from samescreen.clock import clock_us

from .connection import Connection
from .log_throttle import ThrottledLog, location_of
from .security_headers import BASIC_HEADERS

_log = logging.getLogger(__name__)
KEEP_ALIVE_S: Final = 15.0
"""How long a connection may be idle after a response."""
_UNREADABLE: Final = "This is not an HTTP request that this host understands.\n"
_FAILED: Final = "The host could not answer this; its log says more.\n"


@dataclass(frozen=True, slots=True)
class _PortLog:
    """The throttled logs that all connections of one port share."""

    unreadable: ThrottledLog
    failed: ThrottledLog

    def note(self, peer: str, error: BaseException | None) -> None:
        """Log a bug of ours: its location, and at debug level its traceback."""
        line = f"a request from {peer} could not be answered: {location_of(error)}"
        if self.failed.log(line, clock_us()):
            _log.debug("here is where it happened", exc_info=error)


def protocols(server: web.Server) -> Callable[[Connection], asyncio.Protocol]:
    """A factory for the protocol of each connection; an aiohttp runner has set up `server`."""
    log = _PortLog(ThrottledLog(_log, logging.INFO), ThrottledLog(_log, logging.ERROR))
    return lambda connection: HttpProtocol(server, connection, log)


def connection_of(request: web.Request) -> Connection | None:
    """The connection that a request came on; None if another application accepted it."""
    protocol = request.protocol
    return protocol.connection if isinstance(protocol, HttpProtocol) else None


class HttpProtocol(RequestHandler):
    """The HTTP of one connection."""

    __slots__ = ("_port_log", "connection")

    def __init__(self, server: web.Server, connection: Connection, log: _PortLog) -> None:
        options: dict[str, Any] = {
            "access_log": None,
            # Our page compresses nothing; a stranger's broken body would fail inside aiohttp.
            "auto_decompress": False,
            "keepalive_timeout": KEEP_ALIVE_S,
        }
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self.connection = connection
        self._port_log = log

    def log_debug(self, *args: Any, **kw: Any) -> None:
        """Nothing: aiohttp's debug lines say that a peer disconnected."""

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log what failed after the response, such as a body that breaks off."""
        self._port_log.unreadable.log("a request broke off or was malformed", clock_us())

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status < 500:
            line = f"a request from {request.remote} could not be read: {type(exc).__name__}"
            self._port_log.unreadable.log(line, clock_us())
        else:
            self._port_log.note(str(request.remote), exc)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        text = _UNREADABLE if status < 500 else _FAILED
        answer = web.Response(status=status, text=text, headers=BASIC_HEADERS)
        answer.force_close()
        return answer
